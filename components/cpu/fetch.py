"""Instruction fetch: along the path that the program takes, from micro-op or instruction cache.

Models:     `fetch_width` instructions per cycle, a taken branch ends the cycle's; instructions of
            decoded windows are ready after `front_cycles`, others pass instruction cache and
            decoders; direction and target of branches are predicted; after a wrong prediction
            nothing is fetched until the branch completes, or is decoded if that tells the target.
Leaves out: instructions of the wrong path; reads of the instruction cache by decoded windows.
Source:     ChampSim 2025-05, ooo_cpu; micro-op cache: Intel 64 and IA-32 Optimization Reference
            Manual (248966-046), section 2.5.2.2.
Checked by: tests/components/test_core.py, tests/components/test_core_memory.py
"""

from typing import Any

from components.cpu.predictors import predict_direction
from components.cpu.program import BRANCH, CALL, CONDITIONAL, END, INSTRUCTION_BYTES, JUMP, LAYER
from components.cpu.records import EPOCH_SHIFT, INSTRUCTION_PORT, NONE, UNKNOWN, Machine
from components.cpu.targets import find_target, learn_target, predict_target
from cosim.clock import edge
from cosim.compiled import apart, inlined, rarely
from cosim.messages import FETCH, arrival_ps, head, pop, send

LOOK_AHEAD = 64
"""Instructions that must be loaded ahead of fetch: more than one cycle takes, marks included."""

RIGHT, WRONG, WRONG_TARGET = 0, 1, 2
"""How a branch was predicted; a wrong target that decoding corrects is the third."""


@inlined
def take_groups(machine: Machine, cycle: int, now_ps: int) -> None:
    """Pass the groups that the instruction cache has brought to the decoders."""
    core = machine.core
    inbox = machine.ports[INSTRUCTION_PORT].inbox
    while rarely(arrival_ps(machine.wires, inbox) <= now_ps):
        tag = head(machine.wires, inbox).tag
        pop(machine.wires, inbox)
        if tag >> EPOCH_SHIFT != core.epoch:
            continue
        group = machine.groups[tag & ((1 << EPOCH_SHIFT) - 1)]
        group.ready = cycle + core.decode_cycles
        keep_decoded(machine, group.first_ip >> core.window_shift)
        keep_decoded(machine, group.last_ip >> core.window_shift)
        if group.resumes:
            group.mispredicted = 0
            core.awaits_branch = 0
            core.fetch_cycle = cycle + 1 + core.redirect_cycles


@inlined
def next_fetch_cycle(machine: Machine) -> int:
    """Return when more can be fetched, UNKNOWN if that depends on something else."""
    core = machine.core
    room = core.fetch_ahead
    ahead = core.origin + core.fetched - core.dispatched
    if ahead > room or core.awaits_branch or core.fetched == core.loaded:
        return UNKNOWN
    if core.groups_held + core.fetch_width + 1 > machine.groups.shape[0]:
        return UNKNOWN
    if core.groups_held and machine.groups[core.first_group].ready == UNKNOWN:
        room -= core.decoded_ahead  # nothing passes the decoders before the oldest has come
    return UNKNOWN if ahead > room else core.fetch_cycle


@inlined
def fetch(machine: Machine, cycle: int) -> None:
    """Fetch what one cycle brings, if there is room."""
    if next_fetch_cycle(machine) <= cycle:
        fetch_cycle(machine, cycle)


@inlined
def fetch_cycle(machine: Machine, cycle: int) -> None:
    """Fetch up to `fetch_width` instructions, one group for each way that they take."""
    core = machine.core
    core.fetch_cycle = cycle + 1
    room = core.fetch_width
    place = window = way = NONE
    group, fetched = machine.groups[0], core.fetched
    while room and fetched < core.loaded:
        row, number = machine.program[fetched], 1
        if row.op < LAYER:
            ip = row.ip
            if ip >> core.window_shift != window:
                window = ip >> core.window_shift
                chosen = NONE if is_decoded(machine, window) else ip >> core.block_shift
                if place == NONE or chosen != way:
                    place, way = open_group(machine, chosen, ip, cycle), chosen
                    group = machine.groups[place]
            number = min(room, row.run)
            room -= number
            if rarely(core.warming):
                forget_registers(machine, number)
            row = machine.program[fetched + number - 1]
            group.last_ip = row.ip
        elif rarely(place == NONE):
            place = open_group(machine, NONE, 0, cycle)
            group = machine.groups[place]
        fetched += number
        core.fetched = fetched
        group.end = core.origin + fetched
        group.raw += number
        op = row.op
        if op == END or (op == BRANCH and ends_group(machine, row, place, way)):
            return


