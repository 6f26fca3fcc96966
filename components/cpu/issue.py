"""Issue and completion: the oldest ready instructions go to free ports; results wake who waits.

Models:     one queue per kind of unit, oldest first; ports shared between kinds; pipelined units,
            a dependent instruction can issue in the cycle in which its operand completes.
Leaves out: write-back conflicts, units that are not pipelined (division), bypass delays.
Source:     ports: Intel 64 and IA-32 Optimization Reference Manual (248966-046), section 2.5.
Checked by: tests/components/test_core.py, tests/components/test_core_memory.py
"""

from typing import Any

from components.cpu.records import (
    AWAITS_DATA,
    CALENDAR,
    COMPUTES,
    FORWARDED,
    FREE_LOAD,
    LOAD_UNIT,
    LOADS,
    NONE,
    SOURCE_BITS,
    SOURCES,
    SPLITS,
    STORES,
    UNITS,
    UNKNOWN,
    Machine,
)
from cosim.compiled import inlined


@inlined
def enqueue(machine: Machine, number: int, unit_number: int) -> None:
    """Let instruction `number` compete for a port; the queue stays in program order."""
    core, unit = machine.core, machine.units[unit_number]
    mask = core.ring_mask
    start = unit_number * (mask + 1)
    place = unit.first + unit.count
    while place > unit.first and machine.ready[start + ((place - 1) & mask)] > number:
        machine.ready[start + (place & mask)] = machine.ready[start + ((place - 1) & mask)]
        place -= 1
    machine.ready[start + (place & mask)] = number
    unit.count += 1
    core.ready_units |= 1 << unit_number


@inlined
def complete_at(machine: Machine, slot: int, cycle: int) -> None:
    """Let the result of an entry be there in `cycle`, this one or one of the next 31."""
    bucket = cycle & (CALENDAR - 1)
    machine.entries[slot].next = machine.done[bucket]
    machine.done[bucket] = slot
    machine.core.calendar |= 1 << bucket


@inlined
def next_completion(machine: Machine, cycle: int) -> int:
    """Return the next cycle in which something completes, UNKNOWN if none is known."""
    calendar = machine.core.calendar
    if calendar == 0:
        return UNKNOWN
    later = cycle + 1
    while not (calendar >> (later & (CALENDAR - 1))) & 1:
        later += 1
    return later


@inlined
def complete(machine: Machine, cycle: int) -> None:
    """Finish everything whose result is there in this cycle."""
    core = machine.core
    bucket = cycle & (CALENDAR - 1)
    if not (core.calendar >> bucket) & 1:
        return
    core.calendar ^= 1 << bucket
    slot = machine.done[bucket]
    machine.done[bucket] = NONE
    while slot != NONE:
        entry = machine.entries[slot]
        following = entry.next
        if entry.role == SPLITS and entry.loading:
            entry.loading = 0
            entry.operands -= 1
            if entry.operands == 0:
                enqueue(machine, number_of(machine, slot), entry.unit)
        else:
            finish(machine, entry, slot, cycle)
        slot = following


@inlined
def number_of(machine: Machine, slot: int) -> int:
    """Return the number of the instruction in a slot."""
    core = machine.core
    return core.retired + ((slot - core.retired) & core.ring_mask)  # type: ignore[no-any-return]


@inlined
def finish(machine: Machine, entry: Any, slot: int, cycle: int) -> None:
    """Let the results of an entry be read and wake who waits for them."""
    core = machine.core
    number = number_of(machine, slot)
    if entry.dst >= 0 and machine.registers[entry.dst] == number:
        machine.registers[entry.dst] = NONE
    if entry.dst_b >= 0 and machine.registers[entry.dst_b] == number:
        machine.registers[entry.dst_b] = NONE
    entry.done = 1
    link = entry.first_link
    while link != NONE:
        wake(machine, link)
        link = machine.links[link]
    if entry.mispredicted:
        core.awaits_branch = 0
        core.fetch_cycle = cycle + core.redirect_cycles


