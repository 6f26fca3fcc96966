"""Refresh: when it is owed, when it must be done, and what it keeps waiting.

Models:     refresh of all banks of a rank every tREFI, ranks in turn, or of one bank after the
            other; up to eight all-bank refreshes, or 64 of one bank, postponed while requests wait
            and made up for when none does.
Leaves out: refreshes in advance, partial-array refresh, rates that depend on temperature.
Source:     JESD209-3C section 4.12: at most eight postponed, at most 9 tREFI between two.
Checked by: tests/components/test_lpddr3_refresh.py
"""

from typing import Any

from components.lpddr3.device import earliest, rank_banks, rank_of
from components.lpddr3.policies import Choice, nothing, settle
from components.lpddr3.records import (
    NEVER,
    NONE,
    NOP,
    PRECHARGE,
    PRECHARGE_ALL,
    READS,
    REFRESH,
    REFRESH_BANK,
    WRITES,
    Memory,
)
from components.lpddr3.requests import queue_of
from cosim.compiled import inlined


@inlined
def owe(memory: Memory, cycle: int) -> None:
    """Add the refreshes that have become due; what was planned is in question."""
    state = memory.channel[0]
    while cycle >= state.refresh_due_cycle:
        state.refresh_owed += 1
        state.refresh_due_cycle += state.refresh_interval
        state.plan_command = NOP


@inlined
def is_wanted(memory: Memory) -> bool:
    """Return whether a refresh must be done, or may be done without keeping a request."""
    state = memory.channel[0]
    if state.refresh_owed > state.refresh_postponed:
        return True
    if state.refresh_owed == 0:
        return False
    number = state.refresh_bank
    if state.refresh_by_bank == 0:
        rank = rank_of(memory, number)
        return rank.busy_reads + rank.busy_writes + rank.committed == 0
    if memory.banks[number].committed != NONE:
        return False
    reads, writes = queue_of(memory, READS, number), queue_of(memory, WRITES, number)
    return reads.first == NONE and writes.first == NONE


@inlined
def hold(memory: Memory, cycle: int) -> None:
    """Let no new request begin in the banks that wait for a refresh."""
    state = memory.channel[0]
    state.refresh_waits = 1
    if state.refresh_by_bank:
        hold_bank(memory.banks[state.refresh_bank], cycle)
        settle(memory, state.refresh_bank)
        return
    for number in rank_banks(memory, state.refresh_bank):
        hold_bank(memory.banks[number], cycle)
        settle(memory, number)


@inlined
def hold_bank(bank: Any, cycle: int) -> None:
    """Begin, or go on with, the time in which a bank serves nobody."""
    if cycle > bank.refresh_until:
        bank.refresh_spent += bank.refresh_until - bank.refresh_from
        bank.refresh_from = cycle
    bank.refresh_until = NEVER


@inlined
def choose_refresh(memory: Memory, cycle: int) -> Choice:
    """Return the next command towards the refresh that waits; committed rows stay open."""
    state = memory.channel[0]
    number, command = state.refresh_bank, REFRESH
    rank, bank = rank_of(memory, number), memory.banks[number]
    if state.refresh_by_bank:
        command = REFRESH_BANK
        if bank.committed != NONE:
            return nothing()
        if bank.row != NONE:
            command = PRECHARGE
    elif rank.committed:
        return nothing()
    elif rank.open_banks:
        command = PRECHARGE_ALL
    return Choice(command, NONE, number, max(cycle, earliest(memory, command, number)))


@inlined
def finish_all(memory: Memory, cycle: int) -> None:
    """Note that the refresh of a rank has begun at `cycle`; go on with the next one owed."""
    state = memory.channel[0]
    until = cycle + memory.timing[0].refresh
    for number in rank_banks(memory, state.refresh_bank):
        bank = memory.banks[number]
        bank.refresh_until = until
        bank.closed_on_demand = 0
    _turn(state, 1 << state.rank_shift)
    if is_wanted(memory):
        hold(memory, until if state.refresh_blocks else cycle)


@inlined
def finish_bank(memory: Memory, cycle: int) -> None:
    """Note that the refresh of one bank has begun at `cycle`; the next one follows in turn."""
    state = memory.channel[0]
    bank = memory.banks[state.refresh_bank]
    bank.refresh_until = cycle + memory.timing[0].refresh_bank
    bank.closed_on_demand = 0
    _turn(state, 1)
    if is_wanted(memory):
        hold(memory, cycle)


@inlined
def _turn(state: Any, banks: int) -> None:
    """Count a refresh as done; the banks, or the rank, that follow are next."""
    state.refresh_bank += banks
    if state.refresh_bank == state.banks:
        state.refresh_bank = 0
    state.refresh_owed -= 1
    state.refresh_waits = 0
