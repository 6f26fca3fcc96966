"""Timeline for Perfetto (https://ui.perfetto.dev): one track per module, spans as slices.

Models:     modules as nested tracks; spans, states and text as slices; numbers, reals and power
            as counters; counts as instants.
            **Scale: one nanosecond shown is one picosecond simulated.** Perfetto knows whole
            nanoseconds only, and a clock edge may fall at 250 ps; the root track says so too.
            Arrows follow work from track to track.
Leaves out: numbers wider than 64 bits; single messages.
Source:     perfetto.protos TrackEvent, TrackDescriptor; perfetto's "Synthetic track event" guide.
Checked by: tests/waveforms/test_timeline.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import (
    TracePacket,
    TrackDescriptor,
    TrackEvent,
)

from cosim.names import matches
from cosim.probes import View
from waveforms.packets import BLOCK, Packets, counter, framed
from waveforms.selection import Selection, Window
from waveforms.traces import Look, Trace, traces_of
from waveforms.watch import Change, Ear, Watch
from waveforms.wave_file import FOREVER

SCALE = "cosim: 1 ns shown = 1 ps simulated (1 ms shown = 1 us)"
"""Name of the root track."""

SEQUENCE = 1
"""Identifier of the one packet sequence; any number but 0."""

NUMBER_BITS = 64
"""bits; Perfetto's counters are 64-bit floats."""


@dataclass(frozen=True)
class Flow:
    """Work that passes from span to span: arrows join what belongs to one piece of it.

    It begins on the track of the span `origin`, when the first of `steps` does, goes through the
    next begin of each step, patterns of paths, and ends with the next begin of `origin`.
    """

    name: str
    origin: str
    steps: tuple[str, ...]


REMEMBERED = 4_096
"""Labels of a track that are remembered as they are written."""

SLICES = {Look.SPAN, Look.STATE, Look.TEXT}


