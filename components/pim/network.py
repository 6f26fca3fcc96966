"""A quantised network as the machine takes it: codes of weights, encodings, thresholds.

Models:     convolutional and dense layers of unsigned activations of 1 to 8 bits and weights of 1
            to 8 bits in three encodings; thresholds that hold bias, batch normalisation, activation
            and quantisation together; max-pooling of the codes.
Leaves out: where thresholds come from; residual connections.
Source:     DoReFa-Net, arXiv:1606.06160 (bit convolution, weights of k bits); folding of the batch
            normalisation into thresholds: FINN, arXiv:1612.07119.
Checked by: tests/components/test_pim_network.py
"""

from dataclasses import dataclass
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.errors import ConfigError, DataError

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Truths = NDArray[np.bool_]

Kind = Literal["conv", "dense"]
Encoding = Literal["unsigned", "dorefa", "twos_complement"]
Padding = Literal["same", "valid"]

KINDS: tuple[Kind, ...] = ("conv", "dense")
ENCODINGS: tuple[Encoding, ...] = ("unsigned", "dorefa", "twos_complement")
PADDINGS: tuple[Padding, ...] = ("same", "valid")
POOLS = (1, 2)

MOST_BITS = 8
"""Bits of an activation or a weight at most: those of a pixel."""


class Shape(NamedTuple):
    """Rows, columns and channels of activations; (1, 1, n) for a vector of n."""

    height: int
    width: int
    channels: int


