"""What a probe looks like in a wave file: its type, width, name and colour role.

Models:     gauges and signals as bits, integers, reals or text; spans as text that is empty when
            no span is open; energy as power in mW; a counter as an event at each count.
Leaves out: held counters, which compiled code changes without telling; they are in the report.
Source:     names that GTKWave 3.3.118 can find, by experiment: README.md, section Names.
Checked by: tests/waveforms/test_traces.py
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from cosim.errors import ElaborationError
from cosim.probes import Energy, Gauge, Printing, Probe, View
from waveforms.selection import Selection

SCOPE = re.compile(r"[A-Za-z_]\w*(\[\d+\])*", re.ASCII)
"""A scope name that GTKWave, wellen and vcd2fst read alike; array scopes keep their brackets."""

ARRAY = re.compile(r"\[(\d+)\]")


class Look(Enum):
    """How a trace is drawn."""

    BIT = "bit"
    UNSIGNED = "unsigned"
    SIGNED = "signed"
    REAL = "real"
    STATE = "state"
    TEXT = "text"
    SPAN = "span"
    POWER = "power"
    EVENT = "event"


_LOOKS = {
    "span": Look.SPAN,
    "energy": Look.POWER,
    "metered": Look.POWER,
    "counter": Look.EVENT,
    "distribution": Look.EVENT,
}
"""Look by kind of probe, gauges apart."""

_UNITS = {Look.POWER: "mW"}


@dataclass(frozen=True)
class Trace:
    """One drawn probe."""

    probe: Probe
    look: Look
    scopes: tuple[str, ...]
    name: str
    width_bits: int
    unit: str

    @property
    def module(self) -> str:
        """Path of the module that owns the probe, as written in the file."""
        return ".".join(self.scopes)

    @property
    def path(self) -> str:
        """Full name, as written in the file."""
        return f"{self.module}.{self.name}"

    @property
    def states(self) -> tuple[str, ...]:
        """All values of a state; nothing for any other look."""
        return self.probe.states if isinstance(self.probe, Gauge) else ()

    @property
    def is_lane(self) -> bool:
        """Whether it is one of several of the same name, such as `v_row(3)`."""
        return self.name.endswith(")")

    @property
    def is_late(self) -> bool:
        """Whether what it tells is about the time since it told something before."""
        return self.probe.kind == "metered"

    @property
    def printing(self) -> Printing | None:
        """What makes texts of its values if they come as numbers, as messages do."""
        return self.probe.printing

    @property
    def first_value(self) -> object:
        """What the trace shows before its first change; None for an event."""
        if isinstance(self.probe, Energy):
            return self.probe.power_mw
        return None if self.look is Look.EVENT or self.is_late else self.probe.value


def look_of(probe: Probe) -> Look | None:
    """Return how a probe is drawn, or None if it cannot be."""
    if isinstance(probe, Gauge):
        return _look_of_gauge(probe)
    return _LOOKS.get(probe.kind)


def _look_of_gauge(gauge: Gauge) -> Look:
    if gauge.states:
        return Look.STATE
    if gauge.text:
        return Look.TEXT
    if gauge.real:
        return Look.REAL
    if gauge.width_bits == 1:
        return Look.BIT
    return Look.SIGNED if gauge.signed else Look.UNSIGNED


def trace_of(probe: Probe) -> Trace | None:
    """Return the trace of a probe, None if it cannot be drawn.

    Raises ElaborationError if its path cannot be written into a wave file.
    """
    look = look_of(probe)
    if look is None:
        return None
    *scopes, name = probe.path.split(".")
    for segment in (*scopes, name):
        if not SCOPE.fullmatch(segment):
            raise ElaborationError(
                f"{probe.path!r} must be letters, digits, _ and [index] between dots, or GTKWave "
                f"refuses the whole wave file; {segment!r} is not; rename it"
            )
    return Trace(
        probe=probe,
        look=look,
        scopes=tuple(scopes) or ("top",),
        name=ARRAY.sub(r"(\1)", name),
        width_bits=probe.width_bits if isinstance(probe, Gauge) else 1,
        unit=probe.unit if isinstance(probe, Gauge) else _UNITS.get(look, ""),
    )


def traces_of(view: View, selection: Selection) -> list[Trace]:
    """Return the traces of the chosen probes, module by module.

    Raises ConfigError for a pattern that matches nothing, ElaborationError for two equal names.
    """
    probes = view.probes()
    selection.check(probes, lambda probe: look_of(probe) is not None)
    traces = [trace for probe in probes if selection.chooses(probe) if (trace := trace_of(probe))]
    _check_unique(traces)
    return traces


def _check_unique(traces: Iterable[Trace]) -> None:
    seen: set[str] = set()
    for trace in traces:
        if trace.path in seen:
            raise ElaborationError(
                f"{trace.path} must name one probe; two have that name; rename one"
            )
        seen.add(trace.path)
