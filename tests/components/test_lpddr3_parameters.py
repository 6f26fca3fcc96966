"""Organisation and address map of a channel."""

import pytest

from components.lpddr3.parameters import Lpddr3Config, Scheduling, new_memory
from components.lpddr3.timing import ONE_DIE_X32, TWO_DIES_X64
from tests.components.lpddr3_driver import Channel

MIB = 1024**2


def decoded(address: int, **scheduling: object) -> tuple[int, int]:
    """Return bank and row of the ACT that a read of `address` causes."""
    memory = Channel(Lpddr3Config(scheduling=Scheduling(**scheduling)))
    memory.read(0, address)
    memory.run(20)
    return memory.log[0].bank, memory.log[0].row


def test_two_dies_make_a_gigabyte_with_pages_of_8_kib() -> None:
    assert TWO_DIES_X64.capacity_bytes == 1024 * MIB
    assert TWO_DIES_X64.page_bytes == 8192
    assert TWO_DIES_X64.burst_bytes == 64


def test_one_die_makes_half_of_it() -> None:
    assert ONE_DIE_X32.capacity_bytes == 512 * MIB
    assert ONE_DIE_X32.page_bytes == 4096
    assert ONE_DIE_X32.burst_bytes == 32


def test_the_default_map_is_row_29_16_bank_15_13_column_12_6() -> None:
    assert decoded(0x2ABC_0000 | 5 << 13 | 0x1FC0) == (5, 0x2ABC)


@pytest.mark.parametrize(("queue", "above", "below"), [(32, 25, 7), (8, 6, 2), (64, 51, 13)])
def test_the_drain_marks_are_parts_of_the_write_queue(queue: int, above: int, below: int) -> None:
    state = new_memory(Lpddr3Config(scheduling=Scheduling(write_queue=queue))).channel[0]
    assert (state.drain_above, state.drain_below) == (above, below)
