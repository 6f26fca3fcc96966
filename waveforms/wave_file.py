"""What all wave files have in common: which traces, from when until when, and what they say.

A format gives the body: what is written for the values at the start and for each change.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cosim.errors import TimeError
from cosim.probes import View
from waveforms.selection import Selection, Window
from waveforms.traces import Trace, look_of, traces_of
from waveforms.watch import Ear, Watch

FOREVER = 1 << 62
"""ps; later than any time a simulation reaches."""

DATE = "not recorded, so that the same run gives the same file"


class Course(NamedTuple):
    """How the time of a wave file goes.

    `leave` is called once, at the first change at `until_ps` or later; that change and all after
    it are not written. `end_pulses(now_ps)` lets energy tell of pulses that ended before.
    """

    until_ps: int = FOREVER
    leave: Callable[[], None] = lambda: None
    end_pulses: Callable[[int], None] = lambda _: None


class Body(ABC):
    """The part of a wave file that grows with time; `now_ps` is how far it is written."""

    def __init__(self, course: Course) -> None:
        self.now_ps = 0
        self.is_over = False
        self.until_ps, self._leave, self.end_pulses = course

    @abstractmethod
    def begin(self, when_ps: int, values: Sequence[Any]) -> list[Ear]:
        """Write the value each trace has at `when_ps`; return the ears for what follows.

        The value of an event is None, or what came at that very time.
        """

    @abstractmethod
    def finish(self, end_ps: int) -> None:
        """Write what is left and the end time, and close the file."""

    def check(self, when_ps: int) -> None:
        """Leave if the window is over; raise TimeError if a time is earlier than the present."""
        if when_ps < self.now_ps:
            raise TimeError(
                f"a wave file must be written forwards in time; it has reached {self.now_ps} ps "
                f"and a change came for {when_ps} ps; listen in simulated-time order"
            )
        if when_ps >= self.until_ps and not self.is_over:
            self.is_over = True
            self._leave()


class WaveFile(ABC):
    """Writes the chosen probes of a simulation into a file.

    `traces` lists what is in the file once the simulation has started; `start_ps` and `end_ps`
    are its first and last time once the simulation has finished; it `missed` what its window was
    meant for if the simulation ended before that began. `note` goes into the header;
    `opened(from_ps)` is called when the window opens.
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
        self.missed = False
        self.note = ""
        self.opened: Callable[[int], None] = lambda _: None
        self._body: Body | None = None

    @abstractmethod
    def body(self, comment: str, course: Course) -> Body:
        """Write what comes before the first value, and return what takes the values."""

    def start(self, view: View) -> None:
        """Write the header and listen to every chosen probe.

        Raises ConfigError for a pattern or a trigger that names no probe, ElaborationError for a
        name that GTKWave would refuse.
        """
        self.traces = traces_of(view, self.selection)
        trigger, triggering = self.window.trigger, self.window.triggering(view.probes())
        until_ps = FOREVER if self.window.until_ps is None else self.window.until_ps
        course = Course(until_ps, self._leave, view.pulses.flush)
        told = comment(view, self.selection, self.window)
        self._body = self.body(f"{told}\n{self.note}".strip(), course)
        from_ps = max(self.window.from_ps, view.now_ps)
        flush = view.pulses.flush
        self._watch = Watch(self.traces, from_ps, self._open, flush, trigger, triggering)

    def finish(self, now_ps: int) -> None:
        """Write the rest and close the file; a second call does nothing."""
        body = self._body
        if body is None:
            return
        is_due = now_ps >= self.window.from_ps and self._watch.holds
        self.missed = not (is_due or self._watch.is_open)
        self._watch.end(now_ps)
        self._body = None
        self.end_ps = min(max(now_ps, body.now_ps), body.until_ps)
        body.finish(self.end_ps)

    def _open(self, from_ps: int, values: list[Any]) -> list[Ear]:
        assert self._body is not None
        self.start_ps = from_ps
        self.opened(from_ps)
        return self._body.begin(from_ps, values)

    def _leave(self) -> None:
        self._watch.leave()


def comment(view: View, selection: Selection, window: Window) -> str:
    """Say what is in a file and what is not."""
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
