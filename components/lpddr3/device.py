"""The DRAM device as the controller must know it: when a command is legal and what it changes.

Models:     JEDEC bank state machines of one or two ranks, which share the data bus (tRTRS);
            tRCD tRP tRAS tRC tRRD tFAW tCCD tWTR tRTP tWR, read and write turn-round, refresh of
            all banks (tRFCab) and of one (tRFCpb), power-down (tXP, tCKE), self-refresh (tXSR,
            tCKESR).
Leaves out: a CKE for each rank (both rest together), deep power-down, ZQ calibration, mode
            registers, auto-precharge.
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
def rank_of(memory: Memory, number: int) -> Any:
    """Return the rank of a bank."""
    return memory.ranks[number >> memory.channel[0].rank_shift]


@inlined
def first_bank(memory: Memory, number: int) -> int:
    """Return the first bank of the rank that bank `number` is in."""
    shift = memory.channel[0].rank_shift
    return number >> shift << shift


@inlined
def rank_banks(memory: Memory, number: int) -> range:
    """Return the numbers of all banks of the rank that bank `number` is in."""
    first = first_bank(memory, number)
    return range(first, first + (1 << memory.channel[0].rank_shift))


@inlined
def column_ready(memory: Memory, rank: Any, is_write: int) -> int:
    """Return from when on a rank takes column commands of a direction."""
    when = rank.write_cycle if is_write else rank.read_cycle
    return max(when, memory.channel[0].wake_cycle)


@inlined
def activate_ready(memory: Memory, rank: Any) -> int:
    """Return from when on a rank takes an ACT, by tRRD and tFAW."""
    window = rank.activated_4 + memory.timing[0].four_activates
    wake_cycle = memory.channel[0].wake_cycle
    return max(rank.activate_cycle, window, wake_cycle)


@inlined
def earliest(memory: Memory, command: int, number: int) -> int:
    """Return the first cycle in which `command` is legal for bank `number`, as things stand.

    PRECHARGE_ALL and REFRESH concern all banks of its rank.
    """
    rank, bank = rank_of(memory, number), memory.banks[number]
    when: int = memory.channel[0].wake_cycle
    if command in (READ_BURST, WRITE_BURST):
        when = max(bank.column_cycle, column_ready(memory, rank, command == WRITE_BURST))
    elif command == ACTIVATE:
        when = max(bank.activate_cycle, activate_ready(memory, rank))
    elif command == PRECHARGE:
        when = max(when, bank.precharge_cycle)
    elif command == REFRESH_BANK:
        when = max(when, rank.activate_cycle, rank.refresh_bank_cycle, bank.activate_cycle)
    else:
        when = all_ready(memory, number, command == REFRESH)
    return when


@inlined
def all_ready(memory: Memory, number: int, for_refresh: int) -> int:
    """Return when all banks of a bank's rank take a REF, or all open ones a PREA."""
    when: int = memory.channel[0].wake_cycle
    for one in rank_banks(memory, number):
        each = memory.banks[one]
        if for_refresh:
            when = max(when, each.activate_cycle)
        elif each.row != NONE:
            when = max(when, each.precharge_cycle)
    return when


@inlined
def activate(memory: Memory, number: int, row: int, cycle: int) -> None:
    """Open a row of a closed bank."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    rank = rank_of(memory, number)
    if rank.open_banks == 0:
        account(state, rank, cycle)
    rank.open_banks += 1
    state.open_banks += 1
    state.activates += 1
    rank.activated_4 = rank.activated_3
    rank.activated_3 = rank.activated_2
    rank.activated_2 = rank.activated_1
    rank.activated_1 = cycle
    rank.activate_cycle = cycle + table.bank_to_bank
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
    _close(memory, number, bank, cycle + memory.timing[0].precharge, cycle)
    state.precharges += 1


@inlined
def precharge_all(memory: Memory, number: int, cycle: int) -> None:
    """Close every open row of a bank's rank."""
    ready = cycle + memory.timing[0].precharge_all
    log_rank(memory, PRECHARGE_ALL, number, cycle)
    for one in rank_banks(memory, number):
        bank = memory.banks[one]
        if bank.row != NONE:
            _close(memory, number, bank, ready, cycle)
        elif bank.activate_cycle < ready:
            bank.activate_cycle = ready
    memory.channel[0].precharge_alls += 1


@inlined
def _close(memory: Memory, number: int, bank: Any, ready_cycle: int, cycle: int) -> None:
    """Close the row of a bank, which is bank `number` or another one of its rank."""
    state, rank = memory.channel[0], rank_of(memory, number)
    bank.row = NONE
    bank.activate_cycle = max(bank.activate_cycle, ready_cycle)
    state.precharged_banks += 1
    if rank.open_banks == 1:
        account(state, rank, cycle)
    rank.open_banks -= 1
    state.open_banks -= 1


