"""Reference programs 16, 26, 27 and 28: starting and stopping, phases, stages, order.

Differs by intention: the order inside one delta cycle is first come, first served, everywhere.
"""

from functools import partial

import pytest

from cosim import (
    ElaborationError,
    Environment,
    Event,
    Module,
    Signal,
    Simulator,
    Stage,
    Steps,
    process,
    signal,
)
from tests.kernel.golden import Log, assert_same, case, golden

NS = 1_000
DURATIONS, STOP, STOP_NOW, PAUSE = (
    "sc_start durations",
    "sc_stop, finish the delta (default)",
    "sc_stop, immediate",
    "sc_pause",
)


class Top(Module):
    """Program 16."""

    s = signal("written when it stops")

    def build(self) -> None:
        self.log = Log()
        self.title = ""

    @s.on_change
    def on_s(self) -> None:
        self.log(f"  s={self.s.value}")

    @process
    def run(self) -> Steps:
        self.log("run starts")
        yield 10 * NS
        self.log("run")
        if self.title in (STOP, STOP_NOW):
            yield from self.stop()
        if self.title == PAUSE:
            self.s.write(1)
            self.env.pause()
            self.log("after the call of sc_pause")
            yield 0
            self.log("a delta after sc_pause")
        yield 10 * NS
        self.log("run")
        yield 10 * NS
        self.log("run ends")

    def stop(self) -> Steps:
        assert isinstance(self.sim, Simulator)
        self.s.write(1)
        self.sim.stop()
        if self.title == STOP_NOW:
            self.env.stop(immediately=True)
        self.log("after the call of sc_stop")
        yield 0
        self.log("a delta after sc_stop")

    @process
    def second(self) -> Steps:
        yield 10 * NS
        self.log("second, same time")
        yield 0
        self.log("second, next delta")


class Runs:
    """A simulation of program 16 and its log."""

    def __init__(self, title: str) -> None:
        self.sim = Simulator()
        self.top = Top("top", self.sim)
        self.top.title = title
        self.log = self.top.log
        self.log.title(title, self.sim.env)

    def state(self, what: str) -> None:
        env = self.sim.env
        waits = env.waits_for_time
        is_started = self.sim.status.name != "ELABORATION"
        now = is_started and env.peek() == env.now
        delay_ps = 0 if now else env.peek() - env.now if waits else -1
        when = "-" if delay_ps < 0 else f"{delay_ps // NS} ns" if delay_ps else "0 s"
        self.log(
            f"{what}: status {self.sim.status.name} pending now={now:d} future={waits:d} "
            f"any={now or waits:d} next in {when}"
        )

    def same(self) -> None:
        expected = [
            line for line in case("16_start_stop", self.top.title) if "| report" not in line
        ]
        assert_same(self.log.lines, expected)


def test_a_run_ends_before_what_is_due_at_its_end():
    runs = Runs(DURATIONS)
    sim = runs.sim
    runs.state("before")
    sim.run(10 * NS)
    runs.state("sc_start(10 ns): events at exactly 10 ns have not run")
    sim.env.run_delta()
    runs.state("sc_start(0): one delta")
    sim.env.run_delta()
    runs.state("sc_start(0)")
    sim.run(15 * NS)
    runs.state("sc_start(5 ns)")
    sim.run()
    runs.state("sc_start(100 ns, exit on starvation)")
    sim.run(130 * NS)
    runs.state("sc_start(100 ns): runs to time")
    sim.run()
    runs.state("sc_start() with nothing to do")
    runs.same()


@pytest.mark.parametrize("title", [STOP, STOP_NOW])
def test_a_stop_ends_after_the_updates_and_never_notifies(title):
    runs = Runs(title)
    runs.sim.run(100 * NS)
    runs.state("after")
    with pytest.raises(ElaborationError, match="a finished simulation cannot run"):
        runs.sim.run(110 * NS)
    runs.log("sc_start after sc_stop: sc_start called after sc_stop has been called")
    runs.same()


def test_a_pause_ends_after_the_delta_cycle_and_the_next_run_goes_on():
    runs = Runs(PAUSE)
    runs.sim.run(100 * NS)
    runs.state("after")
    runs.sim.run()
    runs.state("again")
    runs.same()


class Cell:
    """A channel of one's own."""

    def __init__(self, log: Log, name: str) -> None:
        self.log = log
        self.name = name
        self.value = self.next = self.updates = 0
        self.is_asked = False
        self.event = Event(log.env, name)

    def write(self, value: int) -> None:
        self.next = value
        if not self.is_asked:
            self.is_asked = True
            self.log.env.updates.append(self)

    def update(self) -> None:
        self.is_asked = False
        self.updates += 1
        self.log(f"  update of {self.name}: {self.value} -> {self.next}")
        self.value = self.next
        self.event.notify_delta()


class Cells:
    """Program 26."""

    def __init__(self) -> None:
        env = self.env = Environment()
        log = self.log = Log(env)
        a, b = self.a, self.b = Cell(log, "top.a"), Cell(log, "top.b")
        self.e = Event(env, "e")
        env.process(self.run())
        self.watch(a.event, lambda: log(f"on_a cur={a.value}"))
        self.watch(b.event, lambda: log(f"on_b cur={b.value}"))
        self.watch(self.e, lambda: log(f"on_e a.cur={a.value} (before the update)"))
        self.watch(self.e, self.same_delta)

    def watch(self, event: Event, function) -> None:
        self.env.method(function, [event], initialize=False)

    def same_delta(self) -> None:
        self.log("same_delta writes b")
        self.b.write(self.b.next + 1)

    def run(self) -> Steps:
        yield 10 * NS
        self.b.write(1)
        self.a.write(1)
        self.b.write(2)
        self.log("wrote b, a, b; immediate notify keeps us in the same evaluation phase")
        self.e.notify()
        yield 10 * NS
        self.log(f"updates a={self.a.updates} b={self.b.updates}")
        self.env.process(self.child())
        self.log("spawned")
        yield 0
        self.log(f"next delta a.cur={self.a.value}")
        yield 0
        self.log("one more")

    def child(self) -> Steps:
        self.log("a spawned process writes a")
        self.a.write(5)
        yield from ()


