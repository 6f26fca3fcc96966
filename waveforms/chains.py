"""Nested slices on the Perfetto timeline: each transaction, and inside it where its time went.

Models:     lanes below one track; a transaction takes the first lane that is free. Appended to a
            trace that is complete: a Perfetto trace is a sequence of packets, and may be continued.
Source:     perfetto.protos TrackEvent, TrackDescriptor; time as in timeline.py.
Checked by: tests/waveforms/test_chains.py
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TrackEvent
from perfetto.trace_builder.proto_builder import StreamingTraceProtoBuilder

SEQUENCE = 2
"""Identifier of the packets' sequence; the timeline's own is another."""

ROOT = 1 << 32
"""Identifier of the track above the lanes; those of the timeline's tracks are far below."""


@dataclass(frozen=True)
class Slice:
    """A stretch of time with a name, and others that lie inside it one behind the other."""

    name: str
    from_ps: int
    until_ps: int
    inside: tuple[Self, ...] = ()


def append_chains(path: Path, title: str, chains: Iterable[Slice]) -> int:
    """Append slices, in the order of their begins, to a trace; return how many lanes it took."""
    free_ps: list[int] = []
    with path.open("ab") as file:
        builder = StreamingTraceProtoBuilder(file)
        _track(builder, title, ROOT)
        for chain in chains:
            lane = next((n for n, end_ps in enumerate(free_ps) if end_ps <= chain.from_ps), None)
            if lane is None:
                lane = len(free_ps)
                free_ps.append(0)
                _track(builder, f"lane {lane}", ROOT + 1 + lane, ROOT)
            free_ps[lane] = chain.until_ps
            _write(builder, ROOT + 1 + lane, chain)
    return len(free_ps)


def _track(builder: Any, name: str, uuid: int, parent: int = 0) -> None:
    packet = builder.create_packet()
    packet.track_descriptor.uuid, packet.track_descriptor.name = uuid, name
    if parent:
        packet.track_descriptor.parent_uuid = parent
    builder.write_packet(packet)


def _write(builder: Any, track: int, one: Slice) -> None:
    """Write begin, all that is inside, and end."""
    packet = _event(builder, track, one.from_ps, TrackEvent.TYPE_SLICE_BEGIN)
    packet.track_event.name = one.name
    builder.write_packet(packet)
    for inner in one.inside:
        _write(builder, track, inner)
    builder.write_packet(_event(builder, track, one.until_ps, TrackEvent.TYPE_SLICE_END))


def _event(builder: Any, track: int, when_ps: int, kind: Any) -> Any:
    packet = builder.create_packet()
    packet.timestamp, packet.trusted_packet_sequence_id = when_ps, SEQUENCE
    packet.track_event.type, packet.track_event.track_uuid = kind, track
    return packet
