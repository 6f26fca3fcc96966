"""Dispatch and renaming: in program order, into reorder buffer, queues and scheduler.

Models:     `dispatch_width` per cycle while there is room in the reorder buffer and the load and
            store queues; renaming one cycle later, while scheduler and registers have room. A
            load-and-operate is one entry; with `splits_fused` its load waits for the address
            only, else for all operands. Memory order is known in advance: a load waits for the
            youngest older store that it touches, and for no other.
Leaves out: wrong speculation on memory order, separate register files, move elimination.
Source:     memory order after ChampSim 2025-05; ranges: Intel 64 and IA-32 Optimization Reference
            Manual (248966-046), section 3.6.4.
Checked by: tests/components/test_core.py, tests/components/test_core_memory.py
"""

from typing import Any

from components.cpu.decoders import decode_until
from components.cpu.issue import enqueue
from components.cpu.load_queue import leave_slot, take_slot
from components.cpu.program import (
    FENCE,
    NO_REGISTER,
    WAIT_IMAC,
)
from components.cpu.records import (
    AT_HEAD,
    AWAITS_DATA,
    AWAITS_WRITE,
    COMPUTES,
    FOR_FETCH,
    FOR_STORE,
    FORWARDED,
    FREE_LOAD,
    MARKS,
    NEVER,
    NONE,
    SOURCE_BITS,
    STORES,
    UNKNOWN,
    Machine,
    is_load,
)
from cosim.compiled import inlined, ones, outlined, rarely

MOST_REGISTERS = 6
"""Registers of an instruction at most: four sources and two results."""

FILTER = 64
"""Counters of stores in the queue, by line; a load whose line has none needs no search."""


@inlined
def dispatch(machine: Machine, cycle: int) -> int:
    """Put instructions into the reorder buffer; return when to try again."""
    core = machine.core
    core.blocked = FOR_FETCH
    if rarely(core.decodes):
        decode_until(machine, cycle)
    room = core.dispatch_width
    while core.groups_held:
        group = machine.groups[core.first_group]
        if group.ready > cycle:
            return group.ready
        first, end = core.dispatched, group.end
        if rarely(core.decodes):
            end = min(end, first + core.decoded_held)
        room = enter_until(machine, end, room)
        if rarely(core.decodes):
            core.decoded_held -= core.dispatched - first
        if core.dispatched < group.end:
            return when_to_dispatch(machine, room, cycle)
        leave_group(machine, group)
    return UNKNOWN


@inlined
def enter_until(machine: Machine, end: int, room: int) -> int:
    """Dispatch at most `room` instructions below number `end`; return the room that is left."""
    core = machine.core
    if rarely(core.serial):
        return room
    place = first = core.dispatched - core.origin
    end = min(end, core.retired + core.reorder_entries) - core.origin
    last = place + room
    while place < end:
        role = machine.program[place].role
        if rarely(role == MARKS):
            last += 1
        elif place == last or (role != COMPUTES and not enter(machine, place, role)):
            break
        elif rarely(role == AT_HEAD) and core.serial:
            end = place + 1
        place += 1
    core.dispatched += place - first
    return last - place


@inlined
def when_to_dispatch(machine: Machine, room: int, cycle: int) -> int:
    """Return when the next instruction, which has come, may be dispatched."""
    core = machine.core
    if rarely(core.decodes) and core.decoded_held == 0:
        return cycle + 1
    if room or is_closed(core):
        return UNKNOWN
    role = machine.program[core.dispatched - core.origin].role
    return cycle + 1 if has_queue_entry(core, role) else UNKNOWN


@inlined
def is_closed(core: Any) -> bool:
    """Return whether the reorder buffer takes nothing now."""
    return bool(core.serial or core.dispatched - core.retired >= core.reorder_entries)


@inlined
def has_queue_entry(core: Any, role: int) -> bool:
    """Return whether the memory queue that an instruction needs, if any, has room."""
    if role == STORES:
        if core.stores_made - core.stores_freed < core.stores_most:
            return True
        core.blocked = FOR_STORE
        return False
    return not is_load(role) or core.loads_held < core.loads_most


@inlined
def enter(machine: Machine, place: int, role: int) -> bool:
    """Count an instruction in its memory queue if that has room; some let nothing in behind them.

    Returns whether it had.
    """
    core = machine.core
    if rarely(role == AT_HEAD):
        core.serial |= machine.program[place].op in (WAIT_IMAC, FENCE)
        return True
    if not has_queue_entry(core, role):
        return False
    if role == STORES:
        core.stores_made += 1
        return True
    core.loads_held += 1
    if rarely(core.slotted_loads):
        take_slot(machine, core.origin + place)
    return True


@inlined
def leave_group(machine: Machine, group: Any) -> None:
    """Forget the oldest group, all of which is dispatched."""
    core = machine.core
    core.redirected = group.mispredicted
    if group.mispredicted:
        core.wrong_branch = core.dispatched - 1
    core.groups_held -= 1
    core.decoding -= core.decodes
    core.first_group += 1
    if core.first_group == machine.groups.shape[0]:
        core.first_group = 0


@inlined
def rename(machine: Machine, end: int) -> None:
    """Rename instructions below number `end` as long as there is room."""
    core = machine.core
    number = core.scheduled
    while number < end:
        slot = number & core.ring_mask
        entry = machine.entries[slot]
        micro = machine.program[number - core.origin]
        role = micro.role
        if rarely(role == MARKS):
            describe(entry, micro, role)
        elif has_room(machine, micro, number):
            describe(entry, micro, role)
            schedule(machine, entry, micro, role, slot, number)
        else:
            break
        number += 1
    core.scheduled = number
    core.cursor = number - core.origin


