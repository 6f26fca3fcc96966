"""Banks with open rows behind channels, as ChampSim schedules them, as a state machine.

Models:     one request scheduled per channel and tick, idle banks first, then the oldest, of those
            of one tick that in the last place (reads stand before prefetches); a bank
            is taken until its data has passed the bus; row hit tCAS, closed tRCD + tCAS, conflict
            tRP + tRCD + tCAS; writes gathered and drained at seven eighths, or when no read waits;
            change of direction; a refresh closes rows, of busy banks once they are idle; reads
            find what waits to be written.
Leaves out: tRAS as the least time a row is open, tRRD, tFAW, tWR, tWTR, tCCD, bank groups.
Source:     ChampSim 2025-05, src/dram_controller.cc.
Checked by: tests/components/test_banked_memory.py
"""

from typing import Any, NamedTuple

from components.banked_memory.mapping import bank_of, channel_of, row_of
from components.banked_memory.records import BANK, CHANNEL, MEMORY, NONE, REQUEST
from cosim.bundle import finder, one
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined, outlined
from cosim.messages import (
    FOREVER,
    PORT,
    POSTED,
    PREFETCH,
    REPLY,
    WRITE,
    WRITE_BACK,
    Wires,
    arrival_ps,
    peek,
    send,
    soonest,
    take,
)

TURNS = 3
"""Turns within a tick: writes, which reads may find, then reads, then prefetches."""

SOON_PS = 1
"""ps; a reply arrives at the next edge of who asked."""


class Banked(NamedTuple):
    """A memory and what it is joined to."""

    memory: Any
    ports: Records
    wires: Wires
    channels: Records
    banks: Records
    requests: Records


banked_at = finder(
    Banked, memory=one(MEMORY), ports=PORT, channels=CHANNEL, banks=BANK, requests=REQUEST
)
"""Finds the arrays of a memory: (channels,) of CHANNEL, (channels * banks,) of BANK,
(channels * 2 * places,) of REQUEST."""


@compiled
def step(address: int, now_ps: int) -> int:
    """Do what is due; return when the memory wants to run again, or a message comes.

    `address` is that of a bundle of Banked.
    """
    banked = banked_at(address)
    return soonest(banked.wires, banked.ports, do_due(banked, now_ps), now_ps)


@inlined
def do_due(banked: Banked, now_ps: int) -> int:
    """Do what is due at `now_ps`; return when the memory wants to run again."""
    memory = banked.memory
    tick = cycle_at_or_after(memory.p, memory.q, now_ps)
    if memory.is_instant:
        take_requests(banked, tick, now_ps)
        for number in range(memory.channels):
            refresh(banked, number, tick)
        return FOREVER
    edge_ps = edge(memory.p, memory.q, tick)
    if edge_ps > now_ps:
        return edge_ps
    has_mail = arrival_ps(banked.wires, banked.ports[0].inbox) <= now_ps
    if tick >= memory.next_tick or has_mail:
        is_blocked = take_requests(banked, tick, now_ps)
        soonest = FOREVER
        for number in range(memory.channels):
            soonest = min(soonest, run_channel(banked, number, tick, now_ps))
        memory.next_tick = tick + 1 if is_blocked else soonest
    if memory.next_tick == FOREVER:
        return FOREVER
    return edge(memory.p, memory.q, memory.next_tick)


@outlined
def take_requests(banked: Banked, tick: int, now_ps: int) -> bool:
    """Put what has come into the queues; return whether something found no room.

    Of what comes within a tick, writes go first, then reads, then prefetches.
    """
    wires, inbox = banked.wires, banked.ports[0].inbox
    is_blocked = False
    for turn in range(TURNS):
        place = 0
        while place < wires.links[inbox].count:
            message = peek(wires, inbox, place)
            if message.when_ps > now_ps:
                break
            if turn_of(message.kind) != turn:
                place += 1
            elif admit(banked, message, tick, now_ps):
                take(wires, inbox, place)
            else:
                is_blocked = True
                break
    return is_blocked


@inlined
def turn_of(kind: int) -> int:
    """Return when requests of a kind have their turn within a tick."""
    if kind in (WRITE, WRITE_BACK):
        return 0
    return 2 if kind == PREFETCH else 1


