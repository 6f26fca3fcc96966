"""The memory bus as a state machine.

Models:     a request and a reply channel of finite width. A read takes one request cycle and its
            data the reply channel; a write takes the request channel for its data and one reply
            cycle. One grant at a time on each channel; requests of one instant by fixed priority
            or round robin, replies by target order. Replies go back to the port that asked.
            Every request, posted ones too, holds a slot until its target has answered it; so what
            is under way is bounded, and who comes too early waits in front of the bus.
Leaves out: splitting a transfer; order between requests of one port to different targets.
Source:     split-transaction buses of the AMBA AXI kind (ARM IHI 0022, chapter A1): separate
            request and response channels.
Checked by: tests/components/test_bus.py, tests/modes/
"""

from typing import Any, NamedTuple

from components.interconnect.records import BUS, NOWHERE, SLOT
from cosim.address_map import NO_PORT, RANGE, port_at
from cosim.bundle import finder, one
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined, quotient
from cosim.messages import (
    FOREVER,
    PORT,
    POSTED,
    REPLY,
    WRITE,
    WRITE_BACK,
    Wires,
    arrival_ps,
    head,
    pop,
    send,
    soonest,
)


class Joined(NamedTuple):
    """A bus and what it is joined to."""

    bus: Any
    ports: Records
    wires: Wires
    ranges: Records
    slots: Records


joined_at = finder(Joined, bus=one(BUS), ports=PORT, ranges=RANGE, slots=SLOT)
"""Finds the arrays of a bus; `ranges` is `AddressMap.table()`."""


@compiled
def step(address: int, now_ps: int) -> int:
    """Grant what can be granted; return when the bus wants to run again.

    `address` is that of a bundle of Joined.
    """
    joined = joined_at(address)
    bus = joined.bus
    cycle = cycle_at_or_after(bus.p, bus.q, now_ps)
    edge_ps = edge(bus.p, bus.q, cycle)
    if edge_ps > now_ps:
        return edge_ps
    reply_ps = pass_reply(joined, cycle, now_ps)
    request_ps = pass_request(joined, cycle, now_ps)
    next_ps = when_needed(joined, reply_ps, request_ps, now_ps)
    if next_ps == FOREVER:
        return FOREVER
    return edge(bus.p, bus.q, cycle_at_or_after(bus.p, bus.q, next_ps))


@inlined
def when_needed(joined: Joined, reply_ps: int, request_ps: int, now_ps: int) -> int:
    """Return from when on a channel that is free and what it is to carry are both there.

    The channels can be tried again at `reply_ps` and `request_ps`. As long as a reply waits, the
    bus runs whenever it may: posted ones behind it leave when it runs.
    """
    bus, wires, ports = joined.bus, joined.wires, joined.ports
    answered_ps = first_arrival(joined, bus.initiators, ports.shape[0])
    if answered_ps <= now_ps:
        return soonest(wires, ports, min(reply_ps, request_ps), now_ps)
    asked_ps = first_arrival(joined, 0, bus.initiators)
    if asked_ps <= now_ps:
        return min(request_ps, answered_ps)
    if asked_ps < FOREVER:
        asked_ps = max(asked_ps, edge(bus.p, bus.q, bus.request_free))
    return min(asked_ps, answered_ps)


@inlined
def first_arrival(joined: Joined, begin: int, end: int) -> int:
    """Return when the first message comes to the ports from `begin` to before `end`."""
    first_ps = FOREVER
    for port in range(begin, end):
        first_ps = min(first_ps, arrival_ps(joined.wires, joined.ports[port].inbox))
    return first_ps


@inlined
def occupancy(joined: Joined, size_bytes: int) -> int:
    """Return for how many cycles a channel is taken by `size_bytes` of data, at least one."""
    width_bytes = joined.bus.width_bytes
    return max(1, quotient(size_bytes + width_bytes - 1, width_bytes))