@inlined
def has_room(machine: Machine, micro: Any, number: int) -> bool:
    """Return whether there is room in the scheduler, and registers for what is written."""
    core = machine.core
    if core.waiting >= core.scheduler_entries or micro.writes > core.registers_free:
        return False
    if rarely(core.recounts_registers) and core.registers_free < MOST_REGISTERS:
        return not is_short(machine, number)
    return True


@outlined
def is_short(machine: Machine, end: int) -> bool:
    """Return whether an instruction older than number `end` has more registers than are free."""
    core = machine.core
    for number in range(core.retired, end):
        micro = machine.program[number - core.origin]
        sources = int(micro.src_a != NO_REGISTER) + int(micro.src_b != NO_REGISTER)
        sources += int(micro.src_c != NO_REGISTER) + int(micro.src_d != NO_REGISTER)
        if micro.role != MARKS and sources + micro.writes > core.registers_free:
            return True
    return False


@inlined
def describe(entry: Any, micro: Any, role: int) -> None:
    """Begin an entry with what is known of its instruction; a mark is done with that."""
    entry.traits, entry.form = micro.traits, micro.form
    entry.waits, entry.sent, entry.loading, entry.held_by = 0, 0, 0, FREE_LOAD
    entry.operands, entry.pieces, entry.next, entry.first_link = 0, 0, 0, NONE
    if role != COMPUTES:
        entry.address, entry.value = micro.address, micro.value


@inlined
def schedule(machine: Machine, entry: Any, micro: Any, role: int, slot: int, number: int) -> None:
    """Find out what the instruction with a number waits for."""
    core = machine.core
    link = slot << SOURCE_BITS
    waiting = read(machine, micro.src_a, link) + 2 * read(machine, micro.src_b, link + 1)
    if micro.last_two != NO_REGISTER:
        waiting += 4 * read(machine, micro.src_c, link + 2)
        waiting += 8 * read(machine, micro.src_d, link + 3)
    write(machine, micro.dst, slot)
    write(machine, micro.dst_b, slot)
    core.registers_free -= micro.writes
    machine.counters[micro.counter] += 1
    if role != COMPUTES:
        late = waiting & micro.late
        waiting ^= late
        entry.operands = 1 + ones(late)
        if rarely(role == AT_HEAD):
            return
        if role == STORES:
            keep_store(machine, entry, number)
        else:
            core.loads += 1
            entry.store = core.stores_renamed
            hold_up(machine, entry, slot)
    core.waiting += 1
    if waiting:
        entry.waits = ones(waiting)
    else:
        enqueue(machine, entry, slot)


@inlined
def read(machine: Machine, register: int, link: int) -> int:
    """Let a source wait for what is in `register`; return 1 if it is not there, else 0."""
    if register == NO_REGISTER:
        return 0
    producer = machine.registers[register]
    if producer >= 0:
        maker = machine.entries[producer]
        machine.links[link] = maker.first_link
        maker.first_link = link
        return 1
    if rarely(producer == NEVER):
        machine.registers[register] = NONE
        machine.core.registers_free -= 1
    return 0


@inlined
def keep_store(machine: Machine, entry: Any, number: int) -> None:
    """Note the store with a number in the store queue."""
    core = machine.core
    entry.store = core.stores_renamed
    store = machine.stores[core.stores_renamed & core.store_mask]
    store.address = entry.address
    store.size_bytes = entry.size_bytes
    store.number = number
    store.ready = UNKNOWN
    store.first_load = NONE
    core.stores_renamed += 1
    count_lines(machine, entry.address, entry.size_bytes, 1)


@inlined
def count_lines(machine: Machine, address: int, size_bytes: int, change: int) -> None:
    """Count a store by the lines that it touches."""
    shift = machine.core.line_shift
    machine.lines[(address >> shift) & (FILTER - 1)] += change
    if (address + size_bytes - 1) >> shift != address >> shift:
        machine.lines[(address + size_bytes - 1 >> shift) & (FILTER - 1)] += change


@inlined
def write(machine: Machine, register: int, slot: int) -> None:
    """Let `register` be what the instruction in a slot will make."""
    if register != NO_REGISTER:
        if rarely(machine.registers[register] == NEVER):
            machine.core.registers_free -= 1
        machine.registers[register] = slot


@inlined
def hold_up(machine: Machine, entry: Any, slot: int) -> None:
    """Let a load wait for the youngest older store that it touches."""
    core = machine.core
    if entry.store <= core.stores_freed:
        return
    shift = core.line_shift
    end = entry.address + entry.size_bytes
    touched = machine.lines[(entry.address >> shift) & (FILTER - 1)]
    if touched == 0 and machine.lines[(end - 1 >> shift) & (FILTER - 1)] == 0:
        return
    number = entry.store - 1
    while number >= core.stores_freed:
        store = machine.stores[number & core.store_mask]
        if core.exact_forwarding:
            touches = store.address == entry.address
            inside = touches
        else:
            store_end = store.address + store.size_bytes
            touches = store.address < end and store_end > entry.address
            inside = store.address <= entry.address and store_end >= end
        if touches:
            await_store(entry, store, slot, inside, number < core.stores_finished)
            if entry.held_by == FORWARDED and core.slotted_loads:
                leave_slot(machine, int(entry.place))
            return
        number -= 1


@inlined
def await_store(entry: Any, store: Any, slot: int, inside: bool, finished: bool) -> None:
    """Let a load take a store's data, or wait for it."""
    if inside and finished:
        entry.held_by = FORWARDED
        return
    entry.held_by = AWAITS_DATA if inside else AWAITS_WRITE
    entry.next_load = store.first_load
    store.first_load = slot
