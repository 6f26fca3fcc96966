"""Listening to traces through a time window: the latest values first, then the changes.

Until the window opens a watch only keeps the latest value of each trace. It then hands all of
them over at once and lets the file's own listeners take every change after that moment.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cosim.probes import Pen, Probe
from waveforms.traces import Look, Trace

Change = Callable[[int, Any], None]
"""Called as change(when_ps, value)."""


class Ear(NamedTuple):
    """How a trace is heard: change by change, or by the pen that does the same."""

    change: Change
    pen: Pen | None = None


Open = Callable[[int, list[Any]], Sequence[Ear]]
"""Called as open(from_ps, values); returns the ear of each trace. The value of an event is
None, or what came at from_ps itself."""


class Watch:
    """Listens to `traces` from now on; calls `opens` at the first change after `from_ps`."""

    def __init__(self, traces: Sequence[Trace], from_ps: int, opens: Open) -> None:
        self.is_open = False
        self._traces = traces
        self._from_ps = from_ps
        self._opens = opens
        self._values = [trace.first_value for trace in traces]
        self._ears: Sequence[Ear] = ()
        self._heard: list[tuple[Probe, Change]] = []
        self._listen([Ear(self._waiting(index)) for index in range(len(traces))])

    def open(self) -> None:
        """Hand the values over if that has not happened."""
        if self.is_open:
            return
        self.is_open = True
        waited, self._heard = self._heard, []
        self._ears = self._opens(self._from_ps, self._values)
        self._listen(self._ears)  # before the others leave, so that no probe is deaf meanwhile
        self._forget(waited)

    def leave(self) -> None:
        """Stop listening."""
        heard, self._heard = self._heard, []
        self._forget(heard)

    def _listen(self, ears: Sequence[Ear]) -> None:
        for trace, (change, pen) in zip(self._traces, ears, strict=True):
            trace.probe.listen(change, pen)
            self._heard.append((trace.probe, change))

    @staticmethod
    def _forget(heard: Sequence[tuple[Probe, Change]]) -> None:
        for probe, change in heard:
            probe.unlisten(change)

    def _waiting(self, index: int) -> Change:
        is_event = self._traces[index].look is Look.EVENT

        def change(when_ps: int, value: object) -> None:
            if when_ps > self._from_ps:
                self.open()
                self._ears[index].change(when_ps, value)
            elif not is_event or when_ps == self._from_ps:
                self._values[index] = value

        return change
