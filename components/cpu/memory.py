"""Load and store queues.

Models:     `load_width` loads per cycle to the data cache, issued first or by slot; stores give
            their data to waiting loads when executed and go to the data cache in program order
            after retirement, both within `store_width` per cycle; an access across two lines
            becomes two, one cycle apart.
Leaves out: address translation; merging of stores.
Source:     order of the steps: ChampSim 2025-05, operate_lsq.
Checked by: tests/components/test_core_memory.py
"""

from typing import Any

from components.cpu.issue import complete_at, data_is_there, send_later
from components.cpu.load_queue import (
    ASKING,
    await_line,
    first_of,
    leave_slot,
    next_awaiting,
    put_into,
)
from components.cpu.records import (
    AWAITS_DATA,
    DATA_PORT,
    EPOCH_SHIFT,
    FREE_LOAD,
    NONE,
    UNKNOWN,
    Machine,
)
from components.cpu.rename import count_lines
from cosim.clock import edge
from cosim.compiled import inlined, rarely
from cosim.messages import READ, WRITE, arrival_ps, head, pop, send


@inlined
def take_data(machine: Machine, cycle: int, now_ps: int) -> None:
    """Finish the loads and stores whose replies have come."""
    core = machine.core
    inbox = machine.ports[DATA_PORT].inbox
    while arrival_ps(machine.wires, inbox) <= now_ps:
        reply = head(machine.wires, inbox)
        tag, line = reply.tag, reply.address >> core.line_shift
        slot = (tag & ((1 << EPOCH_SHIFT) - 1)) >> 1
        pop(machine.wires, inbox)
        if slot > core.ring_mask:
            store_is_written(machine, slot - core.ring_mask - 1)
            continue
        if rarely(tag >> EPOCH_SHIFT != core.epoch):
            continue
        if rarely(core.slotted_loads):
            end_loads_of(machine, line, cycle + core.return_cycles)
            continue
        entry = machine.entries[slot]
        entry.pieces -= 1
        if entry.pieces == 0:
            complete_at(machine, entry, slot, cycle + core.return_cycles)


@inlined
def end_loads_of(machine: Machine, line: int, cycle: int) -> None:
    """Let the data of all loads that were sent for a line be there in `cycle`."""
    place = next_awaiting(machine, line)
    while place != NONE:
        slot = machine.load_slots[place].holder
        complete_at(machine, machine.entries[slot], slot, cycle)
        leave_slot(machine, place)
        place = next_awaiting(machine, line)


@inlined
def store_is_written(machine: Machine, place: int) -> None:
    """Note one reply to a store; give back the entries of the oldest that are done."""
    core = machine.core
    core.writes_held -= 1
    machine.stores[place].pieces -= 1
    if core.stores_leave_early:
        return
    while core.stores_freed < core.stores_sent:
        oldest = machine.stores[core.stores_freed & core.store_mask]
        if oldest.pieces:
            break
        free_store(machine, oldest)


@inlined
def free_store(machine: Machine, store: Any) -> None:
    """Give back the oldest entry; let loads that overlap it in part go to the data cache."""
    core = machine.core
    count_lines(machine, store.address, store.size_bytes, -1)
    core.stores_freed += 1
    slot = store.first_load
    while slot != NONE:
        entry = machine.entries[slot]
        entry.held_by = FREE_LOAD
        if entry.sent:
            send_later(machine, slot)
        slot = int(entry.next_load)


@inlined
def move_stores(machine: Machine, cycle: int) -> int:
    """Finish executed stores and write retired ones; return when there is more to do."""
    core = machine.core
    if core.stores_sent == core.stores_renamed:
        return UNKNOWN
    room = core.store_width
    while core.stores_finished < core.stores_renamed:
        store = machine.stores[core.stores_finished & core.store_mask]
        if store.ready > cycle or room == 0:
            break
        finish_store(machine, store, cycle)
        core.stores_finished += 1
        room -= 1
    while can_write(machine):
        if room <= 0:
            return cycle + 1
        room -= write_store(machine, cycle)
    if core.stores_finished == core.stores_renamed:
        return UNKNOWN
    store = machine.stores[core.stores_finished & core.store_mask]
    return UNKNOWN if store.ready == UNKNOWN else cycle + 1


