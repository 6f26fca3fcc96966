"""What a network computes whose convolutions are on the arrays, in numpy.

Models:     inputs of M bits, one plane a shot: pixels by their highest bits, later ones by the
            highest of a sum. A plane's code is min(floor(8 o), 7) with o = sigmoid(-gain (x W +
            B)); the core adds the planes' codes, each twice the next one, and an offset that puts
            middle codes on the threshold of the highest bit; maxima are taken of sums. The dense
            layers get the highest bit of each.
Leaves out: time; convolutions in between other layers than maxima.
Source:     one shot an output position, planes with digital shift and add: the method is ours;
            neuron and converter: reference.py.
Checked by: tests/scenarios/test_unrolled.py
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from components.analog import AnalogConfig
from components.imac.convolver import Engine
from cosim.errors import DataError
from cosim.seeds import generator
from scenarios.networks import reference
from scenarios.networks.images import Pixels
from scenarios.networks.layers import Conv2D, MaxPool, Network
from scenarios.networks.weights import Binarised, Weights
from scenarios.scenario import Advance, untold

PIXEL_BITS = 8
CODE_MOST = 7
"""Largest code of the 3-bit converters."""

BATCH = 100
"""Images computed together; measured: their windows, 2 MB, stay in the cache."""

PATH = "soc.convolver"
"""Where a machine has its convolver, for the random numbers of its junctions."""

Bits: TypeAlias = npt.NDArray[np.int8]
Sums: TypeAlias = npt.NDArray[np.int64]

Jobs: TypeAlias = Sequence[tuple[int, int]]
"""(First window, windows) of the jobs that a column of outputs takes."""

Codes = Callable[[int, Bits], npt.NDArray[np.int64]]
"""Gives the codes, (windows, filters), of a layer by its number for windows, (windows, K)."""


@dataclass(frozen=True)
class Trace:
    """What travels: `planes` of each convolution's padded inputs, and `bits` at the dense layers.

    `planes[n]` is (images, planes, height, width, channels), the highest plane first; `codes[n]`,
    (images, planes, height, width, filters), what comes back; `bits` is (images, features).
    """

    planes: list[Bits] = field(default_factory=list)
    codes: list[Sums] = field(default_factory=list)
    bits: Bits = field(default_factory=lambda: np.zeros((0, 0), np.int8))


def sum_bits(planes: int) -> int:
    """Return how many bits the sum of all planes' codes has."""
    return int(CODE_MOST * (2**planes - 1)).bit_length()