@inlined
def forget_registers(machine: Machine, number: int) -> None:
    """Let the next instructions wait for no others."""
    for place in range(machine.core.fetched, machine.core.fetched + number):
        row = machine.program[place]
        row.src_a = row.src_b = row.src_c = row.src_d = row.dst = row.dst_b = NONE
        row.writes = row.late = 0


@inlined
def open_group(machine: Machine, block: int, ip: int, cycle: int) -> int:
    """Begin a group of instructions from `block` of the instruction cache, NONE if decoded."""
    core = machine.core
    place = core.first_group + core.groups_held
    if place >= machine.groups.shape[0]:
        place -= machine.groups.shape[0]
    core.groups_held += 1
    group = machine.groups[place]
    group.raw = 0
    group.mispredicted = 0
    group.resumes = 0
    group.first_ip = ip
    if block == NONE:
        core.decoded_hits += 1
        group.ready = cycle + core.front_cycles
        return place
    core.fetches += 1
    group.ready = UNKNOWN
    when_ps = edge(core.p, core.q, cycle + core.fetch_cycles)
    size_bytes = 1 << core.block_shift
    outbox = machine.ports[INSTRUCTION_PORT].outbox
    tag = (core.epoch << EPOCH_SHIFT) + place
    send(machine.wires, outbox, when_ps, FETCH, block << core.block_shift, size_bytes, tag, ip)
    return place


@apart
def ends_group(machine: Machine, row: Any, place: int, way: int) -> bool:
    """Predict a branch; return whether nothing behind it is fetched in this cycle."""
    core = machine.core
    taken = row.value & 1
    kind = row.value >> 1
    target = next_ip(machine, row.ip) if taken else 0
    found = find_target(machine, row.ip)
    guessed, always = predict_target(machine, row.ip, found)
    table, weights = machine.predictor, machine.weights
    direction = predict_direction(core, table, weights, row.ip, taken) or always
    learn_target(machine, row.ip, target, kind, found)
    if not direction:
        guessed = 0
    wrong_way = kind == CONDITIONAL and direction != (taken == 1)
    if guessed == target and not wrong_way:
        return taken == 1
    core.mispredicted += 1
    if core.warming:
        return False
    core.awaits_branch = 1
    group = machine.groups[place]
    group.mispredicted = 1
    told = kind in (JUMP, CALL) or (kind == CONDITIONAL and not wrong_way)
    group.resumes = int(told and way != NONE)
    return True


@inlined
def next_ip(machine: Machine, ip: int) -> int:
    """Return the address of the instruction behind the one fetched last, which is at `ip`."""
    core = machine.core
    place = core.fetched
    while place < core.loaded and machine.program[place].op == LAYER:
        place += 1
    if place == core.loaded or machine.program[place].op == END:
        return ip + INSTRUCTION_BYTES
    return machine.program[place].ip


@inlined
def is_decoded(machine: Machine, window: int) -> bool:
    """Return whether the micro-op cache has a window; it is used now."""
    core = machine.core
    place = (window & (core.decoded_sets - 1)) * core.decoded_ways
    end = place + core.decoded_ways
    while place < end:
        if machine.decoded[place].window == window:
            core.use += 1
            machine.decoded[place].used = core.use
            return True
        place += 1
    return False


@inlined
def keep_decoded(machine: Machine, window: int) -> None:
    """Put a window into the micro-op cache in place of the one used longest ago."""
    core = machine.core
    if core.decoded_ways == 0 or is_decoded(machine, window):
        return
    first = (window & (core.decoded_sets - 1)) * core.decoded_ways
    oldest = first
    for place in range(first + 1, first + core.decoded_ways):
        if machine.decoded[place].used < machine.decoded[oldest].used:
            oldest = place
    core.use += 1
    machine.decoded[oldest].window = window
    machine.decoded[oldest].used = core.use
