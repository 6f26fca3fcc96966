"""Refresh: postponed while requests wait, made up for when none does, bank after bank."""

from itertools import pairwise

import pytest

from tests.components.lpddr3_driver import Channel, config, place

INTERVAL = 400
"""clocks; tREFI of these tests, 500 ns."""

SHORT = {"t_refi_ps": 500_000}


def busy(until: int, **given: object) -> Channel:
    """Read without a pause until a clock, then let the channel rest."""
    memory = Channel(config(SHORT, **given))
    for number in range(until // 4):
        memory.read(4 * number, place(0, column=number % 128), tag=number)
    memory.run(until + 3000)
    return memory


def refreshes(memory: Channel, name: str = "REF") -> list[int]:
    return [one.cycle for one in memory.log if one.command == name]


@pytest.mark.parametrize("postponed", [1, 2, 4])
def test_refreshes_are_postponed_while_requests_wait(postponed: int) -> None:
    first = refreshes(busy(3000, postponed=postponed))[0]
    assert (postponed + 1) * INTERVAL <= first < (postponed + 1) * INTERVAL + 100


def test_what_is_owed_is_made_up_for_when_no_request_waits() -> None:
    done = refreshes(busy(1500, postponed=8))
    assert done[0] >= 1500
    # three were owed: each follows tRFCab, 104 clocks, after the one before
    assert [late - early for early, late in pairwise(done[:3])] == [104, 104]


def test_at_most_nine_intervals_lie_between_two_refreshes() -> None:
    done = refreshes(busy(12_000, postponed=8))
    assert done[0] <= 9 * INTERVAL
    assert max(late - early for early, late in pairwise(done)) <= 9 * INTERVAL


def test_banks_are_refreshed_in_turn_while_others_serve() -> None:
    memory = busy(2000, scope="per_bank")
    banks = [one.bank for one in memory.log if one.command == "REFPB"]
    assert banks[:16] == [*range(8), *range(8)]
    cycles = refreshes(memory, "REFPB")
    assert all(late - early >= 48 for early, late in pairwise(cycles))
    reads = {one.cycle for one in memory.log if one.command == "RD"}
    assert any(first < read < first + 48 for first in cycles for read in reads)
