"""Networks as layers with shapes: what is computed, nothing about how or when.

Models:     convolution, pooling, batch norm, activations and sums of two branches, then dense
            layers; batch norm that directly follows a convolution is folded into its weights.
Leaves out: weights (weights.py), arithmetic (reference.py), instructions (lowering.py).
Source:     layer tables of LeNet-5 and VGG-16: arXiv 2105.13904, section V.
Checked by: tests/scenarios/test_networks.py
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from cosim.errors import DataError


class Shape(NamedTuple):
    """Height, width and channels of an activation."""

    height: int
    width: int
    channels: int

    @property
    def elements(self) -> int:
        """How many numbers the activation holds."""
        return self.height * self.width * self.channels

    def __str__(self) -> str:
        return f"{self.height}x{self.width}x{self.channels}"


class Padding(NamedTuple):
    """Rows and columns of zeros around an activation."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0


@dataclass(frozen=True)
class Conv2D:
    """A square convolution over `inputs`, with bias; `same` padding as Keras defines it."""

    name: str
    inputs: Shape
    filters: int
    kernel: int
    same: bool
    relu: bool = True
    stride: int = 1
    reads: str = ""

    def __post_init__(self) -> None:
        if not self.same and self.kernel > min(self.inputs.height, self.inputs.width):
            raise DataError(
                f"{self.name}: a {self.kernel}x{self.kernel} kernel without padding needs inputs"
                f" at least as large, not {self.inputs}"
            )

    @property
    def outputs(self) -> Shape:
        """Shape of the result."""
        return Shape(self._reach(self.inputs.height), self._reach(self.inputs.width), self.filters)

    @property
    def padding(self) -> Padding:
        """Zeros that `same` puts around the input; the odd one goes below and right."""
        if not self.same:
            return Padding()
        rows = max(self._span(self.outputs.height) - self.inputs.height, 0)
        columns = max(self._span(self.outputs.width) - self.inputs.width, 0)
        return Padding(rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)

    @property
    def macs(self) -> int:
        """Multiply-accumulates; those with padding zeros count, since code performs them."""
        return self.outputs.elements * self.fan_in

    @property
    def fan_in(self) -> int:
        """Products in one output."""
        return self.kernel * self.kernel * self.inputs.channels

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Kernel rows, kernel columns, input channels, filters (HWIO)."""
        return (self.kernel, self.kernel, self.inputs.channels, self.filters)

    def _reach(self, size: int) -> int:
        return -(-size // self.stride) if self.same else (size - self.kernel) // self.stride + 1

    def _span(self, outputs: int) -> int:
        return (outputs - 1) * self.stride + self.kernel


@dataclass(frozen=True)
class Pool:
    """One number of each `size` x `size` window; incomplete windows are dropped."""

    name: str
    inputs: Shape
    size: int = 2
    stride: int = 2
    reads: str = ""

    def __post_init__(self) -> None:
        if self.size > min(self.inputs.height, self.inputs.width):
            raise DataError(
                f"{self.name}: a {self.size}x{self.size} window needs inputs at least as large,"
                f" not {self.inputs}"
            )

    @property
    def outputs(self) -> Shape:
        """Shape of the result."""
        height = (self.inputs.height - self.size) // self.stride + 1
        width = (self.inputs.width - self.size) // self.stride + 1
        return Shape(height, width, self.inputs.channels)

    @property
    def macs(self) -> int:
        """Neither a maximum nor a sum multiplies."""
        return 0


class MaxPool(Pool):
    """The largest of each window."""


class AveragePool(Pool):
    """The mean of each window."""


Function = Literal["linear", "relu", "step", "sigmoid", "tanh"]
"""Of one number: itself; itself or 0; 1 if above 0, else 0; 1 / (1 + exp(-x)); tanh."""


@dataclass(frozen=True)
class Elementwise:
    """A function of every number of `inputs`."""

    name: str
    inputs: Shape
    function: Function
    reads: str = ""

    @property
    def outputs(self) -> Shape:
        """Shape of the result."""
        return self.inputs

    @property
    def macs(self) -> int:
        """Multiply-accumulates as networks count them: none."""
        return 0


@dataclass(frozen=True)
class BatchNorm(Elementwise):
    """Each channel times a factor of its own, plus a summand of its own, then `function`."""

    @property
    def macs(self) -> int:
        """One for each number."""
        return self.inputs.elements

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """A factor for each channel."""
        return (self.inputs.channels,)


@dataclass(frozen=True)
class Add(Elementwise):
    """The sum of two activations of one shape, `reads` and `other`, then `function`."""

    other: str = ""


DenseFunction = Literal["linear", "relu", "sigmoid", "tanh", "softmax"]
"""What follows a dense layer; softmax makes shares of all its outputs."""


@dataclass(frozen=True)
class Dense:
    """A fully connected layer of `inputs` to `outputs` numbers, with bias, then `function`."""

    name: str
    inputs: int
    outputs: int
    function: DenseFunction = "relu"

    @property
    def macs(self) -> int:
        """Multiply-accumulates, biases not counted."""
        return self.inputs * self.outputs

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Inputs, outputs (Keras order)."""
        return (self.inputs, self.outputs)


