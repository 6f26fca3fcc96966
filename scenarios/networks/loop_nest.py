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

from components.cpu.program import NO_ADDRESS, NO_REGISTER
from cosim.compiled import Records, compiled, inlined, outlined, record

DEPTH = 10
"""Most loops inside each other: images, and nine of a layer."""

PLAIN, LOOP_END, SKIP, NUMBER, DATUM = 0, 1, 2, 3, 4
"""What decides `value` and the next line: nothing; a loop's counter, back to `target`; data, past
`target` if 1; the counters; data."""

LINE = record(
    "kind", "op", "dst", "src_a", "src_b", "src_c", "ip", "address", "size_bytes", "value",
    "level", "trip", "target",
)  # fmt: skip
"""One static instruction. `level`: how many loops are open around it; a LOOP_END closes
loop number `level`, which runs `trip` times."""


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
        following = at + 1
        if line.kind == LOOP_END:
            position[1 + line.level] += 1
            slot.value = 1
            following = line.target
            if position[1 + line.level] == line.trip:
                position[1 + line.level] = 0
                slot.value = 0
                following = at + 1
        elif line.kind != PLAIN:
            slot.value += _moved(nest.strides, at, 1, position, line.level)
            if line.kind != NUMBER:
                slot.value = nest.data[slot.value]
            if line.kind == SKIP and slot.value == 1:
                following = line.target
        written += 1
        at = following
    position[0] = at
    return written


@inlined
def _copy(line: Any, slot: Any) -> None:
    """Write to `slot` what is the same in every turn of the loops."""
    slot.op = line.op
    slot.dst = line.dst
    slot.dst_b = NO_REGISTER
    slot.src_a = line.src_a
    slot.src_b = line.src_b
    slot.src_c = line.src_c
    slot.src_d = NO_REGISTER
    slot.ip = line.ip
    slot.size_bytes = line.size_bytes
    slot.address = line.address
    slot.value = line.value


@outlined
def _moved(strides: Records, at: int, which: int, position: Records, levels: int) -> int:
    """Return how far the open loops have moved the address (0) or value (1) of line `at`."""
    distance = 0
    for level in range(levels):
        distance += strides[at, which, level] * position[1 + level]
    return distance
