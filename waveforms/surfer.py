"""Command file for the Surfer viewer: groups, order, colours and markers of the GTKWave save file.

Models:     a divider for each module, then its traces, each in the colour of its kind; markers
            with their names; `surfer trace.vcd --command-file trace.sucl`.
Leaves out: formats and the first visible time: no command sets them in all versions.
Source:     Surfer's command parser and default theme, as of version 0.7. An item is named by its
            number in hexadecimal digits a to p. A divider's name is one word of letters, digits
            and _; renaming takes any text. A # begins a comment, a ; the next command.
Checked by: tests/waveforms/test_surfer.py (each line, by these rules; Surfer itself is not run)
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from waveforms.gtkw import Layout
from waveforms.traces import Look, Trace

COLORS = {
    Look.SPAN: "Orange",
    Look.STATE: "Yellow",
    Look.TEXT: "Yellow",
    Look.BIT: "Green",
    Look.UNSIGNED: "Gray",
    Look.SIGNED: "Gray",
    Look.EVENT: "Gray",
    Look.REAL: "Violet",
    Look.POWER: "Red",
}
"""Colours of Surfer's default theme, those of the legend in README.md."""

DIGITS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")

NO_WORD, NO_NAME = re.compile(r"\W", re.ASCII), re.compile(r"[\s#;]")
"""What may not be in a word, and in the name of a marker."""


def write_command_file(dump: Path, traces: Sequence[Trace], layout: Layout | None = None) -> Path:
    """Write the command file beside a VCD file, with the suffix `.sucl`, and return its path."""
    layout = layout or Layout()
    added: list[str] = []
    shown: list[str] = []
    for module, members in layout.groups(traces):
        shown += _shown(len(added), f"item_rename {module}")
        added.append(f"divider_add {NO_WORD.sub('_', module)}")
        for trace in members:
            shown += _shown(len(added), f"item_set_color {COLORS[trace.look]}")
            added.append(f"variable_add {trace.path}")
    markers = [
        f"marker_set {NO_NAME.sub('_', name)} {when_ps}" for name, when_ps in layout.markers.items()
    ]
    path = dump.with_suffix(".sucl")
    lines = [*added, *shown, "item_unfocus", *markers, "zoom_fit", ""]
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    return path


def _shown(number: int, command: str) -> Iterator[str]:
    """Yield what makes an item look as it should."""
    yield f"item_focus {letters(number)}"
    yield command


def letters(number: int) -> str:
    """Return a number in digits a to p: 0 is a, 16 is ba."""
    return f"{number:x}".translate(DIGITS)
