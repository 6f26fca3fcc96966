"""Issue: which instruction goes next, what it waits for, and what it starts.

Models:     in program order, up to `width` per cycle; an instruction waits for its operands
            (stall on use) and for a unit; registers are renamed, so nothing waits to be
            overwritten. A fused operation issues `load_cycles` before its vector operands are
            needed, as the load comes first in its pipeline. Accesses to the co-processor wait
            for all earlier loads, and what follows waits for their replies.
Leaves out: issue out of order, exceptions.
Checked by: tests/components/test_core.py, tests/physics/test_core_microbench.py
"""

from typing import Any

from components.cpu.fetch import fetch
from components.cpu.memory import ACROSS, APART, begin_load, begin_store, drain, overlap
from components.cpu.program import (
    END,
    FENCE,
    LAYER,
    LOAD,
    LOAD_IMAC,
    NO_ADDRESS,
    STORE,
    STORE_IMAC,
    VECTOR,
)
from components.cpu.records import (
    BUSY,
    COPROCESSOR_PORT,
    FOR_BRANCH,
    FOR_EXECUTION,
    FOR_FETCH,
    FOR_IMAC,
    FOR_LOAD,
    FOR_STORE,
    LATER,
    LOAD_UNIT,
    NOBODY,
    PENDING,
    SLOT,
    UNITS,
    UNKNOWN,
    Machine,
)
from cosim import messages
from cosim.clock import edge
from cosim.compiled import compiled, inlined
from cosim.errors import ProtocolError


@inlined
def issue(machine: Machine, cycle: int, now_cycle: int) -> tuple[int, int]:
    """Issue what can issue at `cycle`; return when the next can, and what it waits for.

    UNKNOWN: a message decides. LATER: it must be asked again when time has come to `cycle`.
    """
    core = machine.core
    if core.units_cycle != cycle:
        core.units_cycle = cycle
        for unit in range(UNITS):
            machine.units[unit].used = 0
    before = core.instructions
    when, reason = cycle, FOR_EXECUTION
    while when <= cycle:
        when, reason = issue_next(machine, cycle, now_cycle)
        if core.hungry:
            when = LATER
    if core.instructions != before and core.accounted == cycle:
        machine.waits[BUSY] += 1
        core.cycles += 1
        core.accounted = cycle + 1
    return when, reason


@inlined
def pass_time(machine: Machine, cycle: int, reason: int) -> None:
    """Attribute the cycles before `cycle` in which nothing was issued."""
    core = machine.core
    waited = cycle - core.accounted
    if waited > 0:
        machine.waits[reason] += waited
        core.cycles += waited
        core.accounted = cycle


@inlined
def issue_next(machine: Machine, cycle: int, now_cycle: int) -> tuple[int, int]:
    """Issue the next instruction; if it must wait return until when and for what."""
    core = machine.core
    block = machine.blocks[core.first_block]
    if block.ready > cycle:
        return block.ready, FOR_BRANCH if block.redirected else FOR_FETCH
    instruction = machine.program[core.cursor]
    op = instruction.op
    if op >= STORE_IMAC:
        return issue_special(machine, instruction, cycle, now_cycle)
    fused = instruction.address != NO_ADDRESS and op < LOAD
    ready = operands(machine, instruction, machine.core.load_cycles if fused else 0)
    if ready > cycle:
        if ready >= PENDING:
            return UNKNOWN, FOR_LOAD
        return ready, FOR_EXECUTION
    slot, unit = machine.units[SLOT], machine.units[machine.operations[op].unit]
    if slot.used == slot.per_cycle or unit.used == unit.per_cycle:
        return cycle + 1, FOR_EXECUTION
    if instruction.address != NO_ADDRESS:
        when, reason = room(machine, instruction, cycle, now_cycle)
        if when > cycle:
            return when, reason
    slot.used += 1
    unit.used += 1
    start(machine, instruction, fused, cycle)
    leave_block(machine, cycle)
    return cycle, FOR_EXECUTION


@inlined
def operands(machine: Machine, instruction: Any, lead: int) -> int:
    """Return when the last operand of an instruction can be read, vectors `lead` cycles early.

    NO_REGISTER is the last entry of the registers, which is never written.
    """
    registers = machine.registers
    a, b, c = instruction.src_a, instruction.src_b, instruction.src_c
    if lead:
        ready_a = registers[a].ready - lead if a >= VECTOR else registers[a].ready
        ready_b = registers[b].ready - lead if b >= VECTOR else registers[b].ready
        ready_c = registers[c].ready - lead if c >= VECTOR else registers[c].ready
        return max(ready_a, ready_b, ready_c)  # type: ignore[no-any-return]
    return max(  # type: ignore[no-any-return]
        registers[a].ready, registers[b].ready, registers[c].ready
    )


@inlined
def room(machine: Machine, instruction: Any, cycle: int, now_cycle: int) -> tuple[int, int]:
    """Return when the buffers have room for an access whose operands are ready."""
    core = machine.core
    if instruction.op == STORE:
        full = core.stores_held == machine.stores.shape[0]
        return UNKNOWN if full else cycle, FOR_STORE
    unit = machine.units[LOAD_UNIT]
    if unit.used == unit.per_cycle:
        return cycle + 1, FOR_EXECUTION
    if core.loads_held == machine.loads.shape[0]:
        return UNKNOWN, FOR_LOAD
    if core.stores_held:
        return behind_stores(machine, instruction, cycle, now_cycle)
    return cycle, FOR_EXECUTION


