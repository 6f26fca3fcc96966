"""What accelerators of quantised networks share: geometry, windows, thresholds, maxima.

Models:     tables of a network that compiled code reads; the window of a position; the code of a
            sum, and the maximum of codes as they come. Signed steps of weights are made of stored
            codes q as gain sum(I q) + shift sum(I).
Leaves out: how sums of products come about: that is what accelerators differ in.
Source:     components/pim/network.py says what a network is.
Checked by: tests/components/test_low_bit.py
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.pim.network import QuantisedLayer, QuantisedNetwork, Shape
from cosim.compiled import Records, inlined, record

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]

CODE_BITS = 8
"""bits; width of a code in memories of fixed width: that of a pixel."""

GEOMETRY = record(
    "height", "width", "channels", "kernel_rows", "kernel_columns", "stride", "top", "left",
    "rows", "columns", "outputs", "pool", "taps", "input_bits", "weight_bits", "output_bits",
    "levels", "gain", "shift", "weights_at", "edges_at", "outputs_at",
)  # fmt: skip
"""A layer: its inputs, its window, `rows` x `columns` positions, and where its numbers are."""


class Tables(NamedTuple):
    """A network for compiled code.

    `geometry` (layers,); `weights` the stored codes, (taps, outputs) a layer; `edges` thresholds,
    (outputs, levels) a layer; `flips` (outputs,) a layer; `codes` (2, largest) activations, of
    which a layer reads one half and writes the other; `answer` the sums of the last layer.
    """

    geometry: Records
    weights: Bytes
    edges: Integers
    flips: Bytes
    codes: Bytes
    answer: Integers


def tables(network: QuantisedNetwork) -> Tables:
    """Return the tables of a network."""
    shapes = network.shapes
    geometry: Records = np.zeros(len(network.layers), GEOMETRY)
    weights, edges, flips = [], [], []
    counts = np.zeros(3, np.int64)
    for row, (layer, shape) in enumerate(zip(network.layers, shapes, strict=False)):
        _describe(geometry[row], layer, shape)
        place = geometry[row]
        place.weights_at, place.edges_at, place.outputs_at = counts
        weights.append(_stored(layer).ravel())
        edges.append(np.zeros(0, np.int64) if layer.thresholds is None else layer.thresholds)
        flips.append(layer.flipped.astype(np.uint8))
        counts += (layer.flat_weights.size, edges[-1].size, layer.outputs)
    largest = max(int(np.prod(shape)) for shape in shapes)
    return Tables(
        geometry,
        np.concatenate(weights),
        np.concatenate([one.ravel() for one in edges]),
        np.concatenate(flips),
        np.zeros((2, largest), np.uint8),
        np.zeros(network.classes, np.int64),
    )


def _describe(row: Any, layer: QuantisedLayer, shape: Shape) -> None:
    taken, sums = layer.taken(shape), layer.convolved(shape)
    row.height, row.width, row.channels = taken
    row.kernel_rows, row.kernel_columns = layer.window
    row.top, row.left = layer.margins(shape)
    row.rows, row.columns, row.outputs = sums
    row.stride, row.pool, row.taps = layer.stride, layer.pool, layer.inputs
    row.input_bits, row.weight_bits = layer.input_bits, layer.weight_bits
    if layer.thresholds is not None:
        row.output_bits, row.levels = layer.output_bits, layer.thresholds.shape[1]
    half = 1 << (layer.weight_bits - 1)
    row.gain, row.shift = {
        "unsigned": (1, 0), "dorefa": (2, 1 - 2 * half), "twos_complement": (1, -half),
    }[layer.encoding]  # fmt: skip


def _stored(layer: QuantisedLayer) -> Bytes:
    """Return codes as they are stored: those of two's complement half a range higher."""
    codes = layer.flat_weights
    if layer.encoding == "twos_complement":
        codes = codes ^ (1 << (layer.weight_bits - 1))
    return codes.astype(np.uint8)


def load(held: Tables, pixels: Bytes) -> None:
    """Put an image, (height, width, channels) that the network checked, before the first layer."""
    held.codes[0, : pixels.size] = pixels.ravel()


def classified(network: QuantisedNetwork, held: Tables) -> int:
    """Return the class: the first largest of the last sums, as the host scales and shifts them."""
    layer, scores = network.layers[-1], held.answer.astype(np.float64)
    if layer.scale is not None:
        scores = scores * layer.scale
    return int((scores if layer.offset is None else scores + layer.offset).argmax())


@inlined
def unfold(held: Tables, layer: Any, half: int, position: int, windows: Bytes, at: int) -> None:
    """Fill row `at` of `windows`, (., taps), with what a position sees; zeros lie around."""
    top = position // layer.columns * layer.stride - layer.top
    left = position % layer.columns * layer.stride - layer.left
    tap = 0
    for row in range(top, top + layer.kernel_rows):
        for column in range(left, left + layer.kernel_columns):
            inside = 0 <= row < layer.height and 0 <= column < layer.width
            first = (row * layer.width + column) * layer.channels
            for channel in range(layer.channels):
                windows[at, tap] = held.codes[half, first + channel] if inside else 0
                tap += 1


@inlined
def settle(held: Tables, layer: Any, half: int, position: int, output: int, total: int) -> None:
    """Give a sum to the host, or its code to the next layer unless a larger one is there."""
    if layer.levels == 0:
        held.answer[position * layer.outputs + output] = total
        return
    row = position // layer.columns // layer.pool
    column = position % layer.columns // layer.pool
    if row >= layer.rows // layer.pool or column >= layer.columns // layer.pool:
        return
    first = layer.edges_at + output * layer.levels
    code = code_of(held.edges, first, layer.levels, held.flips[layer.outputs_at + output], total)
    at = (row * (layer.columns // layer.pool) + column) * layer.outputs + output
    held.codes[half, at] = max(held.codes[half, at], code)


@inlined
def code_of(edges: Integers, first: int, levels: int, flips: int, total: int) -> int:
    """Return how many of `levels` ascending thresholds a sum reaches, or does not exceed."""
    low, high = 0, levels
    while low < high:
        middle = (low + high) // 2
        if edges[first + middle] < total or (edges[first + middle] == total and not flips):
            low = middle + 1
        else:
            high = middle
    return levels - low if flips else low


@inlined
def clear(held: Tables, layer: Any, half: int) -> None:
    """Set the codes to zero that a layer is about to write."""
    if layer.levels:
        count = (layer.rows // layer.pool) * (layer.columns // layer.pool) * layer.outputs
        for at in range(count):
            held.codes[half, at] = 0
