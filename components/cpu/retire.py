"""Retirement in program order, what runs only when it is the oldest, and where cycles went.

Models:     `retire_width` per cycle; accesses to the co-processor in program order, one at a time,
            not speculative; a store to it may retire before its reply (`imac_stores_posted`);
            a fence and the end of a program wait until all stores are written; the end takes
            a cycle of its own. Every cycle is
            busy if something retires, else it belongs to what the oldest instruction waits for.
Leaves out: exceptions; interrupts are in interrupts.py.
Source:     cycles by the oldest instruction: S. Eyerman et al., ASPLOS 2006.
Checked by: tests/components/test_core.py, tests/components/test_core_imac.py
"""

from typing import Any

from components.cpu.issue import finish, lacks_operands
from components.cpu.program import (
    END,
    FENCE,
    LOAD_IMAC,
    STORE_IMAC,
    WAIT_IMAC,
)
from components.cpu.records import (
    AT_HEAD,
    BUSY,
    COPROCESSOR_PORT,
    FOR_BRANCH,
    FOR_EXECUTION,
    FOR_IMAC,
    FOR_INTERRUPT,
    FOR_LOAD,
    FOR_STORE,
    MARKS,
    Machine,
    is_load,
)
from cosim import messages
from cosim.clock import edge
from cosim.compiled import apart, inlined, rarely
from cosim.errors import ProtocolError
from cosim.messages import arrival_ps, head, pop


@inlined
def retire(machine: Machine, cycle: int) -> int:
    """Retire what is done; return how many instructions.

    `retired` is told at the end only, and to what begins because it is the oldest.
    """
    core = machine.core
    number, end, ring_mask = core.retired, core.scheduled, core.ring_mask
    last = number + core.retire_width
    registers, loads = 0, 0
    while number < end:
        entry = machine.entries[number & ring_mask]
        role = entry.role
        if rarely(role >= AT_HEAD):
            if role == MARKS:
                if not pass_mark(machine, entry, cycle, last - number):
                    break
                number += 1
                last += 1
                continue
            core.retired = number
            if not entry.sent:
                begin_at_head(machine, entry, cycle)
        if not entry.done or number == last:
            break
        if rarely(role == AT_HEAD) and entry.op in (WAIT_IMAC, FENCE):
            core.serial = 0
        registers += entry.writes
        loads += int(is_load(role))
        number += 1
    core.retired = number
    core.registers_free += registers
    if not rarely(core.slotted_loads):
        core.loads_held -= loads
    retired = core.retire_width - (last - number)
    core.instructions += retired
    return retired


@apart
def pass_mark(machine: Machine, entry: Any, cycle: int, room: int) -> bool:
    """Pass a LAYER or END; return False if the end must wait, for stores or for the next cycle."""
    core = machine.core
    if entry.op == END:
        if room < core.retire_width or not is_written(core):
            return False
        core.finished = 1
        core.finish_ps = edge(core.p, core.q, cycle)
        core.base_cycles += cycle - core.start_cycle
        return True
    if core.marks_made == machine.marks.shape[0]:
        raise ProtocolError("a core keeps 131072 marks; run fewer images at once")
    mark = machine.marks[core.marks_made]
    mark.number = entry.value
    mark.start_ps = edge(core.p, core.q, cycle)
    mark.cycles = core.base_cycles + cycle - core.start_cycle
    mark.instructions = core.instructions
    core.warming = 0
    core.marks_made += 1
    return True


@inlined
def is_written(core: Any) -> bool:
    """Return whether all stores, those to the co-processor included, have reached their place."""
    if core.imac_busy:
        return False
    return bool(core.stores_freed == core.stores_made and core.writes_held == 0)


@apart
def begin_at_head(machine: Machine, entry: Any, cycle: int) -> None:
    """Start what runs only when it is the oldest: an access to the co-processor, or a fence."""
    core = machine.core
    if lacks_operands(entry) or core.imac_busy:
        return
    op = entry.op
    if op == FENCE:
        if is_written(core):
            entry.sent = 1
            finish(machine, entry, core.retired & core.ring_mask)
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
    entry.sent = 1
    core.imac_busy = 1
    core.imac_kind = kind
    when_ps = edge(core.p, core.q, cycle + core.imac_cycles)
    outbox = machine.ports[COPROCESSOR_PORT].outbox
    address = max(entry.address, 0)
    messages.send(machine.wires, outbox, when_ps, kind, address, entry.size_bytes, 0, entry.value)
    if op == STORE_IMAC and core.imac_stores_posted:
        finish(machine, entry, core.retired & core.ring_mask)


@apart
def take_imac(machine: Machine, cycle: int, now_ps: int) -> None:
    """Take the co-processor's reply; the oldest instruction waited for it, unless it was posted."""
    core = machine.core
    inbox = machine.ports[COPROCESSOR_PORT].inbox
    if arrival_ps(machine.wires, inbox) > now_ps:
        return
    reply = head(machine.wires, inbox)
    core.imac_busy = 0
    if core.imac_kind == messages.LOAD_IMAC:
        if core.results_made == machine.results.shape[0]:
            raise ProtocolError("a core keeps 131072 results; run fewer images at once")
        result = machine.results[core.results_made]
        result.address = reply.address
        result.value = reply.value
        result.when_ps = reply.when_ps
        core.results_made += 1
    if core.imac_kind != messages.STORE_IMAC or not core.imac_stores_posted:
        slot = core.retired & core.ring_mask
        finish(machine, machine.entries[slot], slot)
    pop(machine.wires, inbox)


@inlined
def obstacle(machine: Machine, cycle: int) -> int:
    """Return what the core waits for if nothing retires."""
    core = machine.core
    if core.retired == core.dispatched:
        if cycle < core.interrupt_end:
            return FOR_INTERRUPT
        return FOR_BRANCH if core.redirected else core.blocked
    if core.retired == core.scheduled:
        return FOR_BRANCH if core.redirected else FOR_EXECUTION
    entry = machine.entries[core.retired & core.ring_mask]
    if entry.role == MARKS:
        return FOR_STORE if entry.op == END else FOR_EXECUTION
    if entry.role == AT_HEAD:
        return FOR_STORE if entry.op == FENCE else FOR_IMAC
    if is_load(entry.role) and entry.loading:
        return FOR_LOAD
    return FOR_EXECUTION


@inlined
def account(machine: Machine, cycle: int, retired: int, next_cycle: int) -> None:
    """Tell the cycles before this one apart, and what the core waits for until `next_cycle`.

    If something retires and the next cycle is done at once, it waits for nothing in between.
    """
    core = machine.core
    goes_on = retired and next_cycle == cycle + 1
    if goes_on and core.accounted == cycle:
        count_busy(machine, cycle)
        return
    reason = core.reason if goes_on else obstacle(machine, cycle)
    waited = cycle - core.accounted
    if waited > 0 and (retired or core.finished or reason != core.reason):
        machine.waits[core.reason] += waited
        core.cycles += waited
        core.accounted = cycle
    if retired and core.accounted == cycle:
        count_busy(machine, cycle)
    core.reason = reason


@inlined
def count_busy(machine: Machine, cycle: int) -> None:
    """Account for this cycle."""
    core = machine.core
    machine.waits[BUSY] += 1
    core.cycles += 1
    core.accounted = cycle + 1
