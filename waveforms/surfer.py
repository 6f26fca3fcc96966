"""Command file for the Surfer viewer: the same groups and order as the GTKWave save file.

Models:     one divider per module, then its traces; `surfer trace.vcd --command-file trace.sucl`.
Leaves out: colours, formats and zoom: Surfer's commands for them differ between its versions.
Source:     Surfer's documentation, chapter Commands, version 0.5.
Checked by: tests/waveforms/test_gtkw.py (the text; Surfer itself is not run)
"""

from collections.abc import Sequence
from pathlib import Path

from waveforms.gtkw import Layout
from waveforms.traces import Trace


def write_command_file(dump: Path, traces: Sequence[Trace], layout: Layout | None = None) -> Path:
    """Write the command file beside a VCD file, with the suffix `.sucl`, and return its path."""
    lines = []
    for module, members in (layout or Layout()).groups(traces):
        lines.append(f"divider_add {module}")
        lines += [f"variable_add {trace.path}" for trace in members]
    path = dump.with_suffix(".sucl")
    path.write_text("\n".join([*lines, "zoom_fit", ""]), encoding="ascii", newline="\n")
    return path
