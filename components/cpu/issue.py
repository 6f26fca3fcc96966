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

from components.cpu.memory import ACROSS, begin_load, begin_store, overlap
from components.cpu.program import (
    BRANCH,
    END,
    FENCE,
    FP_ADD,
    LAYER,
    LOAD,
    LOAD_IMAC,
    MUL,
    NO_ADDRESS,
    NO_REGISTER,
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
    LOAD_UNIT,
    NOBODY,
    SLOT,
    UNKNOWN,
    Machine,
)
from cosim import messages
from cosim.clock import edge
from cosim.compiled import compiled
from cosim.errors import ProtocolError


@compiled
def issue(machine: Machine, cycle: int) -> int:
    """Issue what can issue at `cycle`; return when the next can, UNKNOWN if a message decides."""
    core = machine.core
    before = core.instructions
    when, reason = obstacle(machine, cycle)
    while when <= cycle and not core.finished:
        start(machine, cycle)
        when, reason = obstacle(machine, cycle)
    account(machine, cycle, core.instructions - before, reason)
    return when


@compiled
def account(machine: Machine, cycle: int, issued: int, reason: int) -> None:
    """Tell the cycles before this one apart; from now on the core waits for `reason`."""
    core = machine.core
    waited = cycle - core.accounted
    if waited > 0 and (issued or core.finished or reason != core.reason):
        machine.waits[core.reason] += waited
        core.cycles += waited
        core.accounted = cycle
    if issued and core.accounted == cycle:
        machine.waits[BUSY] += 1
        core.cycles += 1
        core.accounted = cycle + 1
    if core.reason != reason:
        core.reason = reason


@compiled
def obstacle(machine: Machine, cycle: int) -> tuple[int, int]:
    """Return when the next instruction can issue and the first thing it waits for."""
    core = machine.core
    if core.imac_busy or core.finished:
        return UNKNOWN, FOR_IMAC
    if core.blocks_held == 0:
        waits_for_branch = core.awaits_branch or core.redirected
        return UNKNOWN, FOR_BRANCH if waits_for_branch else FOR_FETCH
    block = machine.blocks[core.first_block]
    if block.ready > cycle:
        return block.ready, FOR_BRANCH if block.redirected else FOR_FETCH
    instruction = machine.program[core.cursor]
    when, reason = operands(machine, instruction)
    if when > cycle:
        return when, reason
    return room(machine, instruction, cycle)


@compiled
def operands(machine: Machine, instruction: Any) -> tuple[int, int]:
    """Return when the last operand of an instruction can be read, and what it comes from."""
    lead = machine.core.load_cycles if is_fused(instruction) else 0
    last = 0
    for source in (instruction.src_a, instruction.src_b, instruction.src_c):
        if source != NO_REGISTER:
            register = machine.registers[source]
            if register.owner != NOBODY:
                return UNKNOWN, FOR_LOAD
            last = max(last, register.ready - lead if source >= VECTOR else register.ready)
    return last, FOR_EXECUTION


@compiled
def is_fused(instruction: Any) -> bool:
    """Return whether an arithmetic operation has a memory operand."""
    return instruction.address != NO_ADDRESS and instruction.op < LOAD  # type: ignore[no-any-return]


@compiled
def room(machine: Machine, instruction: Any, cycle: int) -> tuple[int, int]:
    """Return when units and buffers have room for an instruction whose operands are ready."""
    core = machine.core
    op = instruction.op
    if op >= STORE_IMAC:
        return drained(machine, op, cycle)
    unit = machine.operations[op].unit
    if is_full(machine, SLOT, cycle) or (unit != SLOT and is_full(machine, unit, cycle)):
        return cycle + 1, FOR_EXECUTION
    if op == STORE:
        full = core.stores_held == machine.stores.shape[0]
        return UNKNOWN if full else cycle, FOR_STORE
    if instruction.address == NO_ADDRESS:
        return cycle, FOR_EXECUTION
    if op != LOAD and is_full(machine, LOAD_UNIT, cycle):
        return cycle + 1, FOR_EXECUTION
    if core.loads_held == machine.loads.shape[0]:
        return UNKNOWN, FOR_LOAD
    if not core.stores_held:
        return cycle, FOR_EXECUTION
    across = overlap(machine, instruction.address, instruction.size_bytes) == ACROSS
    return UNKNOWN if across else cycle, FOR_STORE


