"""Events of a Perfetto trace, written in blocks: what differs from one to the next is put in front.

The messages are made by the `perfetto` package, once for each track and name; the time of an event
is put before them and a counter's value behind, as protocol buffers lay them out. Who has an event
adds it as it is to `Packets.events`; a block of them is written in one go.

Source:     protobuf.dev, Encoding: tags, variable-length integers, delimited and 64-bit fields;
            numbers of fields: TRACE_PACKET and the others below, from perfetto's descriptors.
Checked by: tests/waveforms/test_timeline.py, tests/waveforms/test_chains.py
"""

from struct import Struct
from typing import IO, Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

VARINT, FIXED_64, DELIMITED = 0, 1, 2
"""How a field is encoded."""

MORE = 0x80
"""Bit of a byte of an integer behind which another one comes."""

LOW_BITS = 14
"""bits of a time that differ from event to event: two bytes, looked up in a table."""

BLOCK = 12_288
"""Length of `Packets.events` at which they are written. Measured within a run: with a quarter of it
an event takes a third longer, as what writes must come back into the caches of the host."""


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

_LOW = [bytes((low & MORE - 1 | MORE, low >> 7 | MORE)) for low in range(1 << LOW_BITS)]
LOW = (1 << LOW_BITS) - 1
DOUBLE = Struct("<d")
DOUBLE_BYTES = DOUBLE.size


def framed(event: bytes, more: int = 0) -> bytes:
    """Return a track event as part of a packet; so many bytes of it come behind."""
    return TRACK_EVENT + varint(len(event) + more) + event


def counter(event: bytes) -> bytes:
    """Return a counter's event, as part of a packet, without the value that comes behind."""
    return framed(event + COUNTER, DOUBLE_BYTES)


class Heads(dict[int, bytes]):
    """What comes before the time of an event, by the length of what follows; names are short."""

    def __init__(self, start: bytes) -> None:
        super().__init__()
        self._start = start

    def __missing__(self, length: int) -> bytes:
        """Make the head of a packet of which so much follows."""
        head = self[length] = TRACE_PACKET + varint(len(self._start) + length) + self._start
        return head


class Packets:
    """Writes packets to the end of a trace.

    `events` are those that wait, time, text and value of one behind those of the other: as tuples
    of their own they would be looked at as possible garbage. Who adds one flushes when it is long.
    """

    def __init__(self, file: IO[bytes], sequence: int) -> None:
        self._file = file
        self._heads = Heads(
            TracePacket(trusted_packet_sequence_id=sequence).SerializeToString() + TIMESTAMP
        )
        self.events: list[Any] = []

    def event(self, when_ps: int, framed: bytes, value: float | None = None) -> None:
        """Write a track event at a time; a counter's has a value."""
        self.events += (when_ps, framed, value)
        if len(self.events) >= BLOCK:
            self.flush()

    def packet(self, packet: bytes) -> None:
        """Write any packet."""
        self.flush()
        self._file.write(TRACE_PACKET + varint(len(packet)) + packet)

    def flush(self) -> None:
        """Hand everything to the file. Spelt out, for speed."""
        heads, low, pack = self._heads, _LOW, DOUBLE.pack
        block: list[bytes] = []
        high, above = 0, b""
        waiting = iter(self.events)
        for when_ps, event, value in zip(waiting, waiting, waiting, strict=True):
            if when_ps >> LOW_BITS != high:
                high = when_ps >> LOW_BITS
                above = varint(high)
            time = low[when_ps & LOW] + above if high else varint(when_ps)
            if value is None:
                block += (heads[len(time) + len(event)], time, event)
            else:
                block += (heads[len(time) + len(event) + DOUBLE_BYTES], time, event, pack(value))
        self._file.write(b"".join(block))
        self.events.clear()
