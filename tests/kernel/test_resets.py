"""Reset signals, by the rules of IEEE 1666, 5.6.6.

A clocked process first runs at the first edge; a synchronous reset acts at the next edge, an
asynchronous one in the next delta cycle and at each edge while it is active.
"""

import pytest

from cosim import ClockSignal, Environment, Event, Signal, Steps

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


class Clocked:
    """A counter clocked each 10 ns, first at 10 ns, with a reset signal."""

    def __init__(self, *, asynchronous: bool, level: int = 1, reset: int = 0) -> None:
        env = self.env = Environment()
        self.clock = ClockSignal(env, "clock", 10 * NS, start_ps=10 * NS)
        self.reset = Signal(env, "reset", reset)
        self.seen: list[tuple[int, str]] = []
        process = env.spawn(self.count, sensitive=[self.clock.posedge], initialize=False)
        process.reset_on(self.reset, level, asynchronous=asynchronous)

    def note(self, text: str) -> None:
        self.seen.append((self.env.now, text))

    def count(self) -> Steps:
        self.note("starts")
        number = 0
        while True:
            yield
            number += 1
            self.note(str(number))

    def run(self, until_ns: int, *changes: tuple[int, int]) -> list[tuple[int, str]]:
        """Run with changes of the reset signal (ns, level); return what was seen."""

        def drive() -> Steps:
            for when_ns, level in changes:
                yield when_ns * NS - self.env.now
                self.reset.write(level)

        self.env.process(drive())
        self.env.run(until_ns * NS)
        return self.seen


def test_a_clocked_process_first_runs_at_the_first_edge():
    assert Clocked(asynchronous=False).run(31) == [
        (10 * NS, "starts"),
        (20 * NS, "1"),
        (30 * NS, "2"),
    ]


def test_a_synchronous_reset_acts_at_the_next_edges_while_it_is_active():
    assert Clocked(asynchronous=False).run(61, (25, 1), (45, 0)) == [
        (10 * NS, "starts"),
        (20 * NS, "1"),
        (30 * NS, "starts"),
        (40 * NS, "starts"),
        (50 * NS, "1"),
        (60 * NS, "2"),
    ]


def test_a_synchronous_reset_between_two_edges_is_not_seen():
    assert Clocked(asynchronous=False).run(41, (23, 1), (27, 0))[2:] == [
        (30 * NS, "2"),
        (40 * NS, "3"),
    ]


def test_an_asynchronous_reset_acts_at_once_and_at_each_edge_while_active():
    assert Clocked(asynchronous=True).run(61, (25, 1), (45, 0)) == [
        (10 * NS, "starts"),
        (20 * NS, "1"),
        (25 * NS, "starts"),
        (30 * NS, "starts"),
        (40 * NS, "starts"),
        (50 * NS, "1"),
        (60 * NS, "2"),
    ]


def test_an_asynchronous_reset_acts_in_the_delta_cycle_in_which_it_is_seen(env):
    reset, seen = Signal(env, "reset"), []

    def body() -> Steps:
        seen.append((env.now, env.delta_count))
        yield

    never = Event(env, "never")
    env.spawn(body, sensitive=[never]).reset_on(reset, asynchronous=True)

    def drive() -> Steps:
        yield 5 * NS
        reset.write(1)

    env.process(drive())
    env.run()
    assert seen == [(0, 0), (5 * NS, 2)]  # written in delta cycle 1, seen in 2


def test_a_reset_may_be_active_low_and_from_the_beginning():
    assert Clocked(asynchronous=False, level=0, reset=0).run(41, (25, 1)) == [
        (10 * NS, "starts"),
        (20 * NS, "starts"),
        (30 * NS, "1"),
        (40 * NS, "2"),
    ]


def test_an_asynchronous_reset_runs_a_method_again(env):
    reset, runs = Signal(env, "reset"), []
    method = env.method(lambda: runs.append(env.now), [Event(env, "never")])
    method.reset_on(reset, asynchronous=True)

    def drive() -> Steps:
        yield 5 * NS
        reset.write(1)

    env.process(drive())
    env.run()
    assert runs == [0, 5 * NS]
