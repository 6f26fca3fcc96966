"""The DRAM device as the controller must know it: when a command is legal and what it changes.

Models:     JEDEC bank state machines of one rank; tRCD tRP tRAS tRC tRRD tFAW tCCD tWTR tRTP tWR,
            read and write turn-round, refresh of all banks (tRFCab) and of one (tRFCpb),
            power-down (tXP, tCKE), self-refresh (tXSR, tCKESR).
Leaves out: deep power-down, ZQ calibration, mode registers, auto-precharge.
Source:     JESD209-3C section 4; the table in components/lpddr3/timing.py.
Checked by: tests/components/test_lpddr3_device.py, tests/components/test_lpddr3_checker.py
"""

from typing import Any

from components.lpddr3.records import (
    ACTIVATE,
    NONE,
    POWER_DOWN,
    POWER_DOWN_ENTRY,
    POWER_DOWN_EXIT,
    POWERED,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    REFRESH,
    REFRESH_BANK,
    SELF_REFRESH,
    SELF_REFRESH_ENTRY,
    SELF_REFRESH_EXIT,
    WRITE_BURST,
    Memory,
)
from cosim.compiled import inlined


@inlined
def column_ready(memory: Memory, is_write: int) -> int:
    """Return from when on the channel takes column commands of a direction."""
    state = memory.channel[0]
    when = state.write_cycle if is_write else state.read_cycle
    return max(when, state.wake_cycle)  # type: ignore[no-any-return]


@inlined
def activate_ready(memory: Memory) -> int:
    """Return from when on the channel takes an ACT, by tRRD and tFAW."""
    state = memory.channel[0]
    window = state.activated_4 + memory.timing[0].four_activates
    return max(state.activate_cycle, window, state.wake_cycle)  # type: ignore[no-any-return]


@inlined
def earliest(memory: Memory, command: int, number: int) -> int:
    """Return the first cycle in which `command` is legal for bank `number`, as things stand.

    The bank number is ignored by PRECHARGE_ALL and REFRESH, which concern all banks.
    """
    state, bank = memory.channel[0], memory.banks[number]
    when: int = state.wake_cycle
    if command in (READ_BURST, WRITE_BURST):
        when = max(bank.column_cycle, column_ready(memory, command == WRITE_BURST))
    elif command == ACTIVATE:
        when = max(bank.activate_cycle, activate_ready(memory))
    elif command == PRECHARGE:
        when = max(when, bank.precharge_cycle)
    elif command == REFRESH_BANK:
        when = max(when, state.activate_cycle, state.refresh_bank_cycle, bank.activate_cycle)
    else:
        when = all_ready(memory, command == REFRESH)
    return when


@inlined
def all_ready(memory: Memory, for_refresh: int) -> int:
    """Return when all banks take a REF, or all open ones the end of their rows."""
    when: int = memory.channel[0].wake_cycle
    for each in memory.banks:
        if for_refresh:
            when = max(when, each.activate_cycle)
        elif each.row != NONE:
            when = max(when, each.precharge_cycle)
    return when


@inlined
def activate(memory: Memory, number: int, row: int, cycle: int) -> None:
    """Open a row of a closed bank."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    if state.open_banks == 0:
        account(memory, cycle)
    state.open_banks += 1
    state.activates += 1
    state.activated_4 = state.activated_3
    state.activated_3 = state.activated_2
    state.activated_2 = state.activated_1
    state.activated_1 = cycle
    state.activate_cycle = cycle + table.bank_to_bank
    bank.row = bank.last_row = row
    bank.column_cycle = cycle + table.activate_to_column
    bank.precharge_cycle = cycle + table.activate_to_precharge
    bank.activate_cycle = cycle + table.activate_to_activate
    log(memory, ACTIVATE, number, row, cycle)


@inlined
def precharge(memory: Memory, number: int, cycle: int) -> None:
    """Close the row of one bank."""
    state, bank = memory.channel[0], memory.banks[number]
    log(memory, PRECHARGE, number, bank.row, cycle)
    _close(memory, bank, cycle + memory.timing[0].precharge, cycle)
    state.precharges += 1


@inlined
def precharge_all(memory: Memory, cycle: int) -> None:
    """Close every open row."""
    ready = cycle + memory.timing[0].precharge_all
    log(memory, PRECHARGE_ALL, NONE, NONE, cycle)
    for bank in memory.banks:
        if bank.row != NONE:
            _close(memory, bank, ready, cycle)
        elif bank.activate_cycle < ready:
            bank.activate_cycle = ready
    memory.channel[0].precharge_alls += 1


@inlined
def _close(memory: Memory, bank: Any, ready_cycle: int, cycle: int) -> None:
    state = memory.channel[0]
    bank.row = NONE
    bank.activate_cycle = max(bank.activate_cycle, ready_cycle)
    state.precharged_banks += 1
    if state.open_banks == 1:
        account(memory, cycle)
    state.open_banks -= 1


@inlined
def read(memory: Memory, number: int, cycle: int) -> None:
    """Start a read burst from the open row of a bank."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    state.read_bursts += 1
    state.read_cycle = cycle + table.column_gap
    state.write_cycle = max(state.write_cycle, cycle + table.read_to_write)
    bank.precharge_cycle = max(bank.precharge_cycle, cycle + table.read_to_precharge)
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.read_data + 1)
    log(memory, READ_BURST, number, bank.row, cycle)


