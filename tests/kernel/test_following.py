"""What followers of a signal hear: the last value of each instant that changed it, once."""

import pytest

from cosim import Module, Simulator, Steps, process, signal
from cosim.clock_signal import ClockSignal
from cosim.environment import Environment
from cosim.probes import Pen
from cosim.signals import Signal


class Tape:
    """Keeps what is written, with its time."""

    def __init__(self) -> None:
        self.text: list[tuple[int, list[str]]] = []

    def write(self, when_ps: int, lines: list[str]) -> None:
        self.text.append((when_ps, list(lines)))


def pen(tape, name, *values):
    return Pen(tape, {value: f"{name}={value}" for value in values})


@pytest.fixture
def env():
    return Environment()


@pytest.fixture
def tape():
    return Tape()


def script(env, *steps):
    """Run a process that waits for the numbers and writes the (signal, value) pairs."""

    def run() -> Steps:
        for step in steps:
            if isinstance(step, int):
                yield step
            else:
                target, value = step
                target.write(value)

    env.process(run())
    env.run()


def test_a_pen_writes_all_that_an_instant_changed_at_once(env, tape):
    a, b = Signal(env, "a"), Signal(env, "b")
    a.draw(pen(tape, "a", 0, 1))
    b.draw(pen(tape, "b", 0, 1))
    script(env, 10, (a, 1), (b, 1), 10, (b, 0))
    assert tape.text == [(10, ["a=1", "b=1"]), (20, ["b=0"])]


def test_a_glitch_is_not_told_and_what_stays_is_told_once(env, tape):
    a, b = Signal(env, "a"), Signal(env, "b")
    heard = []
    a.draw(pen(tape, "a", 0, 1, 2))
    b.listen(lambda when_ps, value: heard.append((when_ps, value)))

    def answer() -> Steps:
        while True:
            yield a.changed
            if a.read() == 1:
                a.write(2)
                b.write(1 - b.read())

    a.many_writers = b.many_writers = True
    env.process(answer())
    script(env, 10, (a, 1), (b, 1), 10, (a, 0))
    assert tape.text == [(10, ["a=2"]), (20, ["a=0"])]
    assert heard == []  # b went 0, 1, 0 inside one instant


def test_writing_the_present_value_is_no_change(env, tape):
    a = Signal(env, "a")
    a.draw(pen(tape, "a", 0, 1))
    script(env, 10, (a, 0), 10, (a, 1), 10, (a, 1))
    assert tape.text == [(20, ["a=1"])]


def test_a_pen_and_listeners_of_one_signal_hear_the_same(env, tape):
    a = Signal(env, "a")
    heard = []
    a.draw(pen(tape, "a", 0, 1))
    a.listen(lambda when_ps, value: heard.append((when_ps, value)))
    script(env, 10, (a, 1), 10, (a, 0))
    assert heard == [(10, 1), (20, 0)]
    assert tape.text == [(10, ["a=1"]), (20, ["a=0"])]


def test_each_tape_gets_its_own_signals(env, tape):
    other = Tape()
    a, b = Signal(env, "a"), Signal(env, "b")
    a.draw(pen(tape, "a", 0, 1))
    b.draw(pen(other, "b", 0, 1))
    script(env, 10, (a, 1), (b, 1))
    assert (tape.text, other.text) == ([(10, ["a=1"])], [(10, ["b=1"])])


def test_a_follower_that_joins_after_the_write_hears_of_it(env, tape):
    a = Signal(env, "a")

    def run() -> Steps:
        yield 10
        a.write(1)
        a.draw(pen(tape, "a", 0, 1))

    env.process(run())
    env.run()
    assert tape.text == [(10, ["a=1"])]


def test_nothing_is_heard_after_leaving(env, tape):
    a = Signal(env, "a")
    heard = []
    ours, listener = pen(tape, "a", 0, 1), lambda *change: heard.append(change)
    a.draw(ours)
    a.listen(listener)

    def run() -> Steps:
        yield 10
        a.write(1)
        yield 10
        a.unlisten(ours)
        a.unlisten(listener)
        a.write(0)

    env.process(run())
    env.run()
    assert (tape.text, heard) == ([(10, ["a=1"])], [(10, 1)])


def test_following_a_signal_changes_no_delta_count(tape):
    def deltas(*, follows: bool) -> int:
        env = Environment()
        a = Signal(env, "a")
        if follows:
            a.draw(pen(tape, "a", 0, 1))
        script(env, 10, (a, 1), 10, (a, 0))
        return env.delta_count

    assert deltas(follows=True) == deltas(follows=False)


def test_a_clock_writes_each_edge(env, tape):
    clock = ClockSignal(env, "clock", 10, start_ps=5)
    clock.draw(pen(tape, "clock", 0, 1))
    env.run(21)
    assert tape.text == [(5, ["clock=1"]), (10, ["clock=0"]), (15, ["clock=1"]), (20, ["clock=0"])]


def test_a_second_pen_of_a_declared_signal_is_called_as_a_listener(tape):
    class Flag(Module):
        up = signal("a flag")

        @process
        def run(self) -> Steps:
            yield 10
            self.up.write(1)

    heard = []
    with Simulator() as sim:
        flag = Flag("flag", sim)
        flag.up.gauge.listen(lambda *change: heard.append(("first", *change)), pen(tape, "a", 0, 1))
        flag.up.gauge.listen(
            lambda *change: heard.append(("second", *change)), pen(tape, "b", 0, 1)
        )
        sim.run()
    assert tape.text == [(10, ["a=1"])]
    assert heard == [("second", 10, 1)]
