"""Messages between state machines: queues in plain memory that both shells share.

A part reads its inboxes and writes its outboxes; a link is a queue of messages sorted by the time
they arrive. A message always arrives later than it was sent, so the order in which parts run
inside one instant cannot change a result.
"""

from typing import Any, NamedTuple

import numpy as np

from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined, rarely, record, shared
from cosim.errors import ProtocolError

FOREVER = 1 << 62
"""Picoseconds; a time that never comes."""

NOBODY = 0
"""Entry of `due_ps` for links whose receiver is woken by SimPy, not by an island."""

POSTED = -1
"""Tag of a request that wants no reply."""

READ, WRITE, FETCH, WRITE_BACK, PREFETCH = 0, 1, 2, 3, 4
STORE_IMAC, LOAD_IMAC, WAIT_IMAC = 5, 6, 7
REPLY = 8
RFO, TRANSLATION = 9, 10
"""A read for ownership, of a line that will be written; a read of a page table."""

INVALIDATE, INVALIDATED = 11, 12
"""Up: give a line up, for it leaves the level below. Down: it is given up. Neither is a reply."""

KIND_NAMES = (
    "READ",
    "WRITE",
    "FETCH",
    "WRITE_BACK",
    "PREFETCH",
    "STORE_IMAC",
    "LOAD_IMAC",
    "WAIT_IMAC",
    "REPLY",
    "RFO",
    "TRANSLATION",
    "INVALIDATE",
    "INVALIDATED",
)

MESSAGE = record("when_ps", "kind", "address", "size_bytes", "tag", "value")
LINK = record(
    "begin:i4", "end:i4", "first", "count", "first_ps", "last_ps", "receiver", "p:i4", "q:i4",
    "spare",
)  # fmt: skip
"""Messages on their way to `receiver`: `count` of them, from slot `first` on, one behind the other.

The first and the last arrive at `first_ps` and `last_ps`. The link has the slots from `begin` to
before `end`; when its messages come to the end they move back to the begin.
If the receiver is on a clock of its own and does nothing between two edges, its period is p/q ps;
else p is 0, and it runs whenever a message arrives. With the spare word it has 64 bytes."""

PORT = record("inbox", "outbox")


class Wires(NamedTuple):
    """Every link of a machine.

    `links` is (links,) of LINK; `slots` is (links * capacity,) of MESSAGE; `due_ps` is (parts + 1,)
    int64, the time at which each part of an island must run next.
    """

    links: Records
    slots: Records
    due_ps: Records


def new_wires(links: int, capacity: int, parts: int = 0) -> Wires:
    """Make `links` empty links of `capacity` messages for an island of `parts` parts."""
    made = np.zeros(links, LINK)
    made["begin"] = np.arange(links) * capacity
    made["end"] = made["begin"] + capacity
    made["first_ps"] = FOREVER
    return Wires(
        made,
        np.zeros(links * capacity, MESSAGE),
        np.full(parts + 1, FOREVER, np.int64),
    )


@compiled
def _make_room(wires: Wires, queue: Any, place: int, when_ps: int) -> int:
    """Move the messages that arrive after `when_ps` one slot on; return the slot that is free."""
    while place > queue.first and wires.slots[place - 1].when_ps > when_ps:
        wires.slots[place] = wires.slots[place - 1]
        place -= 1
    return place


@compiled
def _move_back(wires: Wires, queue: Any) -> int:
    """Move the messages of a link, which have come to its end, to its begin; return what is free.

    Raises ProtocolError if it is full.
    """
    if queue.first == queue.begin:
        raise ProtocolError("a link is full; its sender must bound what it has outstanding")
    for number in range(queue.count):
        wires.slots[queue.begin + number] = wires.slots[queue.first + number]
    queue.first = queue.begin
    return int(queue.first + queue.count)


@inlined
def _wake(queue: Any, due_ps: Records, when_ps: int) -> None:
    """Let the receiver of a link run at `when_ps`, or at its next edge, unless it runs before."""
    if when_ps < due_ps[queue.receiver]:
        if rarely(queue.p):
            when_ps = min(_edge_ps(queue, when_ps), due_ps[queue.receiver])
        due_ps[queue.receiver] = when_ps


@compiled
def _edge_ps(queue: Any, when_ps: int) -> int:
    """Return when the receiver's first edge is, from `when_ps` on."""
    p, q = queue.p, queue.q
    return edge(p, q, cycle_at_or_after(p, q, when_ps))


@shared
def send(
    wires: Wires,
    link: int,
    when_ps: int,
    kind: int,
    address: int,
    size_bytes: int,
    tag: int,
    value: int,
) -> None:
    """Put a message into a link, behind all that arrive no later, and tell its receiver."""
    queue = wires.links[link]
    place = queue.first + queue.count
    if queue.count == 0:
        place = queue.first = queue.begin
        queue.first_ps = queue.last_ps = when_ps
    else:
        if rarely(place == queue.end):
            place = _move_back(wires, queue)
        if rarely(when_ps < queue.last_ps):
            place = _make_room(wires, queue, place, when_ps)
            queue.first_ps = min(queue.first_ps, when_ps)
        else:
            queue.last_ps = when_ps
    slot = wires.slots[place]
    slot.when_ps = when_ps
    slot.kind = kind
    slot.address = address
    slot.size_bytes = size_bytes
    slot.tag = tag
    slot.value = value
    queue.count += 1
    _wake(queue, wires.due_ps, when_ps)


@shared
def arrival_ps(wires: Wires, link: int) -> int:
    """Return when the first message of a link arrives, FOREVER if it is empty."""
    return wires.links[link].first_ps


@inlined
def soonest(wires: Wires, ports: Records, next_ps: int, now_ps: int) -> int:
    """Return the earlier of `next_ps` and the arrival of the next message still on its way."""
    for number in range(ports.shape[0]):
        next_ps = sooner(wires, ports[number], next_ps, now_ps)
    return next_ps


@inlined
def sooner(wires: Wires, port: Any, next_ps: int, now_ps: int) -> int:
    """Return the earlier of `next_ps` and the arrival of the next message on its way to a port."""
    when_ps = arrival_ps(wires, port.inbox)
    return when_ps if now_ps < when_ps < next_ps else next_ps


@shared
def head(wires: Wires, link: int) -> Any:
    """Return the first message of a link that is not empty."""
    return wires.slots[wires.links[link].first]


@shared
def peek(wires: Wires, link: int, number: int) -> Any:
    """Return the message `number` places behind the first of a link."""
    return wires.slots[wires.links[link].first + number]


@compiled
def take(wires: Wires, link: int, number: int) -> None:
    """Take the message `number` places behind the first out of a link."""
    queue = wires.links[link]
    taken = queue.first + number
    if number and number == queue.count - 1:
        queue.last_ps = wires.slots[taken - 1].when_ps
    for place in range(taken, queue.first, -1):
        wires.slots[place] = wires.slots[place - 1]
    pop(wires, link)


@shared
def pop(wires: Wires, link: int) -> None:
    """Take the first message out of a link that is not empty."""
    queue = wires.links[link]
    queue.count -= 1
    if queue.count == 0:
        queue.first_ps = FOREVER
        return
    queue.first += 1
    queue.first_ps = wires.slots[queue.first].when_ps
