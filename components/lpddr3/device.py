"""The DRAM device as the controller must know it: when a command is legal and what it changes.

Models:     JEDEC bank state machines of one rank; tRCD tRP tRAS tRC tRRD tFAW tCCD tWTR tRTP tWR
            tRFC, read and write turn-round, power-down with tXP and tCKE.
Leaves out: self-refresh, deep power-down, per-bank refresh, ZQ calibration, mode registers.
Source:     JESD209-3C section 4; the table in components/lpddr3/timing.py.
Checked by: tests/components/test_lpddr3_device.py
"""

from typing import Any

from components.lpddr3.records import (
    ACTIVATE,
    NONE,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    REFRESH,
    WRITE_BURST,
    Memory,
)
from cosim.compiled import inlined


@inlined
def earliest(memory: Memory, command: int, number: int) -> int:
    """Return the first cycle in which `command` is legal for bank `number`, as things stand.

    The bank number is ignored by PRECHARGE_ALL and REFRESH, which concern all banks.
    """
    state, bank = memory.channel[0], memory.banks[number]
    when: int = state.wake_cycle
    if command == READ_BURST:
        when = max(when, bank.column_cycle, state.read_cycle)
    elif command == WRITE_BURST:
        when = max(when, bank.column_cycle, state.write_cycle)
    elif command == ACTIVATE:
        window = state.activated_4 + memory.timing[0].four_activates
        when = max(when, bank.activate_cycle, state.activate_cycle, window)
    elif command == PRECHARGE:
        when = max(when, bank.precharge_cycle)
    else:
        for each in memory.banks:
            if command == REFRESH:
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
    bank.row = row
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
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.refresh)
    log(memory, REFRESH, NONE, NONE, cycle)


@inlined
def log(memory: Memory, command: int, number: int, row: int, cycle: int) -> None:
    """Keep the last command, for waves and for power-down."""
    state = memory.channel[0]
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
    if state.power_down and state.open_banks:
        state.active_down_cycles += spent
    elif state.power_down:
        state.precharged_down_cycles += spent
    elif state.open_banks:
        state.active_cycles += spent
    else:
        state.precharged_cycles += spent
