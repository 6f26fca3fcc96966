"""The timing checker: silent about our traces, and not deceived when a rule is left out."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.lpddr3 import Lpddr3Config, SpeedGrade, Trace, new_memory
from components.lpddr3.checker import Checker, Command, Violation
from components.lpddr3.parameters import PowerSaving, Refreshing, Scheduling
from components.lpddr3.player import replay_commands
from components.lpddr3.records import COMMAND_NAMES, TIMING
from components.lpddr3.timing import TWO_DIES_X64, Organisation

GRADE = SpeedGrade(t_rc_ps=70_000, t_refi_ps=800_000, t_ccd_cycles=5, t_rtrs_cycles=8)
"""A grade in which every rule binds: in the datasheet's tRAS + tRPpb, in clocks, exceeds tRC."""

VARIANTS = {
    "plain": Lpddr3Config(speed=GRADE),
    "closed": Lpddr3Config(speed=GRADE, scheduling=Scheduling(page="closed")),
    "adaptive": Lpddr3Config(speed=GRADE, scheduling=Scheduling(page="adaptive", cap=2)),
    "fcfs": Lpddr3Config(speed=GRADE, scheduling=Scheduling(policy="fcfs", commit=False)),
    "per_bank": Lpddr3Config(speed=GRADE, refresh=Refreshing(scope="per_bank", postponed=2)),
    "postponed": Lpddr3Config(speed=GRADE, refresh=Refreshing(postponed=8)),
    "two_ranks": Lpddr3Config(speed=GRADE, organisation=Organisation(ranks=2)),
    "resting_ranks": Lpddr3Config(
        speed=GRADE,
        organisation=Organisation(ranks=2),
        power=PowerSaving(power_down_cycles=4, self_refresh_cycles=60),
    ),
    "ranks_bank_by_bank": Lpddr3Config(
        speed=GRADE, organisation=Organisation(ranks=2), refresh=Refreshing(scope="per_bank")
    ),
    "resting": Lpddr3Config(
        speed=GRADE, power=PowerSaving(power_down_cycles=4, self_refresh_cycles=60)
    ),
}


def bursts(seed: int, count: int = 400) -> Trace:
    """Return requests in bursts with pauses between, to few rows of all banks."""
    choose = random.Random(seed)
    clock, rows = 0, []
    for _ in range(count):
        clock += choose.choice((0, 0, 0, 1, 3, 20, 150))
        bank, row, column = choose.randrange(8), choose.randrange(6), choose.randrange(4)
        rows.append((clock, row << 16 | bank << 13 | column << 6, choose.random() < 0.4))
    clocks, addresses, is_write = np.array(rows, np.int64).T.copy()
    return Trace(clocks, addresses, is_write, choose.choice((0, 1, 16)))


def commands(config: Lpddr3Config, trace: Trace, without: str = "") -> Iterator[Command]:
    """Yield the commands of a replay; `without` is a distance that the scheduler forgets."""
    memory = new_memory(config)
    if without:
        memory.timing[0][without] = 0
    for rows in replay_commands(memory, [trace]):
        for row in rows:
            name = COMMAND_NAMES[int(row["command"])]
            bank, place, rank = int(row["bank"]), int(row["row"]), int(row["rank"])
            yield Command(int(row["cycle"]), name, bank, place, rank=rank)


def broken(config: Lpddr3Config, trace: Trace, without: str = "") -> list[Violation]:
    checker = Checker(config.speed, config.organisation)
    return list(checker.check(commands(config, trace, without)))


@pytest.mark.parametrize("name", VARIANTS)
@settings(max_examples=20)
@given(seed=st.integers(0, 1 << 32))
def test_no_trace_of_ours_breaks_a_rule(name: str, seed: int) -> None:
    assert broken(VARIANTS[name], bursts(seed)) == []


DISTANCES = [
    name for name in TIMING.names or ()
    if name not in ("p", "q", "burst", "read_data", "write_data", "refresh_interval")
]  # fmt: skip
"""Rows of the scheduler's table that are a distance between two commands."""


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_distance_that_the_scheduler_forgets_is_caught(distance: str) -> None:
    variants = ["per_bank", "resting", "plain", "closed", "two_ranks"]
    found = (broken(VARIANTS[name], bursts(seed), distance) for name in variants for seed in (1, 2))
    assert any(violations for violations in found)


def test_refresh_that_is_forgotten_is_caught() -> None:
    never = Lpddr3Config(speed=GRADE.model_copy(update={"t_refi_ps": 0}))
    checker = Checker(GRADE, never.organisation)
    found = {one.rule for one in checker.check(commands(never, bursts(1, 3000)))}
    assert found == {"tREFI"}


def check(*given: Command) -> list[Violation]:
    return list(Checker(SpeedGrade(), TWO_DIES_X64).check(given))


def test_a_broken_rule_is_told_with_its_pair_and_the_slack() -> None:
    (found,) = check(Command(100, "ACT", 3, 7), Command(112, "RD", 3, 7, "a.cmd:2"))
    assert (found.rule, found.slack) == ("tRCD", 12 - 15)
    assert str(found) == (
        "a.cmd:2: tRCD: RD of bank 3 at 112 must come 15 clocks after ACT of bank 3 at 100, not 12"
    )


def test_five_activates_within_the_window_are_one_too_many() -> None:
    (found,) = check(*(Command(8 * bank, "ACT", bank, 0) for bank in range(5)))
    assert (found.rule, found.slack) == ("tFAW", 32 - 40)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("RD", 0, 5)], "its bank has no open row"),
        ([("ACT", 0, 5), ("ACT", 0, 6)], "its bank has an open row"),
        ([("ACT", 0, 5), ("RD", 0, 6)], "row 5 is open, not 6"),
        ([("ACT", 0, 5), ("REF", -1, -1)], "bank 0 has an open row"),
        ([("PDE", -1, -1), ("ACT", 0, 5)], "the rank sleeps since PDE at 0"),
        ([("PDX", -1, -1)], "the rank is awake"),
        ([("ACT", 0, 16_384)], "its banks have 16384 rows"),
        ([("ACT", 8, 0)], "the device has 1 ranks of 8 banks"),
    ],
)
def test_a_command_in_the_wrong_state_is_told(given: list[tuple[str, int, int]], told: str) -> None:
    found = check(*(Command(200 * n, *one) for n, one in enumerate(given)))
    assert [told in str(one) for one in found] == [True]


def test_the_slack_of_a_rule_that_is_kept_is_not_told() -> None:
    assert check(Command(100, "ACT", 3, 7), Command(115, "RD", 3, 7)) == []
