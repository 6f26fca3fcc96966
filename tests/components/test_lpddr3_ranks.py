"""Two ranks on one channel: windows and refreshes of their own, one data bus."""

from itertools import pairwise

from tests.components.lpddr3_driver import Channel, config, place_of_two

NO_REFRESH = {"t_refi_ps": 0}


def cycles(memory: Channel, name: str) -> list[int]:
    return [one.cycle for one in memory.log if one.command == name]


def opened(*reads: tuple[int, int], **given: object) -> Channel:
    """Open a row of both ranks, then read from them at clocks (rank, clock)."""
    memory = Channel(config(NO_REFRESH, ranks=2, **given))
    memory.read(0, place_of_two(5, 0), tag=100)
    memory.read(0, place_of_two(5, 1), tag=101)
    for tag, (rank, clock) in enumerate(reads):
        memory.read(clock, place_of_two(5, rank, column=1 + tag), tag=tag)
    memory.run(400)
    return memory


def test_bursts_of_two_ranks_rest_two_clocks_between_them() -> None:
    found = cycles(opened((0, 200), (1, 200), (1, 200)), "RD")[2:]
    # burst 4 + tRTRS 2 to the other rank, tCCD 4 within one
    assert [late - early for early, late in pairwise(found)] == [6, 4]


def test_a_write_after_a_read_of_the_other_rank_waits_for_the_bus_only() -> None:
    memory = opened((0, 200))
    memory.write(401, place_of_two(5, 1))
    memory.read(402, place_of_two(5, 0, column=9), tag=9)
    memory.run(600)
    (write,) = cycles(memory, "WR")
    read = cycles(memory, "RD")[-1]
    # WL 6 + burst 4 + tRTRS 2 - (RL 12 + tDQSCK 2) is negative: the next clock, no tWTR
    assert 0 < read - write <= 4


def test_the_activate_window_is_that_of_a_rank() -> None:
    memory = Channel(config(NO_REFRESH, ranks=2))
    for bank in range(4):
        for rank in range(2):
            memory.read(0, place_of_two(5, rank, bank), tag=2 * bank + rank)
    memory.run(200)
    found = cycles(memory, "ACT")
    assert len(found) == 8
    assert found[-1] - found[0] < 40  # tFAW: of one rank, the fifth would come 40 clocks on


def test_ranks_are_refreshed_in_turn_while_the_other_serves() -> None:
    memory = Channel(config({"t_refi_ps": 1_000_000}, ranks=2))  # 800 clocks
    for number in range(800):
        memory.read(4 * number, place_of_two(0, number // 8 % 2, column=number % 128), tag=number)
    memory.run(3200)
    refreshes = cycles(memory, "REF")
    assert all(350 < late - early < 450 for early, late in pairwise(refreshes))
    reads = cycles(memory, "RD")
    assert any(start < read < start + 104 for start in refreshes for read in reads)


def test_both_ranks_hold_as_much_as_one_each() -> None:
    one, two = config().organisation, config(ranks=2).organisation
    assert two.capacity_bytes == 2 * one.capacity_bytes == 2 << 30
