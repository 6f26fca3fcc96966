from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cosim import (
    ElaborationError,
    Module,
    Probe,
    ProtocolError,
    SignalError,
    Simulator,
    Steps,
    View,
    counter,
    distribution,
    energy,
    gauge,
    held,
    process,
    span,
)


class Part(Module):
    """A part with one probe of each kind."""

    jobs = counter("jobs finished")
    busy = gauge("a job runs")
    level = gauge("signed level", width_bits=4, signed=True)
    volts = gauge("supply", real=True, unit="V", initial=0.8)
    state = gauge("state", states=("IDLE", "LOADING"))
    note = gauge("remark", text=True)
    job = span("one job")
    waits = distribution("waiting time", unit="ps")
    spent = energy("what it costs")
    hits = held("hits", record="table", field="hits")

    def build(self) -> None:
        self.table = np.zeros(2, [("hits", np.int64)])

    @process
    def run(self) -> Steps:
        yield from ()


class Listener:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, Any]] = []

    def __call__(self, when_ps: int, value: Any) -> None:
        self.heard.append((when_ps, value))


@pytest.fixture
def part() -> Part:
    return Part("part", Simulator())


def advance(part: Part, until_ps: int) -> None:
    part.env.run(until_ps)


def test_a_probe_knows_its_path_sentence_and_owner(part):
    assert part.busy.path == "part.busy"
    assert part.busy.doc == "a job runs"
    assert part.busy.name == "busy"
    assert part.busy.owner is part


def test_probes_are_found_in_the_order_of_their_declaration(part):
    names = [probe.name for probe in part.probes]
    assert names == [
        "jobs", "busy", "level", "volts", "state", "note", "job", "waits", "spent", "hits",
    ]  # fmt: skip


def test_two_instances_have_probes_of_their_own():
    sim = Simulator()
    one, other = Part("one", sim), Part("other", sim)
    one.jobs.add(3)
    assert (one.jobs.value, other.jobs.value) == (3, 0)


def test_a_counter_grows_and_refuses_to_shrink(part):
    part.jobs.add()
    part.jobs.add(2)
    assert part.jobs.value == 3
    with pytest.raises(ProtocolError) as refused:
        part.jobs.add(-1)
    assert str(refused.value) == (
        "part.jobs is a counter and must grow; it was given -1; use a gauge"
    )


def test_counters_and_distributions_tell_what_is_added(part):
    counted, sampled = Listener(), Listener()
    part.jobs.listen(counted)
    part.waits.listen(sampled)
    part.jobs.add(2)
    part.waits.add(17.0)
    assert (counted.heard, sampled.heard) == ([(0, 2)], [(0, 17.0)])


def test_a_probe_prints_its_kind_path_and_value(part):
    assert repr(part.jobs) == "<counter part.jobs = 0>"


def test_a_held_counter_is_read_from_its_record(part):
    part.table[0]["hits"] = 7
    assert part.hits.value == 7


def test_a_held_counter_cannot_be_listened_to(part):
    with pytest.raises(ElaborationError) as refused:
        part.hits.listen(Listener())
    assert str(refused.value) == (
        "part.hits is held in table[0].hits and cannot be listened to; read .value when you need it"
    )


def test_a_gauge_tells_changes_only_with_their_time(part):
    heard = Listener()
    part.busy.listen(heard)
    part.busy.set(0)
    part.busy.set(1)
    part.busy.set(1)
    advance(part, 500)
    part.busy.set(0)
    assert heard.heard == [(0, 1), (500, 0)]


def test_a_listener_that_left_hears_nothing(part):
    heard = Listener()
    part.busy.listen(heard)
    part.busy.unlisten(heard)
    part.busy.set(1)
    assert heard.heard == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("busy", 2, "part.busy must be a whole number from 0 to 1, not 2"),
        ("busy", -1, "part.busy must be a whole number from 0 to 1, not -1"),
        ("busy", 0.5, "part.busy must be a whole number from 0 to 1, not 0.5"),
        ("level", 8, "part.level must be a whole number from -8 to 7, not 8"),
        ("level", -9, "part.level must be a whole number from -8 to 7, not -9"),
        ("busy", "1", "part.busy must be a whole number from 0 to 1, not '1'"),
        ("volts", "high", "part.volts must be a number, not 'high'"),
        ("volts", float("nan"), "part.volts must be a number, not nan"),
        ("state", "BUSY", "part.state must be one of IDLE, LOADING, not 'BUSY'"),
        ("note", 3, "part.note must be text, not 3"),
    ],
)
def test_a_gauge_refuses_what_does_not_fit(part, name, value, message):
    with pytest.raises(SignalError) as refused:
        getattr(part, name).set(value)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", -8), ("level", 7), ("volts", -0.3), ("state", "LOADING"), ("note", "image 3")],
)
def test_a_gauge_takes_what_fits(part, name, value):
    getattr(part, name).set(value)
    assert getattr(part, name).value == value


def test_gauges_begin_with_their_first_value(part):
    begin = (part.busy.value, part.level.value, part.volts.value, part.state.value, part.note.value)
    assert begin == (0, 0, 0.8, "IDLE", "")


def test_a_span_tells_its_label_and_its_end_and_adds_up_time(part):
    heard = Listener()
    part.job.listen(heard)
    with part.job("vector 1"):
        assert part.job.value == "vector 1"
        advance(part, 300)
    advance(part, 1_000)
    with part.job("vector 2"):
        advance(part, 1_050)
    assert heard.heard == [(0, "vector 1"), (300, None), (1_000, "vector 2"), (1_050, None)]
    assert (part.job.count, part.job.total_ps) == (2, 350)


def test_a_span_ends_when_its_block_fails(part):
    with pytest.raises(KeyError), part.job("broken"):
        raise KeyError
    assert part.job.value is None


