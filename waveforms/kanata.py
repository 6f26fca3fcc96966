"""Pipeline log that Konata draws: one row an instruction, one box a stage, left to right in cycles.

Models:     format Kanata 0004: stages begin and end, instructions retire in order.
Leaves out: arrows between instructions; flushed ones, for a trace-driven core fetches none.
Source:     docs/kanata-log-format.md of the viewer Konata.
Checked by: tests/waveforms/test_kanata.py
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

Row = tuple[int, int, str, Sequence[tuple[str, int]], int]
"""Number, address, text, (stage, cycle) pairs in order, and the cycle of its retirement or -1."""

LEFT_PANE = 0
"""Kind of label that stands beside the row."""


def write_kanata(path: Path, rows: Iterable[Row]) -> None:
    """Write the log of instructions in the order of their numbers."""
    told: list[tuple[int, int, str]] = []
    retirements = 0
    for row, (number, ip, text, stages, retired) in enumerate(sorted(rows)):
        first = stages[0][1]
        told.append((first, row, f"I\t{row}\t{number}\t0"))
        told.append((first, row, f"L\t{row}\t{LEFT_PANE}\t{ip:x}: {text}"))
        ends = [cycle for _, cycle in stages[1:]] + [retired]
        for (stage, begin), end in zip(stages, ends, strict=True):
            told.append((begin, row, f"S\t{row}\t0\t{stage}"))
            if end >= 0:
                told.append((end, row, f"E\t{row}\t0\t{stage}"))
        if retired >= 0:
            told.append((retired, row, f"R\t{row}\t{retirements}\t0"))
            retirements += 1
    lines, cycle = ["Kanata\t0004"], None
    for when, _, line in sorted(told, key=lambda one: one[0]):
        if cycle is None:
            lines.append(f"C=\t{when}")
        elif when > cycle:
            lines.append(f"C\t{when - cycle}")
        cycle = when
        lines.append(line)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
