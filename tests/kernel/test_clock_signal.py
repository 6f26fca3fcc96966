"""Clock signals: edges, what is not scheduled, periods that do not fit, declared clocks."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import (
    Clock,
    ClockSignal,
    Environment,
    Module,
    SignalError,
    Simulator,
    Steps,
    TimeError,
    clock_signal,
    in_port,
)

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def watch(env: Environment, *events: object) -> list[int]:
    """Return a list of the times at which one of the events fired."""
    seen: list[int] = []
    env.method(lambda: seen.append(env.now), events, initialize=False)
    return seen


def levels(env: Environment, clock: ClockSignal, *times_ps: int) -> list[int]:
    """Return what a process reads 1 delta cycle after each time."""
    seen: list[int] = []

    def body() -> Steps:
        for when_ps in times_ps:
            yield when_ps - env.now
            yield 0
            yield 0
            seen.append(clock.value)

    env.process(body())
    env.run(max(times_ps) + 1)
    return seen


def test_a_clock_is_high_for_its_duty_of_each_period(env):
    clock = ClockSignal(env, "clock", 10 * NS, duty=0.3)
    rises, falls = watch(env, clock.posedge), watch(env, clock.negedge)
    env.run(25 * NS)
    assert rises == [0, 10 * NS, 20 * NS]
    assert falls == [3 * NS, 13 * NS, 23 * NS]


def test_a_clock_may_start_later_and_with_a_falling_edge(env):
    clock = ClockSignal(env, "clock", 10 * NS, duty=0.3, start_ps=4 * NS, posedge_first=False)
    rises, falls = watch(env, clock.posedge), watch(env, clock.negedge)
    assert clock.value == 1
    env.run(25 * NS)
    assert falls == [4 * NS, 14 * NS, 24 * NS]
    assert rises == [11 * NS, 21 * NS]  # low for 70 % of 10 ns


@pytest.mark.parametrize("heard", ["none", "posedge", "negedge", "changed"])
def test_the_level_is_the_same_whatever_is_heard(env, heard):
    clock = ClockSignal(env, "clock", 10 * NS, duty=0.3, start_ps=5 * NS)
    if heard != "none":
        watch(env, getattr(clock, heard))
    times = [ns * NS for ns in (1, 5, 6, 8, 9, 14, 15, 17, 18, 25)]
    assert levels(env, clock, *times) == [0, 1, 1, 0, 0, 0, 1, 1, 0, 1]


def test_a_clock_that_nobody_hears_schedules_nothing(env):
    clock = ClockSignal(env, "clock", 10 * NS)
    assert clock.value == 1
    env.run()
    assert (env.now, env.delta_count) == (0, 0)


def test_an_edge_that_nobody_hears_takes_no_delta_cycle(env):
    clock = ClockSignal(env, "clock", 10 * NS)
    watch(env, clock.posedge)
    env.run(100 * NS)
    assert env.delta_count == 2 * 10  # edges at 0, 10, ... 90 ns, two delta cycles each


def test_every_edge_takes_its_delta_cycle_if_asked_for(env):
    clock = ClockSignal(env, "clock", 10 * NS, every_edge=True)
    watch(env, clock.posedge)
    env.run(100 * NS)
    assert env.delta_count == 2 * 10 + 10  # nobody runs in the second one of a falling edge


def test_a_heard_edge_comes_in_the_second_delta_cycle_of_its_instant(env):
    clock, seen = ClockSignal(env, "clock", 10 * NS), []
    env.method(
        lambda: seen.append((env.now, env.delta_count, clock.event)), [clock], initialize=False
    )
    env.run(11 * NS)
    assert seen == [(0, 1, True), (5 * NS, 3, True), (10 * NS, 5, True)]


def test_an_edge_can_be_asked_for_while_the_clock_runs(env):
    clock = ClockSignal(env, "clock", 10 * NS)
    rises = watch(env, clock.posedge)
    seen = []

    def body() -> Steps:
        yield 12 * NS
        for _ in range(2):
            yield clock.negedge
            seen.append((env.now, clock.value))

    env.process(body())
    env.run(41 * NS)
    assert seen == [(15 * NS, 0), (25 * NS, 0)]
    assert rises == [0, 10 * NS, 20 * NS, 30 * NS, 40 * NS]


@pytest.mark.parametrize("asked_at_ps", [0, 5 * NS, 10 * NS, 15 * NS])
def test_an_edge_asked_for_at_its_own_instant_comes_once(env, asked_at_ps):
    clock = ClockSignal(env, "clock", 10 * NS)
    rises = watch(env, clock.posedge)
    changes: list[int] = []

    def body() -> Steps:
        yield env.timeout(asked_at_ps)
        while True:
            yield clock.changed
            changes.append(env.now)

    env.process(body())
    env.run(26 * NS)
    assert changes == [ns * NS for ns in range(0, 26, 5) if ns * NS >= asked_at_ps]
    assert rises == [0, 10 * NS, 20 * NS]


def test_edges_of_a_period_that_does_not_fit_are_rounded_down_one_by_one(env):
    clock = ClockSignal(env, "clock", Fraction(10_000, 3))  # 300 MHz
    rises = watch(env, clock.posedge)
    env.run(10 * NS + 1)
    assert rises == [0, 3_333, 6_666, 10_000]


def test_all_edges_of_a_period_that_does_not_fit_are_heard(env):
    clock = ClockSignal(env, "clock", Fraction(10_000, 3))
    changes = watch(env, clock)
    env.run(10 * NS + 1)
    assert changes == [0, 1_667, 3_333, 5_000, 6_666, 8_333, 10_000]  # high for 1666.7: 1667 ps


def test_a_listener_hears_each_level(env):
    clock, heard = ClockSignal(env, "clock", 10 * NS, start_ps=2 * NS), []
    clock.listen(lambda when_ps, level: heard.append((when_ps, level)))
    env.run(13 * NS)
    assert heard == [(2 * NS, 1), (7 * NS, 0), (12 * NS, 1)]


def test_nobody_writes_a_clock(env):
    clock = ClockSignal(env, "soc.clock", 10 * NS)
    with pytest.raises(SignalError) as refused:
        clock.write(1)
    assert str(refused.value) == "soc.clock is a clock and must not be written"


@pytest.mark.parametrize(("period_ps", "duty", "high_ps"), [(1, 0.5, 0), (10, 0.99, 10)])
def test_a_clock_without_two_levels_is_refused(env, period_ps, duty, high_ps):
    with pytest.raises(TimeError) as refused:
        ClockSignal(env, "soc.clock", period_ps, duty=duty)
    assert str(refused.value) == (
        "soc.clock must be 1 for 1 ps or more and 0 for 1 ps or more of its period of "
        f"{period_ps} ps, not 1 for {high_ps} ps; change period_ps or duty"
    )


@given(
    period_ps=st.integers(4, 50),
    part=st.integers(1, 3),
    start_ps=st.integers(0, 60),
    posedge_first=st.booleans(),
    asked_at_ps=st.integers(0, 120),
)
def test_rising_edges_are_the_same_whenever_the_falling_ones_are_asked_for(
    period_ps, part, start_ps, posedge_first, asked_at_ps
):
    env = Environment()
    duty = part / 4
    clock = ClockSignal(
        env, "clock", period_ps, duty=duty, start_ps=start_ps, posedge_first=posedge_first
    )
    rises, falls = watch(env, clock.posedge), []

    def body() -> Steps:
        yield env.timeout(asked_at_ps)
        while True:
            yield clock.negedge
            falls.append(env.now)

    env.process(body())
    env.run(200)
    high_ps = round(period_ps * duty)
    first_rise = start_ps if posedge_first else start_ps + period_ps - high_ps
    first_fall = start_ps + high_ps if posedge_first else start_ps
    assert rises == list(range(first_rise, 200, period_ps))
    assert falls == [when for when in range(first_fall, 200, period_ps) if when >= asked_at_ps]


class Source(Module):
    """Offers its clock to others."""

    clk = clock_signal("the clock of the module, as a wire")
    slow = clock_signal("a clock of its own", period_ps=100 * NS, duty=0.1)


class Divider(Module):
    """Counts edges."""

    clk = in_port("a clock")

    def build(self) -> None:
        self.edges: list[int] = []

    @clk.on_posedge
    def rise(self) -> None:
        self.edges.append(self.now_ps)


def test_a_declared_clock_ticks_like_the_clock_of_its_module():
    clock = Clock(300_000_000)
    sim = Simulator(clock=clock)
    source, divider = Source("source", sim), Divider("divider", sim)
    divider.clk.bind(source.clk)
    sim.run(20 * NS)
    assert divider.edges == [clock.edge(number) for number in range(6)]


def test_a_declared_clock_is_a_gauge_and_runs_for_who_watches():
    sim = Simulator(clock=Clock(1_000_000_000))
    source = Source("source", sim)
    heard: list[tuple[int, object]] = []
    source.slow.gauge.listen(lambda when_ps, level: heard.append((when_ps, level)))
    sim.run(150 * NS)
    assert [probe.path for probe in source.probes] == ["source.clk", "source.slow"]
    assert heard == [(10 * NS, 0), (100 * NS, 1), (110 * NS, 0)]


def test_the_first_wait_of_a_clock_is_a_delta_cycle_if_nothing_else_runs_then(env):
    clock = ClockSignal(env, "clock", 4_000, start_ps=3_000)
    counts = []
    env.method(lambda: counts.append(env.delta_count), [clock.posedge], initialize=False)
    env.run(4_000)
    assert counts == [2]  # 1 in SystemC: the edge alone came before
