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

from components.cpu.issue import start_waiting
from components.cpu.program import (
    ALU,
    BRANCH,
    CALL,
    FENCE,
    FP_ADD,
    INDIRECT_CALL,
    LAYER,
    LOAD,
    MUL,
    NO_ADDRESS,
    NO_REGISTER,
    STORE,
    STORE_IMAC,
    VECTOR,
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
    LOADS,
    MARKS,
    NEVER,
    NONE,
    SOURCE_BITS,
    SOURCES,
    SPLITS,
    STORES,
    UNKNOWN,
    Machine,
)
from cosim.compiled import inlined

FILTER = 64
"""Counters of stores in the queue, by line; a load whose line has none needs no search."""


@inlined
def role_of(core: Any, row: Any) -> int:
    """Return what an instruction does, in the terms of an entry."""
    op = row.op
    if op >= STORE_IMAC:
        return MARKS if op >= LAYER else AT_HEAD
    if row.address == NO_ADDRESS:
        return COMPUTES
    if op == STORE:
        return STORES
    if op == BRANCH and (row.value >> 1) in (CALL, INDIRECT_CALL):
        return STORES
    return SPLITS if core.splits_fused and op != LOAD else LOADS


@inlined
def dispatch(machine: Machine, cycle: int) -> int:
    """Put instructions into the reorder buffer; return when to try again."""
    core = machine.core
    room = core.dispatch_width
    core.blocked = FOR_FETCH
    while core.groups_held:
        group = machine.groups[core.first_group]
        if group.ready > cycle:
            return group.ready  # type: ignore[no-any-return]
        row = machine.program[core.dispatched - core.origin]
        role = role_of(core, row)
        if core.serial or core.dispatched - core.retired >= core.reorder_entries:
            return UNKNOWN
        if role == STORES and core.stores_made - core.stores_freed >= core.stores_most:
            core.blocked = FOR_STORE
            return UNKNOWN
        if role in (LOADS, SPLITS) and core.loads_held >= core.loads_most:
            return UNKNOWN
        if role != MARKS:
            if room == 0:
                return cycle + 1
            room -= 1
        enter(machine, row, role)
        group.count -= 1
        if group.count == 0:
            leave_group(machine, group)
    return UNKNOWN


@inlined
def leave_group(machine: Machine, group: Any) -> None:
    """Forget the oldest group, all of which is dispatched."""
    core = machine.core
    last = machine.entries[(core.dispatched - 1) & core.ring_mask]
    last.mispredicted = group.mispredicted
    core.redirected = group.mispredicted
    core.groups_held -= 1
    core.first_group += 1
    if core.first_group == machine.groups.shape[0]:
        core.first_group = 0


@inlined
def enter(machine: Machine, row: Any, role: int) -> None:
    """Give the next instruction its entry, and its place in a memory queue."""
    core = machine.core
    entry = machine.entries[core.dispatched & core.ring_mask]
    entry.role = role
    entry.op = row.op
    entry.done = 0
    entry.mispredicted = 0
    entry.first_link = NONE
    if role != COMPUTES:
        entry.store = core.stores_made
        entry.address = row.address
        entry.size_bytes = row.size_bytes
    if role == STORES:
        store = machine.stores[core.stores_made & core.store_mask]
        store.address = row.address
        store.size_bytes = row.size_bytes
        store.number = core.dispatched
        store.ready = UNKNOWN
        store.first_load = NONE
        core.stores_made += 1
        count_lines(machine, row.address, row.size_bytes, 1)
    elif role in (LOADS, SPLITS):
        core.loads_held += 1
    elif role == AT_HEAD and row.op in (WAIT_IMAC, FENCE):
        core.serial = 1
    core.dispatched += 1


@inlined
def count_lines(machine: Machine, address: int, size_bytes: int, change: int) -> None:
    """Count a store by the lines that it touches."""
    shift = machine.core.line_shift
    machine.lines[(address >> shift) & (FILTER - 1)] += change
    if (address + size_bytes - 1) >> shift != address >> shift:
        machine.lines[(address + size_bytes - 1 >> shift) & (FILTER - 1)] += change