@compiled
def behind_stores(
    machine: Machine, instruction: Any, cycle: int, now_cycle: int
) -> tuple[int, int]:
    """Return when a load can issue past the store buffer."""
    lies = overlap(machine, instruction.address, instruction.size_bytes)
    if lies == APART:
        return cycle, FOR_EXECUTION
    if cycle > now_cycle:  # the store may be gone by then
        return LATER, FOR_STORE
    return UNKNOWN if lies == ACROSS else cycle, FOR_STORE


@inlined
def start(machine: Machine, instruction: Any, fused: bool, cycle: int) -> None:
    """Start an instruction that has operands, units and room."""
    core = machine.core
    op, dst = instruction.op, instruction.dst
    latency = machine.operations[op].latency
    core.cursor += 1
    core.instructions += 1
    machine.counts[op] += 1
    core.result_cycle = max(core.result_cycle, cycle + latency)
    if op == LOAD:
        begin_load(machine, instruction, 0, cycle, cycle)
    elif op == STORE:
        begin_store(machine, instruction, cycle)
        drain(machine, cycle)
    elif fused:
        machine.units[LOAD_UNIT].used += 1
        begin_load(machine, instruction, latency, operands(machine, instruction, 0), cycle)
    elif dst >= 0:
        register = machine.registers[dst]
        register.ready = cycle + latency
        register.owner = NOBODY


@inlined
def leave_block(machine: Machine, cycle: int) -> None:
    """Take one instruction out of the oldest block; a wrong prediction is found out here."""
    core = machine.core
    block = machine.blocks[core.first_block]
    block.count -= 1
    if block.count:
        return
    if block.mispredicted:
        core.mispredicted += 1
        core.awaits_branch = 0
        core.redirected = 1
        core.fetch_cycle = cycle + 1 + core.redirect_cycles
    core.blocks_held -= 1
    core.first_block += 1
    if core.first_block == machine.blocks.shape[0]:
        core.first_block = 0
    fetch(machine, cycle)


@compiled
def issue_special(
    machine: Machine, instruction: Any, cycle: int, now_cycle: int
) -> tuple[int, int]:
    """Issue a mark or an operation that waits for earlier ones, once time has come to it."""
    core = machine.core
    op = instruction.op
    if op != LAYER and core.loads_held:
        return UNKNOWN, FOR_LOAD
    if op in (FENCE, END) and core.stores_held:
        return UNKNOWN, FOR_STORE
    ready = operands(machine, instruction, 0)
    if op == END:
        ready = max(ready, core.result_cycle)
    if ready > cycle:
        return ready, FOR_EXECUTION
    slot = machine.units[SLOT]
    if op < LAYER and slot.used == slot.per_cycle:
        return cycle + 1, FOR_EXECUTION
    if cycle > now_cycle:
        return LATER, FOR_EXECUTION
    core.cursor += 1
    machine.counts[op] += 1
    leave_block(machine, cycle)
    if op == END:
        core.finished = 1
        core.finish_ps = edge(core.p, core.q, cycle)
        core.base_cycles += cycle - core.start_cycle
        return LATER, FOR_EXECUTION
    if op == LAYER:
        mark(machine, instruction.value, cycle)
    else:
        core.instructions += 1
        core.result_cycle = max(core.result_cycle, cycle + 1)
        slot.used += 1
    if op < FENCE:
        send_imac(machine, instruction, cycle)
        return UNKNOWN, FOR_IMAC
    return cycle, FOR_EXECUTION


@compiled
def mark(machine: Machine, number: int, cycle: int) -> None:
    """Note where a layer begins."""
    core = machine.core
    if core.marks_made == machine.marks.shape[0]:
        raise ProtocolError("a core keeps 131072 marks; run fewer images at once")
    entry = machine.marks[core.marks_made]
    entry.number = number
    entry.start_ps = edge(core.p, core.q, cycle)
    entry.cycles = core.base_cycles + cycle - core.start_cycle
    entry.instructions = core.instructions
    core.marks_made += 1


@compiled
def send_imac(machine: Machine, instruction: Any, cycle: int) -> None:
    """Send an access to the co-processor; the core waits until its reply has come."""
    core = machine.core
    if machine.ports.shape[0] <= COPROCESSOR_PORT:
        raise ProtocolError("the program uses a co-processor; bind the core to one")
    op = instruction.op
    kind = messages.WAIT_IMAC
    if op == STORE_IMAC:
        kind = messages.STORE_IMAC
    elif op == LOAD_IMAC:
        kind = messages.LOAD_IMAC
    core.imac_busy = 1
    core.imac_kind = kind
    core.imac_dst = instruction.dst
    when_ps = edge(core.p, core.q, cycle + core.imac_cycles)
    address = max(instruction.address, 0)
    size_bytes = instruction.size_bytes
    outbox = machine.ports[COPROCESSOR_PORT].outbox
    messages.send(machine.wires, outbox, when_ps, kind, address, size_bytes, 0, instruction.value)
