"""The LPDDR3 controller as a state machine: at most one command per memory clock.

Models:     one channel, one rank; read and write queues, write drain with two marks, forwarding
            from and merging into queued writes, committed requests, all-bank refresh, power-down,
            fixed front-end and back-end delay. Requests are taken at clock edges, one per clock.
Leaves out: the data itself; second rank, per-bank refresh, self-refresh.
Source:     JESD209-3C; controller rules measured against Ramulator 2.1
            (tests/physics/test_lpddr3_golden.py).
Checked by: tests/components/test_lpddr3.py, tests/physics/test_lpddr3_golden.py
"""

from typing import Any

from components.lpddr3.device import (
    account,
    activate,
    precharge,
    precharge_all,
    read,
    refresh,
    write,
)
from components.lpddr3.records import (
    ACTIVATE,
    CLOSED_PAGE,
    CONFLICT,
    FREE,
    HIT,
    MISS,
    NEVER,
    NONE,
    NOP,
    OPENING,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    READS,
    REFRESH,
    WRITE_BURST,
    WRITES,
)
from components.lpddr3.requests import append, find, unlink
from components.lpddr3.scheduler import choose, disturbs
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled
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

ENTRANCE = 0
"""The only port: the bus."""


@compiled
def step(
    channel: Records,
    ports: Records,
    wires: Wires,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    now_ps: int,
) -> int:
    """Do what is due at `now_ps`; return when the controller wants to run again."""
    state, table = channel[0], timing[0]
    cycle = cycle_at_or_after(table.p, table.q, now_ps)
    if edge(table.p, table.q, cycle) == now_ps:
        stale = False
        if cycle >= state.due_cycle:
            stale = tick(channel, ports, wires, timing, banks, lists, requests, cycle)
        if accept(channel, ports, wires, timing, banks, lists, requests, cycle, now_ps):
            stale = True
        cycle += 1
        if stale:
            plan(channel, timing, banks, lists, requests, cycle)
    due_cycle = state.due_cycle
    inbox = ports[ENTRANCE].inbox
    if arrival_ps(wires, inbox) < FOREVER and has_room(lists, head(wires, inbox).kind):
        arrival_cycle = cycle_at_or_after(table.p, table.q, arrival_ps(wires, inbox))
        due_cycle = min(due_cycle, max(cycle, arrival_cycle))
    if due_cycle >= NEVER:
        return FOREVER
    return edge(table.p, table.q, due_cycle)  # type: ignore[no-any-return]


@compiled
def has_room(lists: Records, kind: int) -> bool:
    """Return whether a request of this kind can be taken."""
    waiting = lists[WRITES if kind == WRITE or kind == WRITE_BACK else READS]
    return waiting.count < waiting.capacity  # type: ignore[no-any-return]


@compiled
def accept(
    channel: Records,
    ports: Records,
    wires: Wires,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    cycle: int,
    now_ps: int,
) -> bool:
    """Take the first request of the inbox, one per clock, if its queue has room.

    Returns whether what was planned is in question.
    """
    state = channel[0]
    inbox, outbox = ports[ENTRANCE].inbox, ports[ENTRANCE].outbox
    if state.accepted_cycle >= cycle or arrival_ps(wires, inbox) > now_ps:
        return False
    message = head(wires, inbox)
    kind, tag, arrived_ps = message.kind, message.tag, message.when_ps
    address, size_bytes = message.address, message.size_bytes
    if not has_room(lists, kind):
        return False
    pop(wires, inbox)
    state.accepted_cycle = cycle
    line = address - address % state.line_bytes
    is_write = 1 if kind == WRITE or kind == WRITE_BACK else 0
    queued = find(lists, requests, WRITES, line) != NONE
    if is_write:
        state.writes += 1
        state.coalesced += queued
    else:
        state.reads += 1
        state.forwarded += queued
    if not queued:
        slot = enqueue(channel, lists, requests, is_write, address, size_bytes, cycle)
        requests[slot].tag = tag
        requests[slot].arrived_ps = arrived_ps
    when_ps = edge(timing[0].p, timing[0].q, cycle + state.frontend_cycles)
    if (queued or is_write) and tag != POSTED:
        send(wires, outbox, when_ps, REPLY, address, size_bytes, tag, 0)
    if queued and not is_write:
        state.read_latency_ps += when_ps - arrived_ps
        state.entry_ps += now_ps - arrived_ps
        state.queue_cycles += state.frontend_cycles
    if queued:
        return False
    if state.power_down:
        state.due_cycle = min(state.due_cycle, requests[slot].eligible_cycle)
        return False
    return disturbs(channel, timing, banks, lists, requests, slot)