@inlined
def wake(machine: Machine, link: int) -> None:
    """Tell one waiting source of an entry that its operand is there."""
    slot = link >> SOURCE_BITS
    entry = machine.entries[slot]
    if (entry.late >> (link & (SOURCES - 1))) & 1:
        entry.operands -= 1
        if entry.operands == 0:
            enqueue(machine, number_of(machine, slot), entry.unit)
        return
    entry.waits -= 1
    if entry.waits == 0:
        start_waiting(machine, entry, number_of(machine, slot))


@inlined
def start_waiting(machine: Machine, entry: Any, number: int) -> None:
    """Queue an entry whose operands are there for the unit that it needs first."""
    if entry.role <= STORES:
        enqueue(machine, number, first_unit(entry))


@inlined
def first_unit(entry: Any) -> int:
    """Return the unit that an entry needs first: an address unit if its load comes first."""
    return LOAD_UNIT if entry.role == SPLITS else entry.unit


@inlined
def issue(machine: Machine, cycle: int) -> None:
    """Give the free ports of this cycle to the oldest ready instructions."""
    core = machine.core
    free = core.ports
    open_units = core.ready_units
    while open_units:
        oldest = UNKNOWN
        chosen = 0
        for number in range(UNITS):
            if not (open_units >> number) & 1:
                continue
            unit = machine.units[number]
            if not unit.ports & free:
                open_units ^= 1 << number
                continue
            first = machine.ready[number * (core.ring_mask + 1) + (unit.first & core.ring_mask)]
            if first < oldest:
                oldest = first
                chosen = number
        if oldest == UNKNOWN:
            return
        unit = machine.units[chosen]
        usable = unit.ports & free
        free ^= usable & -usable
        unit.first += 1
        unit.count -= 1
        if unit.count == 0:
            open_units ^= 1 << chosen
            core.ready_units ^= 1 << chosen
        execute(machine, oldest, cycle)


@inlined
def execute(machine: Machine, number: int, cycle: int) -> None:
    """Start an instruction, or the next part of it."""
    core = machine.core
    slot = number & core.ring_mask
    entry = machine.entries[slot]
    role = entry.role
    if role == COMPUTES or (role == SPLITS and entry.sent):
        core.waiting -= 1
        complete_at(machine, slot, cycle + entry.latency)
    elif role == STORES:
        core.waiting -= 1
        machine.stores[entry.store & core.store_mask].ready = cycle
    else:
        if role == LOADS:
            core.waiting -= 1
        entry.sent = 1
        entry.loading = 1
        if entry.held_by == FORWARDED:
            forward(machine, slot, cycle)
        elif entry.held_by == FREE_LOAD:
            send_later(machine, slot, cycle)


@inlined
def send_later(machine: Machine, slot: int, cycle: int) -> None:
    """Queue a load whose address is known for the data cache."""
    core = machine.core
    machine.entries[slot].ready = cycle + core.address_cycles
    machine.pending[(core.first_pending + core.pending_held) & core.ring_mask] = slot
    core.pending_held += 1


@inlined
def forward(machine: Machine, slot: int, cycle: int) -> None:
    """Give a load its data from the store queue."""
    machine.core.forwards += 1
    end_load(machine, slot, cycle + machine.core.forward_cycles)


@inlined
def end_load(machine: Machine, slot: int, cycle: int) -> None:
    """Let the data of a load be there in `cycle`."""
    complete_at(machine, slot, cycle)
    if machine.core.loads_leave_early:
        machine.core.loads_held -= 1


@inlined
def data_is_there(machine: Machine, slot: int, cycle: int) -> None:
    """Forward the data of a store to a load that waits for it."""
    entry = machine.entries[slot]
    if entry.held_by == AWAITS_DATA:
        entry.held_by = FORWARDED
        if entry.sent:
            forward(machine, slot, cycle)
