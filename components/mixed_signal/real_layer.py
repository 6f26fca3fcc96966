"""A dense layer of signs with real neurons, as analog crossbars and digital neurons share it.

Models:     o = sigmoid(-gain (x W + B)).
Source:     arXiv:2105.13904 Table III.
Checked by: tests/components/test_mixed_signal.py
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class RealLayer(NamedTuple):
    """`weights` (inputs, outputs) and `biases` (outputs,) of -1 and +1; the neurons' gain."""

    name: str
    weights: NDArray[np.int8]
    biases: NDArray[np.int8]
    gain: float

    def activations(self, sums: NDArray[np.int64], full: int) -> NDArray[np.int64]:
        """Return what neurons make of integer sums; an input of 1 is the integer `full`."""
        y = sums / full + self.biases
        return np.rint(full / (1 + np.exp(self.gain * y))).astype(np.int64)
