"""Error bars by hand: small ledgers whose spread is known in closed form."""

from math import exp, log

import pytest

from cosim.activity import Term
from cosim.config import Constant
from cosim.spread import spread
from scenarios.measures import intervals
from scenarios.measures.activities import Activities

READ = Constant(2.0, "pJ", "a table", (spread(0.5, 2.0, "two tables", "cells"),))
WRITE = Constant(4.0, "pJ", "a table", (spread(0.5, 2.0, "two tables", "cells"),))
LEAK = Constant(1.0, "mW", "a table", (spread(0.5, 2.0, "temperature"),))
HOP = Constant(3.0, "cycles", "a guess", (spread(0.5, 2.0, "a guess"),))
CONSTANTS = {"read_pj": READ, "write_pj": WRITE, "leakage_mw": LEAK, "hop_cycles": HOP}


def run(time_ps: int, reads: float = 0, writes: float = 0, hops: float = 0) -> Activities:
    """Return a run; `hops` are 100 ps a cycle, and it leaks for as long as it lasts."""
    terms = (
        Term("reads", reads, "accesses", {"read_pj": 1}),
        Term("writes", writes, "accesses", {"write_pj": 1}),
        Term("leakage", time_ps / 1_000, "ns", {"leakage_mw": 1}, over_time=True),
    )
    delays = (Term("hops", hops * 100, "ps", {"hop_cycles": 1}),)
    return Activities(time_ps, {"memory": terms}, delays, CONSTANTS)


def test_the_nominal_energy_is_counts_times_constants() -> None:
    found = intervals.interval(intervals.energy_pj, run(10_000, reads=5, writes=3))
    assert found.nominal == 5 * 2 + 3 * 4 + 10


def test_constants_with_one_cause_are_too_large_together() -> None:
    found = intervals.interval(intervals.energy_pj, run(0, reads=5, writes=3))
    assert found == pytest.approx((22.0, 11.0, 44.0), rel=0.03)


def test_independent_constants_make_less_than_the_sum_of_their_spreads() -> None:
    low, high = intervals.interval(intervals.energy_pj, run(22_000, reads=5, writes=3))[1:]
    assert low + 9 > 22 + 11 and high < 44 + 44
    # half-widths of two equal parts, joined as squares near the middle
    wide = exp(log(2) / 2**0.5)
    assert high == pytest.approx(44 * wide, rel=0.05)


def test_what_two_runs_share_does_not_blur_their_ratio() -> None:
    run_a, run_b = run(0, reads=5, writes=3), run(0, reads=10, writes=6)
    found = intervals.interval(intervals.improvement, run_a, run_b)
    assert found == pytest.approx((0.5, 0.5, 0.5))


def test_time_follows_its_delays_and_leakage_follows_time() -> None:
    slow = run(10_000, hops=10)  # 3 ns of the 10 are hops
    bars = {bar.cause: bar for bar in intervals.tornado(intervals.time_ps, slow)}
    assert bars["hop_cycles"][1:] == pytest.approx((8_500, 13_000))
    bars = {bar.cause: bar for bar in intervals.tornado(intervals.energy_pj, slow)}
    assert bars["hop_cycles"][1:] == pytest.approx((8.5, 13.0))


def test_speedup_moves_with_the_delays_of_one_of_two_runs() -> None:
    fast, base = run(10_000, hops=10), run(20_000)
    found = intervals.interval(intervals.speedup, fast, base)
    assert found == pytest.approx((2.0, 20 / 13, 20 / 8.5), rel=0.02)
    assert found.covers(2.2) and not found.covers(1.5)


def test_a_tornado_begins_with_the_cause_that_matters_most() -> None:
    bars = intervals.tornado(intervals.energy_pj, run(2_000, reads=5, writes=3))
    assert [bar.cause for bar in bars] == ["cells", "leakage_mw", "hop_cycles"]
    assert bars[0][1:] == pytest.approx((2 + 11, 2 + 44))


def test_a_seed_repeats_an_interval_and_another_one_moves_it_little() -> None:
    one = run(10_000, reads=5, hops=10)
    first, again, other = (
        intervals.interval(intervals.energy_pj, one, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert other == pytest.approx(first, rel=0.05)
