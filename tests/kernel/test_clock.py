"""Clock edges: exact, without drift, equal in Python and in compiled code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.clock import Clock, cycle_at_or_after, edge
from cosim.errors import TimeError

FREQUENCIES = st.integers(1, 10**7).map(lambda khz: khz * 1_000)
TIMES_PS = st.integers(0, 10**16)


def test_edges_of_a_period_with_a_fraction_do_not_drift() -> None:
    clock = Clock(3_000_000_000)
    assert [clock.edge(n) for n in range(4)] == [0, 333, 666, 1_000]
    assert clock.edge(3_000_000_000) == 10**12


def test_period_is_a_reduced_fraction() -> None:
    assert (Clock(1_600_000_000).p, Clock(1_600_000_000).q) == (625, 1)
    assert (Clock(3_000_000_000).p, Clock(3_000_000_000).q) == (1_000, 3)


def test_cycles_until_counts_to_the_edge_at_or_after() -> None:
    clock = Clock(1_000_000_000)
    assert [clock.cycles_until(ps) for ps in (0, 1, 1_000, 1_001)] == [0, 1, 1, 2]
    assert [clock.cycle_of(ps) for ps in (0, 999, 1_000, 1_001)] == [0, 0, 1, 1]


def test_an_edge_after_a_time_counts_from_the_last_edge_until_then() -> None:
    clock = Clock(3_000_000_000)  # edges at 0, 333, 666 and 1,000 ps
    assert [clock.edge_after(ps, 1) for ps in (0, 332, 333, 999)] == [333, 333, 666, 1_000]
    assert [clock.edge_after(334, cycles) for cycles in (0, 2)] == [333, 1_000]


@given(FREQUENCIES, TIMES_PS)
def test_cycle_numbers_bracket_every_time(hz: int, when_ps: int) -> None:
    clock = Clock(hz)
    after, before = clock.cycles_until(when_ps), clock.cycle_of(when_ps)
    assert clock.edge(after) >= when_ps and (after == 0 or clock.edge(after - 1) < when_ps)
    assert clock.edge(before) <= when_ps < clock.edge(before + 1)


@given(FREQUENCIES, TIMES_PS)
def test_compiled_twins_agree_with_the_clock(hz: int, when_ps: int) -> None:
    clock = Clock(hz)
    cycle = clock.cycles_until(when_ps)
    assert cycle_at_or_after(clock.p, clock.q, when_ps) == cycle
    assert edge(clock.p, clock.q, cycle) == clock.edge(cycle)


@pytest.mark.parametrize("hz", [0, -1_000, 1_500, 10**12 + 1_000])
def test_a_frequency_that_is_no_whole_number_of_khz_is_refused(hz: int) -> None:
    with pytest.raises(TimeError, match="Clock.hz must be a whole number of kHz"):
        Clock(hz)
