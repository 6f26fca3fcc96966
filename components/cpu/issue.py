"""Issue and completion: the oldest ready instructions go to free ports; results wake who waits.

Models:     oldest ready first; ports shared between kinds of unit; pipelined units, a dependent
            instruction can issue in the cycle in which its operand completes.
Leaves out: write-back conflicts, units that are not pipelined (division), bypass delays.
Source:     ports: Intel 64 and IA-32 Optimization Reference Manual (248966-046), section 2.5.
Checked by: tests/components/test_core.py, tests/components/test_core_memory.py
"""

from typing import Any

from components.cpu.load_queue import leave_slot
from components.cpu.records import (
    ANY_UNIT,
    CALENDAR,
    COMPUTES,
    FORWARDED,
    FREE_LOAD,
    LOADS,
    NONE,
    QUEUES,
    SOURCE_BITS,
    SOURCES,
    SPLITS,
    STORES,
    UNKNOWN,
    WORD_BITS,
    WORD_SHIFT,
    Machine,
)
from cosim.compiled import inlined, lowest_bit, outlined, rarely


@inlined
def enqueue(machine: Machine, entry: Any, slot: int) -> None:
    """Let an entry compete for a port of its unit."""
    row = (slot >> WORD_SHIFT) * QUEUES
    bit = 1 << (slot & (WORD_BITS - 1))
    machine.ready[row + ANY_UNIT] |= bit
    machine.ready[row + entry.unit] |= bit
    machine.core.ready_words |= 1 << (slot >> WORD_SHIFT)


@inlined
def complete_at(machine: Machine, entry: Any, slot: int, cycle: int) -> None:
    """Let the result of an entry be there in `cycle`, this one or one of the next 31."""
    bucket = cycle & (CALENDAR - 1)
    entry.next = machine.done[bucket]
    machine.done[bucket] = slot
    machine.core.calendar |= 1 << bucket


@inlined
def next_completion(machine: Machine, cycle: int) -> int:
    """Return the next cycle in which something completes, UNKNOWN if none is known."""
    calendar = machine.core.calendar
    if calendar == 0:
        return UNKNOWN
    later = (cycle + 1) & (CALENDAR - 1)
    turned = (calendar >> later) | (calendar << (CALENDAR - later))
    return cycle + 1 + lowest_bit(turned)


@inlined
def complete(machine: Machine, cycle: int) -> None:
    """Finish everything whose result is there in this cycle."""
    core = machine.core
    bucket = cycle & (CALENDAR - 1)
    if not (core.calendar >> bucket) & 1:
        return
    core.calendar ^= 1 << bucket
    slot = int(machine.done[bucket])
    machine.done[bucket] = NONE
    if rarely(core.complete_width < core.reorder_entries):
        slot = keep_oldest(machine, slot, cycle)
    while slot != NONE:
        entry = machine.entries[slot]
        following = int(entry.next)
        if entry.role == SPLITS and entry.loading:
            entry.loading = 0
            operate_after_load(machine, entry, slot)
        else:
            finish(machine, entry, slot)
        slot = following
    if rarely(core.wrong_branch != NONE):
        redirect(machine, cycle)


@inlined
def redirect(machine: Machine, cycle: int) -> None:
    """Let fetch go on if the branch that was predicted wrongly is done."""
    core = machine.core
    entry = machine.entries[core.wrong_branch & core.ring_mask]
    if core.wrong_branch < core.scheduled and entry.done:
        core.wrong_branch = NONE
        core.awaits_branch = 0
        core.fetch_cycle = cycle + core.redirect_cycles


@inlined
def keep_oldest(machine: Machine, slot: int, cycle: int) -> int:
    """Return the list of what completes; what is more than that completes a cycle later."""
    core = machine.core
    count, place = 0, slot
    while place != NONE:
        count += 1
        place = int(machine.entries[place].next)
    while count > core.complete_width:
        slot = put_off_youngest(machine, slot, cycle)
        count -= 1
    return slot


@outlined
def put_off_youngest(machine: Machine, slot: int, cycle: int) -> int:
    """Let the youngest of a list complete a cycle later; return the list without it."""
    before_youngest, youngest, age = NONE, slot, 0
    before, place = NONE, slot
    while place != NONE:
        behind = (place - machine.core.retired) & machine.core.ring_mask
        if behind >= age:
            before_youngest, youngest, age = before, place, behind
        before, place = place, int(machine.entries[place].next)
    entry = machine.entries[youngest]
    following = int(entry.next)
    if before_youngest != NONE:
        machine.entries[before_youngest].next = following
    complete_at(machine, entry, youngest, cycle + 1)
    return slot if before_youngest != NONE else following