@dataclass(frozen=True)
class QuantisedLayer:
    """One layer: AA = sum of input codes times weight codes, then thresholds, then pooling.

    `weights` are codes of `weight_bits`, (kh, kw, cin, cout) or (in, out). What counts is the
    accumulator: AA if they are `unsigned`; 2 AA - (2^N - 1) sum(I) for `dorefa`, whose code w
    stands for 2 w - (2^N - 1); AA with the highest plane negative for `twos_complement`.

    `thresholds` are (cout, 2^output_bits - 1), ascending: the output code is the number of those
    that the accumulator reaches, or, where `flip` (cout,) says so, of those it does not exceed.
    Without thresholds the accumulators themselves are the answer, times `scale` plus `offset`,
    (cout,), which the host computes. `flip` None: nowhere; `scale`, `offset` None: 1 and 0.

    Raises ConfigError for what contradicts itself.
    """

    name: str
    kind: Kind
    weights: Integers
    weight_bits: int
    input_bits: int
    encoding: Encoding
    padding: Padding = "valid"
    stride: int = 1
    pool: int = 1
    output_bits: int = 0
    thresholds: Integers | None = None
    flip: Truths | None = None
    scale: Reals | None = None
    offset: Reals | None = None

    def __post_init__(self) -> None:
        """Refuse what no machine could compute."""
        self._check_choices()
        self._check_codes()
        self._check_thresholds()
        for name, given in (("flip", self.flip), ("scale", self.scale), ("offset", self.offset)):
            if given is not None and given.shape != (self.outputs,):
                raise ConfigError(
                    f"{self.name}.{name} must have one entry for each of the {self.outputs} "
                    f"outputs, not shape {given.shape}"
                )

    @property
    def outputs(self) -> int:
        """Filters of a convolution, neurons of a dense layer."""
        return int(self.weights.shape[-1])

    @property
    def inputs(self) -> int:
        """K, the activations that meet in one accumulator."""
        return prod(self.weights.shape[:-1])

    @property
    def window(self) -> tuple[int, int]:
        """Height and width of the window; (1, 1) if it is dense."""
        if self.kind == "dense":
            return 1, 1
        return int(self.weights.shape[0]), int(self.weights.shape[1])

    @property
    def flat_weights(self) -> Integers:
        """Codes as (K, outputs), activations in the order of height, width, channel."""
        return self.weights.reshape(self.inputs, self.outputs)

    @property
    def flipped(self) -> Truths:
        """Where the code counts thresholds that are not exceeded, (outputs,)."""
        return np.zeros(self.outputs, np.bool_) if self.flip is None else self.flip

    def taken(self, shape: Shape) -> Shape:
        """Return activations of `shape` as the layer takes them; raises ConfigError if it cannot.

        A dense layer flattens them in the order of height, width, channel.
        """
        if self.kind == "dense":
            if prod(shape) != self.inputs:
                raise ConfigError(
                    f"{self.name} must take the {prod(shape)} activations of the layer before, not "
                    f"{self.inputs}"
                )
            return Shape(1, 1, self.inputs)
        if shape.channels != self.weights.shape[2]:
            raise ConfigError(
                f"{self.name} must take the {shape.channels} channels of the layer before, not "
                f"{self.weights.shape[2]}"
            )
        return shape

    def margins(self, shape: Shape) -> tuple[int, int]:
        """Return rows above and columns left of the activations that count as 0.

        As TensorFlow pads: the odd one goes below and to the right.
        """
        if self.kind == "dense" or self.padding == "valid":
            return 0, 0
        height, width = self.window
        lacking = (
            (-(-shape.height // self.stride) - 1) * self.stride + height - shape.height,
            (-(-shape.width // self.stride) - 1) * self.stride + width - shape.width,
        )
        return max(lacking[0], 0) // 2, max(lacking[1], 0) // 2

    def convolved(self, shape: Shape) -> Shape:
        """Return the shape of the accumulators, before pooling; raises ConfigError if empty."""
        shape = self.taken(shape)
        if self.kind == "dense":
            return Shape(1, 1, self.outputs)
        height, width = self.window
        if self.padding == "same":
            found = -(-shape.height // self.stride), -(-shape.width // self.stride)
        else:
            found = (
                (shape.height - height) // self.stride + 1,
                (shape.width - width) // self.stride + 1,
            )
        if min(found) < self.pool:
            raise ConfigError(
                f"{self.name} must leave at least {self.pool} x {self.pool} positions, not "
                f"{found[0]} x {found[1]} of {shape.height} x {shape.width} activations"
            )
        return Shape(*found, self.outputs)

    def pooled(self, shape: Shape) -> Shape:
        """Return the shape of the output codes; an odd row or column is left out by pooling."""
        found = self.convolved(shape)
        return Shape(found.height // self.pool, found.width // self.pool, found.channels)

    def _check_choices(self) -> None:
        chosen = (
            ("kind", self.kind, KINDS), ("encoding", self.encoding, ENCODINGS),
            ("padding", self.padding, PADDINGS), ("pool", self.pool, POOLS),
        )  # fmt: skip
        for name, given, choices in chosen:
            if given not in choices:
                listed = ", ".join(str(choice) for choice in choices)
                raise ConfigError(f"{self.name}.{name} must be one of {listed}, not {given}")
        if self.stride < 1:
            raise ConfigError(f"{self.name}.stride must be at least 1, not {self.stride}")
        if self.kind == "dense" and self.pool != 1:
            raise ConfigError(f"{self.name}.pool must be 1 in a dense layer, not {self.pool}")
        widths = [("weight_bits", self.weight_bits), ("input_bits", self.input_bits)]
        if self.thresholds is not None:
            widths.append(("output_bits", self.output_bits))
        for name, bits in widths:
            if not 1 <= bits <= MOST_BITS:
                raise ConfigError(
                    f"{self.name}.{name} must be 1 to {MOST_BITS} bits, not {bits}; quantise it"
                )

    def _check_codes(self) -> None:
        axes = 4 if self.kind == "conv" else 2
        if self.weights.ndim != axes or 0 in self.weights.shape:
            raise ConfigError(
                f"{self.name}.weights must have {axes} axes that are not empty in a {self.kind} "
                f"layer, not shape {self.weights.shape}"
            )
        least, most = int(self.weights.min()), int(self.weights.max())
        full = 2**self.weight_bits - 1
        if least < 0 or most > full:
            raise ConfigError(
                f"{self.name}.weights must be codes of 0 to {full}, not {least} to {most}; give "
                "raw codes, not values"
            )

    def _check_thresholds(self) -> None:
        if self.thresholds is None:
            if self.pool != 1:
                raise ConfigError(f"{self.name}.pool must be 1 without thresholds, not {self.pool}")
            return
        wanted = (self.outputs, 2**self.output_bits - 1)
        if self.thresholds.shape != wanted:
            raise ConfigError(
                f"{self.name}.thresholds must be {wanted[0]} x {wanted[1]}, not shape "
                f"{self.thresholds.shape}"
            )
        falls = np.argwhere(np.diff(self.thresholds, axis=1) < 0)
        if len(falls):
            output, place = (int(number) for number in falls[0])
            raise ConfigError(
                f"{self.name}.thresholds must ascend; those of output {output} fall after number "
                f"{place}"
            )


@dataclass(frozen=True)
class QuantisedNetwork:
    """Layers in the order in which they are computed, and the shape of the first one's input.

    Raises ConfigError unless each takes what the one before gives.
    """

    name: str
    layers: tuple[QuantisedLayer, ...]
    input_shape: Shape

    def __post_init__(self) -> None:
        """Refuse layers that do not chain."""
        if not self.layers:
            raise ConfigError(f"{self.name}.layers must have at least one layer, not none")
        _ = self.shapes
        for before, layer in zip(self.layers, self.layers[1:], strict=False):
            if before.thresholds is None:
                raise ConfigError(
                    f"{before.name}.thresholds must be there in every layer but the last, and are"
                    f" not; {layer.name} follows"
                )
            if before.output_bits != layer.input_bits:
                raise ConfigError(
                    f"{layer.name}.input_bits must be the {before.output_bits} of {before.name}'s "
                    f"output, not {layer.input_bits}"
                )

    @property
    def shapes(self) -> list[Shape]:
        """Shape of the input of each layer, and of what the last one gives."""
        found = [Shape(*self.input_shape)]
        for layer in self.layers:
            found.append(layer.pooled(found[-1]))
        return found

    def codes_of(self, data: bytes) -> NDArray[np.uint8]:
        """Return the bytes of an image as codes in the shape of the input, else flat."""
        codes = np.frombuffer(data, np.uint8)
        return codes.reshape(self.input_shape) if codes.size == prod(self.input_shape) else codes

    def check(self, codes: NDArray[Any]) -> None:
        """Raise DataError for an image of another shape, or codes that have too many bits."""
        highest = 2 ** self.layers[0].input_bits - 1
        if codes.shape != tuple(self.input_shape):
            raise DataError(
                f"{self.name} must be given images of shape {tuple(self.input_shape)}, not "
                f"{codes.shape}"
            )
        if codes.min() < 0 or codes.max() > highest:
            raise DataError(
                f"{self.name} must be given codes of 0 to {highest}, not {codes.min()} to "
                f"{codes.max()}"
            )

    @property
    def classes(self) -> int:
        """Numbers that the last layer gives."""
        return prod(self.shapes[-1])
