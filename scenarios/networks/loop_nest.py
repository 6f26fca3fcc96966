"""Loop nests as tables, and the one compiled function that writes out their instructions.

Models:     counted loops with addresses affine in their counters, forward skips decided by data,
            values taken from data; a program of any length in constant memory.
Leaves out: what the instructions compute.
Source:     the method is ours; instruction records: components/cpu/program.py
Checked by: tests/scenarios/test_lowering_loop_nest.py

A table has one line for each static instruction, in the order of a first pass through the code.
Where generation stands is `position`: the next line, then the counter of every open loop.
"""

from typing import Any, NamedTuple

import numpy as np

from components.cpu.program import NO_ADDRESS
from cosim.compiled import Records, compiled, inlined, outlined, record

DEPTH = 10
"""Most loops inside each other: images, and nine of a layer."""

PLAIN, LOOP_END, SKIP, NUMBER, DATUM = 0, 1, 2, 3, 4
"""What decides `value` and the next line: nothing; a loop's counter, back to `target`; data, past
`target` if 1; the counters; data."""

LINE = record(
    "kind", "level", "trip", "target", "even", "ip", "address", "value",
    "size_bytes:i2", "dst:i2", "dst_b:i2", "op:i2", "src_a:i2", "src_b:i2", "src_c:i2", "src_d:i2",
)  # fmt: skip
"""One static instruction, and before it what decides about it. `level`: how many loops are open
around it; a LOOP_END closes loop number `level`, which runs `trip` times; `even`: all other lines
inside are plain, so that every turn but the last is like the one before."""


class LoopNest(NamedTuple):
    """A program as a table.

    `lines` is (lines,) of LINE; `strides` is (lines, 2, DEPTH) int64, what each open loop adds to
    address and value; `data` is int64; `executions` is (lines,) int64, how often each line runs.
    """

    lines: Records
    strides: Records
    data: Records
    executions: Records


def new_position() -> Records:
    """Return the position before the first instruction."""
    return np.zeros(1 + DEPTH, np.int64)


@compiled
def expand(nest: LoopNest, position: Records, out: Records) -> int:
    """Write the next instructions to `out`, move `position` on, and return how many there are.

    `out` is (most,) of INSTRUCTION. Fewer than `most` are written only at the program's end.
    """
    at = position[0]
    written = 0
    while written < out.shape[0] and at < nest.lines.shape[0]:
        line = nest.lines[at]
        slot = out[written]
        _copy(line, slot)
        if line.address != NO_ADDRESS:
            slot.address += _moved(nest.strides, at, 0, position, line.level)
        written += 1
        following = at + 1
        if line.kind == LOOP_END:
            position[1 + line.level] += 1
            slot.value = 1
            following = line.target
            if position[1 + line.level] == line.trip:
                position[1 + line.level] = 0
                slot.value = 0
                following = at + 1
            elif line.even:
                written += _repeat(nest, position, at, out, written)
        elif line.kind != PLAIN:
            slot.value += _moved(nest.strides, at, 1, position, line.level)
            if line.kind != NUMBER:
                slot.value = nest.data[slot.value]
            if line.kind == SKIP and slot.value == 1:
                following = line.target
        at = following
    position[0] = at
    return written


@outlined
def _repeat(nest: LoopNest, position: Records, at: int, out: Records, written: int) -> int:
    """Write turns of the loop that line `at` closes, all but the last; return how many lines.

    Each is like the one before it, moved by the loop's strides; that must be in `out`.
    """
    line = nest.lines[at]
    first, level = line.target, line.level
    lines = at + 1 - first
    turns = min(line.trip - 1 - position[1 + level], (out.shape[0] - written) // lines)
    if written < lines or turns <= 0:
        return 0
    for turn in range(turns):
        for place in range(lines):
            slot = out[written + turn * lines + place]
            _copy(out[written + (turn - 1) * lines + place], slot)
            slot.address += nest.strides[first + place, 0, level]
    position[1 + level] += turns
    return int(turns * lines)


@inlined
def _copy(line: Any, slot: Any) -> None:
    """Write an instruction to `slot`; all is read before any is written, as in decode.py."""
    ip, address, value = line.ip, line.address, line.value
    size_bytes, dst, dst_b, op = line.size_bytes, line.dst, line.dst_b, line.op
    src_a, src_b, src_c, src_d = line.src_a, line.src_b, line.src_c, line.src_d
    slot.ip, slot.address, slot.value = ip, address, value
    slot.size_bytes, slot.dst, slot.dst_b, slot.op = size_bytes, dst, dst_b, op
    slot.src_a, slot.src_b, slot.src_c, slot.src_d = src_a, src_b, src_c, src_d


@outlined
def _moved(strides: Records, at: int, which: int, position: Records, levels: int) -> int:
    """Return how far the open loops have moved the address (0) or value (1) of line `at`."""
    distance = 0
    for level in range(levels):
        distance += strides[at, which, level] * position[1 + level]
    return distance
