"""Nested slices on the Perfetto timeline: each transaction, and inside it where its time went.

Models:     lanes below one track; a transaction takes the first lane that is free. Appended to a
            trace that is complete: a Perfetto trace is a sequence of packets, and may be continued.
Source:     perfetto.protos TrackEvent, TrackDescriptor; time as in timeline.py.
Checked by: tests/waveforms/test_chains.py
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TracePacket, TrackEvent

from waveforms.packets import BLOCK, Packets, framed

SEQUENCE = 2
"""Identifier of the packets' sequence; the timeline's own is another."""

ROOT = 1 << 32
"""Identifier of the track above the lanes; those of the timeline's tracks are far below."""


REMEMBERED = 4_096
"""Names that are remembered as they are written; most parts and steps come again."""


class Slice(NamedTuple):
    """A stretch of time with a name, and others that lie inside it one behind the other."""

    name: str
    from_ps: int
    until_ps: int
    inside: "tuple[Slice, ...]" = ()


def append_chains(path: Path, title: str, chains: Iterable[Slice]) -> int:
    """Append slices, in the order of their begins, to a trace; return how many lanes it took."""
    free_ps: list[int] = []
    with path.open("ab") as file:
        packets = Packets(file, SEQUENCE)
        _track(packets, title, ROOT)
        for chain in chains:
            lane = next((n for n, end_ps in enumerate(free_ps) if end_ps <= chain.from_ps), None)
            if lane is None:
                lane = len(free_ps)
                free_ps.append(0)
                _track(packets, f"lane {lane}", ROOT + 1 + lane, ROOT)
            free_ps[lane] = chain.until_ps
            _add(packets.events, ROOT + 1 + lane, chain)
            if len(packets.events) >= BLOCK:
                packets.flush()
        packets.flush()
    return len(free_ps)


def _track(packets: Packets, name: str, uuid: int, parent: int = 0) -> None:
    packet = TracePacket()
    packet.track_descriptor.uuid, packet.track_descriptor.name = uuid, name
    if parent:
        packet.track_descriptor.parent_uuid = parent
    packets.packet(packet.SerializeToString())


def _add(events: list[Any], track: int, one: Slice) -> None:
    """Add begin, all that is inside, and end."""
    events += (one.from_ps, _begin(track, one.name), None)
    for inner in one.inside:
        _add(events, track, inner)
    events += (one.until_ps, _end(track), None)


@lru_cache(maxsize=REMEMBERED)
def _begin(track: int, name: str) -> bytes:
    begin = TrackEvent(type=TrackEvent.TYPE_SLICE_BEGIN, track_uuid=track, name=name)
    return framed(begin.SerializeToString())


@lru_cache(maxsize=REMEMBERED)
def _end(track: int) -> bytes:
    end = TrackEvent(type=TrackEvent.TYPE_SLICE_END, track_uuid=track)
    return framed(end.SerializeToString())