Spatial: TypeAlias = Conv2D | Pool | Elementwise
Layer: TypeAlias = Spatial | Dense
Weighted: TypeAlias = Conv2D | BatchNorm | Dense

INPUT = "input"
"""What a layer reads that takes the image itself."""


@dataclass(frozen=True)
class Network:
    """A classifier: spatial layers, then dense layers over their flattened (H, W, C) features.

    A spatial layer takes what the one before it gives unless it `reads` another, by name.
    A pixel p of 0 to 255 enters as (p / 255 - `mean`) / `deviation`, one of each a channel.
    `samples` names the images that come with the package. With `planes` its convolutions are
    computed on the arrays: bits of each of their inputs, of which every one takes a shot.
    """

    name: str
    inputs: Shape
    spatial: tuple[Spatial, ...]
    dense: tuple[Dense, ...]
    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)
    samples: str = "mnist_100"
    planes: int = 0

    def __post_init__(self) -> None:
        shapes, last = {INPUT: self.inputs}, INPUT
        for layer in self.spatial:
            for source in sources(layer, last):
                if source not in shapes:
                    raise DataError(f"{self.name}.{layer.name} reads {source}, which is not before")
                if layer.inputs != shapes[source]:
                    raise DataError(
                        f"{self.name}.{layer.name} must take {shapes[source]}, not {layer.inputs}"
                    )
            shapes[layer.name], last = layer.outputs, layer.name
        elements = shapes[last].elements
        for dense in self.dense:
            if dense.inputs != elements:
                raise DataError(
                    f"{self.name}.{dense.name} must take {elements} numbers, not {dense.inputs}"
                )
            elements = dense.outputs
        if not self.dense:
            raise DataError(f"{self.name} must end in a dense layer; it has none")

    @property
    def convolutions(self) -> tuple[Conv2D, ...]:
        """The layers with convolution weights."""
        return tuple(layer for layer in self.spatial if isinstance(layer, Conv2D))

    @property
    def weighted(self) -> tuple[Weighted, ...]:
        """The layers with weights."""
        spatial = (layer for layer in self.spatial if isinstance(layer, Conv2D | BatchNorm))
        return (*spatial, *self.dense)

    @property
    def features(self) -> int:
        """How many numbers reach the first dense layer."""
        return self.dense[0].inputs

    @property
    def classes(self) -> int:
        """How many classes are told apart."""
        return self.dense[-1].outputs

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image."""
        return sum(layer.macs for layer in (*self.spatial, *self.dense))


def sources(layer: Spatial, before: str) -> tuple[str, ...]:
    """Return the names of what a layer takes, `before` being the layer in front of it."""
    first = layer.reads or before
    return (first, layer.other) if isinstance(layer, Add) else (first,)


def stack(name: str, inputs: Shape, spatial: str, dense: tuple[int, ...]) -> Network:
    """Build a network from a row of words and the widths of its dense layers.

    `64@3` is a same-padded 3x3 convolution of 64 filters, `16@5v` one without padding, `pool`
    a 2x2 maximum. The last dense layer has no ReLU.
    """
    layers: list[Spatial] = []
    shape = inputs
    counts = {"conv": 0, "pool": 0}
    for word in spatial.split():
        kind = "pool" if word == "pool" else "conv"
        counts[kind] += 1
        layer = _spatial(f"{kind}{counts[kind]}", shape, word)
        layers.append(layer)
        shape = layer.outputs
    widths = (shape.elements, *dense)
    last = len(dense) - 1
    tail = tuple(
        Dense(f"fc{at + 1}", widths[at], widths[at + 1], "relu" if at < last else "linear")
        for at in range(len(dense))
    )
    return Network(name, inputs, tuple(layers), tail)


def _spatial(name: str, inputs: Shape, word: str) -> Spatial:
    if word == "pool":
        return MaxPool(name, inputs)
    filters, _, kernel = word.partition("@")
    return Conv2D(name, inputs, int(filters), int(kernel.rstrip("v")), not kernel.endswith("v"))
