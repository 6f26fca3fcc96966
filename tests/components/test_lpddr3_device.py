"""JEDEC timing of the device, command by command: blocked one clock early, legal on time."""

import pytest

from components.lpddr3 import device
from components.lpddr3.parameters import Lpddr3Config, new_memory
from components.lpddr3.records import (
    ACTIVATE,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    REFRESH,
    WRITE_BURST,
    Memory,
)
from components.lpddr3.timing import LPDDR3_1866

START = 1000
"""Clock of the first command; all earlier ones are long over."""


@pytest.fixture
def memory() -> Memory:
    return new_memory(Lpddr3Config())


def earliest(memory: Memory, command: int, bank: int = 0) -> int:
    return int(device.earliest(memory, command, bank)) - START


def test_column_command_waits_for_trcd(memory: Memory) -> None:
    device.activate(memory, 0, 7, START)
    assert earliest(memory, READ_BURST) == 15  # 18 ns / 1.25 ns = 14.4
    assert earliest(memory, WRITE_BURST) == 15


def test_precharge_waits_for_tras(memory: Memory) -> None:
    device.activate(memory, 0, 7, START)
    assert earliest(memory, PRECHARGE) == 34  # 42 ns / 1.25 ns = 33.6
    assert earliest(memory, PRECHARGE_ALL) == 34


def test_another_bank_waits_for_trrd_and_the_same_bank_for_trc(memory: Memory) -> None:
    device.activate(memory, 0, 7, START)
    assert earliest(memory, ACTIVATE, bank=1) == 8  # 10 ns
    assert earliest(memory, ACTIVATE, bank=0) == 48  # 60 ns


def test_a_fifth_activate_waits_for_the_four_activate_window(memory: Memory) -> None:
    for bank in range(4):
        device.activate(memory, bank, 7, START + 8 * bank)
    assert earliest(memory, ACTIVATE, bank=4) == 40  # 50 ns after the first; tRRD alone gives 32


def test_column_commands_of_one_kind_are_four_clocks_apart(memory: Memory) -> None:
    device.activate(memory, 0, 7, START - 100)
    device.read(memory, 0, START)
    assert earliest(memory, READ_BURST) == 4


def test_a_write_waits_for_the_data_bus_after_a_read(memory: Memory) -> None:
    device.activate(memory, 0, 7, START - 100)
    device.read(memory, 0, START)
    assert earliest(memory, WRITE_BURST) == 12 + 2 + 4 + 1 - 6  # RL + tDQSCK + BL/2 + 1 - WL


def test_a_read_waits_for_twtr_after_a_write(memory: Memory) -> None:
    device.activate(memory, 0, 7, START - 100)
    device.write(memory, 0, START)
    assert earliest(memory, READ_BURST) == 6 + 4 + 1 + 6  # WL + BL/2 + 1 + tWTR


def test_precharge_waits_for_trtp_after_a_read(memory: Memory) -> None:
    device.activate(memory, 0, 7, START - 100)
    device.read(memory, 0, START)
    assert earliest(memory, PRECHARGE) == 6  # 7.5 ns


def test_precharge_waits_for_write_recovery(memory: Memory) -> None:
    device.activate(memory, 0, 7, START - 100)
    device.write(memory, 0, START)
    assert earliest(memory, PRECHARGE) == 6 + 4 + 12  # WL + BL/2 + tWR
    assert earliest(memory, PRECHARGE_ALL) == 22


def test_activate_waits_for_trp_of_one_bank_or_of_all(memory: Memory) -> None:
    device.activate(memory, 0, 7, START - 100)
    device.activate(memory, 1, 7, START - 90)
    device.precharge(memory, 0, START)
    assert earliest(memory, ACTIVATE, bank=0) == 15  # 18 ns
    device.precharge_all(memory, 0, START + 20)
    assert earliest(memory, ACTIVATE, bank=1) == 20 + 17  # 21 ns
    assert earliest(memory, REFRESH) == 20 + 17


def test_refresh_blocks_every_bank_for_trfc(memory: Memory) -> None:
    device.refresh(memory, 0, START)
    assert {earliest(memory, ACTIVATE, bank) for bank in range(8)} == {104}  # 130 ns


def test_precharge_all_counts_a_precharge_for_every_open_bank(memory: Memory) -> None:
    for bank in range(3):
        device.activate(memory, bank, 7, START + 10 * bank)
    device.precharge_all(memory, 0, START + 100)
    state = memory.channel[0]
    assert (state.precharge_alls, state.precharged_banks, state.open_banks) == (1, 3, 0)


def test_standby_is_active_from_the_first_activate_to_the_last_precharge(memory: Memory) -> None:
    device.activate(memory, 0, 7, START)
    device.activate(memory, 1, 7, START + 10)
    device.precharge(memory, 0, START + 50)
    device.precharge(memory, 1, START + 80)
    assert (memory.ranks[0].precharged_cycles, memory.ranks[0].active_cycles) == (START, 80)


def test_the_1866_grade_keeps_its_nanoseconds() -> None:
    row = new_memory(Lpddr3Config(speed=LPDDR3_1866)).timing[0]
    # clocks of 1.0714 ns: 18 ns 16.8, 42 ns 39.2, 50 ns 46.7, 130 ns 121.3, 3.9 us 3640
    assert row.activate_to_column == 17
    assert row.activate_to_precharge == 40
    assert row.four_activates == 47
    assert row.refresh == 122
    assert row.refresh_interval == 3640
    assert row.read_data == 14 + 3 + 4
