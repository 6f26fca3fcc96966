"""Events of a Perfetto trace, written in blocks: what differs from one to the next is put in front.

The messages are made by the `perfetto` package, once for each track and name; the time of an event
is put before them and a counter's value behind, as protocol buffers lay them out. That takes a
third of the time of a message for each event.

Source:     protobuf.dev, Encoding: tags, variable-length integers, delimited and 64-bit fields;
            numbers of fields: TRACE_PACKET and the others below, from perfetto's descriptors.
Checked by: tests/waveforms/test_timeline.py, tests/waveforms/test_chains.py
"""

from collections.abc import Callable
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

MOST_SIZES = 256
"""Sizes of packets that are looked up; few names are longer."""

_SIZES = [varint(size) for size in range(MOST_SIZES)]
_LOW = [bytes((low & MORE - 1 | MORE, low >> 7 | MORE)) for low in range(1 << LOW_BITS)]
_high = lru_cache(maxsize=REMEMBERED)(varint)
LOW = (1 << LOW_BITS) - 1
DOUBLE = Struct("<d")


def framed(event: bytes, more: int = 0) -> bytes:
    """Return a track event as part of a packet; so many bytes of it come behind."""
    return TRACK_EVENT + varint(len(event) + more) + event


def counter(event: bytes) -> Callable[[float], bytes]:
    """Return what makes a counter's event, as part of a packet, of its value."""
    head = framed(event + COUNTER, DOUBLE.size)
    pack = DOUBLE.pack
    return lambda value: head + pack(value)


class Packets:
    """Writes packets to the end of a trace."""

    def __init__(self, file: IO[bytes], sequence: int) -> None:
        self._file = file
        self._start = (
            TracePacket(trusted_packet_sequence_id=sequence).SerializeToString() + TIMESTAMP
        )
        self._block: list[bytes] = []

    def event(self, when_ps: int, event: bytes) -> None:
        """Write a track event, as part of a packet, at a time."""
        high = when_ps >> LOW_BITS
        time = _LOW[when_ps & LOW] + _high(high) if high else varint(when_ps)
        packet = self._start + time + event
        size = len(packet)
        length = _SIZES[size] if size < MOST_SIZES else varint(size)
        self._block.append(TRACE_PACKET + length + packet)
        if len(self._block) >= BLOCK:
            self.flush()

    def packet(self, packet: bytes) -> None:
        """Write any packet."""
        self._block.append(TRACE_PACKET + varint(len(packet)) + packet)

    def flush(self) -> None:
        """Hand everything to the file."""
        self._file.write(b"".join(self._block))
        self._block.clear()
