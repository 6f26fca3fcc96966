"""The LPDDR3 controller as a state machine: at most one command per memory clock.

Models:     one channel, one rank; read and write queues, write drain with two marks, forwarding
            from and merging into queued writes, committed requests, all-bank refresh, power-down,
            fixed front-end and back-end delay. Requests are taken at clock edges, one per clock.
Leaves out: the data itself; second rank, per-bank refresh, self-refresh.
Source:     JESD209-3C; controller rules measured against Ramulator 2.1
            (tests/physics/test_lpddr3_golden.py).
Checked by: tests/components/test_lpddr3.py, tests/components/test_lpddr3_scheduler.py,
            tests/physics/test_lpddr3_golden.py
"""

from components.lpddr3.device import (
    account,
    activate,
    precharge,
    precharge_all,
    read,
    refresh,
    write,
)
from components.lpddr3.latency import (
    blocked,
    count_latency,
    count_outcome,
    count_request,
    mark_opened,
)
from components.lpddr3.records import (
    ACTIVATE,
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
    Memory,
)
from components.lpddr3.requests import append, find, unlink
from components.lpddr3.scheduler import choose, disturbs
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined
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
    memory = Memory(channel, timing, banks, lists, requests)
    state, table = channel[0], timing[0]
    cycle = cycle_at_or_after(table.p, table.q, now_ps)
    if edge(table.p, table.q, cycle) == now_ps:
        issued = cycle >= state.due_cycle and tick(memory, ports, wires, cycle)
        disturbed = accept(memory, ports, wires, cycle, now_ps)
        cycle += 1
        if issued or disturbed:
            plan(memory, cycle)
    due_cycle = min(state.due_cycle, acceptance_cycle(memory, ports, wires, cycle))
    if due_cycle >= NEVER:
        return FOREVER
    return edge(table.p, table.q, due_cycle)


@inlined
def has_room(memory: Memory, kind: int) -> bool:
    """Return whether a request of this kind can be taken."""
    waiting = memory.lists[WRITES if kind in (WRITE, WRITE_BACK) else READS]
    return waiting.count < waiting.capacity  # type: ignore[no-any-return]


@inlined
def acceptance_cycle(memory: Memory, ports: Records, wires: Wires, cycle: int) -> int:
    """Return when, from `cycle` on, the first request of the inbox can be taken.

    NEVER if there is none or its queue is full; a command must make room first.
    """
    inbox = ports[ENTRANCE].inbox
    when_ps = arrival_ps(wires, inbox)
    if when_ps == FOREVER or not has_room(memory, head(wires, inbox).kind):
        return NEVER
    table = memory.timing[0]
    return max(cycle, cycle_at_or_after(table.p, table.q, when_ps))


@inlined
def accept(memory: Memory, ports: Records, wires: Wires, cycle: int, now_ps: int) -> bool:
    """Take the first request of the inbox, one per clock, if its queue has room.

    Returns whether what was planned is in question.
    """
    state, table = memory.channel[0], memory.timing[0]
    inbox = ports[ENTRANCE].inbox
    if state.accepted_cycle >= cycle or arrival_ps(wires, inbox) > now_ps:
        return False
    message = head(wires, inbox)
    if not has_room(memory, message.kind):
        return False
    kind, tag, arrived_ps = message.kind, message.tag, message.when_ps
    address, size_bytes = message.address, message.size_bytes
    pop(wires, inbox)
    state.accepted_cycle = cycle
    is_write = 1 if kind in (WRITE, WRITE_BACK) else 0
    queued = find(memory, WRITES, address - address % state.line_bytes) != NONE
    if (queued or is_write) and tag != POSTED:
        when_ps = edge(table.p, table.q, cycle + state.frontend_cycles)
        send(wires, ports[ENTRANCE].outbox, when_ps, REPLY, address, size_bytes, tag, 0)
    count_request(memory, is_write, queued, arrived_ps, cycle)
    if queued:
        return False
    slot = enqueue(memory, is_write, address, size_bytes, cycle)
    memory.requests[slot].tag = tag
    memory.requests[slot].arrived_ps = arrived_ps
    if state.power_down:
        state.due_cycle = min(state.due_cycle, memory.requests[slot].eligible_cycle)
        return False
    return disturbs(memory, slot)


@inlined
def enqueue(memory: Memory, is_write: int, address: int, size_bytes: int, cycle: int) -> int:
    """Put a request into its queue, decoded into bank and row; return its slot."""
    state = memory.channel[0]
    slot = memory.lists[FREE].first
    unlink(memory, FREE, slot, NONE)
    request = memory.requests[slot]
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
    request.blocked_before = blocked(memory, cycle)
    append(memory, WRITES if is_write else READS, slot)
    return slot  # type: ignore[no-any-return]


