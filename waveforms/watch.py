"""Listening to traces through a time window: the latest values first, then the changes.

Until the window opens, at a time or when a trigger holds, a watch only keeps the latest value of
each trace. It then hands all of them over at once and lets the file's own listeners take every
change after that moment.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cosim.probes import Pen, Probe
from waveforms.selection import Trigger
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
    """Listens to `traces` from now on; calls `opens` once the window has opened.

    It opens at `from_ps`, or at the first time after it at which `trigger` holds for the value of
    the probe `triggering`; it `holds` without one. `flush(until_ps)` lets what changed by itself
    until then be told.
    """

    def __init__(
        self,
        traces: Sequence[Trace],
        from_ps: int,
        opens: Open,
        flush: Callable[[int], None],
        trigger: Trigger | None = None,
        triggering: Probe | None = None,
    ) -> None:
        self.is_open = False
        self._traces = traces
        self._from_ps = from_ps
        self._opens = opens
        self._flush = flush
        self._values = [trace.first_value for trace in traces]
        self._event_ps = [-1] * len(traces)
        self._ears: Sequence[Ear] = ()
        self._heard: list[tuple[Probe, Change]] = []
        self._listen([Ear(self._waiting(index)) for index in range(len(traces))])
        self.holds = True
        if trigger is not None and triggering is not None:
            self.holds = trigger.holds(triggering.value)
            self._wait_for(trigger, triggering)

    def open(self, from_ps: int) -> None:
        """Hand the values over as those at `from_ps` if that has not happened."""
        if self.is_open:
            return
        self.is_open = True
        waited, self._heard = self._heard, []
        for index, trace in enumerate(self._traces):
            if trace.look is Look.EVENT and self._event_ps[index] != from_ps:
                self._values[index] = None
            self._values[index] = trace.probe.shown(self._values[index])
        self._ears = self._opens(from_ps, self._values)
        self._listen(self._ears)  # before the others leave, so that no probe is deaf meanwhile
        self._forget(waited)

    def end(self, now_ps: int) -> None:
        """Open at the end if nothing came until then, and stop listening."""
        self.open(self._from_ps if self.holds else max(now_ps, self._from_ps))
        self._forget(self._heard)
        self._heard = []

    def leave(self) -> None:
        """Stop listening, but to what will tell of the time until now."""
        late = {id(trace.probe) for trace in self._traces if trace.is_late}
        heard, self._heard = self._heard, [one for one in self._heard if id(one[0]) in late]
        self._forget([one for one in heard if id(one[0]) not in late])

    def _listen(self, ears: Sequence[Ear]) -> None:
        for trace, (change, pen) in zip(self._traces, ears, strict=True):
            trace.probe.listen(change, pen)
            self._heard.append((trace.probe, change))

    @staticmethod
    def _forget(heard: Sequence[tuple[Probe, Change]]) -> None:
        for probe, change in heard:
            probe.unlisten(change)

    def _waiting(self, index: int) -> Change:
        def change(when_ps: int, value: object) -> None:
            if self.holds and when_ps > self._from_ps:
                self._flush(self._from_ps)
                self.open(self._from_ps)
            if self.is_open:
                self._ears[index].change(when_ps, value)
            else:
                self._values[index], self._event_ps[index] = value, when_ps

        return change

    def _wait_for(self, trigger: Trigger, triggering: Probe) -> None:
        def change(when_ps: int, value: object) -> None:
            self._flush(when_ps - 1)
            held, self.holds = self.holds, trigger.holds(triggering.shown(value))
            if when_ps <= self._from_ps:
                return
            if held:
                self.open(self._from_ps)
            elif self.holds:
                self.open(when_ps)

        triggering.listen(change)
        self._heard.append((triggering, change))
