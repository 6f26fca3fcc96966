"""The out-of-order core as a state machine; it runs only in cycles in which something can happen.

Models:     fetch with prediction, micro-op and instruction cache; dispatch, renaming, scheduling
            by port, load and store queues with forwarding, retirement; within a cycle from the
            back of the pipeline to its front, so that what is given up can be taken at once.
Leaves out: wrong-path instructions; see the stages' files.
Source:     stages and their order: ChampSim 2025-05, ooo_cpu; numbers: config.py, presets.py
Checked by: tests/components/test_core.py, tests/components/test_core_memory.py, tests/modes/
"""

from components.cpu.fetch import LOOK_AHEAD, fetch, next_fetch_cycle, take_groups
from components.cpu.interrupts import interrupt
from components.cpu.issue import complete, issue, lacks_operands, next_completion
from components.cpu.memory import move_stores, send_loads, take_data
from components.cpu.program import END, FENCE
from components.cpu.records import (
    AT_HEAD,
    COPROCESSOR_PORT,
    DATA_PORT,
    INSTRUCTION_PORT,
    MARKS,
    UNKNOWN,
    Machine,
    machine_at,
)
from components.cpu.rename import dispatch, rename
from components.cpu.retire import account, is_written, retire, take_imac
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import compiled, inlined, rarely
from cosim.messages import FOREVER, arrival_ps, sooner


@compiled
def step(address: int, now_ps: int) -> int:
    """Do what is due at `now_ps`; return when the core wants to run again, or a message comes.

    `address` is that of a bundle of Machine. Ports: instruction cache, data cache, co-processor. If
    the instructions run out, `hungry` is set and nothing is done: refill `program` and call again
    at the same time.
    """
    machine = machine_at(address)
    wires, ports = machine.wires, machine.ports
    next_ps = do_due(machine, now_ps)
    next_ps = sooner(wires, ports[INSTRUCTION_PORT], next_ps, now_ps)
    next_ps = sooner(wires, ports[DATA_PORT], next_ps, now_ps)
    if rarely(machine.core.imac_busy):
        next_ps = sooner(wires, ports[COPROCESSOR_PORT], next_ps, now_ps)
    return next_ps


@inlined
def do_due(machine: Machine, now_ps: int) -> int:
    """Do what is due at `now_ps`; return when the core wants to run again."""
    core = machine.core
    if rarely(core.finished):
        return FOREVER
    cycle = core.next_cycle
    if rarely(cycle >= UNKNOWN) or rarely(edge(core.p, core.q, cycle) != now_ps):
        cycle = cycle_at_or_after(core.p, core.q, now_ps)
        edge_ps = edge(core.p, core.q, cycle)
        if edge_ps > now_ps:
            return edge_ps
    if cycle < core.next_cycle and not has_mail(machine, now_ps):
        return FOREVER if core.next_cycle >= UNKNOWN else edge(core.p, core.q, core.next_cycle)
    if rarely(core.loaded - core.fetched < LOOK_AHEAD) and not core.closed:
        core.hungry = 1
        return now_ps
    take_data(machine, cycle, now_ps)
    take_groups(machine, cycle, now_ps)
    if rarely(core.imac_busy):
        take_imac(machine, cycle, now_ps)
    core.next_cycle = run(machine, cycle)
    if rarely(core.next_cycle >= UNKNOWN):
        return FOREVER
    return edge(core.p, core.q, core.next_cycle)


@inlined
def has_mail(machine: Machine, now_ps: int) -> bool:
    """Return whether a message has come."""
    wires, ports = machine.wires, machine.ports
    if arrival_ps(wires, ports[DATA_PORT].inbox) <= now_ps:
        return True
    if arrival_ps(wires, ports[INSTRUCTION_PORT].inbox) <= now_ps:
        return True
    if not machine.core.imac_busy:
        return False
    return arrival_ps(wires, ports[COPROCESSOR_PORT].inbox) <= now_ps


@inlined
def run(machine: Machine, cycle: int) -> int:
    """Let every stage do one cycle; return the next in which one has something to do."""
    core = machine.core
    retired = retire(machine, cycle)
    if rarely(core.interrupt_cycle <= cycle):
        interrupt(machine, cycle)
    complete(machine, cycle)
    issue(machine, cycle)
    dispatched = core.dispatched
    rename(machine, dispatched)
    next_cycle = move_stores(machine, cycle)
    next_cycle = min(next_cycle, send_loads(machine, cycle))
    next_cycle = min(next_cycle, dispatch(machine, cycle))
    groups_held = core.groups_held
    fetch(machine, cycle)
    if core.ready_words or core.dispatched > dispatched or can_retire(machine):
        next_cycle = cycle + 1
    else:
        if groups_held == 0 and core.groups_held:
            next_cycle = min(next_cycle, machine.groups[core.first_group].ready)
        next_cycle = next_due(machine, cycle, next_cycle)
    account(machine, cycle, retired, next_cycle)
    if rarely(core.finished):
        return UNKNOWN
    return next_cycle


@inlined
def next_due(machine: Machine, cycle: int, next_cycle: int) -> int:
    """Return the earliest of `next_cycle`, a completion, an interrupt and the next fetch."""
    core = machine.core
    next_cycle = min(next_cycle, next_completion(machine, cycle))
    if cycle < core.interrupt_cycle:
        next_cycle = min(next_cycle, core.interrupt_cycle)
    return max(cycle + 1, min(next_cycle, next_fetch_cycle(machine)))


@inlined
def can_retire(machine: Machine) -> bool:
    """Return whether the oldest instruction can retire, or start if it waited for that."""
    core = machine.core
    if core.retired == core.scheduled:
        return False
    entry = machine.entries[core.retired & core.ring_mask]
    if (entry.role == MARKS and entry.op == END) or (entry.role == AT_HEAD and entry.op == FENCE):
        return is_written(core)
    if entry.role == AT_HEAD:
        return bool(entry.done or not (entry.sent or lacks_operands(entry) or core.imac_busy))
    return bool(entry.done)