@inlined
def rename(machine: Machine, end: int) -> bool:
    """Rename instructions below number `end`; return whether room is what stopped it."""
    core = machine.core
    while core.scheduled < end:
        entry = machine.entries[core.scheduled & core.ring_mask]
        row = machine.program[core.scheduled - core.origin]
        if entry.role == MARKS:
            entry.done = 1
            entry.value = row.value
            entry.dst = NO_REGISTER
            entry.dst_b = NO_REGISTER
        elif core.waiting >= core.scheduler_entries or not has_registers(core, row):
            break
        else:
            schedule(machine, entry, row, core.scheduled)
        core.scheduled += 1
    core.cursor = core.scheduled - core.origin
    return core.scheduled < end  # type: ignore[no-any-return]


@inlined
def has_registers(core: Any, row: Any) -> bool:
    """Return whether there are physical registers for what an instruction writes."""
    writes = int(row.dst >= 0) + int(row.dst_b >= 0)
    return core.renamed + core.mapped + writes <= core.rename_registers  # type: ignore[no-any-return]


@inlined
def schedule(machine: Machine, entry: Any, row: Any, number: int) -> None:
    """Find out what an instruction waits for."""
    core = machine.core
    operation = machine.operations[row.op]
    entry.unit = operation.unit
    entry.latency = operation.latency
    entry.late = 0
    entry.waits = 0
    if entry.role != COMPUTES:
        entry.value = row.value
        entry.sent = 0
        entry.loading = 0
        entry.held_by = FREE_LOAD
    if entry.role == SPLITS:
        entry.late = late_sources(row)
        entry.operands = 1
    slot = number & core.ring_mask
    for place, source in enumerate((row.src_a, row.src_b, row.src_c, row.src_d)):
        if source != NO_REGISTER:
            producer = machine.registers[source]
            if producer >= 0:
                await_result(machine, entry, (slot << SOURCE_BITS) + place, producer)
    entry.dst = row.dst
    entry.dst_b = row.dst_b
    write(machine, row.dst, number)
    write(machine, row.dst_b, number)
    count(core, row.op)
    if entry.role in (LOADS, SPLITS):
        core.loads += 1
        hold_up(machine, entry, slot)
    if entry.role <= STORES:
        core.waiting += 1
    if entry.waits == 0:
        start_waiting(machine, entry, number)


@inlined
def late_sources(row: Any) -> int:
    """Return which sources the operation needs after its load, as bits.

    The last source is part of the address; so are integer registers of a vector operation.
    """
    late = 0
    last = NONE
    for place, source in enumerate((row.src_a, row.src_b, row.src_c, row.src_d)):
        if source != NO_REGISTER:
            last = place
            if source >= VECTOR or row.dst < VECTOR:
                late |= 1 << place
    if last != NONE:
        late &= ~(1 << last)
    return late


@inlined
def await_result(machine: Machine, entry: Any, link: int, producer: int) -> None:
    """Put a source into the list of those who wait for instruction `producer`."""
    maker = machine.entries[producer & machine.core.ring_mask]
    machine.links[link] = maker.first_link
    maker.first_link = link
    if (entry.late >> (link & (SOURCES - 1))) & 1:
        entry.operands += 1
    else:
        entry.waits += 1


@inlined
def write(machine: Machine, register: int, number: int) -> None:
    """Let `register` be what instruction `number` will make."""
    if register != NO_REGISTER:
        core = machine.core
        if machine.registers[register] == NEVER:
            core.mapped += 1
        machine.registers[register] = number
        core.renamed += 1


@inlined
def count(core: Any, op: int) -> None:
    """Count an instruction by what it does."""
    if op >= STORE_IMAC or op <= ALU:
        return
    if op == MUL:
        core.multiplies += 1
    elif op == STORE:
        core.stores += 1
    elif op == BRANCH:
        core.branches += 1
    elif FP_ADD <= op < LOAD:
        core.fp_operations += 1


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