class TimelineFile:
    """Writes the chosen probes of a simulation into a Perfetto trace."""

    def __init__(
        self,
        path: Path,
        selection: Selection | None = None,
        window: Window | None = None,
        flows: Sequence[Flow] = (),
    ) -> None:
        self.path = path
        self.selection = selection or Selection()
        self.window = window or Window()
        self.traces: list[Trace] = []
        self._file: IO[bytes] | None = None
        self._last_uuid = 0
        self._open_slices: dict[int, bytes] = {}
        self._read_until_ps: dict[int, int] = {}
        self._until_ps = FOREVER if self.window.until_ps is None else self.window.until_ps
        self._flows = flows
        self._flow = 0
        self._awaits: set[str] = set()

    def start(self, view: View) -> None:
        """Write the tracks and listen to every chosen probe.

        Raises ConfigError for a pattern that matches nothing.
        """
        trigger, triggering = self.window.trigger, self.window.triggering(view.probes())
        traces = traces_of(view, self.selection)
        self.traces = [trace for trace in traces if trace.width_bits <= NUMBER_BITS
                       and trace.printing is None]  # fmt: skip
        self._file = self.path.open("wb")
        self._packets = Packets(self._file, SEQUENCE)
        self._tracks = self._describe()
        from_ps = max(self.window.from_ps, view.now_ps)
        flush = view.pulses.flush
        self._watch = Watch(self.traces, from_ps, self._open, flush, trigger, triggering)

    def finish(self, now_ps: int) -> None:
        """Close open slices and the file; a second call does nothing."""
        if self._file is None:
            return
        self._watch.end(now_ps)
        end_ps = max(now_ps, self.window.from_ps)
        if self.window.until_ps is not None:
            end_ps = min(end_ps, self.window.until_ps)
        for end in self._open_slices.values():
            self._packets.event(end_ps, end)
        for track, read_ps in self._read_until_ps.items():  # after it nothing is spent
            self._counts(track)(read_ps, 0.0)
        self._packets.flush()
        self._file.close()
        self._file = None

    def _describe(self) -> list[int]:
        """Write all track descriptors; return the track of each trace."""
        modules = {"": self._track(SCALE, 0)}
        spans: dict[str, int] = {}
        for trace in self.traces:
            for depth in range(len(trace.scopes)):
                path, parent = ".".join(trace.scopes[: depth + 1]), ".".join(trace.scopes[:depth])
                if path not in modules:
                    modules[path] = self._track(trace.scopes[depth], modules[parent])
            spans[trace.module] = spans.get(trace.module, 0) + (trace.look is Look.SPAN)
        return [
            modules[trace.module]
            if trace.look is Look.SPAN and spans[trace.module] == 1
            else self._track(trace.name, modules[trace.module], trace)
            for trace in self.traces
        ]

    def _track(self, name: str, parent: int, trace: Trace | None = None) -> int:
        packet = TracePacket()
        track = packet.track_descriptor
        self._last_uuid += 1
        track.uuid, track.name, track.sibling_order_rank = self._last_uuid, name, self._last_uuid
        track.child_ordering = TrackDescriptor.EXPLICIT
        if parent:
            track.parent_uuid = parent
        if trace is not None:
            track.description = trace.probe.doc
            if trace.look not in SLICES and trace.look is not Look.EVENT:
                track.counter.unit_name = trace.unit
        self._packets.packet(packet.SerializeToString())
        return self._last_uuid

    def _open(self, from_ps: int, values: list[Any]) -> list[Ear]:
        """Write the values at the start of the window; return the ears for its changes."""
        ears = []
        for trace, track, value in zip(self.traces, self._tracks, values, strict=True):
            if trace.is_late:
                ears.append(Ear(self._readings(track, from_ps)))
                continue
            change = self._change_of(trace, track)
            if value is not None:
                change(from_ps, value)
            ears.append(Ear(change))
        return ears

    def _change_of(self, trace: Trace, track: int) -> Change:
        if trace.look in SLICES:
            return self._slices(track, trace.path)
        return self._instants(track) if trace.look is Look.EVENT else self._counts(track)

    def _is_late(self, when_ps: int) -> bool:
        """Tell whether the window has ended, and stop listening if so."""
        late = self.window.until_ps is not None and when_ps >= self.window.until_ps
        if late:
            self._watch.leave()
        return late

    def _slices(self, track: int, path: str) -> Change:
        """Return a listener that shows each text as a slice, and no text as a gap."""
        flows = [one for one in self._flows if self._takes_part(path, one)]
        begin = TrackEvent(type=TrackEvent.TYPE_SLICE_BEGIN, track_uuid=track)
        ending = TrackEvent(type=TrackEvent.TYPE_SLICE_END, track_uuid=track)
        end = framed(ending.SerializeToString())
        begins: dict[str, bytes] = {}
        event, opened = self._packets.event, self._open_slices
        until_ps = self._until_ps

        def change(when_ps: int, label: str | None) -> None:
            if when_ps >= until_ps and self._is_late(when_ps):
                return
            if opened.pop(track, None) is not None:
                event(when_ps, end)
            if not label:
                return
            opened[track] = end
            made = begins.get(label)
            if made is None:
                begin.name = label
                for flow in flows:
                    self._join(begin, flow, path, when_ps)
                made = framed(begin.SerializeToString())
                if not flows and len(begins) < REMEMBERED:
                    begins[label] = made
            event(when_ps, made)

        return change

    @staticmethod
    def _takes_part(path: str, flow: Flow) -> bool:
        return path == flow.origin or any(matches(path, one) for one in flow.steps)

    def _join(self, event: TrackEvent, flow: Flow, path: str, when_ps: int) -> None:
        """Put an arrow's end at a slice that begins, if it belongs to work that is under way."""
        event.ClearField("flow_ids")
        event.ClearField("terminating_flow_ids")
        if path == flow.origin:
            if flow.name in self._awaits:
                self._awaits.remove(flow.name)
                event.terminating_flow_ids.append(self._flow)
            return
        if matches(path, flow.steps[0]):
            self._flow += 1
            self._awaits.discard(flow.name)
            self._depart(flow, when_ps)
        elif matches(path, flow.steps[-1]):
            self._awaits.add(flow.name)
        if self._flow:
            event.flow_ids.append(self._flow)

    def _depart(self, flow: Flow, when_ps: int) -> None:
        """Show on the track of its origin that work leaves."""
        places = [trace.path for trace in self.traces]
        if flow.origin in places:
            track = self._tracks[places.index(flow.origin)]
            event = TrackEvent(type=TrackEvent.TYPE_INSTANT, track_uuid=track, name=flow.name)
            event.flow_ids.append(self._flow)
            self._packets.event(when_ps, framed(event.SerializeToString()))

    def _counts(self, track: int) -> Change:
        counts, packets, until_ps = _counter(track), self._packets, self._until_ps
        events, keep = packets.events, packets.events.extend

        def change(when_ps: int, value: float) -> None:
            if when_ps < until_ps or not self._is_late(when_ps):
                keep((when_ps, counts, value))
                if len(events) >= BLOCK:
                    packets.flush()

        return change

    def _readings(self, track: int, from_ps: int) -> Change:
        """Return a listener for values about the time since the last one; Perfetto sorts them."""
        counts = _counter(track)
        self._read_until_ps[track] = from_ps

        def change(now_ps: int, value: float) -> None:
            since_ps = self._read_until_ps[track]
            if self.window.until_ps is None or since_ps < self.window.until_ps:
                self._packets.event(since_ps, counts, value)
                self._read_until_ps[track] = now_ps

        return change

    def _instants(self, track: int) -> Change:
        event = TrackEvent(type=TrackEvent.TYPE_INSTANT, track_uuid=track)

        def change(when_ps: int, value: object) -> None:
            if not self._is_late(when_ps):
                event.name = str(value)
                self._packets.event(when_ps, framed(event.SerializeToString()))

        return change


def _counter(track: int) -> bytes:
    """Return the event of a counter, without its value."""
    counts = TrackEvent(type=TrackEvent.TYPE_COUNTER, track_uuid=track)
    return counter(counts.SerializeToString())
