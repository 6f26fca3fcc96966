"""Value change dump: an observer of probes that GTKWave, Surfer and vcd2fst read.

Models:     1 ps time scale; modules as scopes; gauges, signals, spans, energy as power in mW.
            The file is the same, byte for byte, for the same run.
Leaves out: held counters; the x and z states; delta cycles, of which a viewer shows the last.
Source:     IEEE 1364-2005 section 18; `string` variables as GTKWave defines them.
Checked by: tests/waveforms/test_vcd.py, tests/waveforms/test_vcd_properties.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import IO, Any

from vcd import VCDWriter

from cosim.probes import Probe, View
from waveforms.changes import Change, Changes, Texts, change_of
from waveforms.selection import Selection, Window
from waveforms.traces import Look, Trace, look_of, traces_of

DATE = "not recorded, so that the same run gives the same file"

VARIABLES = {
    Look.BIT: "wire",
    Look.UNSIGNED: "wire",
    Look.SIGNED: "wire",
    Look.REAL: "real",
    Look.POWER: "real",
    Look.STATE: "string",
    Look.TEXT: "string",
    Look.SPAN: "string",
    Look.EVENT: "event",
}
"""VCD variable type of each look."""


@dataclass
class Variable:
    """One trace in the file; `value` is the latest before the window opens."""

    trace: Trace
    texts: Texts
    value: Any

    @property
    def is_event(self) -> bool:
        """Whether it has moments instead of values."""
        return self.trace.look is Look.EVENT


class VcdFile:
    """Writes the chosen probes of a simulation into a VCD file.

    `traces` lists what is in the file once the simulation has started; `end_ps` is the last
    time in it once it has finished.
    """

    def __init__(
        self, path: Path, selection: Selection | None = None, window: Window | None = None
    ) -> None:
        self.path = path
        self.selection = selection or Selection()
        self.window = window or Window()
        self.traces: list[Trace] = []
        self.end_ps = 0
        self._from_ps = 0
        self._file: IO[str] | None = None
        self._changes: Changes | None = None
        self._is_open = False
        self._variables: list[Variable] = []
        self._heard: list[tuple[Probe, Change]] = []

    def start(self, view: View) -> None:
        """Write the header and listen to every chosen probe.

        Raises ConfigError for a pattern that matches nothing, ElaborationError for a name that
        GTKWave would refuse.
        """
        self.traces = traces_of(view, self.selection)
        header, keys = _header(self.traces, _comment(view, self.selection, self.window))
        self._file = self.path.open("w", encoding="ascii", newline="\n")
        self._file.write(header)
        self._from_ps = max(self.window.from_ps, view.now_ps)
        self._changes = Changes(self._file, self.window.until_ps, self._leave)
        for trace, key in zip(self.traces, keys, strict=True):
            texts = Texts(key, trace.look, trace.width_bits)
            variable = Variable(trace, texts, trace.first_value)
            self._variables.append(variable)
            self._listen(trace.probe, self._waiting(variable, self._changes))

    def finish(self, now_ps: int) -> None:
        """Write the rest and close the file; a second call does nothing."""
        if self._changes is None or self._file is None:
            return
        if not self._is_open:
            self._open(self._changes)
        self._leave()
        self.end_ps = self._changes.finish(now_ps)
        self._file.close()
        self._changes = self._file = None

    def _waiting(self, variable: Variable, changes: Changes) -> Change:
        """Return a listener for the time until the window opens; it keeps the latest value."""

        def change(when_ps: int, value: object) -> None:
            if when_ps > self._from_ps:
                self._open(changes)
                change_of(changes, variable.texts)(when_ps, value)
            elif not variable.is_event or when_ps == self._from_ps:
                variable.value = value

        return change

    def _open(self, changes: Changes) -> None:
        """Write the values at the start of the window, and listen for its changes."""
        self._is_open = True
        self._leave()
        states = [one.texts[one.value] for one in self._variables if not one.is_event]
        events = [
            one.texts[one.value]
            for one in self._variables
            if one.is_event and one.value is not None
        ]
        changes.begin(self._from_ps, states, events)
        for one in self._variables:
            self._listen(one.trace.probe, change_of(changes, one.texts))

    def _listen(self, probe: Probe, change: Change) -> None:
        probe.listen(change)
        self._heard.append((probe, change))

    def _leave(self) -> None:
        """Stop listening."""
        for probe, change in self._heard:
            probe.unlisten(change)
        self._heard.clear()


def _header(traces: Sequence[Trace], comment: str) -> tuple[str, list[str]]:
    """Return the text up to `$enddefinitions`, and the identifier of each trace."""
    text = StringIO()
    writer = VCDWriter(text, timescale="1 ps", date=DATE, version="cosim", comment=comment)
    variables = [
        writer.register_var(trace.scopes, trace.name, VARIABLES[trace.look], _size(trace))
        for trace in traces
    ]
    writer.close()
    end = "$enddefinitions $end\n"
    return text.getvalue().partition(end)[0] + end, [one.ident for one in variables]


def _size(trace: Trace) -> int | None:
    return trace.width_bits if VARIABLES[trace.look] == "wire" else None


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
