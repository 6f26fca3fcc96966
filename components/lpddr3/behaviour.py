"""The LPDDR3 controller as a state machine: at most one command per channel and memory clock.

Models:     one or two channels of one or two ranks; several ports, taken in turn; read and
            write queues, write drain with two marks, forwarding from and merging into queued
            writes, committed requests, refresh of all banks or one after the other, power-down and
            self-refresh, fixed front-end and back-end delay. A channel takes one request per
            clock edge.
Leaves out: the data itself.
Source:     JESD209-3C; controller rules measured against Ramulator 2.1
            (tests/physics/test_lpddr3_golden.py).
Checked by: tests/components/test_lpddr3.py, tests/components/test_lpddr3_scheduler.py,
            tests/physics/test_lpddr3_golden.py
"""

from typing import Any

from components.lpddr3.commands import issue, plan, retire, settle_planned
from components.lpddr3.decoding import channel_of, decode
from components.lpddr3.latency import count_request, refreshed
from components.lpddr3.pages import predict
from components.lpddr3.policies import settle
from components.lpddr3.power import rest, rise
from components.lpddr3.records import (
    HIT,
    NEVER,
    NONE,
    NOP,
    READ_BURST,
    SERVED,
    WRITE_BURST,
    Memory,
    joined_at,
)
from components.lpddr3.refresh import owe
from components.lpddr3.requests import append, find_write, take_slot
from components.lpddr3.scheduler import disturbs
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined, outlined, stretch
from cosim.messages import (
    FOREVER,
    POSTED,
    REPLY,
    WRITE,
    WRITE_BACK,
    Wires,
    arrival_ps,
    head,
    pop,
    send,
)


@compiled
def step(address: int, now_ps: int) -> int:
    """Do what is due; return when the controller wants to run again.

    `address` is that of a bundle of Joined.
    """
    memory = joined_at(address)
    return advance(memory, memory.ports, memory.wires, now_ps)


@inlined
def advance(memory: Memory, ports: Records, wires: Wires, now_ps: int) -> int:
    """Do what is due at `now_ps`; return when the controller wants to run again.

    Between two clock edges nothing changes.
    """
    channel, state, table = memory.channel, memory.channel[0], memory.timing[0]
    cycle = state.next_cycle
    if now_ps != state.next_ps:
        cycle = cycle_at_or_after(table.p, table.q, now_ps)
    at_edge = now_ps == state.next_ps or edge(table.p, table.q, cycle) == now_ps
    if at_edge:
        for number in range(channel.shape[0]):
            if cycle >= channel[number].due_cycle:
                tick(part(memory, number), ports, wires, cycle)
        accept(memory, ports, wires, cycle, now_ps)
        cycle += 1
        for number in range(channel.shape[0]):
            if channel[number].dirty:
                plan(part(memory, number), cycle)
    due_cycle = acceptance_cycle(memory, ports, wires, cycle)
    for number in range(channel.shape[0]):
        due_cycle = min(due_cycle, channel[number].due_cycle)
    if due_cycle >= NEVER:
        return FOREVER
    next_ps: int = edge(table.p, table.q, due_cycle)
    if at_edge:
        state.next_cycle, state.next_ps = due_cycle, next_ps
    return next_ps


@inlined
def part(memory: Memory, number: int) -> Memory:
    """Return the tables of one channel."""
    state = memory.channel[number]
    return Memory(
        stretch(memory.channel, number, 1),
        memory.timing,
        stretch(memory.banks, state.first_bank, state.banks),
        stretch(memory.queues, 2 * state.first_bank, 2 * state.banks),
        stretch(memory.requests, state.first_slot, state.slots),
        memory.slices,
        memory.initiators,
        stretch(memory.ranks, state.first_rank, state.ranks),
    )


@inlined
def tick(memory: Memory, ports: Records, wires: Wires, cycle: int) -> None:
    """Issue the planned command of a channel if it is due."""
    state = memory.channel[0]
    if cycle >= state.refresh_due_cycle:
        owe(memory, cycle)
    if state.power:
        rise(memory, cycle)
        state.plan_command = NOP
    if state.plan_command == NOP:
        replan(memory, cycle)
    if state.plan_command == NOP:
        rest(memory, cycle)
    if state.plan_command == NOP or state.plan_cycle > cycle:
        return
    command = state.plan_command
    issue(memory, cycle)
    if command in (READ_BURST, WRITE_BURST) and memory.requests[state.plan_slot].bursts == 0:
        retire(memory, ports, wires, cycle)
    settle_planned(memory)
    state.dirty = 1


@outlined
def replan(memory: Memory, cycle: int) -> None:
    """Plan at a moment that no command led to, which is rare: at the price of a call."""
    plan(memory, cycle)


