"""Instruction fetch: aligned blocks along the path that the program takes.

Models:     one block per cycle, as far ahead as the queue has room; a bimodal predictor; after a
            wrong prediction nothing is fetched until the branch has been executed; a micro-op
            cache of decoded blocks, direct-mapped, before the instruction cache.
Leaves out: instructions of the wrong path, branch target misses.
Source:     bimodal predictor: J. E. Smith, A Study of Branch Prediction Strategies, ISCA 1981;
            micro-op cache: Agner Fog, Microarchitecture, section 11.4.
Checked by: tests/components/test_core_fetch.py, tests/physics/test_core_microbench.py
"""

from components.cpu.program import BRANCH, END, LAYER
from components.cpu.records import INSTRUCTION_PORT, UNKNOWN, Machine
from cosim.clock import edge
from cosim.compiled import compiled, inlined
from cosim.messages import FETCH, arrival_ps, head, pop, send

NO_BLOCK = -1
"""Number of the block of marks alone, which need no fetch."""

MOST_IN_BLOCK = 32
"""Instructions; a block ends after so many, marks included, so that look-ahead is bounded."""

STRONGLY_TAKEN, WEAKLY_TAKEN = 3, 2
"""States of a two-bit counter; the two below predict not taken."""


@inlined
def take_blocks(machine: Machine, cycle: int, now_ps: int) -> int:
    """Pass the blocks that have come to the decoders; return how many."""
    inbox = machine.ports[INSTRUCTION_PORT].inbox
    taken = 0
    while arrival_ps(machine.wires, inbox) <= now_ps:
        block = machine.blocks[head(machine.wires, inbox).tag]
        block.ready = cycle + machine.core.decode_cycles
        pop(machine.wires, inbox)
        taken += 1
    return taken


@inlined
def fetch(machine: Machine, cycle: int) -> None:
    """Ask for blocks from `cycle` on, one per cycle, as long as the queue has room."""
    core = machine.core
    while core.blocks_held < machine.blocks.shape[0] and not core.awaits_branch:
        if core.loaded - core.fetched < MOST_IN_BLOCK and not core.closed:
            core.hungry = 1
            return
        if core.fetched == core.loaded:
            return
        core.fetch_cycle = max(core.fetch_cycle, cycle)
        ask(machine, core.fetch_cycle)
        core.fetch_cycle += 1


@compiled
def ask(machine: Machine, cycle: int) -> None:
    """Ask for the next block at `cycle`."""
    core = machine.core
    number = core.first_block + core.blocks_held
    if number >= machine.blocks.shape[0]:
        number -= machine.blocks.shape[0]
    core.blocks_held += 1
    block = machine.blocks[number]
    block.redirected = core.redirected
    core.redirected = 0
    block.mispredicted = 0
    address_block = scan(machine, number)
    core.fetched += block.count
    if address_block == NO_BLOCK:
        block.ready = cycle + 1
        return
    core.fetches += 1
    place = address_block & core.decoded_mask
    if machine.decoded[place] == address_block:
        core.decoded_hits += 1
        block.ready = cycle + core.decode_cycles
        return
    machine.decoded[place] = address_block
    block.ready = UNKNOWN
    address = address_block << core.block_shift
    when_ps = edge(core.p, core.q, cycle + 1)
    size_bytes = 1 << core.block_shift
    outbox = machine.ports[INSTRUCTION_PORT].outbox
    send(machine.wires, outbox, when_ps, FETCH, address, size_bytes, number, 0)


@inlined
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


@inlined
def predict(machine: Machine, ip: int, taken: int) -> bool:
    """Return whether the predictor is right about a branch, and teach it the outcome."""
    place = ip & machine.core.predictor_mask
    state = machine.predictor[place]
    if taken:
        machine.predictor[place] = min(state + 1, STRONGLY_TAKEN)
    else:
        machine.predictor[place] = max(state - 1, 0)
    return (state >= WEAKLY_TAKEN) == (taken != 0)  # type: ignore[no-any-return]