def offset(planes: int) -> int:
    """Return what is added to every sum, so that its highest bit is 1 from middle codes on.

    A neuron in the middle gives code 4; all planes together 4 (2^planes - 1).
    """
    return int(2 ** (sum_bits(planes) - 1) - (CODE_MOST + 1) // 2 * (2**planes - 1))


def check(network: Network) -> None:
    """Raise DataError unless the spatial layers are convolutions, each with a maximum behind it."""
    pairs = list(zip(network.spatial[::2], network.spatial[1::2], strict=False))
    fits = all(isinstance(a, Conv2D) and isinstance(b, MaxPool) for a, b in pairs)
    if not fits or 2 * len(pairs) != len(network.spatial):
        names = ", ".join(layer.name for layer in network.spatial)
        raise DataError(
            f"{network.name} must have convolutions on the arrays with a maximum behind each, not"
            f" {names}"
        )


def trace(weights: Weights, pixels: Pixels, codes: Codes) -> Trace:
    """Return all that travels for some images."""
    network, found = weights.network, Trace()
    check(network)
    planes = network.planes
    values, width = pixels.astype(np.int64), PIXEL_BITS
    for number, layer in enumerate(network.convolutions):
        found.planes.append(cut(layer, values, width, planes))
        found.codes.append(shot(layer, found.planes[-1], partial(codes, number)))
        values = pooled(network.spatial[2 * number + 1], added(found.codes[-1]))
        width = sum_bits(planes)
    bits = (values >> width - 1).astype(np.int8).reshape(len(pixels), -1)
    return Trace(found.planes, found.codes, bits)


def cut(layer: Conv2D, values: Sums, width: int, planes: int) -> Bits:
    """Return the highest bits of values of some width, as planes, with the layer's padding."""
    pad = layer.padding
    around = ((0, 0), (pad.top, pad.bottom), (pad.left, pad.right), (0, 0))
    every = [np.pad(values >> width - 1 - plane & 1, around) for plane in range(planes)]
    return np.stack(every, axis=1).astype(np.int8)


def shot(layer: Conv2D, planes: Bits, codes: Callable[[Bits], Sums]) -> Sums:
    """Return the codes of every window of every plane."""
    found = [
        codes(reference.windows(layer, planes[:, plane])).reshape(-1, *layer.outputs)
        for plane in range(planes.shape[1])
    ]
    return np.stack(found, axis=1)


def added(codes: Sums) -> Sums:
    """Return the sum of all planes' codes, each twice the next one, and the offset."""
    planes = codes.shape[1]
    weights = 1 << np.arange(planes)[::-1]
    return np.asarray(np.tensordot(codes, weights, axes=(1, 0)), np.int64) + offset(planes)


def pooled(layer: object, sums: Sums) -> Sums:
    """Return the largest of each window."""
    assert isinstance(layer, MaxPool)
    return reference.pool(layer, sums.astype(np.float32)).astype(np.int64)


def plain(layers: Sequence[Binarised]) -> Codes:
    """Return what gives codes by arithmetic alone."""

    def codes(number: int, windows: Bits) -> npt.NDArray[np.int64]:
        layer = layers[number]
        sums = windows.astype(np.float32) @ layer.weights.astype(np.float32) + layer.biases
        return reference.codes(reference.neuron(layer.gain, sums))

    return codes


def engine(
    weights: Weights, config: AnalogConfig, seed: int = 0, *, rewritten: bool = False
) -> Engine:
    """Return the arrays of a machine's convolver, with the same junctions."""

    def seeds(path: str) -> np.random.Generator:
        return generator(seed, f"{PATH}.{path}")

    return Engine(weights.unrolled, config, seeds, PATH, rewritten=rewritten)


def features(weights: Weights, pixels: Pixels, codes: Codes, advance: Advance = untold) -> Bits:
    """Return the bits at the dense layers, (images, features)."""
    parts = []
    for first in range(0, len(pixels), BATCH):
        advance(first, len(pixels), "convolutions on the arrays")
        parts.append(trace(weights, pixels[first : first + BATCH], codes).bits)
    return np.concatenate(parts)


def signs(
    weights: Weights,
    pixels: Pixels,
    values: reference.Floats,
    config: AnalogConfig,
    advance: Advance = untold,
) -> Bits:
    """Return the signs at the dense layers: of full-precision `values`, or what the arrays give."""
    if not weights.network.planes:
        return reference.signs(values)
    return features(weights, pixels, engine(weights, config).codes, advance)


def by_strips(network: Network, codes: Codes, jobs: Sequence[Jobs]) -> Codes:
    """Return what gives the same codes strip by strip, as a machine asks for them.

    Sums of real conductances may differ in their last bit by how many windows are computed at
    once, and a sum of exactly 0 lies on a threshold. `jobs` are those of a column, by layer.
    """

    def found(number: int, windows: Bits) -> npt.NDArray[np.int64]:
        layer = network.convolutions[number]
        height, width, filters = layer.outputs
        seen = windows.reshape(-1, height, width, layer.fan_in)
        given = np.empty((len(seen), height, width, filters), np.int64)
        for image, column in np.ndindex(len(seen), width):
            for first, count in jobs[number]:
                part = slice(first, first + count)
                strip = np.ascontiguousarray(seen[image, part, column])
                given[image, part, column] = codes(number, strip)
        return given.reshape(-1, filters)

    return found