@inlined
def tick(memory: Memory, ports: Records, wires: Wires, cycle: int) -> bool:
    """Issue the planned command if it is due; return whether one was issued."""
    state = memory.channel[0]
    if cycle >= state.refresh_due_cycle:
        state.refresh_waits = 1
        state.blocked_since = cycle
        state.refresh_due_cycle += memory.timing[0].refresh_interval
        state.plan_command = NOP
    if state.power_down:
        leave_power_down(memory, cycle)
    if state.plan_command == NOP:
        plan(memory, cycle)
    if state.plan_command == NOP or state.plan_cycle > cycle:
        return False
    command = state.plan_command
    issue(memory, cycle)
    if command in (READ_BURST, WRITE_BURST):
        request = memory.requests[state.plan_slot]
        request.bursts -= 1
        if request.bursts == 0:
            retire(memory, ports, wires, cycle)
    return True


@inlined
def plan(memory: Memory, cycle: int) -> None:
    """Choose the next command, from `cycle` on, and when to run for it."""
    state = memory.channel[0]
    choice = choose(memory, cycle)
    state.plan_command, state.plan_cycle = choice.command, choice.ready_cycle
    state.plan_list, state.plan_slot = choice.which, choice.slot
    state.plan_before, state.plan_bank = choice.before, choice.bank
    state.due_cycle = min(choice.ready_cycle, state.refresh_due_cycle)
    if choice.ready_cycle >= NEVER and state.power_down_after:
        rest(memory, cycle)


@inlined
def issue(memory: Memory, cycle: int) -> None:
    """Give the planned command to the device and note what it means for its request."""
    state = memory.channel[0]
    command, number, slot = state.plan_command, state.plan_bank, state.plan_slot
    if command == ACTIVATE:
        mark_opened(memory, slot, cycle)
        memory.requests[slot].outcome = CONFLICT if memory.banks[number].closed_on_demand else MISS
        activate(memory, number, memory.requests[slot].row, cycle)
        if state.commit:
            unlink(memory, state.plan_list, slot, state.plan_before)
            append(memory, OPENING, slot)
            memory.banks[number].committed += 1
    elif command == PRECHARGE:
        precharge(memory, number, cycle)
        memory.banks[number].closed_on_demand = 1 if slot != NONE else 0
        if slot != NONE:
            mark_opened(memory, slot, cycle)
    elif command == PRECHARGE_ALL:
        precharge_all(memory, cycle)
    elif command == REFRESH:
        refresh(memory, cycle)
        end_cycle = cycle + memory.timing[0].refresh
        state.blocked_cycles += end_cycle - state.blocked_since
        state.blocked_since = end_cycle
        state.refresh_waits = 0
    elif command == READ_BURST:
        read(memory, number, cycle)
    else:
        write(memory, number, cycle)


@inlined
def retire(memory: Memory, ports: Records, wires: Wires, cycle: int) -> None:
    """Free the slot of a request whose last burst has been issued; answer it if it is a read."""
    state, table = memory.channel[0], memory.timing[0]
    request, bank = memory.requests[state.plan_slot], memory.banks[state.plan_bank]
    unlink(memory, state.plan_list, state.plan_slot, state.plan_before)
    append(memory, FREE, state.plan_slot)
    if state.plan_list == OPENING:
        bank.committed -= 1
    count_outcome(state, request.outcome)
    count_outcome(bank, request.outcome)
    if request.is_write:
        bank.writes += 1
        return
    bank.reads += 1
    done_cycle = cycle + table.read_data + state.backend_cycles
    count_latency(memory, request, cycle, done_cycle)
    if request.tag != POSTED:
        when_ps = edge(table.p, table.q, done_cycle)
        outbox = ports[ENTRANCE].outbox
        send(wires, outbox, when_ps, REPLY, request.address, request.size_bytes, request.tag, 0)


@inlined
def rest(memory: Memory, cycle: int) -> None:
    """Enter power-down if the channel has been idle long enough, else come back when it has."""
    state = memory.channel[0]
    enter_cycle = max(state.command_cycle + state.power_down_after, state.quiet_cycle)
    enter_cycle = max(enter_cycle, state.wake_cycle)
    if enter_cycle > cycle:
        state.due_cycle = min(state.due_cycle, enter_cycle)
        return
    account(memory, cycle)
    state.power_down = 1
    state.power_downs += 1


@inlined
def leave_power_down(memory: Memory, cycle: int) -> None:
    """Raise the clock enable, tCKE after it fell at the earliest; commands follow tXP later."""
    state = memory.channel[0]
    exit_cycle = max(cycle, state.background_since + memory.timing[0].power_down_shortest)
    account(memory, exit_cycle)
    state.power_down = 0
    state.wake_cycle = exit_cycle + memory.timing[0].power_down_exit
