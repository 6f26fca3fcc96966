"""Every command log, whatever the load, obeys the JEDEC rules as read off the datasheet."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.components.lpddr3_driver import Channel, Issued, config, place

# tCK of JESD209-3C rules at 800 MHz, from the table of the datasheet, written out
T_RCD, T_RP, T_RP_ALL, T_RAS, T_RC, T_RRD, T_FAW, T_RFC = 15, 15, 17, 34, 48, 8, 40, 104
GAPS = {
    ("RD", "RD"): 4,
    ("WR", "WR"): 4,
    ("RD", "WR"): 13,
    ("WR", "RD"): 17,
}
SAME_BANK = {
    ("ACT", "RD"): T_RCD,
    ("ACT", "WR"): T_RCD,
    ("ACT", "PRE"): T_RAS,
    ("ACT", "ACT"): T_RC,
    ("PRE", "ACT"): T_RP,
    ("RD", "PRE"): 6,
    ("WR", "PRE"): 22,
}
ALL_BANKS = {
    ("ACT", "PREA"): T_RAS,
    ("RD", "PREA"): 6,
    ("WR", "PREA"): 22,
    ("PREA", "REF"): T_RP_ALL,
    ("PRE", "REF"): T_RP,
    ("PREA", "ACT"): T_RP_ALL,
    ("REF", "ACT"): T_RFC,
    ("ACT", "ACT"): T_RRD,
}

LOADS = st.lists(
    st.tuples(
        st.integers(0, 600), st.integers(0, 2), st.integers(0, 7), st.integers(0, 3), st.booleans()
    ),
    min_size=2,
    max_size=60,
)


def check(log: list[Issued]) -> None:
    """Assert that no two commands are closer than the rules allow and rows are used when open."""
    open_rows: dict[int, int] = {}
    for place_in_log, one in enumerate(log):
        for before in log[:place_in_log]:
            gap = one.cycle - before.cycle
            pair = (before.command, one.command)
            assert gap >= 1
            assert gap >= GAPS.get(pair, 0), (before, one)
            assert gap >= ALL_BANKS.get(pair, 0), (before, one)
            if before.bank == one.bank:
                assert gap >= SAME_BANK.get(pair, 0), (before, one)
        if one.command == "ACT":
            assert one.bank not in open_rows
            open_rows[one.bank] = one.row
        elif one.command in ("RD", "WR"):
            assert open_rows[one.bank] == one.row
        elif one.command == "PRE":
            del open_rows[one.bank]
        elif one.command == "PREA":
            open_rows.clear()
        else:
            assert not open_rows
    activates = [one.cycle for one in log if one.command == "ACT"]
    assert all(late - early >= T_FAW for early, late in zip(activates, activates[4:], strict=False))


@pytest.mark.parametrize("page", ["open", "closed"])
@pytest.mark.parametrize("policy", ["fcfs", "fr_fcfs", "column_first"])
@settings(max_examples=25)
@given(load=LOADS)
def test_no_command_comes_too_early(policy: str, page: str, load: list[tuple[int, ...]]) -> None:
    memory = Channel(config({"t_refi_ps": 500_000}, policy=policy, page=page))
    for tag, (clock, row, bank, column, is_write) in enumerate(sorted(load)):
        memory.request(clock * 1250, place(row, bank, column), write=bool(is_write), tag=tag)
    memory.run(8000)
    assert len(memory.replies) == len(load)
    check(memory.log)


@settings(max_examples=25)
@given(load=LOADS)
def test_a_committed_row_serves_its_request_before_it_is_closed(
    load: list[tuple[int, ...]],
) -> None:
    memory = Channel(config({"t_refi_ps": 500_000}, write_queue=4))
    for tag, (clock, row, bank, column, is_write) in enumerate(sorted(load)):
        memory.request(clock * 1250, place(row, bank, column), write=bool(is_write), tag=tag)
    memory.run(8000)
    for bank in range(8):
        own = [one.command for one in memory.log if one.bank in (bank, -1)]
        after = [own[number + 1] for number, name in enumerate(own) if name == "ACT"]
        assert set(after) <= {"RD", "WR"}
