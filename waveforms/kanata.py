"""Pipeline log that Konata draws: one row an instruction, one box a stage, left to right in cycles.

Models:     format Kanata 0004: stages begin and end, instructions retire in order or are flushed.
Leaves out: arrows between instructions.
Source:     docs/kanata-log-format.md of the viewer Konata.
Checked by: tests/waveforms/test_kanata.py
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

Row = tuple[int, int, str, Sequence[tuple[str, int]], int, bool]
"""Number, address, text, (stage, cycle) pairs in order, the cycle of its end or -1, and whether it
was flushed then; else it retired."""

LEFT_PANE = 0
"""Kind of label that stands beside the row."""


def write_kanata(path: Path, rows: Iterable[Row]) -> None:
    """Write the log of instructions in the order in which they were fetched."""
    told: list[tuple[int, int, str]] = []
    retirements = 0
    fetched = sorted(rows, key=lambda row: (row[3][0][1], row[0]))
    for row, (number, ip, text, stages, last, flushed) in enumerate(fetched):
        first = stages[0][1]
        told.append((first, row, f"I\t{row}\t{number}\t0"))
        told.append((first, row, f"L\t{row}\t{LEFT_PANE}\t{ip:x}: {text}"))
        ends = [cycle for _, cycle in stages[1:]] + [last]
        for (stage, begin), end in zip(stages, ends, strict=True):
            told.append((begin, row, f"S\t{row}\t0\t{stage}"))
            if end >= 0:
                told.append((end, row, f"E\t{row}\t0\t{stage}"))
        if last >= 0:
            told.append((last, row, f"R\t{row}\t{retirements}\t{int(flushed)}"))
            retirements += not flushed
    lines, cycle = ["Kanata\t0004"], None
    for when, _, line in sorted(told, key=lambda one: one[0]):
        if cycle is None:
            lines.append(f"C=\t{when}")
        elif when > cycle:
            lines.append(f"C\t{when - cycle}")
        cycle = when
        lines.append(line)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
