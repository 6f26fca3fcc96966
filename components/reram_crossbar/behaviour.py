"""One step of all crossbars of a layer: rows driven with a bit of every input, sums converted.

A step takes the longer of a read and of the conversions of one crossbar's columns, which go on
while the next bit is read. Positions are dealt to the copies of a layer, one each.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.low_bit import CODE_BITS, Tables, clear, settle, unfold
from cosim.compiled import Records, inlined, record, vectorized
from cosim.messages import FOREVER

STATE = record(
    "layer", "layers", "position", "bit", "rows", "full_scale", "largest_cell", "cell_bits",
    "steps", "fill_steps", "reads", "driven", "conversions", "saturated",
    "bits_fetched", "bits_kept", "comparisons",
)  # fmt: skip
"""Sizes, where the inference is, and what has been done since power-up."""

PLACED = record(
    "bits", "word_bits", "slices", "columns", "blocks", "beside", "copies", "step_ps",
    "fills", "cells_at", "marks_at",
)  # fmt: skip
"""A layer in crossbars; `word_bits` is how wide its codes are in memory."""


class Memory(NamedTuple):
    """All that a step reads and writes.

    `cells` (taps, columns) a layer, as written; `marks` (blocks, columns) a layer, 1 for
    complements; `windows` (copies, taps) inputs; `totals` (copies, outputs) and `ones` (copies,)
    sums of products and of inputs; `sums` (columns,) currents of one block.
    """

    state: Records
    tables: Tables
    placed: Records
    cells: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    windows: NDArray[np.uint8]
    totals: NDArray[np.int64]
    ones: NDArray[np.int64]
    sums: NDArray[np.int32]


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
    """Read one bit of the inputs of some positions; return when the next step begins."""
    state, tables = memory.state[0], memory.tables
    if state.layer == state.layers:
        return FOREVER
    layer, placed = tables.geometry[state.layer], memory.placed[state.layer]
    positions = layer.rows * layer.columns
    count = min(placed.copies, positions - state.position)
    if state.position == 0 and state.bit == 0:
        clear(tables, layer, 1 - state.layer % 2)
    if state.bit == 0:
        _fetch(memory, layer, placed, count)
    for copy in range(count):
        _read(memory, layer, placed, copy)
    crossbars = placed.blocks * placed.beside
    state.reads += count * crossbars
    state.driven += count * layer.taps * placed.beside
    state.conversions += count * (placed.blocks * placed.columns + crossbars)
    state.steps += 1
    state.bit += 1
    fills = 0
    if state.bit == placed.bits:
        fills = _keep(memory, layer, placed, count)
    return now_ps + (1 + fills) * placed.step_ps


@inlined
def _fetch(memory: Memory, layer: Any, placed: Any, count: int) -> None:
    """Take the inputs of the positions out of eDRAM."""
    state, tables = memory.state[0], memory.tables
    for copy in range(count):
        unfold(tables, layer, state.layer % 2, state.position + copy, memory.windows, copy)
        memory.ones[copy] = 0
        for output in range(layer.outputs):
            memory.totals[copy, output] = 0
    state.bits_fetched += count * layer.taps * placed.word_bits


@inlined
def _read(memory: Memory, layer: Any, placed: Any, copy: int) -> None:
    """Sum the cells of driven rows block by block, convert, shift and add."""
    state, sums = memory.state[0], memory.sums
    columns, bit = placed.columns, state.bit
    for block in range(placed.blocks):
        first, ones = block * state.rows, 0
        for column in range(columns):
            sums[column] = 0
        for row in range(first, min(first + state.rows, layer.taps)):
            if memory.windows[copy, row] >> bit & 1:
                ones += 1
                at = placed.cells_at + row * columns
                for column in range(columns):
                    sums[column] += memory.cells[at + column]
        memory.ones[copy] += ones << bit
        if ones:
            _convert(memory, placed, copy, block, ones)


@inlined
def _convert(memory: Memory, placed: Any, copy: int, block: int, ones: int) -> None:
    """Add the codes of a block's columns; a complement is taken from what all ones would give."""
    state, column = memory.state[0], 0
    at = placed.marks_at + block * placed.columns
    for output in range(placed.columns // placed.slices):
        for part in range(placed.slices):
            code = min(memory.sums[column], state.full_scale)
            state.saturated += code < memory.sums[column]
            if memory.marks[at + column]:
                code = state.largest_cell * ones - code
            memory.totals[copy, output] += code << (state.bit + part * state.cell_bits)
            column += 1


@inlined
def _keep(memory: Memory, layer: Any, placed: Any, count: int) -> int:
    """Make codes of the sums and keep them; return the steps that end a layer."""
    state = memory.state[0]
    for copy in range(count):
        for output in range(layer.outputs):
            total = layer.gain * memory.totals[copy, output] + layer.shift * memory.ones[copy]
            settle(
                memory.tables, layer, 1 - state.layer % 2, state.position + copy, output, total
            )  # fmt: skip
    state.comparisons += count * layer.outputs * layer.output_bits
    state.bits_kept += count * layer.outputs * CODE_BITS
    state.bit = 0
    state.position += count
    if state.position < layer.rows * layer.columns:
        return 0
    state.position = 0
    state.layer += 1
    state.fill_steps += placed.fills
    return placed.fills
