"""Random traces: no rule broken, every request answered once, nobody starves."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.lpddr3 import Lpddr3Config, Organisation, SpeedGrade, Trace, new_memory
from components.lpddr3.checker import Checker, Command
from components.lpddr3.parameters import PowerSaving, Refreshing, Scheduling
from components.lpddr3.player import LOG_ROWS, Player
from components.lpddr3.records import COMMAND_NAMES

TRACES = 10_000

GAPS = st.sampled_from([0, 0, 0, 0, 1, 2, 5, 17, 60, 400])
"""Clocks from one request to the next."""

REQUESTS = st.lists(
    st.tuples(GAPS, st.integers(0, 3), st.integers(0, 15), st.integers(0, 7), st.booleans()),
    min_size=1,
    max_size=60,
)
"""Gap, row, bank, column, whether it writes."""

CONFIGS = st.builds(
    Lpddr3Config,
    speed=st.sampled_from([SpeedGrade(), SpeedGrade(t_refi_ps=500_000)]),
    organisation=st.builds(
        Organisation, ranks=st.sampled_from([1, 2]), channels=st.sampled_from([1, 2])
    ),
    scheduling=st.builds(
        Scheduling,
        policy=st.sampled_from(["fr_fcfs", "fcfs", "column_first"]),
        page=st.sampled_from(["open", "closed", "adaptive"]),
        cap=st.sampled_from([0, 1, 4, 16]),
        protect_hits=st.booleans(),
        commit=st.booleans(),
        read_queue=st.sampled_from([1, 4, 32]),
        write_queue=st.sampled_from([1, 4, 32]),
    ),
    refresh=st.builds(
        Refreshing,
        scope=st.sampled_from(["all_bank", "per_bank"]),
        postponed=st.sampled_from([0, 1, 8]),
    ),
    power=st.builds(
        PowerSaving,
        power_down_cycles=st.sampled_from([0, 0, 8]),
        self_refresh_cycles=st.sampled_from([0, 0, 300]),
    ),
)


def made(rows: list[tuple[int, int, int, int, bool]], window: int) -> Trace:
    """Return a trace of REQUESTS; the row is spread over ranks and channels too."""
    gap, row, bank, column, is_write = np.array(rows, np.int64).T
    addresses = row << 17 | bank << 13 | column << 6
    return Trace(np.cumsum(gap), addresses, np.ascontiguousarray(is_write), window)


def check(config: Lpddr3Config, trace: Trace) -> None:
    """Replay a trace; hold its commands against the rules and its answers against the requests."""
    player = Player(new_memory(config), LOG_ROWS, LOG_ROWS)
    checkers = [Checker(config.speed, config.organisation) for _ in player.memory.channel]
    answered: list[int] = []
    for piece in (trace, None):
        for logged in player.play(piece):
            answered += logged.reads["number"].tolist()
            for cycle, channel, rank, name, bank, row, _ in logged.commands.tolist():
                command = Command(cycle, COMMAND_NAMES[name], bank, row, rank=rank)
                assert list(checkers[channel].take(command)) == []
    assert sorted(answered) == np.flatnonzero(trace.is_write == 0).tolist()


@settings(max_examples=60)
@given(CONFIGS, REQUESTS, st.sampled_from([0, 1, 4, 16]))
def test_no_rule_is_broken_and_every_read_is_answered_once(
    config: Lpddr3Config, rows: list[tuple[int, int, int, int, bool]], window: int
) -> None:
    check(config, made(rows, window))


@pytest.mark.slow
@settings(max_examples=TRACES, suppress_health_check=[HealthCheck.too_slow])
@given(CONFIGS, REQUESTS, st.sampled_from([0, 1, 4, 16]))
def test_ten_thousand_random_traces_break_no_rule(
    config: Lpddr3Config, rows: list[tuple[int, int, int, int, bool]], window: int
) -> None:
    check(config, made(rows, window))


@pytest.mark.parametrize("cap", [1, 4, 16])
def test_no_more_hits_than_the_cap_overtake_a_request_for_another_row(cap: int) -> None:
    # an endless stream of hits in row 0 of bank 0, and one read of row 1 among them
    count = 400
    columns = np.arange(count) % 128
    addresses = columns * 64
    addresses[20] = 1 << 16
    trace = Trace(np.arange(count), addresses, np.zeros(count, np.int64), 0)
    config = Lpddr3Config(
        speed=SpeedGrade(t_refi_ps=0), scheduling=Scheduling(cap=cap, protect_hits=False)
    )
    player = Player(new_memory(config), 0, LOG_ROWS)
    order: list[int] = []
    for piece in (trace, None):
        for logged in player.play(piece):
            order += logged.reads["number"].tolist()
    before = order[: order.index(20)]
    assert sum(number > 20 for number in before) <= cap
