import pytest

from components.imac import TimerConfig, timer_cycles
from components.imac.timer import Timer
from cosim import Clock, Module, ProtocolError, Simulator, signal

MEGAHERTZ = 1_000_000


class Levels(Module):
    """Drives the timer's two inputs."""

    loading = signal("loading")
    computing = signal("computing")


class Bench:
    def __init__(self, clock_hz=1_000 * MEGAHERTZ, cycles=3):
        self.sim = Simulator(clock=Clock(777 * MEGAHERTZ))
        self.levels = Levels("levels", self.sim)
        self.timer = Timer("timer", self.sim, config=TimerConfig(clock_hz=clock_hz))
        self.timer.loading.bind(self.levels.loading)
        self.timer.computing.bind(self.levels.computing)
        self.timer.load(cycles)
        self.zeros: list[tuple[int, int]] = []
        self.timer.zero.listen(lambda when_ps, value: self.zeros.append((when_ps, value)))

    def play(self, *steps):
        """Write levels at times: (ps, signal name, value)."""

        def drive():
            for when_ps, name, value in steps:
                yield when_ps - self.sim.now_ps
                getattr(self.levels, name).write(value)

        self.sim.elaborate()
        self.sim.env.process(drive())
        self.sim.run()


# arXiv:2105.13904 and facts: LeNet 16 ns, MLP and VGG 11 ns, at 1.8 and 4.0 GHz
@pytest.mark.parametrize(
    ("needed_ns", "clock_hz", "cycles"),
    [
        (16, 1_800 * MEGAHERTZ, 29),
        (16, 4_000 * MEGAHERTZ, 64),
        (11, 1_800 * MEGAHERTZ, 20),
        (11, 4_000 * MEGAHERTZ, 44),
    ],
)
def test_reload_value_is_the_time_in_whole_cycles(needed_ns, clock_hz, cycles):
    config = TimerConfig(clock_hz=clock_hz, guard_cycles=0)
    assert timer_cycles(config, needed_ns * 1_000) == cycles
    assert timer_cycles(config.model_copy(update={"guard_cycles": 2}), needed_ns * 1_000) == (
        cycles + 2
    )


def test_zero_comes_after_as_many_edges_as_were_loaded():
    bench = Bench()
    bench.play((1_000, "loading", 1), (2_300, "loading", 0), (2_300, "computing", 1))
    # edges of 1 GHz after 2,300 ps: 3,000, 4,000, 5,000
    assert bench.zeros == [(5_000, 1)]


def test_its_clock_is_not_the_cores():
    bench = Bench(clock_hz=500 * MEGAHERTZ)
    bench.play((1_000, "loading", 1), (2_300, "computing", 1))
    assert bench.zeros == [(8_000, 1)]  # edges at 4,000, 6,000, 8,000 ps


def test_zero_falls_when_the_next_transfer_begins():
    bench = Bench()
    bench.play(
        (1_000, "loading", 1), (2_000, "loading", 0), (2_000, "computing", 1),
        (4_000, "computing", 0), (9_000, "loading", 1),
    )  # fmt: skip
    assert bench.zeros == [(5_000, 1), (9_000, 0)]
    assert bench.timer.count.value == 3


def test_a_transfer_that_begins_while_it_counts_reloads_it():
    bench = Bench()
    bench.play(
        (1_000, "loading", 1), (2_000, "loading", 0), (2_000, "computing", 1),
        (3_500, "computing", 0), (3_600, "loading", 1), (7_000, "computing", 1),
    )  # fmt: skip
    assert bench.zeros == [(10_000, 1)]


def test_slack_is_the_time_from_codes_to_zero():
    bench = Bench()
    bench.play((1_000, "loading", 1), (2_000, "computing", 1), (4_400, "computing", 0))
    assert bench.timer.slack.value == 5_000 - 4_400


@pytest.mark.parametrize(("cycles", "needed_ps", "lasts"), [(3, 2_000, True), (3, 2_001, False)])
def test_a_count_may_begin_just_before_an_edge(cycles, needed_ps, lasts):
    assert Bench(cycles=cycles).timer.lasts(needed_ps) is lasts


@pytest.mark.parametrize("cycles", [0, 65_536])
def test_counts_that_do_not_fit_are_refused(cycles):
    with pytest.raises(ProtocolError, match=f"must be loaded with 1 to 65535 cycles, not {cycles}"):
        Bench(cycles=cycles)
