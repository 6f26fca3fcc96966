"""Planning and issuing: from the choice of a command to what it means for its request."""

from components.lpddr3.device import (
    activate,
    precharge,
    precharge_all,
    rank_banks,
    read,
    refresh,
    refresh_bank,
    write,
)
from components.lpddr3.latency import count_latency, count_outcome, mark_opened
from components.lpddr3.losses import count_lost, note_window
from components.lpddr3.policies import settle
from components.lpddr3.power import rest_cycle
from components.lpddr3.records import (
    ACTIVATE,
    CONFLICT,
    HIT,
    MISS,
    NONE,
    NOP,
    PRECHARGE,
    PRECHARGE_ALL,
    REFRESH,
    REFRESH_BANK,
    Memory,
)
from components.lpddr3.refresh import finish_all, finish_bank, hold, is_wanted
from components.lpddr3.requests import (
    commit,
    give_slot_back,
    note_closed,
    note_opened,
    queue_of,
    release,
    remove,
)
from components.lpddr3.scheduler import choose
from cosim.clock import edge
from cosim.compiled import Records, inlined
from cosim.messages import POSTED, REPLY, Wires, send


@inlined
def plan(memory: Memory, cycle: int) -> None:
    """Choose the next command, from `cycle` on, and when to run for it."""
    state = memory.channel[0]
    state.dirty = 0
    if state.refresh_owed and state.refresh_waits == 0 and is_wanted(memory):
        hold(memory, cycle)
    choice = choose(memory, cycle)
    state.plan_command, state.plan_cycle = choice.command, choice.ready_cycle
    state.plan_slot, state.plan_bank = choice.slot, choice.bank
    state.due_cycle = min(state.refresh_due_cycle, choice.ready_cycle)
    if choice.command == NOP:
        state.due_cycle = min(state.due_cycle, max(cycle, rest_cycle(memory)))


@inlined
def issue(memory: Memory, cycle: int) -> None:
    """Give the planned command to the device and note what it means for its request."""
    state = memory.channel[0]
    command, number, slot = state.plan_command, state.plan_bank, state.plan_slot
    state.command_address = NONE if slot == NONE else memory.requests[slot].address
    if command == ACTIVATE:
        open_row(memory, number, slot, cycle)
    elif command == PRECHARGE:
        precharge(memory, number, cycle)
        memory.banks[number].closed_on_demand = 1 if slot != NONE else 0
        note_closed(memory, number)
        if slot != NONE:
            mark_opened(memory, slot, cycle)
    elif command == PRECHARGE_ALL:
        precharge_all(memory, number, cycle)
        for bank in rank_banks(memory, number):
            memory.banks[bank].closed_on_demand = 0
            note_closed(memory, bank)
    elif command == REFRESH:
        refresh(memory, number, cycle)
        finish_all(memory, cycle)
    elif command == REFRESH_BANK:
        refresh_bank(memory, number, cycle)
        finish_bank(memory, cycle)
    else:
        start_burst(memory, number, slot, cycle)


@inlined
def open_row(memory: Memory, number: int, slot: int, cycle: int) -> None:
    """Open the row of a request, which from now on is committed to be served first."""
    state, bank, request = memory.channel[0], memory.banks[number], memory.requests[slot]
    mark_opened(memory, slot, cycle)
    note_window(memory, number, request, cycle)
    request.outcome = CONFLICT if bank.closed_on_demand else MISS
    activate(memory, number, request.row, cycle)
    bank.bypassed = 0
    if state.commit:
        remove(memory, slot)
        commit(memory, number, slot)
    note_opened(memory, number)


@inlined
def settle_planned(memory: Memory) -> None:
    """Work out what the requests of the bank, or banks, of the planned command need next."""
    state = memory.channel[0]
    if state.plan_command not in (PRECHARGE_ALL, REFRESH):
        settle(memory, state.plan_bank)
        return
    for each in rank_banks(memory, state.plan_bank):
        settle(memory, each)


@inlined
def start_burst(memory: Memory, number: int, slot: int, cycle: int) -> None:
    """Move one burst of a request."""
    request = memory.requests[slot]
    is_write = request.is_write
    count_lost(memory, request, is_write, cycle)
    count_outcome(memory.channel[0], request.outcome)
    count_outcome(memory.banks[number], request.outcome)
    count_outcome(memory.initiators[request.port], request.outcome)
    request.outcome = HIT
    request.bursts -= 1
    if is_write:
        write(memory, number, cycle)
    else:
        read(memory, number, cycle)


@inlined
def retire(memory: Memory, ports: Records, wires: Wires, cycle: int) -> None:
    """Free the slot of a request whose last burst has been issued; answer it if it is a read."""
    state, table = memory.channel[0], memory.timing[0]
    slot, bank = state.plan_slot, memory.banks[state.plan_bank]
    request = memory.requests[slot]
    if bank.committed == slot:
        release(memory, state.plan_bank)
    else:
        queue = queue_of(memory, request.is_write, state.plan_bank)
        bank.bypassed += queue.other_order < request.order
        remove(memory, slot)
    give_slot_back(memory, slot)
    if request.is_write:
        bank.writes += 1
        return
    bank.reads += 1
    done_cycle = cycle + table.read_data + state.backend_cycles
    count_latency(memory, request, cycle, done_cycle)
    if request.tag != POSTED:
        when_ps = edge(table.p, table.q, done_cycle)
        outbox = ports[request.port].outbox
        send(wires, outbox, when_ps, REPLY, request.address, request.size_bytes, request.tag, 0)
