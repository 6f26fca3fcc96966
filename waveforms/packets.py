"""Events of a Perfetto trace, written in blocks: what differs from one to the next is put in front.

The messages are made by the `perfetto` package, once for each track and name; the time of an event
is put before them and a counter's value behind, as protocol buffers lay them out. That takes a
third of the time of a message for each event.

Source:     protobuf.dev, Encoding: tags, variable-length integers, delimited and 64-bit fields;
            numbers of fields: TRACE_PACKET and the others below, from perfetto's descriptors.
Checked by: tests/waveforms/test_timeline.py, tests/waveforms/test_chains.py
"""

from functools import lru_cache
from struct import Struct
from typing import IO

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

VARINT, FIXED_64, DELIMITED = 0, 1, 2
"""How a field is encoded."""

MORE = 0x80
"""Bit of a byte of an integer behind which another one comes."""

LOW_BITS = 14
"""bits of a time that differ from event to event: two bytes, looked up in a table."""

BLOCK = 1_024
"""packets gathered before they are written. estimate: as the changes of a wave file."""

REMEMBERED = 4_096
"""parts of times that are remembered."""


def varint(number: int) -> bytes:
    """Return a variable-length integer: seven bits a byte, lowest first."""
    found = bytearray()
    while number >= MORE:
        found.append(number & MORE - 1 | MORE)
        number >>= 7
    found.append(number)
    return bytes(found)


def _tag(message: type, field: str, kind: int) -> bytes:
    number: int = message.DESCRIPTOR.fields_by_name[field].number  # type: ignore[attr-defined]
    return varint(number << 3 | kind)


TRACE_PACKET = _tag(Trace, "packet", DELIMITED)
TIMESTAMP = _tag(TracePacket, "timestamp", VARINT)
TRACK_EVENT = _tag(TracePacket, "track_event", DELIMITED)
COUNTER = _tag(TrackEvent, "double_counter_value", FIXED_64)

_SIZES = [varint(size) for size in range(256)]
_LOW = [bytes((low & 0x7F | MORE, low >> 7 | MORE)) for low in range(1 << LOW_BITS)]
_high = lru_cache(maxsize=REMEMBERED)(varint)
_double = Struct("<d").pack


def counter(event: bytes, value: float) -> bytes:
    """Return a counter's event with its value."""
    return event + COUNTER + _double(value)


class Packets:
    """Writes packets to the end of a trace."""

    def __init__(self, file: IO[bytes], sequence: int) -> None:
        self._file = file
        self._start = (
            TracePacket(trusted_packet_sequence_id=sequence).SerializeToString() + TIMESTAMP
        )
        self._block: list[bytes] = []

    def event(self, when_ps: int, event: bytes) -> None:
        """Write a track event at a time."""
        high = when_ps >> LOW_BITS
        time = _LOW[when_ps & (1 << LOW_BITS) - 1] + _high(high) if high else varint(when_ps)
        size = len(event)
        length = _SIZES[size] if size < len(_SIZES) else varint(size)
        self.packet(self._start + time + TRACK_EVENT + length + event)

    def packet(self, packet: bytes) -> None:
        """Write any packet."""
        size = len(packet)
        length = _SIZES[size] if size < len(_SIZES) else varint(size)
        self._block.append(TRACE_PACKET + length + packet)
        if len(self._block) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the file."""
        self._file.write(b"".join(self._block))
        self._block.clear()
