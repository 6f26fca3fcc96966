"""When the channel rests: power-down after some idle clocks, self-refresh after many more.

Models:     fast-exit power-down with rows open or closed; self-refresh with all rows closed.
Leaves out: a rank that rests alone; deep power-down, which loses what is stored;
            partial-array self-refresh.
Source:     JESD209-3C sections 4.13 and 4.14: self-refresh may be entered again only after the
            banks have been refreshed once.
Checked by: tests/components/test_lpddr3_power.py
"""

from components.lpddr3.device import earliest, power_down, rank_of, self_refresh, wake
from components.lpddr3.records import (
    NEVER,
    NONE,
    POWERED,
    PRECHARGE_ALL,
    REFRESH,
    SELF_REFRESH,
    Memory,
)
from cosim.compiled import inlined


@inlined
def power_down_cycle(memory: Memory) -> int:
    """Return when the idle channel may enter power-down, NEVER if it shall not.

    It shall not if it would have to leave again at once, for self-refresh.
    """
    state, table = memory.channel[0], memory.timing[0]
    if state.power != POWERED or state.power_down_after == 0:
        return NEVER
    enter = max(state.command_cycle + state.power_down_after, state.quiet_cycle)
    enter = max(enter, state.wake_cycle)
    shortest = table.power_down_shortest + table.power_down_exit
    return enter if enter + shortest <= self_refresh_cycle(memory) else NEVER


@inlined
def self_refresh_cycle(memory: Memory) -> int:
    """Return when the idle channel shall prepare for self-refresh, NEVER if it shall not."""
    state = memory.channel[0]
    if state.self_refresh_after == 0 or state.power == SELF_REFRESH:
        return NEVER
    if state.refreshed < memory.banks.shape[0]:
        return NEVER
    enter = max(state.column_free + state.self_refresh_after, state.quiet_cycle, state.wake_cycle)
    if state.power or state.open_banks:
        return enter
    for first in range(0, state.banks, 1 << state.rank_shift):
        enter = max(enter, earliest(memory, REFRESH, first))
    return enter


@inlined
def rest_cycle(memory: Memory) -> int:
    """Return when the idle channel wants to run for a power state."""
    return min(power_down_cycle(memory), self_refresh_cycle(memory))


@inlined
def rest(memory: Memory, cycle: int) -> None:
    """Enter a power state that is due at `cycle`, or plan the precharge that must come before."""
    state = memory.channel[0]
    if self_refresh_cycle(memory) <= cycle:
        if state.open_banks:
            first = 0
            while rank_of(memory, first).open_banks == 0:
                first += 1 << state.rank_shift
            state.plan_command, state.plan_bank, state.plan_slot = PRECHARGE_ALL, first, NONE
            state.plan_cycle = max(cycle, earliest(memory, PRECHARGE_ALL, first))
            state.due_cycle = min(state.due_cycle, state.plan_cycle)
            return
        self_refresh(memory, cycle)
        state.refresh_due_cycle = NEVER
        state.refresh_owed = 0
        state.due_cycle = NEVER
    elif power_down_cycle(memory) <= cycle:
        power_down(memory, cycle)
        state.due_cycle = min(state.refresh_due_cycle, self_refresh_cycle(memory))


@inlined
def rise(memory: Memory, cycle: int) -> None:
    """Leave power-down or self-refresh; the device has refreshed itself until now."""
    state = memory.channel[0]
    slept = state.power == SELF_REFRESH
    wake(memory, cycle)
    if slept and state.refresh_interval:
        state.refresh_due_cycle = cycle + state.refresh_interval - state.refresh_lead
