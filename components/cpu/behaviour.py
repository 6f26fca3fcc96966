"""The in-order core as a state machine.

Models:     `width` instructions per cycle in program order, scoreboard, non-blocking loads, store
            buffer, fetch through the instruction cache, bimodal prediction, co-processor accesses
            that wait for their reply.
            Nothing but a reply changes what an in-order core does next, so a step issues ahead of
            time, up to HORIZON, until an instruction needs a reply that has not come. What others
            can see by its time (marks, co-processor accesses, the end) waits for that time.
Leaves out: issue out of order, wrong-path instructions, address translation, interrupts.
Checked by: tests/components/test_core.py, tests/physics/test_core_microbench.py, tests/modes/
"""

from components.cpu.fetch import fetch, take_blocks
from components.cpu.issue import issue, pass_time
from components.cpu.memory import drain, take_data
from components.cpu.program import NO_REGISTER
from components.cpu.records import (
    COPROCESSOR_PORT,
    DATA_PORT,
    INSTRUCTION_PORT,
    NOBODY,
    UNKNOWN,
    Machine,
)
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined
from cosim.errors import ProtocolError
from cosim.messages import FOREVER, LOAD_IMAC, Wires, arrival_ps, head, pop

HORIZON = 64
"""Cycles that issue may run ahead of time. Estimate: enough for what is between two loads."""


@inlined
def step(
    state: Records, ports: Records, wires: Wires, program: Records, registers: Records,
    blocks: Records, loads: Records, stores: Records, operations: Records, units: Records,
    predictor: Records, decoded: Records, waits: Records, counts: Records, marks: Records,
    results: Records, now_ps: int,
) -> int:  # fmt: skip
    """Do what is due at `now_ps`; return when the core wants to run again.

    Ports: instruction cache, data cache, co-processor. If the instructions run out, `hungry` is
    set: refill `program` and call again at the same time.
    """
    core = state[0]
    if core.finished:
        return FOREVER
    cycle = cycle_at_or_after(core.p, core.q, now_ps)
    edge_ps = edge(core.p, core.q, cycle)
    if edge_ps > now_ps:
        return edge_ps
    machine = Machine(
        core, ports, wires, program, registers, blocks, loads, stores, operations, units,
        predictor, decoded, waits, counts, marks, results,
    )  # fmt: skip
    taken = take_data(machine, cycle, now_ps) + take_blocks(machine, cycle, now_ps)
    if core.imac_busy:
        taken += take_imac(machine, cycle, now_ps)
    if taken or now_ps >= core.next_ps:
        drain(machine, cycle)
        core.next_ps = run(machine, cycle)
    if core.hungry:
        core.next_ps = now_ps
    return min(core.next_ps, next_arrival_ps(machine))  # type: ignore[no-any-return]


@inlined
def next_arrival_ps(machine: Machine) -> int:
    """Return when the next reply that is still on its way arrives."""
    wires, ports = machine.wires, machine.ports
    data_ps = arrival_ps(wires, ports[DATA_PORT].inbox)
    next_ps = min(data_ps, arrival_ps(wires, ports[INSTRUCTION_PORT].inbox))
    if machine.core.imac_busy:
        next_ps = min(next_ps, arrival_ps(wires, ports[COPROCESSOR_PORT].inbox))
    return next_ps


@inlined
def run(machine: Machine, now_cycle: int) -> int:
    """Issue and fetch until a message is needed; return when to go on without one."""
    core = machine.core
    cycle = max(core.issue_cycle, now_cycle)
    when, reason = cycle, core.reason
    fetch(machine, cycle)
    if core.imac_busy:
        when = UNKNOWN
    while when < UNKNOWN and when <= now_cycle + HORIZON and not core.hungry:
        cycle = when
        pass_time(machine, cycle, reason)
        when, reason = issue(machine, cycle, now_cycle)
    core.reason = reason
    if when < UNKNOWN:
        cycle = when
        pass_time(machine, cycle, reason)
    core.issue_cycle = cycle
    if when == UNKNOWN or core.finished:
        return FOREVER
    return edge(core.p, core.q, cycle)


@compiled
def take_imac(machine: Machine, cycle: int, now_ps: int) -> int:
    """Take the co-processor's reply; return 1 if it has come."""
    core = machine.core
    inbox = machine.ports[COPROCESSOR_PORT].inbox
    if arrival_ps(machine.wires, inbox) > now_ps:
        return 0
    reply = head(machine.wires, inbox)
    core.imac_busy = 0
    core.result_cycle = max(core.result_cycle, cycle)
    if core.imac_kind == LOAD_IMAC:
        if core.results_made == machine.results.shape[0]:
            raise ProtocolError("a core keeps 131072 results; run fewer images at once")
        entry = machine.results[core.results_made]
        entry.address = reply.address
        entry.value = reply.value
        entry.when_ps = reply.when_ps
        core.results_made += 1
        if core.imac_dst != NO_REGISTER:
            machine.registers[core.imac_dst].ready = cycle
            machine.registers[core.imac_dst].owner = NOBODY
    pop(machine.wires, inbox)
    return 1
