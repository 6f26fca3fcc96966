"""Loads under way and the store buffer.

Models:     non-blocking loads; stores sent to the data cache in program order; a load that lies
            inside a buffered store is forwarded, one that overlaps it in part waits; an access
            across two lines becomes two, one cycle apart.
Leaves out: address translation, speculation on addresses.
Source:     forwarding rules: Intel 64 and IA-32 Optimization Reference Manual (248966-046),
            section 3.6.4.
Checked by: tests/components/test_core_memory.py
"""

from typing import Any

from components.cpu.records import DATA_PORT, NOBODY, UNKNOWN, Machine
from cosim.clock import edge
from cosim.compiled import compiled, inlined
from cosim.messages import READ, WRITE, arrival_ps, head, pop, send

APART, INSIDE, ACROSS = 0, 1, 2
"""How a load lies to the buffered stores."""


@inlined
def overlap(machine: Machine, address: int, size_bytes: int) -> int:
    """Return how a load lies to the youngest buffered store that it touches."""
    core = machine.core
    for age in range(core.stores_held):
        place = (core.first_store + core.stores_held - 1 - age) % machine.stores.shape[0]
        store = machine.stores[place]
        start = store.address - address
        end = start + store.size_bytes
        if start < size_bytes and end > 0:
            return INSIDE if start <= 0 and end >= size_bytes else ACROSS
    return APART


@inlined
def begin_load(machine: Machine, instruction: Any, latency: int, operands: int, cycle: int) -> None:
    """Send a load; its result comes `latency` cycles after data and `operands` are there."""
    core = machine.core
    core.loads += 1
    dst = instruction.dst
    address, size_bytes = instruction.address, instruction.size_bytes
    if core.stores_held and overlap(machine, address, size_bytes) == INSIDE:
        core.forwards += 1
        finish_load(machine, dst, NOBODY, max(cycle + core.forward_cycles, operands) + latency)
        return
    number = core.next_load
    while machine.loads[number].held:
        number = number + 1 if number + 1 < machine.loads.shape[0] else 0
    core.next_load = number + 1 if number + 1 < machine.loads.shape[0] else 0
    core.loads_held += 1
    entry = machine.loads[number]
    entry.held = 1
    entry.dst = dst
    entry.latency = latency
    entry.operands = operands
    entry.pieces = send_pieces(machine, READ, address, size_bytes, 2 * number, cycle)
    if dst >= 0:
        machine.registers[dst].ready = UNKNOWN
        machine.registers[dst].owner = number


@inlined
def send_pieces(
    machine: Machine, kind: int, address: int, size_bytes: int, tag: int, cycle: int
) -> int:
    """Send an access to the data cache, in two pieces if it crosses a line; return how many."""
    core = machine.core
    outbox = machine.ports[DATA_PORT].outbox
    when_ps = edge(core.p, core.q, cycle + 1)
    room_bytes = (1 << core.line_shift) - (address & ((1 << core.line_shift) - 1))
    if size_bytes <= room_bytes:
        send(machine.wires, outbox, when_ps, kind, address, size_bytes, tag, 0)
        return 1
    core.splits += 1
    send(machine.wires, outbox, when_ps, kind, address, room_bytes, tag, 0)
    when_ps = edge(core.p, core.q, cycle + 2)
    rest_bytes = size_bytes - room_bytes
    send(machine.wires, outbox, when_ps, kind, address + room_bytes, rest_bytes, tag + 1, 0)
    return 2


@inlined
def finish_load(machine: Machine, dst: int, number: int, cycle: int) -> None:
    """Let the result of load `number` be readable from `cycle` on."""
    core = machine.core
    core.result_cycle = max(core.result_cycle, cycle)
    if dst < 0:
        return
    register = machine.registers[dst]
    if number in (NOBODY, register.owner):
        register.ready = cycle
        register.owner = NOBODY


@compiled
def begin_store(machine: Machine, instruction: Any, cycle: int) -> None:
    """Put a store into the buffer."""
    core = machine.core
    entry = machine.stores[(core.first_store + core.stores_held) % machine.stores.shape[0]]
    entry.address = instruction.address
    entry.size_bytes = instruction.size_bytes
    entry.ready = cycle + 1
    entry.done = 0
    core.stores_held += 1


@inlined
def drain(machine: Machine, cycle: int) -> None:
    """Send the buffered stores in order, from `cycle` on, as far as the limit allows."""
    core = machine.core
    while core.stores_sent < core.stores_held and core.writes_held < core.writes_most:
        place = (core.first_store + core.stores_sent) % machine.stores.shape[0]
        entry = machine.stores[place]
        tag = 2 * (machine.loads.shape[0] + place)
        cycle = max(cycle, core.drain_cycle, entry.ready)
        entry.pieces = send_pieces(machine, WRITE, entry.address, entry.size_bytes, tag, cycle)
        core.stores_sent += 1
        core.writes_held += 1
        core.drain_cycle = cycle + entry.pieces


@inlined
def take_data(machine: Machine, cycle: int, now_ps: int) -> int:
    """Finish the loads and stores whose replies have come; return how many replies."""
    core = machine.core
    inbox = machine.ports[DATA_PORT].inbox
    taken = 0
    while arrival_ps(machine.wires, inbox) <= now_ps:
        number = head(machine.wires, inbox).tag >> 1
        pop(machine.wires, inbox)
        taken += 1
        if number >= machine.loads.shape[0]:
            finish_store(machine, number - machine.loads.shape[0])
            continue
        entry = machine.loads[number]
        entry.pieces -= 1
        if entry.pieces == 0:
            entry.held = 0
            core.loads_held -= 1
            result = max(cycle, entry.operands) + entry.latency
            finish_load(machine, entry.dst, number, result)
    return taken


@compiled
def finish_store(machine: Machine, place: int) -> None:
    """Note one reply to a store; give back the entries of the oldest that are done."""
    core = machine.core
    entry = machine.stores[place]
    entry.pieces -= 1
    if entry.pieces:
        return
    entry.done = 1
    core.writes_held -= 1
    while core.stores_sent and machine.stores[core.first_store].done:
        core.first_store = (core.first_store + 1) % machine.stores.shape[0]
        core.stores_held -= 1
        core.stores_sent -= 1
