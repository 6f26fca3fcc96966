"""What a quantised network computes, in plain integers: the reference of every machine.

Models:     sums of products of codes and signed steps of weights; codes by thresholds; maxima.
            No bit planes, no arrays of cells: nothing here knows how a machine does it.
Leaves out: time and energy.
Source:     the three encodings: components/pim/network.py.
Checked by: tests/scenarios/test_quantised_integers.py
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.pim.network import QuantisedLayer, QuantisedNetwork
from scenarios.scenario import Advance, untold

Integers = npt.NDArray[np.int64]

BATCH = 50
"""Images computed together; estimate: windows of VGG-16's widest layer then take 240 MB."""

FLOAT32_EXACT = 2**24
"""float32 adds integers below this without rounding; float64 those below 2^53."""


class Result(NamedTuple):
    """One layer: its sums and what it gives, (images, height, width, channels) each."""

    name: str
    sums: Integers
    outputs: Integers


def steps(layer: QuantisedLayer) -> Integers:
    """Return the signed integers that a layer's codes stand for, in the shape of its weights."""
    held, levels = layer.weights, 2**layer.weight_bits - 1
    if layer.encoding == "dorefa":
        return np.asarray(2 * held - levels)
    if layer.encoding == "twos_complement":
        return np.where(held > levels // 2, held - levels - 1, held)
    return held


def sums(layer: QuantisedLayer, inputs: Integers) -> Integers:
    """Return the accumulators for codes (images, height, width, channels)."""
    largest = layer.inputs * (2**layer.input_bits - 1) * (2**layer.weight_bits - 1)
    exact = np.float32 if largest < FLOAT32_EXACT else np.float64
    kernel = steps(layer).reshape(layer.inputs, -1).astype(exact)
    if layer.kind == "dense":
        seen = inputs.reshape(len(inputs), 1, 1, -1)
    else:
        seen = _windows(layer, inputs)
    return np.asarray(np.matmul(seen.astype(exact), kernel), np.int64)


def codes(layer: QuantisedLayer, found: Integers) -> Integers:
    """Return the codes of sums; sums themselves without thresholds."""
    if layer.thresholds is None:
        return found
    outputs = np.empty_like(found)
    for channel, (edges, flips) in enumerate(zip(layer.thresholds, layer.flipped, strict=True)):
        one = found[..., channel]
        if flips:
            outputs[..., channel] = len(edges) - np.searchsorted(edges, one, side="left")
        else:
            outputs[..., channel] = np.searchsorted(edges, one, side="right")
    return outputs


def maxima(layer: QuantisedLayer, outputs: Integers) -> Integers:
    """Return the largest of each window that the layer pools; odd rows and columns are left."""
    side = layer.pool
    images, height, width, channels = outputs.shape
    rows, columns = height // side, width // side
    cut = outputs[:, : rows * side, : columns * side]
    found: Integers = cut.reshape(images, rows, side, columns, side, channels).max((2, 4))
    return found


def layers(network: QuantisedNetwork, pixels: npt.NDArray[np.uint8]) -> Iterator[Result]:
    """Yield every layer's result for pixels (images, height, width, channels)."""
    inputs = pixels.astype(np.int64)
    for layer in network.layers:
        found = sums(layer, inputs)
        inputs = maxima(layer, codes(layer, found))
        yield Result(layer.name, found, inputs)


def classes(
    network: QuantisedNetwork, pixels: npt.NDArray[np.uint8], advance: Advance = untold
) -> Integers:
    """Return the class of each image: the first largest of the last sums, scaled and shifted."""
    found = []
    for first in range(0, len(pixels), BATCH):
        advance(first, len(pixels), "integers")
        *_, last = layers(network, pixels[first : first + BATCH])
        found.append(scores(network.layers[-1], last.sums).argmax(axis=1))
    return np.concatenate(found).astype(np.int64)


def scores(layer: QuantisedLayer, found: Integers) -> npt.NDArray[np.float64]:
    """Return (images, classes): the last layer's sums times scale plus offset."""
    flat = found.reshape(len(found), -1).astype(np.float64)
    if layer.scale is not None:
        flat = flat * layer.scale
    return flat if layer.offset is None else flat + layer.offset


def _windows(layer: QuantisedLayer, inputs: Integers) -> Integers:
    """Return (images, height, width, K): what each position sees."""
    rows, columns = layer.window
    if layer.padding == "same":
        lacking = [
            max((-(-size // layer.stride) - 1) * layer.stride + window - size, 0)
            for size, window in zip(inputs.shape[1:3], layer.window, strict=True)
        ]
        margins = [(one // 2, one - one // 2) for one in lacking]
        inputs = np.pad(inputs, ((0, 0), *margins, (0, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(inputs, (rows, columns), (1, 2))
    seen = seen[:, :: layer.stride, :: layer.stride].transpose(0, 1, 2, 4, 5, 3)
    return seen.reshape(*seen.shape[:3], layer.inputs)