def test_a_channel_updates_once_per_delta_cycle_and_before_the_first():
    program = Cells()
    program.a.write(42)
    program.log(f"written before sc_start: cur={program.a.value}")
    program.env.run(100 * NS)
    program.log("end")
    assert_same(program.log.lines, golden("26_prim_channel"))


class Staged(Module):
    """Program 27; elaboration's stages are the callbacks of a module."""

    s = signal("paces the deltas", width_bits=2)

    def build(self) -> None:
        self.log = Log(self.env)
        for stage in Stage:
            self.env.on_stage(stage, partial(self.log, f"stage {stage.name}"))

    def before_end_of_elaboration(self) -> None:
        self.log("stage POST_BEFORE_END_OF_ELABORATION")

    def end_of_elaboration(self) -> None:
        self.log("stage POST_END_OF_ELABORATION")

    def start_of_simulation(self) -> None:
        self.log("stage POST_START_OF_SIMULATION")

    def end_of_simulation(self) -> None:
        self.log("stage POST_END_OF_SIMULATION")

    @s.on_change
    def on_s(self) -> None:
        self.log(f"s={self.s.value}")

    @process
    def run(self) -> Steps:
        e = Event(self.env, "e")
        self.log("run")
        self.s.write(1)
        yield 10 * NS
        e.notify_after(3 * NS)
        yield e.within(5 * NS)
        self.log(f"e triggered {e.triggered:d}")
        yield e.within(5 * NS)
        self.log(f"e triggered {e.triggered:d} (timeout)")
        self.s.write(2)
        self.env.pause()
        yield 5 * NS
        self.s.write(3)
        assert isinstance(self.sim, Simulator)
        self.sim.stop()


def test_stages_are_told_in_the_order_of_the_standard():
    sim = Simulator()
    top = Staged("top", sim)
    sim.run(100 * NS)
    top.log(f"paused? status {sim.status.name}")
    sim.run(200 * NS)
    top.log(f"end status {sim.status.name}")
    expected = [line for line in golden("27_2023_features") if "report info" not in line]
    assert_same(top.log.lines, expected)


class Crowd:
    """Program 28: six processes that become runnable together, for every cause there is."""

    def __init__(self, shuffle_seed: int | None = None) -> None:
        env = self.env = Environment(shuffle_seed=shuffle_seed)
        self.log = Log(env)
        self.e, self.m = Event(env, "e"), Event(env, "m")
        self.own = [Event(env, f"own[{i}]") for i in range(6)]
        self.s = [Signal(env, f"s[{i}]") for i in range(6)]
        for i in range(6):
            env.process(self.worker(i))
            self.watch(self.m, f"static method {i}")
            self.watch(self.s[i], f"signal method {i}")
        env.process(self.drive())

    def watch(self, sensitive: Event | Signal, text: str) -> None:
        self.env.method(lambda: self.log(text), [sensitive], initialize=False)

    def worker(self, i: int) -> Steps:
        self.log(f"start {i}")
        yield 10 * NS
        self.log(f"same timeout {i}")
        yield 20 * NS - self.env.now + (5 - i) * NS
        yield 30 * NS - self.env.now
        self.log(f"same absolute time, asked in reverse {i}")
        yield 40 * NS - self.env.now
        yield 0
        self.log(f"zero timeout {i}")
        yield self.e
        self.log(f"one event {i}")
        for how in ("delta notified", "timed", "immediate"):
            yield self.own[i]
            self.log(f"own event, {how} in order {i}")

    def drive(self) -> Steps:
        yield 50 * NS
        self.e.notify_delta()
        for notify in (
            Event.notify_delta,
            lambda event: event.notify_after(1 * NS),
            Event.notify,
        ):
            yield 10 * NS
            for event in self.own:
                notify(event)
        yield 10 * NS
        self.m.notify_delta()
        yield 10 * NS
        for one in self.s:
            one.write(1)

    def order(self) -> list[str]:
        """Run, and return the numbers of each group of six, in the order they ran."""
        self.env.run()
        self.log("end")
        numbers = "".join(line[-1] for line in self.log.lines[:-1])
        return [numbers[at : at + 6] for at in range(0, len(numbers), 6)]


def test_who_becomes_runnable_together_runs_in_one_delta_cycle():
    crowd = Crowd()
    crowd.order()
    assert_same(crowd.log.lines, golden("28_order"))


def test_who_comes_first_is_served_first_whatever_the_cause():
    started, asked_in_reverse, notified = ["012345"] * 2, ["543210"] * 3, ["012345"] * 5
    assert Crowd().order() == started + asked_in_reverse + notified


def test_a_shuffled_run_keeps_times_and_delta_cycles_and_changes_the_order():
    shuffled = Crowd(shuffle_seed=1)
    orders = shuffled.order()
    assert_same(shuffled.log.lines, golden("28_order"))
    assert orders != Crowd().order()
    assert all(sorted(order) == list("012345") for order in orders)
    assert orders == Crowd(shuffle_seed=1).order()
    assert orders != Crowd(shuffle_seed=2).order()
