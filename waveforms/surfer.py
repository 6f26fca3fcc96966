"""Command file for the Surfer viewer: groups, order, colours and markers of the GTKWave save file.

Models:     a divider for each module, then its traces, each in the colour of its kind; named
            markers as numbered ones; `surfer trace.vcd --command-file trace.sucl`.
Leaves out: formats and the first visible time: no command sets them in all versions.
Source:     Surfer's documentation, chapter Commands, version 0.5; an item is named by its number
            in digits a to z.
Checked by: tests/waveforms/test_gtkw.py (the text; Surfer itself is not run)
"""

from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase

from waveforms.gtkw import Layout
from waveforms.traces import Look, Trace

COLORS = {
    Look.SPAN: "Aqua",
    Look.STATE: "Yellow",
    Look.TEXT: "Yellow",
    Look.BIT: "Green",
    Look.REAL: "Purple",
    Look.POWER: "Red",
}
"""Colours of Surfer's default theme, close to those in GTKWave; all else keeps the viewer's own."""


def write_command_file(dump: Path, traces: Sequence[Trace], layout: Layout | None = None) -> Path:
    """Write the command file beside a VCD file, with the suffix `.sucl`, and return its path."""
    layout = layout or Layout()
    added, colored, number = [], [], 0
    for module, members in layout.groups(traces):
        added.append(f"divider_add {module}")
        for place, trace in enumerate(members, number + 1):
            added.append(f"variable_add {trace.path}")
            if trace.look in COLORS:
                colored += [f"item_focus {letters(place)}", f"item_set_color {COLORS[trace.look]}"]
        number += 1 + len(members)
    markers = [f"marker_set {n} {when}" for n, when in enumerate(layout.markers.values(), 1)]
    lines = [*added, *colored, "item_unfocus", *markers, "zoom_fit", ""]
    path = dump.with_suffix(".sucl")
    path.write_text("\n".join(lines), encoding="ascii", newline="\n")
    return path


def letters(number: int) -> str:
    """Return a number in digits a to z: 0 is a, 26 is ba."""
    rest, digit = divmod(number, len(ascii_lowercase))
    return (letters(rest) if rest else "") + ascii_lowercase[digit]