@compiled
def drained(machine: Machine, op: int, cycle: int) -> tuple[int, int]:
    """Return when an operation that waits for earlier ones can issue."""
    core = machine.core
    if op == LAYER:
        return cycle, FOR_EXECUTION
    if core.loads_held:
        return UNKNOWN, FOR_LOAD
    if op in (FENCE, END) and core.stores_held:
        return UNKNOWN, FOR_STORE
    if op == END:
        return core.result_cycle, FOR_EXECUTION
    if is_full(machine, SLOT, cycle):
        return cycle + 1, FOR_EXECUTION
    return cycle, FOR_EXECUTION


@compiled
def is_full(machine: Machine, number: int, cycle: int) -> bool:
    """Return whether a unit has taken all it can in this cycle."""
    unit = machine.units[number]
    return unit.cycle == cycle and unit.used >= unit.per_cycle  # type: ignore[no-any-return]


@compiled
def take(machine: Machine, number: int, cycle: int) -> None:
    """Use a unit once in this cycle."""
    unit = machine.units[number]
    unit.used = unit.used + 1 if unit.cycle == cycle else 1
    unit.cycle = cycle


@compiled
def start(machine: Machine, cycle: int) -> None:
    """Issue the next instruction."""
    core = machine.core
    instruction = machine.program[core.cursor]
    op = instruction.op
    core.cursor += 1
    leave_block(machine, cycle)
    if op == LAYER:
        mark(machine, instruction.value, cycle)
        return
    if op == END:
        finish(core, cycle)
        return
    core.instructions += 1
    take(machine, SLOT, cycle)
    operation = machine.operations[op]
    if operation.unit != SLOT:
        take(machine, operation.unit, cycle)
    core.result_cycle = max(core.result_cycle, cycle + operation.latency)
    if op == LOAD:
        begin_load(machine, instruction, 0, cycle, cycle)
    elif op == STORE:
        begin_store(machine, instruction, cycle)
    elif op >= STORE_IMAC:
        begin_imac(machine, instruction, cycle)
    else:
        compute(machine, instruction, operation.latency, cycle)


@compiled
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


@compiled
def compute(machine: Machine, instruction: Any, latency: int, cycle: int) -> None:
    """Start an arithmetic operation or a branch, with a load before it if it is fused."""
    core = machine.core
    op, dst = instruction.op, instruction.dst
    if op == BRANCH:
        core.branches += 1
    elif op == MUL:
        core.multiplies += 1
    elif op >= FP_ADD:
        core.fp_operations += 1
    if is_fused(instruction):
        take(machine, LOAD_UNIT, cycle)
        begin_load(machine, instruction, latency, last_vector(machine, instruction), cycle)
    elif dst != NO_REGISTER:
        machine.registers[dst].ready = cycle + latency
        machine.registers[dst].owner = NOBODY


@compiled
def last_vector(machine: Machine, instruction: Any) -> int:
    """Return when the last vector operand of an instruction is ready."""
    last = 0
    for source in (instruction.src_a, instruction.src_b, instruction.src_c):
        if source >= VECTOR:
            last = max(last, machine.registers[source].ready)
    return last


@compiled
def mark(machine: Machine, number: int, cycle: int) -> None:
    """Note where a layer begins."""
    core = machine.core
    entry = machine.marks[core.marks_made % machine.marks.shape[0]]
    entry.number = number
    entry.start_ps = edge(core.p, core.q, cycle)
    entry.cycles = core.base_cycles + cycle - core.start_cycle
    entry.instructions = core.instructions
    core.marks_made += 1


@compiled
def finish(core: Any, cycle: int) -> None:
    """End the program."""
    core.finished = 1
    core.finish_ps = edge(core.p, core.q, cycle)
    core.base_cycles += cycle - core.start_cycle


@compiled
def begin_imac(machine: Machine, instruction: Any, cycle: int) -> None:
    """Start an access to the co-processor; a fence has been waited for already."""
    core = machine.core
    op = instruction.op
    if op == FENCE:
        return
    if machine.ports.shape[0] <= COPROCESSOR_PORT:
        raise ProtocolError("the program uses a co-processor; bind the core to one")
    if op == STORE_IMAC:
        kind = messages.STORE_IMAC
        core.imac_stores += 1
    elif op == LOAD_IMAC:
        kind = messages.LOAD_IMAC
        core.imac_loads += 1
    else:
        kind = messages.WAIT_IMAC
        core.imac_waits += 1
    core.imac_busy = 1
    core.imac_kind = kind
    core.imac_dst = instruction.dst
    when_ps = edge(core.p, core.q, cycle + core.imac_cycles)
    address = max(instruction.address, 0)
    size_bytes = instruction.size_bytes
    outbox = machine.ports[COPROCESSOR_PORT].outbox
    messages.send(machine.wires, outbox, when_ps, kind, address, size_bytes, 0, instruction.value)
