"""Where branches go: branch target buffer, return stack, and a table for indirect branches.

Models:     set-associative buffer, least recently used, entries made by taken branches only; a
            stack of 64 return addresses that learns how long calls are; 4096 indirect targets
            chosen by address and the outcomes of conditional branches.
Leaves out: partial tags, more than one level.
Source:     ChampSim 2025-05, btb/basic_btb.
Checked by: tests/components/test_core_predictors.py
"""

from typing import Any

import numpy as np

from components.cpu.program import (
    CALL,
    CONDITIONAL,
    INDIRECT,
    INDIRECT_CALL,
    INSTRUCTION_BYTES,
    RETURN,
)
from components.cpu.records import NONE, TARGET, Machine
from cosim.compiled import Records, inlined

RETURNS = 64
"""Return addresses kept."""

CALL_SIZES = 1024
"""Learnt lengths of call instructions, behind the return stack."""

LONGEST_CALL = 10
"""bytes; a return this near to its call teaches how long the call was."""

INDIRECTS = 4096
"""Indirect targets, behind the lengths of calls."""

OUTCOMES = RETURNS + CALL_SIZES + INDIRECTS
"""Place of the outcomes of the last 12 conditional branches, behind the indirect targets."""

GRAIN = 2
"""Address bits below this are not looked at."""


@inlined
def predict_target(machine: Machine, ip: int, found: int) -> tuple[int, bool]:
    """Return where the branch at `ip` would go (0: unknown) and whether it always does.

    `found` is its place in the buffer, as `find_target` tells it.
    """
    if found == NONE:
        return 0, False
    entry = machine.targets[found]
    if entry.kind == RETURN:
        return top_of_returns(machine), True
    if entry.kind == INDIRECT:
        return machine.calls[indirect_place(machine, ip)], True
    return entry.target, entry.kind != CONDITIONAL


@inlined
def find_target(machine: Machine, ip: int) -> int:
    """Return the place of a branch in the buffer, NONE if it has none; it is used now."""
    core = machine.core
    tag = ip >> GRAIN
    first = (tag & (core.target_sets - 1)) * core.target_ways
    for place in range(first, first + core.target_ways):
        if machine.targets[place].tag == tag:
            core.use += 1
            machine.targets[place].used = core.use
            return place
    return NONE


@inlined
def top_of_returns(machine: Machine) -> int:
    """Return the address behind the last call, 0 if there is none."""
    core = machine.core
    if core.returns_held == 0:
        return 0
    call = machine.calls[(core.first_return + core.returns_held - 1) % RETURNS]
    return call + machine.calls[RETURNS + call % CALL_SIZES]


@inlined
def indirect_place(machine: Machine, ip: int) -> int:
    """Return the place of an indirect branch's target."""
    mixed = (ip >> GRAIN) ^ machine.calls[OUTCOMES]
    return RETURNS + CALL_SIZES + mixed % INDIRECTS


@inlined
def learn_target(machine: Machine, ip: int, target: int, kind: int, found: int) -> None:
    """Learn that the branch at `ip`, which was `found`, went to `target`; 0 if it was not taken."""
    calls = machine.calls
    if kind in (CALL, INDIRECT_CALL):
        push_return(machine, ip)
    if kind in (INDIRECT, INDIRECT_CALL):
        calls[indirect_place(machine, ip)] = target
    if kind == CONDITIONAL:
        calls[OUTCOMES] = ((calls[OUTCOMES] << 1) | int(target != 0)) & (INDIRECTS - 1)
    if kind == RETURN:
        pop_return(machine, target)
    if target:
        keep_target(machine, ip, target, INDIRECT if kind == INDIRECT_CALL else kind, found)


@inlined
def push_return(machine: Machine, ip: int) -> None:
    """Remember a call; the oldest is forgotten when the stack is full."""
    core = machine.core
    machine.calls[(core.first_return + core.returns_held) % RETURNS] = ip
    if core.returns_held < RETURNS:
        core.returns_held += 1
    else:
        core.first_return += 1


@inlined
def pop_return(machine: Machine, target: int) -> None:
    """Forget the last call; learn its length from where the return went."""
    core = machine.core
    if core.returns_held == 0:
        return
    core.returns_held -= 1
    call = machine.calls[(core.first_return + core.returns_held) % RETURNS]
    if abs(target - call) <= LONGEST_CALL:
        machine.calls[RETURNS + call % CALL_SIZES] = abs(target - call)


@inlined
def keep_target(machine: Machine, ip: int, target: int, kind: int, found: int) -> None:
    """Put a branch into the buffer, or renew its entry if it was found."""
    core = machine.core
    if found == NONE:
        found = oldest_target(core, machine.targets, ip)
        core.use += 1
        machine.targets[found].used = core.use
    entry = machine.targets[found]
    entry.tag = ip >> GRAIN
    entry.target = target
    entry.kind = kind


@inlined
def oldest_target(core: Any, targets: Records, ip: int) -> int:
    """Return the place of a branch's set that was used longest ago."""
    first = ((ip >> GRAIN) & (core.target_sets - 1)) * core.target_ways
    oldest = first
    for place in range(first + 1, first + core.target_ways):
        if targets[place].used < targets[oldest].used:
            oldest = place
    return oldest


def new_targets(entries: int) -> Records:
    """Make an empty branch target buffer."""
    targets = np.zeros(entries, TARGET)
    targets["tag"] = NONE
    return targets


def new_calls() -> Records:
    """Make an empty return stack, call lengths, indirect targets and outcomes."""
    calls = np.zeros(OUTCOMES + 1, np.int64)
    calls[RETURNS : RETURNS + CALL_SIZES] = INSTRUCTION_BYTES
    return calls