@outlined
def admit(banked: Banked, message: Any, tick: int, now_ps: int) -> bool:
    """Answer a request or put it into its queue; return False if that is full."""
    memory = banked.memory
    is_write = int(turn_of(message.kind) == 0)
    line = message.address >> memory.line_shift
    number = channel_of(memory, line)
    first = number * 2 * memory.places
    if memory.is_instant:
        reply(banked, message.address, message.tag, now_ps)
    elif find_line(banked, first + memory.places, line):
        memory.forwards += 1
        reply(banked, message.address, message.tag, now_ps)
    else:
        most = memory.places if is_write else memory.queue
        place = room(banked, first + is_write * memory.places, most)
        if place == NONE:
            return False
        keep(banked, number, place, line, tick)
        request = banked.requests[place]
        request.is_write = is_write
        request.tag = message.tag
        if is_write:
            acknowledge(banked, number, request, now_ps)
    return True


@inlined
def find_line(banked: Banked, first: int, line: int) -> bool:
    """Return whether a line waits to be written in the queue that begins at `first`."""
    for place in range(first, first + banked.memory.places):
        if banked.requests[place].held and banked.requests[place].line == line:
            return True
    return False


@inlined
def room(banked: Banked, first: int, most: int) -> int:
    """Return a free one of the `most` places that begin at `first`, NONE if all are taken."""
    for place in range(first, first + most):
        if not banked.requests[place].held:
            return place
    return NONE


@inlined
def keep(banked: Banked, number: int, place: int, line: int, tick: int) -> None:
    """Put a request of channel `number` into its place."""
    memory, channel = banked.memory, banked.channels[number]
    request = banked.requests[place]
    request.held = 1
    request.line = line
    request.row = row_of(memory, line)
    request.bank = number * memory.banks + bank_of(memory, line)
    request.since = tick
    request.scheduled = 0
    if place - number * 2 * memory.places >= memory.places:
        channel.writes_held += 1
    else:
        channel.reads_held += 1


@inlined
def acknowledge(banked: Banked, number: int, request: Any, now_ps: int) -> None:
    """Acknowledge a write that has a place in the queue; one beyond that later."""
    channel = banked.channels[number]
    request.owed = int(channel.writes_held > banked.memory.queue)
    channel.owed += request.owed
    if not request.owed:
        reply(banked, request.line << banked.memory.line_shift, request.tag, now_ps)


@outlined
def acknowledge_owed(banked: Banked, number: int, now_ps: int) -> None:
    """Acknowledge a write that waited for a place in the queue; one has become free."""
    first = (2 * number + 1) * banked.memory.places
    for place in range(first, first + banked.memory.places):
        request = banked.requests[place]
        if request.held and request.owed:
            acknowledge_late(banked, banked.channels[number], request, now_ps)
            return


@inlined
def acknowledge_late(banked: Banked, channel: Any, request: Any, now_ps: int) -> None:
    """Acknowledge a write that could not be when it came."""
    request.owed = 0
    channel.owed -= 1
    reply(banked, request.line << banked.memory.line_shift, request.tag, now_ps)


@inlined
def reply(banked: Banked, address: int, tag: int, now_ps: int) -> None:
    """Answer a request."""
    if tag != POSTED:
        outbox = banked.ports[0].outbox
        size_bytes = 1 << banked.memory.line_shift
        send(banked.wires, outbox, now_ps + SOON_PS, REPLY, address, size_bytes, tag, 0)


@outlined
def run_channel(banked: Banked, number: int, tick: int, now_ps: int) -> int:
    """Do one tick of a channel; return the next in which it has something to do."""
    memory, channel = banked.memory, banked.channels[number]
    refresh(banked, number, tick)
    if channel.active != NONE and channel.active_end <= tick:
        finish(banked, channel, tick, now_ps)
        if channel.owed and channel.writes_held <= memory.queue:
            acknowledge_owed(banked, number, now_ps)
    if wants_swap(memory, channel):
        swap(banked, number, tick)
    next_tick = use_bus(banked, number, tick)
    next_tick = min(next_tick, schedule(banked, number, tick))
    if wants_swap(memory, channel):
        return tick + 1
    return next_tick


@inlined
def finish(banked: Banked, channel: Any, tick: int, now_ps: int) -> None:
    """End the burst on the bus."""
    bank = banked.banks[channel.active]
    request = banked.requests[bank.request]
    if request.is_write:
        channel.writes_held -= 1
        banked.memory.writes += 1
        if request.owed:
            acknowledge_late(banked, channel, request, now_ps)
    else:
        channel.reads_held -= 1
        banked.memory.reads += 1
        reply(banked, request.line << banked.memory.line_shift, request.tag, now_ps)
    request.held = 0
    bank.request = NONE
    if bank.is_stale:
        close(banked.memory, bank, tick)
    channel.active = NONE