@inlined
def finish_store(machine: Machine, store: Any, cycle: int) -> None:
    """Complete a store that is executed; give its data to the loads that wait for it."""
    place = store.number & machine.core.ring_mask
    complete_at(machine, machine.entries[place], place, cycle + 1)
    slot = store.first_load
    store.first_load = NONE
    while slot != NONE:
        entry = machine.entries[slot]
        following = int(entry.next_load)
        if entry.held_by == AWAITS_DATA:
            data_is_there(machine, entry, slot, cycle)
        else:
            entry.next_load = store.first_load
            store.first_load = slot
        slot = following


@inlined
def can_write(machine: Machine) -> bool:
    """Return whether the next store may go to the data cache; its place is its tag there."""
    core = machine.core
    if core.stores_sent == core.stores_finished or core.writes_held >= core.writes_most:
        return False
    store = machine.stores[core.stores_sent & core.store_mask]
    return bool(store.number < core.retired and store.pieces == 0)


@inlined
def write_store(machine: Machine, cycle: int) -> int:
    """Send the next store to the data cache; return in how many pieces."""
    core = machine.core
    place = core.stores_sent & core.store_mask
    store = machine.stores[place]
    tag = 2 * (core.ring_mask + 1 + place)
    store.pieces = send_pieces(machine, WRITE, store.address, store.size_bytes, tag, 0, cycle)
    core.stores_sent += 1
    core.writes_held += store.pieces
    if core.stores_leave_early:
        free_store(machine, store)
    return store.pieces


@inlined
def send_loads(machine: Machine, cycle: int) -> int:
    """Send loads to the data cache; return when there is more to do."""
    core = machine.core
    if rarely(core.slotted_loads):
        return send_by_slot(machine, cycle)
    room = core.load_width
    while core.pending_held:
        slot = int(machine.pending[core.first_pending & core.ring_mask])
        entry = machine.entries[slot]
        if entry.ready > cycle or room <= 0:
            return cycle + 1
        core.first_pending += 1
        core.pending_held -= 1
        send_load(machine, entry, slot, cycle)
        room -= entry.pieces
    return UNKNOWN


@inlined
def send_by_slot(machine: Machine, cycle: int) -> int:
    """Send the loads whose turn it is, lowest slot first; return when there is more to do."""
    core = machine.core
    while core.pending_held:
        entry = machine.entries[machine.pending[core.first_pending & core.ring_mask]]
        if entry.ready > cycle:
            break
        core.first_pending += 1
        core.pending_held -= 1
        put_into(machine, ASKING, int(entry.place))
        core.asking += 1
    room = core.load_width
    while core.asking and room:
        core.asking -= 1
        room -= 1
        place = first_of(machine, ASKING)
        slot = machine.load_slots[place].holder
        entry = machine.entries[slot]
        await_line(machine, place, entry.address >> core.line_shift)
        send_load(machine, entry, slot, cycle)
    return cycle + 1 if core.asking or core.pending_held else UNKNOWN


@inlined
def send_load(machine: Machine, entry: Any, slot: int, cycle: int) -> None:
    """Send a load to the data cache."""
    tag = (machine.core.epoch << EPOCH_SHIFT) + 2 * slot
    entry.pieces = send_pieces(
        machine, READ, entry.address, entry.size_bytes, tag, entry.value, cycle
    )


@inlined
def send_pieces(
    machine: Machine, kind: int, address: int, size_bytes: int, tag: int, ip: int, cycle: int
) -> int:
    """Send an access to the data cache, in two pieces if it crosses a line; return how many.

    A load tells the address of its instruction, for prefetchers.
    """
    core = machine.core
    outbox = machine.ports[DATA_PORT].outbox
    when_ps = edge(core.p, core.q, cycle + 1)
    room_bytes = (1 << core.line_shift) - (address & ((1 << core.line_shift) - 1))
    if size_bytes <= room_bytes or not core.splits_lines:
        send(machine.wires, outbox, when_ps, kind, address, size_bytes, tag, ip)
        return 1
    core.splits += 1
    send(machine.wires, outbox, when_ps, kind, address, room_bytes, tag, ip)
    when_ps = edge(core.p, core.q, cycle + 2)
    rest_bytes = size_bytes - room_bytes
    send(machine.wires, outbox, when_ps, kind, address + room_bytes, rest_bytes, tag + 1, ip)
    return 2