def test_spans_of_one_probe_do_not_overlap(part):
    part.job.begin("a")
    with pytest.raises(ProtocolError) as refused:
        part.job.begin("b")
    assert str(refused.value) == (
        "part.job: 'b' begins while 'a' is open; end it first, or declare a second span"
    )


def test_a_span_cannot_end_before_it_begins(part):
    with pytest.raises(ProtocolError) as refused:
        part.job.end()
    assert str(refused.value) == "part.job: end without begin; begin a span first"


def test_a_distribution_keeps_moments_extremes_and_bins(part):
    for sample in (2, 4, 4, 4, 5, 5, 7, 9):
        part.waits.add(sample)
    waits = part.waits
    assert (waits.count, waits.lowest, waits.highest, waits.value) == (8, 2, 9, 5.0)
    assert waits.deviation == 2.0  # the textbook example: mean 5, deviation 2
    assert waits.bins == {2: 1, 3: 6, 4: 1}  # 2..3, 4..7, 8..15


def test_a_distribution_without_samples_is_zero(part):
    assert (part.waits.value, part.waits.deviation, part.waits.lowest) == (0.0, 0.0, None)


def test_energy_adds_what_is_spent_and_static_power_over_time(part):
    part.spent.power(2.0)
    advance(part, 3_000)
    part.spent.power(0.5)
    part.spent.spend(1.25)
    advance(part, 5_000)
    # 2 mW * 3 ns = 6 pJ; 1.25 pJ at once; 0.5 mW * 2 ns = 1 pJ
    assert part.spent.value == 6 + 1.25 + 1


def integral_pj(heard: list[tuple[int, float]], end_ps: int) -> float:
    """Area under a staircase of (ps, mW), in pJ."""
    corners = [*heard, (end_ps, 0.0)]
    return sum(mw * (after - when) / 1_000 for (when, mw), (after, _) in pairwise(corners))


def test_the_integral_of_the_power_heard_is_the_energy(part):
    heard = Listener()
    part.spent.listen(heard)
    part.spent.power(1.0)
    advance(part, 1_000)
    part.spent.spend(4.0, over_ps=2_000)
    advance(part, 2_000)
    part.spent.spend(3.0, over_ps=500)
    advance(part, 10_000)
    part.spent.power(0.0)
    assert heard.heard == [
        (0, 1.0),
        (1_000, 3.0),  # 4 pJ over 2 ns is 2 mW
        (2_000, 9.0),  # 3 pJ over 0.5 ns is 6 mW
        (2_500, 3.0),
        (3_000, 1.0),
        (10_000, 0.0),
    ]
    assert integral_pj(heard.heard, 10_000) == part.spent.value == 10 + 4 + 3


def test_another_probe_ends_a_pulse_that_is_due_before_it_tells(part):
    order: list[tuple[str, int]] = []
    part.spent.listen(lambda when_ps, value: order.append(("spent", when_ps)))
    part.busy.listen(lambda when_ps, value: order.append(("busy", when_ps)))
    part.spent.spend(1.0, over_ps=700)
    advance(part, 900)
    part.busy.set(1)
    assert order == [("spent", 0), ("spent", 700), ("busy", 900)]


def test_pulses_end_at_their_own_time_when_the_simulation_is_finished_earlier():
    heard = Listener()
    with Simulator() as sim:
        part = Part("part", sim)
        part.spent.listen(heard)
        sim.run()
        part.spent.spend(2.0, over_ps=400)
    assert heard.heard == [(0, 5.0), (400, 0.0)]


@pytest.mark.parametrize(("energy_pj", "over_ps"), [(-1.0, 1_000), (1.0, 0)])
def test_energy_is_never_negative_nor_without_duration(part, energy_pj, over_ps):
    with pytest.raises(ProtocolError) as refused:
        part.spent.spend(energy_pj, over_ps)
    assert str(refused.value) == (
        "part.spent must be given 0 pJ or more over 1 ps or more, "
        f"not {energy_pj} pJ over {over_ps} ps"
    )


class Watcher:
    """An observer that writes down what it is told."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.probes: list[Probe] = []
        self.finished_ps = -1

    def start(self, view: View) -> None:
        self.probes = list(view.probes())

    def finish(self, now_ps: int) -> None:
        self.finished_ps = now_ps
        if self.fails:
            raise OSError("disk full")


def test_an_observer_sees_every_probe_and_the_end():
    watcher = Watcher()
    with Simulator() as sim:
        part = Part("part", sim)
        sim.observe(watcher)
        sim.run()
        part.env.run(250)
    assert len(watcher.probes) == 10
    assert watcher.finished_ps == 250


def test_an_observer_may_join_a_running_simulation():
    watcher = Watcher()
    with Simulator() as sim:
        Part("part", sim)
        sim.run(100)
        sim.observe(watcher)
        assert len(watcher.probes) == 10
    assert watcher.finished_ps == 100


def test_every_observer_is_finished_even_if_one_fails():
    broken, other = Watcher(fails=True), Watcher()
    sim = Simulator()
    Part("part", sim)
    sim.observe(broken)
    sim.observe(other)
    sim.run()
    with pytest.raises(OSError, match="disk full"):
        sim.finish()
    assert other.finished_ps == 0


def test_what_happens_after_the_end_is_not_told():
    heard = Listener()
    with Simulator() as sim:
        part = Part("part", sim)
        sim.run()
        part.busy.listen(heard)
    part.busy.set(1)
    assert heard.heard == []


def test_the_level_of_a_probe_is_kept():
    class Leveled(Module):
        row = gauge("open row", width_bits=14, level="full")

    assert Leveled("part", Simulator()).row.level == "full"