@inlined
def wants_swap(memory: Any, channel: Any) -> bool:
    """Return whether the channel should change between reads and writes."""
    reads, writes = channel.reads_held, channel.writes_held
    if channel.write_mode:
        return writes == 0 or (reads > 0 and writes < memory.low_water)
    return writes >= memory.high_water or (reads == 0 and writes > 0)


@inlined
def swap(banked: Banked, number: int, tick: int) -> None:
    """Change between reads and writes; what is scheduled must be scheduled again."""
    memory, channel = banked.memory, banked.channels[number]
    for place in range(number * memory.banks, (number + 1) * memory.banks):
        bank = banked.banks[place]
        if bank.request != NONE and place != channel.active:
            if bank.ready < tick + memory.cas_ticks:
                bank.row = NONE
            banked.requests[bank.request].scheduled = 0
            banked.requests[bank.request].since = tick
            bank.request = NONE
            if bank.is_stale:
                close(memory, bank, tick)
    start = channel.active_end if channel.active != NONE else tick
    channel.bus_free = start + memory.turn_ticks
    channel.write_mode ^= 1


@inlined
def refresh(banked: Banked, number: int, tick: int) -> None:
    """Close the rows of banks at a refresh: of idle ones now, of others once they are idle."""
    memory, channel = banked.memory, banked.channels[number]
    period = tick // memory.refresh_ticks
    if period == channel.period:
        return
    memory.refreshes += period - channel.period
    channel.period = period
    for place in range(number * memory.banks, (number + 1) * memory.banks):
        bank = banked.banks[place]
        if bank.request == NONE:
            close(memory, bank, period * memory.refresh_ticks)
        else:
            bank.is_stale = 1


@inlined
def close(memory: Any, bank: Any, tick: int) -> None:
    """Refresh an idle bank from a tick on, at least for that tick."""
    bank.is_stale = 0
    bank.row = NONE
    bank.refreshed = tick + max(1, memory.closed_ticks)


@inlined
def use_bus(banked: Banked, number: int, tick: int) -> int:
    """Put the data of the bank that is ready first on the bus; return when to look again."""
    memory, channel = banked.memory, banked.channels[number]
    if channel.active != NONE:
        return channel.active_end
    first = NONE
    for place in range(number * memory.banks, (number + 1) * memory.banks):
        bank = banked.banks[place]
        if bank.request != NONE and (first == NONE or bank.ready < banked.banks[first].ready):
            first = place
    if first == NONE:
        return FOREVER
    bank = banked.banks[first]
    if bank.ready > tick or channel.bus_free > tick:
        return max(bank.ready, channel.bus_free)
    channel.active = first
    channel.active_end = tick + memory.burst_ticks
    count(memory, channel, bank)
    return channel.active_end


@inlined
def count(memory: Any, channel: Any, bank: Any) -> None:
    """Count a burst by what its row was."""
    if channel.write_mode:
        memory.write_row_hits += bank.hit
        memory.write_row_misses += 1 - bank.hit
    else:
        memory.row_hits += bank.hit
        memory.row_misses += 1 - bank.hit


@inlined
def schedule(banked: Banked, number: int, tick: int) -> int:
    """Give the oldest request whose bank is idle to its bank; return when to look again.

    Of those that came in one tick, that in the last place goes first.
    """
    memory, channel = banked.memory, banked.channels[number]
    first = (2 * number + channel.write_mode) * memory.places
    chosen = NONE
    held = channel.writes_held if channel.write_mode else channel.reads_held
    for place in range(first, first + memory.places):
        if held == 0:
            break
        request = banked.requests[place]
        if not request.held:
            continue
        held -= 1
        if request.scheduled or banked.banks[request.bank].request != NONE:
            continue
        if chosen == NONE or request.since <= banked.requests[chosen].since:
            chosen = place
    if chosen == NONE:
        return FOREVER
    bank = banked.banks[banked.requests[chosen].bank]
    if bank.refreshed > tick:
        return bank.refreshed
    open_row(memory, bank, banked.requests[chosen], tick)
    bank.request = chosen
    return tick + 1


@inlined
def open_row(memory: Any, bank: Any, request: Any, tick: int) -> None:
    """Let a bank serve a request."""
    bank.hit = int(bank.row == request.row)
    wait = memory.cas_ticks
    if not bank.hit:
        wait += memory.rcd_ticks
        if bank.row != NONE:
            wait += memory.rp_ticks
    bank.row = request.row
    bank.ready = tick + wait
    request.scheduled = 1