@inlined
def write(memory: Memory, number: int, cycle: int) -> None:
    """Start a write burst into the open row of a bank."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    state.write_bursts += 1
    state.write_cycle = cycle + table.column_gap
    state.read_cycle = max(state.read_cycle, cycle + table.write_to_read)
    bank.precharge_cycle = max(bank.precharge_cycle, cycle + table.write_to_precharge)
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.write_to_precharge)
    log(memory, WRITE_BURST, number, bank.row, cycle)


@inlined
def refresh(memory: Memory, cycle: int) -> None:
    """Refresh one row of all banks, which are closed.

    Until tRP before its end a refresh draws active standby, as DRAMPower 4 counts it.
    """
    state, table = memory.channel[0], memory.timing[0]
    for bank in memory.banks:
        bank.activate_cycle = cycle + table.refresh
    account(memory, cycle)
    lit = table.refresh - table.precharge
    state.active_cycles += lit
    state.background_since = cycle + lit
    state.refreshes += 1
    state.refreshed += memory.banks.shape[0]
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.refresh)
    log(memory, REFRESH, NONE, NONE, cycle)


@inlined
def refresh_bank(memory: Memory, number: int, cycle: int) -> None:
    """Refresh one row of one bank, which is closed; the others may be used."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    bank.activate_cycle = state.refresh_bank_cycle = cycle + table.refresh_bank
    state.activate_cycle = max(state.activate_cycle, cycle + table.bank_to_bank)
    state.bank_refreshes += 1
    state.refreshed += 1
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.refresh_bank)
    log(memory, REFRESH_BANK, number, NONE, cycle)


@inlined
def power_down(memory: Memory, cycle: int) -> None:
    """Stop the clock."""
    state = memory.channel[0]
    account(memory, cycle)
    state.power = POWER_DOWN
    state.power_downs += 1
    log(memory, POWER_DOWN_ENTRY, NONE, NONE, cycle)


@inlined
def self_refresh(memory: Memory, cycle: int) -> None:
    """Let the device refresh itself; all banks are closed."""
    state = memory.channel[0]
    account(memory, cycle)
    state.power = SELF_REFRESH
    state.self_refreshes += 1
    log(memory, SELF_REFRESH_ENTRY, NONE, NONE, cycle)


@inlined
def wake(memory: Memory, cycle: int) -> None:
    """Raise the clock enable, after the shortest stay at the earliest; tXP or tXSR follows."""
    state, table = memory.channel[0], memory.timing[0]
    resting = state.power == SELF_REFRESH
    shortest = table.self_refresh_shortest if resting else table.power_down_shortest
    exit_cycle = max(cycle, state.background_since + shortest)
    account(memory, exit_cycle)
    state.power = POWERED
    state.wake_from = cycle
    state.wake_cycle = exit_cycle
    state.wake_cycle += table.self_refresh_exit if resting else table.power_down_exit
    if resting:
        state.refreshed = 0
    log(memory, SELF_REFRESH_EXIT if resting else POWER_DOWN_EXIT, NONE, NONE, exit_cycle)


@inlined
def log(memory: Memory, command: int, number: int, row: int, cycle: int) -> None:
    """Keep the last command, for waves and logs."""
    state = memory.channel[0]
    state.commands += 1
    state.command = command
    state.command_cycle = cycle
    state.command_bank = number
    state.command_row = row


@inlined
def account(memory: Memory, cycle: int) -> None:
    """Add the time since the last change to the background state that lasted until `cycle`."""
    state = memory.channel[0]
    spent = cycle - state.background_since
    if spent <= 0:
        return
    state.background_since = cycle
    if state.power == SELF_REFRESH:
        state.self_refresh_cycles += spent
    elif state.power and state.open_banks:
        state.active_down_cycles += spent
    elif state.power:
        state.precharged_down_cycles += spent
    elif state.open_banks:
        state.active_cycles += spent
    else:
        state.precharged_cycles += spent