@inlined
def operate_after_load(machine: Machine, entry: Any, slot: int) -> None:
    """Count a result that is waited for late, or a load; queue the operation when all are there.

    What runs when it is the oldest has no load, so that one is always lacking.
    """
    entry.operands -= 1
    if entry.operands == 0:
        entry.unit = entry.operates
        enqueue(machine, entry, slot)


@inlined
def lacks_operands(entry: Any) -> bool:
    """Return whether what runs when it is the oldest waits for a result; it counts one more."""
    return bool(entry.operands > 1)


@inlined
def finish(machine: Machine, entry: Any, slot: int) -> None:
    """Let the results of an entry be read and wake who waits for them."""
    entry.done = 1
    if entry.dst >= 0 and machine.registers[entry.dst] == slot:
        machine.registers[entry.dst] = NONE
    if entry.dst_b >= 0 and machine.registers[entry.dst_b] == slot:
        machine.registers[entry.dst_b] = NONE
    link = int(entry.first_link)
    while link != NONE:
        wake(machine, link)
        link = int(machine.links[link])


@inlined
def wake(machine: Machine, link: int) -> None:
    """Tell one waiting source of an entry that its operand is there."""
    slot = link >> SOURCE_BITS
    entry = machine.entries[slot]
    if entry.late and (entry.late >> (link & (SOURCES - 1))) & 1:
        operate_after_load(machine, entry, slot)
        return
    entry.waits -= 1
    if entry.waits == 0:
        enqueue(machine, entry, slot)


@inlined
def issue(machine: Machine, cycle: int) -> None:
    """Give the free ports of this cycle to the oldest ready instructions."""
    core = machine.core
    if core.ready_words == 0:
        return
    free = core.ports
    words = (core.ring_mask + 1) >> WORD_SHIFT
    oldest = core.retired & core.ring_mask
    first = oldest >> WORD_SHIFT
    older = -1 << (oldest & (WORD_BITS - 1))
    turns = (core.ready_words >> first) | (core.ready_words << (words - first))
    turns &= (2 << words) - 1  # the oldest's word comes again at last, with what is youngest
    while turns and free:
        turn = lowest_bit(turns)
        turns &= turns - 1
        word = (first + turn) & (words - 1)
        bits = machine.ready[word * QUEUES + ANY_UNIT]
        if turn == 0:
            bits &= older
        elif turn == words:
            bits &= ~older
        free = issue_word(machine, word, bits, free, cycle)


@inlined
def issue_word(machine: Machine, word: int, bits: int, free: int, cycle: int) -> int:
    """Issue what is ready of one word, as bits, to free ports; return those still free."""
    ready = machine.ready
    row = word * QUEUES
    while bits:
        slot = word * WORD_BITS + lowest_bit(bits)
        entry = machine.entries[slot]
        unit = entry.unit
        usable = machine.units[unit] & free
        if usable:
            free ^= usable & -usable
            bit = bits & -bits
            bits ^= bit
            ready[row + ANY_UNIT] ^= bit
            ready[row + unit] ^= bit
            execute(machine, entry, slot, cycle)
        else:
            bits &= ~ready[row + unit]
    if ready[row + ANY_UNIT] == 0:
        machine.core.ready_words &= ~(1 << word)
    return free


@inlined
def execute(machine: Machine, entry: Any, slot: int, cycle: int) -> None:
    """Start an instruction, or the next part of it."""
    core = machine.core
    role = entry.role
    if role == STORES:
        core.waiting -= 1
        machine.stores[entry.store & core.store_mask].ready = cycle + entry.latency - 1
    elif role == COMPUTES or entry.sent:
        core.waiting -= 1
        complete_at(machine, entry, slot, cycle + entry.latency)
    else:
        if role == LOADS:
            core.waiting -= 1
        entry.sent = 1
        entry.loading = 1
        entry.ready = cycle + core.address_cycles
        if entry.held_by == FORWARDED:
            forward(machine, entry, slot, cycle)
        elif entry.held_by == FREE_LOAD:
            send_later(machine, slot)


@inlined
def send_later(machine: Machine, slot: int) -> None:
    """Queue a load whose address is known for the data cache."""
    core = machine.core
    machine.pending[(core.first_pending + core.pending_held) & core.ring_mask] = slot
    core.pending_held += 1


@inlined
def forward(machine: Machine, entry: Any, slot: int, cycle: int) -> None:
    """Give a load its data from the store queue."""
    core = machine.core
    core.forwards += 1
    complete_at(machine, entry, slot, max(cycle + core.forward_cycles, entry.ready))


@inlined
def data_is_there(machine: Machine, entry: Any, slot: int, cycle: int) -> None:
    """Forward the data of a store to a load that waits for it."""
    entry.held_by = FORWARDED
    if machine.core.slotted_loads:
        leave_slot(machine, int(entry.place))
    if entry.sent:
        forward(machine, entry, slot, cycle)
