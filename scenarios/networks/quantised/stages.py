"""A network cut into the stages that few bits can hold: weights, then codes, then a maximum.

Models:     a convolution or dense layer of unsigned codes; batch norm, ReLU and quantiser behind
            it, and 2x2 maxima of the codes. Codes of the network's I:W inside, of `edges` bits
            at the first layer's and the last layer's inputs and weights.
Leaves out: means, branches, and functions other than ReLU.
Source:     DoReFa-Net, arXiv:1606.06160, section 2: first and last layer are not quantised as the
            others are; 8 bits are those of a pixel.
Checked by: tests/scenarios/test_quantised_stages.py
"""

import re
from dataclasses import dataclass

from cosim.errors import ConfigError, DataError
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Network

MOST_BITS, PIXEL_BITS = 8, 8

TRAINED = ("1:1", "2:2", "4:1", "8:8")
"""Widths that come with the package."""


@dataclass(frozen=True)
class Width:
    """Bits of activations and of weights, I:W, and of both at the first and the last layer."""

    inputs: int
    weights: int
    edges: int = PIXEL_BITS

    def __str__(self) -> str:
        return f"{self.inputs}:{self.weights}"


def read_width(text: str, edges: int = PIXEL_BITS) -> Width:
    """Return the width of I:W, as 4:1; raises ConfigError for anything else."""
    found = re.fullmatch(r"(\d+):(\d+)", text.strip())
    bits = [int(part) for part in found.groups()] if found else []
    if not bits or not all(1 <= one <= MOST_BITS for one in bits):
        raise ConfigError(
            f"a width must be I:W, bits of activations and weights from 1 to {MOST_BITS}, as 4:1,"
            f" not {text!r}"
        )
    return Width(bits[0], bits[1], edges)


@dataclass(frozen=True)
class Stage:
    """A layer, its codes' bits and the side of the maxima behind it; the last has no output."""

    layer: Conv2D | Dense
    input_bits: int
    weight_bits: int
    output_bits: int
    pool: int

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def input_levels(self) -> int:
        """The largest code of an input, which stands for 1."""
        return (1 << self.input_bits) - 1

    @property
    def weight_levels(self) -> int:
        """The largest step of a weight: they go from its negative on, two at a time."""
        return (1 << self.weight_bits) - 1

    @property
    def output_levels(self) -> int:
        """The largest code of an output, which stands for 1."""
        return (1 << self.output_bits) - 1

    @property
    def inputs(self) -> int:
        """Products in one sum."""
        return self.layer.fan_in if isinstance(self.layer, Conv2D) else self.layer.inputs

    @property
    def largest_sum(self) -> int:
        """No accumulator lies further from 0."""
        return self.inputs * self.input_levels * self.weight_levels


def stages(network: Network, width: Width) -> tuple[Stage, ...]:
    """Return a network's stages; raises DataError for a layer that cannot be quantised."""
    pairs: list[tuple[Conv2D | Dense, int]] = [*_convolutions(network)]
    pairs += [(layer, 1) for layer in network.dense]
    last = len(pairs) - 1
    found = []
    for at, (layer, pool) in enumerate(pairs):
        _check_function(network, layer, is_last=at == last)
        taken = PIXEL_BITS if at == 0 else width.edges if at == last else width.inputs
        held = width.edges if at in (0, last) else width.weights
        given = 0 if at == last else width.edges if at + 1 == last else width.inputs
        found.append(Stage(layer, taken, held, given, pool))
    return tuple(found)


def _convolutions(network: Network) -> list[tuple[Conv2D, int]]:
    """Return each convolution with the side of the maxima behind it."""
    found: list[tuple[Conv2D, int]] = []
    for layer in network.spatial:
        if isinstance(layer, Conv2D) and not layer.reads:
            found.append((layer, 1))
            continue
        halves = isinstance(layer, MaxPool) and (layer.size, layer.stride) == (2, 2)
        if not halves or not found or found[-1][1] != 1 or layer.reads:
            raise DataError(
                f"{network.name}.{layer.name} cannot be quantised: it must be a convolution, or a"
                f" 2x2 maximum right behind one, not {type(layer).__name__}"
            )
        found[-1] = found[-1][0], 2
    return found


def _check_function(network: Network, layer: Conv2D | Dense, *, is_last: bool) -> None:
    function = layer.function if isinstance(layer, Dense) else "relu" if layer.relu else "linear"
    allowed = ("linear", "softmax") if is_last else ("relu",)
    if function not in allowed:
        raise DataError(
            f"{network.name}.{layer.name} cannot be quantised: it must end in"
            f" {' or '.join(allowed)}, not {function}"
        )
