"""A dense layer of signs, as digital memory holds it.

Models:     y = x W + B for inputs of 0 and 1 and weights and biases of -1 and +1; a neuron is 1
            where y is below 0, as sigmoid(-y) is then above one half.
Source:     arXiv:2105.13904 Table III; the bits of W are those of W = 2 b - 1.
Checked by: tests/components/test_near_memory.py
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]


class SignedLayer(NamedTuple):
    """`weights` (inputs, outputs) and `biases` (outputs,) of -1 and +1."""

    name: str
    weights: NDArray[np.int8]
    biases: NDArray[np.int8]

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return int(self.weights.shape[0])

    @property
    def outputs(self) -> int:
        """How many neurons there are."""
        return int(self.weights.shape[1])

    @property
    def bits(self) -> Bits:
        """The weights as bits, 1 for +1."""
        return (self.weights > 0).astype(np.uint8)

    @property
    def count_bits(self) -> int:
        """Bits of a counter of ones among the inputs."""
        return self.inputs.bit_length()
