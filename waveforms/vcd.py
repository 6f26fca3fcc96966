"""Value change dump: an observer of probes that GTKWave, Surfer and vcd2fst read.

Models:     1 ps time scale; modules as scopes; gauges, signals, spans, energy as power in mW.
            The file is the same, byte for byte, for the same run.
Leaves out: held counters; the x and z states; delta cycles, of which a viewer shows the last.
Source:     IEEE 1364-2005 section 18; `string` variables as GTKWave defines them.
Checked by: tests/waveforms/test_vcd.py, tests/waveforms/test_vcd_properties.py
"""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import IO, Any

from vcd import VCDWriter

from cosim.probes import View
from waveforms.changes import Changes, Variable
from waveforms.selection import Selection, Window
from waveforms.traces import Look, Trace, look_of, traces_of
from waveforms.watch import Ear, Watch

DATE = "not recorded, so that the same run gives the same file"

VARIABLES = {
    Look.REAL: ("real", 64),
    Look.POWER: ("real", 64),
    Look.STATE: ("string", 1),
    Look.TEXT: ("string", 1),
    Look.SPAN: ("string", 1),
    Look.EVENT: ("event", 1),
}
"""VCD variable type and size of each look that is not a plain number of bits."""


class VcdFile:
    """Writes the chosen probes of a simulation into a VCD file.

    `traces` lists what is in the file once the simulation has started, and `start_ps` is its
    first time; `end_ps` is its last time once the simulation has finished.
    """

    def __init__(
        self, path: Path, selection: Selection | None = None, window: Window | None = None
    ) -> None:
        self.path = path
        self.selection = selection or Selection()
        self.window = window or Window()
        self.traces: list[Trace] = []
        self.start_ps = 0
        self.end_ps = 0
        self._file: IO[bytes] | None = None

    def start(self, view: View) -> None:
        """Write the header and listen to every chosen probe.

        Raises ConfigError for a pattern that matches nothing, ElaborationError for a name that
        GTKWave would refuse.
        """
        self.traces = traces_of(view, self.selection)
        header, keys = _header(self.traces, _comment(view, self.selection, self.window))
        self._file = self.path.open("wb")
        self._file.write(header.encode("ascii"))
        self._variables = [
            Variable(key, trace.look, trace.width_bits, trace.states)
            for trace, key in zip(self.traces, keys, strict=True)
        ]
        self._changes = Changes(self._file, self.window.until_ps, self._leave, view.pulses.flush)
        self.start_ps = max(self.window.from_ps, view.now_ps)
        self._watch = Watch(self.traces, self.start_ps, self._open)

    def finish(self, now_ps: int) -> None:
        """Write the rest and close the file; a second call does nothing."""
        if self._file is None:
            return
        self._watch.open()
        self._leave()
        self.end_ps = self._changes.finish(now_ps)
        self._file.close()
        self._file = None

    def _open(self, from_ps: int, values: list[Any]) -> list[Ear]:
        """Write the values at the start of the window; return the ears for its changes."""
        states, events = [], []
        for variable, value in zip(self._variables, values, strict=True):
            if variable.look is not Look.EVENT:
                states.append(variable.lines[value])
            elif value is not None:
                events.append(variable.lines[value])
        changes = self._changes
        changes.begin(from_ps, states, events)
        return [Ear(changes.change_of(one), changes.pen_of(one)) for one in self._variables]

    def _leave(self) -> None:
        self._watch.leave()


def _header(traces: Sequence[Trace], comment: str) -> tuple[str, list[str]]:
    """Return the text up to `$enddefinitions`, and the identifier of each trace."""
    text = StringIO()
    writer = VCDWriter(text, timescale="1 ps", date=DATE, version="cosim", comment=comment)
    variables = []
    for trace in traces:
        kind, size = VARIABLES.get(trace.look, ("wire", trace.width_bits))
        variables.append(writer.register_var(trace.scopes, trace.name, kind, size))
    writer.close()
    end = "$enddefinitions $end\n"
    return text.getvalue().partition(end)[0] + end, [one.ident for one in variables]


def _comment(view: View, selection: Selection, window: Window) -> str:
    """Say what is in the file and what is not."""
    probes = view.probes()
    held = [probe for probe in probes if look_of(probe) is None]
    drawn = [probe for probe in probes if selection.chooses(probe) and look_of(probe)]
    patterns = " ".join(selection.patterns) or "all"
    lines = (
        f"{len(drawn)} of {len(probes)} probes; level {selection.level}; signals {patterns}; "
        f"window {window}.",
        "Text: states; spans as their label while open, empty otherwise. "
        "Real: energy as power in mW, whose integral is the energy.",
        "Of several changes at one time the last counts.",
        f"Not here: {len(held)} counters held by compiled code (see the report), "
        f"{len(probes) - len(drawn) - len(held)} probes of another level or not selected.",
    )
    return "\n".join(lines)
