"""The in-order core as a state machine.

Models:     `width` instructions per cycle in program order, scoreboard, non-blocking loads, store
            buffer, fetch through the instruction cache, bimodal prediction, co-processor accesses
            that wait for their reply. It runs only in cycles in which something can happen.
Leaves out: issue out of order, wrong-path instructions, address translation, interrupts.
Checked by: tests/components/test_core.py, tests/physics/test_core_microbench.py, tests/modes/
"""

from components.cpu.fetch import MOST_IN_BLOCK, fetch, next_fetch_cycle, take_blocks
from components.cpu.issue import issue
from components.cpu.memory import drain, next_drain_cycle, take_data
from components.cpu.program import NO_REGISTER
from components.cpu.records import COPROCESSOR_PORT, NOBODY, UNKNOWN, Machine
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled
from cosim.messages import FOREVER, LOAD_IMAC, Wires, arrival_ps, head, pop


@compiled
def step(
    state: Records,
    ports: Records,
    wires: Wires,
    program: Records,
    registers: Records,
    blocks: Records,
    loads: Records,
    stores: Records,
    operations: Records,
    units: Records,
    predictor: Records,
    waits: Records,
    marks: Records,
    results: Records,
    now_ps: int,
) -> int:
    """Do what is due at `now_ps`; return when the core wants to run again.

    Ports: instruction cache, data cache, co-processor. If the instructions run out, `hungry` is
    set and nothing is done: refill `program` and call again at the same time.
    """
    core = state[0]
    if core.finished:
        return FOREVER
    cycle = cycle_at_or_after(core.p, core.q, now_ps)
    edge_ps = edge(core.p, core.q, cycle)
    if edge_ps > now_ps:
        return edge_ps
    if not core.closed and core.loaded - core.fetched < MOST_IN_BLOCK:
        core.hungry = 1
        return now_ps
    machine = Machine(
        core,
        ports,
        wires,
        program,
        registers,
        blocks,
        loads,
        stores,
        operations,
        units,
        predictor,
        waits,
        marks,
        results,
    )
    take_data(machine, cycle, now_ps)
    take_blocks(machine, cycle, now_ps)
    if core.imac_busy:
        take_imac(machine, cycle, now_ps)
    return run(machine, cycle)


@compiled
def run(machine: Machine, cycle: int) -> int:
    """Issue, drain and fetch in one cycle; return the time of the next in which one can."""
    core = machine.core
    next_cycle = issue(machine, cycle)
    if core.finished:
        return FOREVER
    drain(machine, cycle)
    was_empty = core.blocks_held == 0
    fetch(machine, cycle)
    if was_empty and core.blocks_held:
        next_cycle = machine.blocks[core.first_block].ready
    next_cycle = min(next_cycle, next_drain_cycle(machine), next_fetch_cycle(machine))
    if next_cycle >= UNKNOWN:
        return FOREVER
    return edge(core.p, core.q, max(next_cycle, cycle + 1))


@compiled
def take_imac(machine: Machine, cycle: int, now_ps: int) -> None:
    """Take the co-processor's reply."""
    core = machine.core
    inbox = machine.ports[COPROCESSOR_PORT].inbox
    if arrival_ps(machine.wires, inbox) > now_ps:
        return
    reply = head(machine.wires, inbox)
    core.imac_busy = 0
    core.result_cycle = max(core.result_cycle, cycle)
    if core.imac_kind == LOAD_IMAC:
        entry = machine.results[core.results_made % machine.results.shape[0]]
        entry.address = reply.address
        entry.value = reply.value
        entry.when_ps = reply.when_ps
        core.results_made += 1
        if core.imac_dst != NO_REGISTER:
            machine.registers[core.imac_dst].ready = cycle
            machine.registers[core.imac_dst].owner = NOBODY
    pop(machine.wires, inbox)