@inlined
def read(memory: Memory, number: int, cycle: int) -> None:
    """Start a read burst from the open row of a bank."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    rank = rank_of(memory, number)
    state.read_bursts += 1
    if state.ranks > 1:
        _hold_others(
            memory, number, cycle + table.other_rank_column, cycle + table.other_rank_read_to_write
        )
    rank.read_cycle = cycle + table.column_gap
    rank.write_cycle = max(rank.write_cycle, cycle + table.read_to_write)
    bank.precharge_cycle = max(bank.precharge_cycle, cycle + table.read_to_precharge)
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.read_data + 1)
    log(memory, READ_BURST, number, bank.row, cycle)


@inlined
def write(memory: Memory, number: int, cycle: int) -> None:
    """Start a write burst into the open row of a bank."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    rank = rank_of(memory, number)
    state.write_bursts += 1
    if state.ranks > 1:
        _hold_others(
            memory, number, cycle + table.other_rank_write_to_read, cycle + table.other_rank_column
        )
    rank.write_cycle = cycle + table.column_gap
    rank.read_cycle = max(rank.read_cycle, cycle + table.write_to_read)
    bank.precharge_cycle = max(bank.precharge_cycle, cycle + table.write_to_precharge)
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.write_to_precharge)
    log(memory, WRITE_BURST, number, bank.row, cycle)


@inlined
def _hold_others(memory: Memory, number: int, read_cycle: int, write_cycle: int) -> None:
    """Keep column commands of the ranks that a bank is not in back: the data bus changes hands."""
    own = number >> memory.channel[0].rank_shift
    for other in range(memory.ranks.shape[0]):
        if other != own:
            rank = memory.ranks[other]
            rank.read_cycle = max(rank.read_cycle, read_cycle)
            rank.write_cycle = max(rank.write_cycle, write_cycle)


@inlined
def refresh(memory: Memory, number: int, cycle: int) -> None:
    """Refresh one row of all banks of a bank's rank, which are closed.

    Until tRP before its end a refresh draws active standby, as DRAMPower 4 counts it.
    """
    state, table, rank = memory.channel[0], memory.timing[0], rank_of(memory, number)
    for one in rank_banks(memory, number):
        bank = memory.banks[one]
        bank.activate_cycle = cycle + table.refresh
    account(state, rank, cycle)
    lit = table.refresh - table.precharge
    rank.active_cycles += lit
    rank.background_since = cycle + lit
    state.refreshes += 1
    state.refreshed += 1 << state.rank_shift
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.refresh)
    log_rank(memory, REFRESH, number, cycle)


@inlined
def refresh_bank(memory: Memory, number: int, cycle: int) -> None:
    """Refresh one row of one bank, which is closed; the others may be used."""
    state, table, bank = memory.channel[0], memory.timing[0], memory.banks[number]
    rank = rank_of(memory, number)
    bank.activate_cycle = rank.refresh_bank_cycle = cycle + table.refresh_bank
    rank.activate_cycle = max(rank.activate_cycle, cycle + table.bank_to_bank)
    state.bank_refreshes += 1
    state.refreshed += 1
    state.quiet_cycle = max(state.quiet_cycle, cycle + table.refresh_bank)
    log(memory, REFRESH_BANK, number, NONE, cycle)


@inlined
def power_down(memory: Memory, cycle: int) -> None:
    """Stop the clock."""
    state = memory.channel[0]
    rest_in(memory, POWER_DOWN, cycle)
    state.power_downs += 1
    log_rank(memory, POWER_DOWN_ENTRY, 0, cycle)


@inlined
def self_refresh(memory: Memory, cycle: int) -> None:
    """Let the device refresh itself; all banks are closed."""
    state = memory.channel[0]
    rest_in(memory, SELF_REFRESH, cycle)
    state.self_refreshes += 1
    log_rank(memory, SELF_REFRESH_ENTRY, 0, cycle)


@inlined
def rest_in(memory: Memory, power: int, cycle: int) -> None:
    """Change the power state of all ranks."""
    state = memory.channel[0]
    for rank in memory.ranks:
        account(state, rank, cycle)
    state.power, state.power_since = power, cycle


@inlined
def wake(memory: Memory, cycle: int) -> None:
    """Raise the clock enable, after the shortest stay at the earliest; tXP or tXSR follows."""
    state, table = memory.channel[0], memory.timing[0]
    resting = state.power == SELF_REFRESH
    shortest = table.self_refresh_shortest if resting else table.power_down_shortest
    exit_cycle = max(cycle, state.power_since + shortest)
    rest_in(memory, POWERED, exit_cycle)
    state.wake_from = cycle
    state.wake_cycle = exit_cycle
    state.wake_cycle += table.self_refresh_exit if resting else table.power_down_exit
    if resting:
        state.refreshed = 0
    log_rank(memory, SELF_REFRESH_EXIT if resting else POWER_DOWN_EXIT, 0, exit_cycle)


@inlined
def log(memory: Memory, command: int, number: int, row: int, cycle: int) -> None:
    """Keep the last command, for waves and logs."""
    state = memory.channel[0]
    state.commands += 1
    state.command = command
    state.command_cycle = cycle
    state.command_rank = number >> state.rank_shift
    state.command_bank = number
    state.command_row = row


@inlined
def log_rank(memory: Memory, command: int, number: int, cycle: int) -> None:
    """Keep the last command, which was for all banks of a bank's rank."""
    log(memory, command, number, NONE, cycle)
    memory.channel[0].command_bank = NONE


@inlined
def account(state: Any, rank: Any, cycle: int) -> None:
    """Add the time since a rank's last change to the background state that lasted until `cycle`."""
    spent = cycle - rank.background_since
    if spent <= 0:
        return
    rank.background_since = cycle
    if state.power == SELF_REFRESH:
        rank.self_refresh_cycles += spent
    elif state.power and rank.open_banks:
        rank.active_down_cycles += spent
    elif state.power:
        rank.precharged_down_cycles += spent
    elif rank.open_banks:
        rank.active_cycles += spent
    else:
        rank.precharged_cycles += spent