@inlined
def has_room(memory: Memory, message: Any) -> bool:
    """Return whether the channel of a message can take it."""
    state = memory.channel[channel_of(memory, message.address)]
    if message.kind in (WRITE, WRITE_BACK):
        return state.waiting_writes < state.write_capacity
    return state.waiting_reads < state.read_capacity


@inlined
def acceptance_cycle(memory: Memory, ports: Records, wires: Wires, cycle: int) -> int:
    """Return when, from `cycle` on, the first request of an inbox can be taken.

    NEVER if there is none or its queue is full; a command must make room first.
    """
    first_ps = FOREVER
    for port in range(ports.shape[0]):
        inbox = ports[port].inbox
        when_ps = arrival_ps(wires, inbox)
        if when_ps < first_ps and has_room(memory, head(wires, inbox)):
            first_ps = when_ps
    table = memory.timing[0]
    if first_ps == FOREVER:
        return NEVER
    if first_ps <= edge(table.p, table.q, cycle):
        return cycle
    return cycle_at_or_after(table.p, table.q, first_ps)


@inlined
def accept(memory: Memory, ports: Records, wires: Wires, cycle: int, now_ps: int) -> None:
    """Take the first requests of the inboxes, one for each channel; ports take turns."""
    count = ports.shape[0]
    first = memory.channel[0].accepted_port + 1
    for turn in range(count):
        port = first + turn if first + turn < count else first + turn - count
        inbox = ports[port].inbox
        if arrival_ps(wires, inbox) > now_ps or not has_room(memory, head(wires, inbox)):
            continue
        number = channel_of(memory, head(wires, inbox).address)
        if memory.channel[number].accepted_cycle < cycle:
            memory.channel[0].accepted_port = port
            take(part(memory, number), ports, wires, port, cycle)


@inlined
def take(memory: Memory, ports: Records, wires: Wires, port: int, cycle: int) -> None:
    """Take the first request of a port into a channel; answer it if a queued write can."""
    state, table = memory.channel[0], memory.timing[0]
    message = head(wires, ports[port].inbox)
    kind, tag, arrived_ps = message.kind, message.tag, message.when_ps
    address, size_bytes = message.address, message.size_bytes
    pop(wires, ports[port].inbox)
    state.accepted_cycle = cycle
    is_write = 1 if kind in (WRITE, WRITE_BACK) else 0
    row, bank = decode(memory, address)
    queued = find_write(memory, bank, address & -state.line_bytes) != NONE
    if (queued or is_write) and tag != POSTED:
        when_ps = edge(table.p, table.q, cycle + state.frontend_cycles)
        send(wires, ports[port].outbox, when_ps, REPLY, address, size_bytes, tag, 0)
    count_request(memory, port, is_write, queued, arrived_ps, cycle)
    if queued:
        return
    slot = enqueue(memory, is_write, address, size_bytes, row, bank, cycle)
    request = memory.requests[slot]
    request.tag, request.port, request.arrived_ps = tag, port, arrived_ps
    if state.power:
        state.due_cycle = min(state.due_cycle, request.eligible_cycle)
    elif disturbs(memory, slot):
        state.dirty = 1


@inlined
def enqueue(
    memory: Memory,
    is_write: int,
    address: int,
    size_bytes: int,
    row: int,
    bank: int,
    cycle: int,
) -> int:
    """Put a request into its queue; return its slot."""
    state = memory.channel[0]
    predict(memory, bank, row)
    if state.waiting_reads + state.waiting_writes + state.committed == 0:
        state.filled_cycle = cycle + state.frontend_cycles
    slot = take_slot(memory)
    request = memory.requests[slot]
    request.order = state.order
    state.order += 1
    request.row, request.bank, request.is_write = row, bank, is_write
    request.address, request.size_bytes = address, size_bytes
    request.line = address & -state.line_bytes
    request.bursts = max(1, (size_bytes + state.burst_bytes - 1) >> state.burst_shift)
    request.outcome = HIT
    request.accepted_cycle = cycle
    request.eligible_cycle = cycle + state.frontend_cycles
    request.opened_cycle = NONE
    request.window_cycles = 0
    request.refreshed_before = refreshed(memory.banks[bank], cycle)
    append(memory, slot)
    settle(memory, bank)
    return slot


@inlined
def overhear_served(
    channel: Records, seen: Records, tape: Records, heard: Records, now_ps: int
) -> None:
    """Keep which reads were served in a step that has just been made."""
    for number in range(channel.shape[0]):
        state = channel[number]
        if state.served != seen[number].served:
            seen[number].served = state.served
            row = heard[tape[0].count]
            row.when_ps, row.number = now_ps, SERVED
            row.kind, row.address = state.served_bank_cycles, state.served_refresh_cycles
            row.tag = state.served_tag
            tape[0].count += 1
