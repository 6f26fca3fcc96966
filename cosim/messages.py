"""Messages between state machines: rings in plain memory that both shells share.

A part reads its inboxes and writes its outboxes; a link is a ring of messages sorted by the time
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
LINK = record("first", "count", "receiver", "first_ps", "last_ps", "p", "q")
"""A ring: place and number of its messages, who takes them, when the first and last arrive.

If the receiver is on a clock of its own and does nothing between two edges, its period is p/q ps;
else p is 0, and it runs whenever a message arrives."""

PORT = record("inbox", "outbox")


class Wires(NamedTuple):
    """Every link of a machine.

    `links` is (links,) of LINK; `slots` is (links, capacity) of MESSAGE; `due_ps` is (parts + 1,)
    int64, the time at which each part of an island must run next.
    """

    links: Records
    slots: Records
    due_ps: Records


def new_wires(links: int, capacity: int, parts: int = 0) -> Wires:
    """Make `links` empty rings of `capacity` messages for an island of `parts` parts."""
    rings = np.zeros(links, LINK)
    rings["first_ps"] = FOREVER
    return Wires(
        rings,
        np.zeros((links, capacity), MESSAGE),
        np.full(parts + 1, FOREVER, np.int64),
    )


@compiled
def _make_room(wires: Wires, link: int, place: int, when_ps: int) -> int:
    """Move the messages that arrive after `when_ps` one place on; return the place that is free."""
    last = wires.slots.shape[1] - 1
    for _ in range(wires.links[link].count):
        before = place - 1 if place else last
        if wires.slots[link, before].when_ps <= when_ps:
            break
        wires.slots[link, place] = wires.slots[link, before]
        place = before
    return place


@inlined
def _wake(ring: Any, due_ps: Records, when_ps: int) -> None:
    """Let the receiver of a ring run at `when_ps`, or at its next edge, unless it runs before."""
    if when_ps < due_ps[ring.receiver]:
        if rarely(ring.p):
            when_ps = min(_edge_ps(ring, when_ps), due_ps[ring.receiver])
        due_ps[ring.receiver] = when_ps


@compiled
def _edge_ps(ring: Any, when_ps: int) -> int:
    """Return when the receiver's first edge is, from `when_ps` on."""
    p, q = ring.p, ring.q
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
    ring = wires.links[link]
    place = 0
    if ring.count == 0:
        ring.first = 0
        ring.first_ps = ring.last_ps = when_ps
    else:
        capacity = wires.slots.shape[1]
        if rarely(ring.count == capacity):
            raise ProtocolError("a link is full; its sender must bound what it has outstanding")
        place = ring.first + ring.count
        if place >= capacity:
            place -= capacity
        if rarely(when_ps < ring.last_ps):
            place = _make_room(wires, link, place, when_ps)
            ring.first_ps = min(ring.first_ps, when_ps)
        else:
            ring.last_ps = when_ps
    slot = wires.slots[link, place]
    slot.when_ps = when_ps
    slot.kind = kind
    slot.address = address
    slot.size_bytes = size_bytes
    slot.tag = tag
    slot.value = value
    ring.count += 1
    _wake(ring, wires.due_ps, when_ps)


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
    return wires.slots[link, wires.links[link].first]


@shared
def peek(wires: Wires, link: int, number: int) -> Any:
    """Return the message `number` places behind the first of a link."""
    place = wires.links[link].first + number
    capacity = wires.slots.shape[1]
    return wires.slots[link, place - capacity if place >= capacity else place]


@compiled
def take(wires: Wires, link: int, number: int) -> None:
    """Take the message `number` places behind the first out of a link."""
    ring = wires.links[link]
    capacity = wires.slots.shape[1]
    if number and number == ring.count - 1:
        ring.last_ps = wires.slots[link, (ring.first + number - 1) % capacity].when_ps
    for place in range(ring.first + number, ring.first, -1):
        wires.slots[link, place % capacity] = wires.slots[link, (place - 1) % capacity]
    pop(wires, link)


@shared
def pop(wires: Wires, link: int) -> None:
    """Take the first message out of a link that is not empty."""
    ring = wires.links[link]
    ring.count -= 1
    if ring.count == 0:
        ring.first_ps = FOREVER
        return
    first = ring.first + 1
    if first == wires.slots.shape[1]:
        first = 0
    ring.first = first
    ring.first_ps = wires.slots[link, first].when_ps