@compiled
def enqueue(
    channel: Records,
    lists: Records,
    requests: Records,
    is_write: int,
    address: int,
    size_bytes: int,
    cycle: int,
) -> int:
    """Put a request into its queue, decoded into bank and row; return its slot."""
    state = channel[0]
    slot = lists[FREE].first
    unlink(lists, requests, FREE, slot, NONE)
    request = requests[slot]
    request.address = address
    request.size_bytes = size_bytes
    request.line = address - address % state.line_bytes
    request.row = (address >> state.row_shift) & ((1 << state.row_bits) - 1)
    request.bank = (address >> state.bank_shift) & ((1 << state.bank_bits) - 1)
    if state.hash_banks:
        request.bank ^= request.row & ((1 << state.bank_bits) - 1)
    request.bursts = max(1, (size_bytes + state.burst_bytes - 1) // state.burst_bytes)
    request.is_write = is_write
    request.outcome = HIT
    request.accepted_cycle = cycle
    request.eligible_cycle = cycle + state.frontend_cycles
    request.opened_cycle = NONE
    request.blocked_before = blocked(channel, cycle)
    append(lists, requests, WRITES if is_write else READS, slot)
    return slot  # type: ignore[no-any-return]


@compiled
def blocked(channel: Records, cycle: int) -> int:
    """Return for how many cycles a refresh has kept the channel from requests so far."""
    state = channel[0]
    if state.refresh_waits:
        return state.blocked_cycles + cycle - state.blocked_since  # type: ignore[no-any-return]
    return state.blocked_cycles - max(0, state.blocked_since - cycle)  # type: ignore[no-any-return]


@compiled
def tick(
    channel: Records,
    ports: Records,
    wires: Wires,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    cycle: int,
) -> bool:
    """Issue the planned command if it is due; return whether one was issued."""
    state = channel[0]
    if cycle >= state.refresh_due_cycle:
        state.refresh_waits = 1
        state.blocked_since = cycle
        state.refresh_due_cycle += timing[0].refresh_interval
        state.plan_command = NOP
    if state.power_down:
        leave_power_down(channel, timing, cycle)
    if state.plan_command == NOP:
        plan(channel, timing, banks, lists, requests, cycle)
    if state.plan_command == NOP or state.plan_cycle > cycle:
        return False
    command = state.plan_command
    issue(channel, timing, banks, lists, requests, cycle)
    if command == READ_BURST or command == WRITE_BURST:
        request = requests[state.plan_slot]
        request.bursts -= 1
        if request.bursts == 0:
            retire(channel, ports, wires, timing, banks, lists, requests, cycle)
    return True


@compiled
def plan(
    channel: Records,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    cycle: int,
) -> None:
    """Choose the next command, from `cycle` on, and when to run for it."""
    state = channel[0]
    choice = choose(channel, timing, banks, lists, requests, cycle)
    state.plan_command, state.plan_cycle = choice.command, choice.ready_cycle
    state.plan_list, state.plan_slot = choice.which, choice.slot
    state.plan_before, state.plan_bank = choice.before, choice.bank
    state.due_cycle = min(choice.ready_cycle, state.refresh_due_cycle)
    if choice.ready_cycle >= NEVER and state.power_down_after:
        rest(channel, cycle)


@compiled
def issue(
    channel: Records,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    cycle: int,
) -> None:
    """Give the planned command to the device and note what it means for its request."""
    state = channel[0]
    command, number, slot = state.plan_command, state.plan_bank, state.plan_slot
    if command == ACTIVATE:
        mark_opened(channel, requests, slot, cycle)
        requests[slot].outcome = CONFLICT if banks[number].closed_on_demand else MISS
        activate(channel, timing, banks, number, requests[slot].row, cycle)
        if state.commit:
            unlink(lists, requests, state.plan_list, slot, state.plan_before)
            append(lists, requests, OPENING, slot)
            banks[number].committed += 1
    elif command == PRECHARGE:
        precharge(channel, timing, banks, number, cycle)
        banks[number].closed_on_demand = 1 if slot != NONE else 0
        if slot != NONE:
            mark_opened(channel, requests, slot, cycle)
    elif command == PRECHARGE_ALL:
        precharge_all(channel, timing, banks, cycle)
    elif command == REFRESH:
        refresh(channel, timing, banks, cycle)
        end_cycle = cycle + timing[0].refresh
        state.blocked_cycles += end_cycle - state.blocked_since
        state.blocked_since = end_cycle
        state.refresh_waits = 0
    elif command == READ_BURST:
        read(channel, timing, banks, number, cycle)
    else:
        write(channel, timing, banks, number, cycle)


@compiled
def mark_opened(channel: Records, requests: Records, slot: int, cycle: int) -> None:
    """Note when the bank began to work for a request."""
    request = requests[slot]
    if request.opened_cycle == NONE:
        request.opened_cycle = cycle
        request.blocked_at_open = blocked(channel, cycle)


@compiled
def retire(
    channel: Records,
    ports: Records,
    wires: Wires,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    cycle: int,
) -> None:
    """Free the slot of a request whose last burst has been issued; answer it if it is a read."""
    state, table = channel[0], timing[0]
    request, bank = requests[state.plan_slot], banks[state.plan_bank]
    unlink(lists, requests, state.plan_list, state.plan_slot, state.plan_before)
    append(lists, requests, FREE, state.plan_slot)
    if state.plan_list == OPENING:
        bank.committed -= 1
    count_outcome(state, request.outcome)
    count_outcome(bank, request.outcome)
    if request.is_write:
        bank.writes += 1
        return
    bank.reads += 1
    data_cycles = table.read_data + state.backend_cycles
    when_ps = edge(table.p, table.q, cycle + data_cycles)
    if request.tag != POSTED:
        outbox = ports[ENTRANCE].outbox
        send(wires, outbox, when_ps, REPLY, request.address, request.size_bytes, request.tag, 0)
    bank_cycles = 0
    if request.opened_cycle != NONE:
        stalled = blocked(channel, cycle) - request.blocked_at_open
        bank_cycles = cycle - request.opened_cycle - stalled
    refresh_cycles = blocked(channel, cycle) - request.blocked_before
    state.read_latency_ps += when_ps - request.arrived_ps
    state.entry_ps += edge(table.p, table.q, request.accepted_cycle) - request.arrived_ps
    state.bank_cycles += bank_cycles
    state.refresh_cycles += refresh_cycles
    state.data_cycles += data_cycles
    state.queue_cycles += cycle - request.accepted_cycle - bank_cycles - refresh_cycles


@compiled
def count_outcome(record: Any, outcome: int) -> None:
    """Count a row hit, miss or conflict in a channel or bank record."""
    if outcome == HIT:
        record.row_hits += 1
    elif outcome == MISS:
        record.row_misses += 1
    else:
        record.row_conflicts += 1


@compiled
def rest(channel: Records, cycle: int) -> None:
    """Enter power-down if the channel has been idle long enough, else come back when it has."""
    state = channel[0]
    enter_cycle = max(state.command_cycle + state.power_down_after, state.quiet_cycle)
    enter_cycle = max(enter_cycle, state.wake_cycle)
    if enter_cycle > cycle:
        state.due_cycle = min(state.due_cycle, enter_cycle)
        return
    account(channel, cycle)
    state.power_down = 1
    state.power_downs += 1


@compiled
def leave_power_down(channel: Records, timing: Records, cycle: int) -> None:
    """Raise the clock enable, tCKE after it fell at the earliest; commands follow tXP later."""
    state = channel[0]
    exit_cycle = max(cycle, state.background_since + timing[0].power_down_shortest)
    account(channel, exit_cycle)
    state.power_down = 0
    state.wake_cycle = exit_cycle + timing[0].power_down_exit
