"""Instruction fetch: aligned blocks along the path that the program takes.

Models:     one block per cycle, as far ahead as the queue has room; a bimodal predictor; after a
            wrong prediction nothing is fetched until the branch has been executed.
Leaves out: instructions of the wrong path, branch target misses, the micro-op cache.
Source:     bimodal predictor: J. E. Smith, A Study of Branch Prediction Strategies, ISCA 1981.
Checked by: tests/components/test_core_fetch.py, tests/physics/test_core_microbench.py
"""

from components.cpu.program import BRANCH, END, LAYER
from components.cpu.records import INSTRUCTION_PORT, UNKNOWN, Machine
from cosim.clock import edge
from cosim.compiled import compiled
from cosim.messages import FETCH, arrival_ps, head, pop, send

NO_BLOCK = -1
"""Number of the block of marks alone, which need no fetch."""

MOST_IN_BLOCK = 32
"""Instructions; a block ends after so many, marks included, so that look-ahead is bounded."""

STRONGLY_TAKEN, WEAKLY_TAKEN = 3, 2
"""States of a two-bit counter; the two below predict not taken."""


@compiled
def take_blocks(machine: Machine, cycle: int, now_ps: int) -> None:
    """Pass the blocks that have come to the decoders."""
    inbox = machine.ports[INSTRUCTION_PORT].inbox
    while arrival_ps(machine.wires, inbox) <= now_ps:
        block = machine.blocks[head(machine.wires, inbox).tag]
        block.ready = cycle + machine.core.decode_cycles
        pop(machine.wires, inbox)


@compiled
def next_fetch_cycle(machine: Machine) -> int:
    """Return when the next block can be asked for, UNKNOWN if that depends on something else."""
    core = machine.core
    if core.awaits_branch or core.blocks_held == machine.blocks.shape[0]:
        return UNKNOWN
    if core.fetched == core.loaded:
        return UNKNOWN
    return core.fetch_cycle  # type: ignore[no-any-return]


@compiled
def fetch(machine: Machine, cycle: int) -> None:
    """Ask for the next block, if the queue has room."""
    core = machine.core
    if next_fetch_cycle(machine) > cycle:
        return
    number = core.first_block + core.blocks_held
    if number >= machine.blocks.shape[0]:
        number -= machine.blocks.shape[0]
    core.blocks_held += 1
    core.fetch_cycle = cycle + 1
    block = machine.blocks[number]
    block.redirected = core.redirected
    core.redirected = 0
    block.mispredicted = 0
    address_block = scan(machine, number)
    core.fetched += block.count
    if address_block == NO_BLOCK:
        block.ready = cycle + 1
        return
    block.ready = UNKNOWN
    core.fetches += 1
    address = address_block << core.block_shift
    when_ps = edge(core.p, core.q, cycle + 1)
    size_bytes = 1 << core.block_shift
    outbox = machine.ports[INSTRUCTION_PORT].outbox
    send(machine.wires, outbox, when_ps, FETCH, address, size_bytes, number, 0)


@compiled
def scan(machine: Machine, number: int) -> int:
    """Count the instructions of the next block into entry `number`; return the block's number."""
    core, block = machine.core, machine.blocks[number]
    found = NO_BLOCK
    count = 0
    while count < MOST_IN_BLOCK and core.fetched + count < core.loaded:
        instruction = machine.program[core.fetched + count]
        if instruction.op == END:
            count += 1
            break
        if instruction.op != LAYER:
            here = instruction.ip >> core.block_shift
            if found not in (NO_BLOCK, here):
                break
            found = here
        count += 1
        if instruction.op == BRANCH:
            if not predict(machine, instruction.ip, instruction.value):
                block.mispredicted = 1
                core.awaits_branch = 1
                break
            if instruction.value:
                break
    block.count = count
    return found


@compiled
def predict(machine: Machine, ip: int, taken: int) -> bool:
    """Return whether the predictor is right about a branch, and teach it the outcome."""
    place = ip & machine.core.predictor_mask
    state = machine.predictor[place]
    if taken:
        machine.predictor[place] = min(state + 1, STRONGLY_TAKEN)
    else:
        machine.predictor[place] = max(state - 1, 0)
    return (state >= WEAKLY_TAKEN) == (taken != 0)  # type: ignore[no-any-return]