@inlined
def pass_request(joined: Joined, cycle: int, now_ps: int) -> int:
    """Grant the request channel once if it is free; return when to try again."""
    bus, wires = joined.bus, joined.wires
    port = next_requester(joined, now_ps)
    if port == NOWHERE:
        return FOREVER
    if cycle < bus.request_free:
        return edge(bus.p, bus.q, bus.request_free)
    message = head(wires, joined.ports[port].inbox)
    target = port_at(joined.ranges, message.address)
    if target == NO_PORT:
        bus.unmapped = 1
        bus.unmapped_address = message.address
        return FOREVER
    if bus.free == NOWHERE:
        return FOREVER
    writes = message.kind in (WRITE, WRITE_BACK)
    taken = occupancy(joined, message.size_bytes) if writes else 1
    slot = take_slot(joined, port, message.tag, writes)
    forward(joined, message, target, slot, cycle + bus.latency_cycles + taken - 1)
    bus.last_address = message.address
    bus.wait_ps += now_ps - message.when_ps
    pop(wires, joined.ports[port].inbox)
    bus.granted = port
    bus.requests += 1
    bus.request_busy_cycles += taken
    if writes:
        bus.data_beats += taken
    bus.request_free = cycle + taken
    bus.last_port = port
    return edge(bus.p, bus.q, bus.request_free)


@inlined
def next_requester(joined: Joined, now_ps: int) -> int:
    """Return the port to serve next, NOWHERE if no request has arrived."""
    bus = joined.bus
    first = bus.granted + 1 if bus.round_robin else 0
    for turn in range(bus.initiators):
        port = first + turn
        if port >= bus.initiators:
            port -= bus.initiators
        if arrival_ps(joined.wires, joined.ports[port].inbox) <= now_ps:
            return port
    return NOWHERE


@inlined
def take_slot(joined: Joined, port: int, tag: int, is_write: bool) -> int:
    """Remember who asked; return the slot, which is the tag towards the target."""
    bus = joined.bus
    slot: int = bus.free
    entry = joined.slots[slot]
    bus.free = entry.next
    bus.open += 1
    entry.port = port
    entry.tag = tag
    entry.is_write = is_write
    return slot


@inlined
def give_slot_back(joined: Joined, slot: int) -> None:
    """Forget a request that is answered."""
    bus = joined.bus
    joined.slots[slot].next = bus.free
    bus.free = slot
    bus.open -= 1


@inlined
def forward(joined: Joined, message: Any, target: int, tag: int, cycle: int) -> None:
    """Send a request to its target, to arrive at edge `cycle`."""
    bus = joined.bus
    outbox = joined.ports[bus.initiators + target].outbox
    when_ps = edge(bus.p, bus.q, cycle)
    send(
        joined.wires,
        outbox,
        when_ps,
        message.kind,
        message.address,
        message.size_bytes,
        tag,
        message.value,
    )


@inlined
def pass_reply(joined: Joined, cycle: int, now_ps: int) -> int:
    """Send one reply back if the reply channel is free; return when to try again.

    The answer to a posted request goes no further.
    """
    bus, wires = joined.bus, joined.wires
    for port in range(bus.initiators, joined.ports.shape[0]):
        inbox = joined.ports[port].inbox
        while arrival_ps(wires, inbox) <= now_ps:
            slot = head(wires, inbox).tag
            if joined.slots[slot].tag != POSTED:
                if cycle >= bus.reply_free:
                    answer(joined, inbox, cycle)
                return edge(bus.p, bus.q, bus.reply_free)
            give_slot_back(joined, slot)
            pop(wires, inbox)
    return FOREVER


@inlined
def answer(joined: Joined, inbox: int, cycle: int) -> None:
    """Send the first reply of a target to who asked."""
    bus, wires = joined.bus, joined.wires
    message = head(wires, inbox)
    slot = message.tag
    entry = joined.slots[slot]
    taken = 1 if entry.is_write else occupancy(joined, message.size_bytes)
    when_ps = edge(bus.p, bus.q, cycle + bus.latency_cycles + taken - 1)
    outbox = joined.ports[entry.port].outbox
    address, value = message.address, message.value
    send(wires, outbox, when_ps, REPLY, address, message.size_bytes, entry.tag, value)
    give_slot_back(joined, slot)
    pop(wires, inbox)
    bus.replies += 1
    bus.reply_busy_cycles += taken
    if not entry.is_write:
        bus.data_beats += taken
    bus.reply_free = cycle + taken
