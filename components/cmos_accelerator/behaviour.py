"""One row of positions of a piece of a layer: some filters and as many channels as the core holds.

A piece begins with its weights, a word of eDRAM a cycle. A position takes a cycle for every
`taps` products and bit of a weight; weights of several bits are taken bit by bit.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.low_bit import CODE_BITS, Tables, clear, settle
from cosim.compiled import Records, inlined, record, vectorized
from cosim.messages import FOREVER

EDRAM_WORD_BITS = 256
"""bits; the word whose energy config.py has."""

STATE = record(
    "layer", "layers", "group", "piece", "row", "filters", "taps", "partial_bits", "cycle_ps",
    "cycles", "steps", "pieces", "products", "weight_bits", "input_bits", "sum_bits", "code_bits",
    "comparisons",
)  # fmt: skip
"""Sizes, where the inference is, and what has been done since power-up; bits of eDRAM."""

LAID = record("groups", "pieces", "channels")
"""A layer: groups of filters, and pieces of so many channels."""


class Memory(NamedTuple):
    """All that a step reads and writes.

    `totals` (positions, filters) and `ones` (positions,): sums of products and of inputs.
    """

    state: Records
    tables: Tables
    laid: Records
    totals: NDArray[np.int64]
    ones: NDArray[np.int64]


@vectorized
def run(memory: Memory, now_ps: int) -> int:
    """Take all steps of an image; return when the last one is over."""
    while True:
        next_ps = step(memory, now_ps)
        if next_ps == FOREVER:
            return now_ps
        now_ps = next_ps


@vectorized
def step(memory: Memory, now_ps: int) -> int:
    """Compute one row of positions; return when the next step begins."""
    state, tables = memory.state[0], memory.tables
    if state.layer == state.layers:
        return FOREVER
    layer, laid = tables.geometry[state.layer], memory.laid[state.layer]
    first, channel = state.group * state.filters, state.piece * laid.channels
    filters = min(state.filters, layer.outputs - first)
    channels = min(laid.channels, layer.channels - channel)
    taps = layer.kernel_rows * layer.kernel_columns * channels
    if state.row == 0 and state.piece == 0 and state.group == 0:
        clear(tables, layer, 1 - state.layer % 2)
    before = state.cycles
    if state.row == 0:
        _load(state, layer, filters, taps)
    _fetch(state, layer, channels)
    for column in range(layer.columns):
        position = state.row * layer.columns + column
        if state.piece == 0:
            _begin(memory, position, filters)
        _sum(memory, layer, position, channel, channels, first, filters)
        if state.piece == laid.pieces - 1:
            _keep(memory, layer, position, first, filters)
    state.cycles += layer.columns * layer.weight_bits * ((taps + state.taps - 1) // state.taps)
    state.products += layer.columns * layer.weight_bits * taps * filters
    passes = (state.piece > 0) + (state.piece < laid.pieces - 1)
    state.sum_bits += passes * layer.columns * filters * state.partial_bits
    state.steps += 1
    _advance(state, layer, laid)
    return now_ps + (state.cycles - before) * state.cycle_ps


@inlined
def _load(state: Any, layer: Any, filters: int, taps: int) -> None:
    """Take the weights of a piece out of eDRAM."""
    bits = filters * taps * layer.weight_bits
    state.weight_bits += bits
    state.cycles += (bits + EDRAM_WORD_BITS - 1) // EDRAM_WORD_BITS
    state.pieces += 1


@inlined
def _fetch(state: Any, layer: Any, channels: int) -> None:
    """Take the rows of activations out of eDRAM that the row of positions is the first to see."""
    top = state.row * layer.stride - layer.top
    seen = 0 if state.row == 0 else top - layer.stride + layer.kernel_rows
    rows = min(top + layer.kernel_rows, layer.height) - max(seen, top, 0)
    state.input_bits += max(rows, 0) * layer.width * channels * CODE_BITS


@inlined
def _begin(memory: Memory, position: int, filters: int) -> None:
    memory.ones[position] = 0
    for place in range(filters):
        memory.totals[position, place] = 0


@inlined
def _sum(
    memory: Memory, layer: Any, position: int, channel: int, channels: int, first: int, filters: int
) -> None:
    """Add the products of a position with the channels and filters of a piece."""
    tables, half = memory.tables, memory.state[0].layer % 2
    top = position // layer.columns * layer.stride - layer.top
    left = position % layer.columns * layer.stride - layer.left
    for row in range(max(top, 0), min(top + layer.kernel_rows, layer.height)):
        for column in range(max(left, 0), min(left + layer.kernel_columns, layer.width)):
            place = (row * layer.width + column) * layer.channels
            tap = (row - top) * layer.kernel_columns + column - left
            for one in range(channel, channel + channels):
                code = np.int64(tables.codes[half, place + one])
                if code == 0:
                    continue
                memory.ones[position] += code
                at = layer.weights_at + (tap * layer.channels + one) * layer.outputs + first
                for output in range(filters):
                    memory.totals[position, output] += code * tables.weights[at + output]


@inlined
def _keep(memory: Memory, layer: Any, position: int, first: int, filters: int) -> None:
    """Make codes of the sums of a position and keep them."""
    state = memory.state[0]
    for output in range(filters):
        total = layer.gain * memory.totals[position, output] + layer.shift * memory.ones[position]
        settle(memory.tables, layer, 1 - state.layer % 2, position, first + output, total)
    state.comparisons += filters * layer.output_bits
    state.code_bits += filters * CODE_BITS


@inlined
def _advance(state: Any, layer: Any, laid: Any) -> None:
    """Go on to the next row, piece, group or layer."""
    state.row += 1
    if state.row < layer.rows:
        return
    state.row = 0
    state.piece += 1
    if state.piece < laid.pieces:
        return
    state.piece = 0
    state.group += 1
    if state.group < laid.groups:
        return
    state.group = 0
    state.layer += 1
