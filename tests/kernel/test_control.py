"""Control of processes: what reference program 15 leaves open, and reset signals.

Resets as IEEE 1666 has them (5.6.6): a clocked process first runs at the first edge; a synchronous
reset acts at the next edge, an asynchronous one in the next delta cycle and at each edge while it
is active.
"""

import pytest

from cosim import CosimError, Environment, Event, KernelWarning, Signal, Steps
from cosim.clock_signal import ClockSignal

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


def test_a_killed_process_runs_its_finally_blocks_inside_the_call(env):
    seen = []

    def body() -> Steps:
        try:
            yield 100 * NS
        finally:
            seen.append("clean")

    def killer() -> Steps:
        yield 1 * NS
        process.kill()
        seen.append("killed")

    process = env.process(body())
    env.process(killer())
    env.run()
    assert seen == ["clean", "killed"]
    assert env.now == 1 * NS


def test_a_killed_process_must_not_wait_again(env):
    def stubborn() -> Steps:
        try:
            yield 100 * NS
        finally:
            yield 1 * NS

    process = env.process(stubborn())
    env.run(1 * NS)
    with pytest.raises(CosimError) as refused:
        process.kill()
    assert str(refused.value) == "stubborn must not wait while it is killed or reset"


def test_a_process_killed_twice_stays_as_it_was(env):
    def body() -> Steps:
        yield 100 * NS

    process = env.process(body())
    env.run(1 * NS)
    process.kill()
    process.kill()
    process.reset()
    assert process.terminated


def test_a_process_made_from_a_generator_cannot_start_again(env):
    def body() -> Steps:
        yield 100 * NS

    process = env.process(body())
    env.run(1 * NS)
    with pytest.raises(CosimError) as refused:
        process.reset()
    assert str(refused.value) == (
        "body was started from a generator, which cannot be started again; "
        "use spawn(function) for a process that is reset"
    )


def test_a_process_that_resets_itself_starts_again(env):
    starts = []

    def body() -> Steps:
        starts.append(env.now)
        yield 3 * NS
        if len(starts) < 3:
            process.reset()

    process = env.spawn(body)
    env.run()
    assert starts == [0, 3 * NS, 6 * NS]


def test_what_is_thrown_in_is_handled_inside_the_call(env):
    seen = []

    def body() -> Steps:
        while True:
            try:
                yield 10 * NS
            except ValueError as error:
                seen.append((env.now, str(error)))

    process = env.process(body())
    env.run(4 * NS)
    process.throw(ValueError("now"))
    assert seen == [(4 * NS, "now")]
    assert process.target == 14 * NS


def test_a_method_ignores_what_is_thrown_with_a_warning(env):
    method = env.method(lambda: None, [Event(env, "e")], name="soc.m")
    with pytest.warns(KernelWarning) as warned:
        method.throw(ValueError("lost"))
    assert str(warned[0].message) == (
        "soc.m does not wait in the middle of its body: what was thrown is ignored"
    )


def test_a_suspended_process_wakes_late_but_once(env):
    event, woken = Event(env, "e"), []

    def body() -> Steps:
        while True:
            yield event
            woken.append(env.now)

    def drive() -> Steps:
        process.suspend()
        for _ in range(3):
            yield 1 * NS
            event.notify()
        yield 1 * NS
        process.resume()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert woken == [4 * NS]


def test_a_timed_wait_that_ends_while_suspended_ends_at_the_resume(env):
    woken = []

    def body() -> Steps:
        yield 2 * NS
        woken.append(env.now)

    def drive() -> Steps:
        yield 1 * NS
        process.suspend()
        yield 5 * NS
        process.resume()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert woken == [6 * NS]


def test_a_process_that_suspends_itself_stops_at_its_yield(env):
    seen = []

    def body() -> Steps:
        seen.append(env.now)
        yield process.suspend()
        seen.append(env.now)

    def drive() -> Steps:
        yield 7 * NS
        process.resume()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert seen == [0, 7 * NS]


def test_a_disabled_process_hears_nothing_until_it_is_enabled(env):
    event, woken = Event(env, "e"), []

    def body() -> Steps:
        while True:
            yield event
            woken.append(env.now)

    def drive() -> Steps:
        yield 1 * NS
        process.disable()
        event.notify()
        yield 1 * NS
        process.enable()
        yield 1 * NS
        event.notify()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert woken == [3 * NS]


def test_a_process_that_waits_for_a_time_cannot_be_disabled(env):
    def sleeper() -> Steps:
        yield 9 * NS

    process = env.process(sleeper())
    env.run(1 * NS)
    with pytest.raises(CosimError) as refused:
        process.disable()
    assert str(refused.value) == (
        "sleeper must wait for events only to be disabled, not for 9000: what comes only once "
        "would be lost for ever; suspend it"
    )


def test_every_wake_is_a_reset_while_sync_reset_is_on(env):
    event, starts = Event(env, "e"), []

    def body() -> Steps:
        starts.append(env.now)
        while True:
            yield event

    def drive() -> Steps:
        process.sync_reset_on()
        for _ in range(2):
            yield 1 * NS
            event.notify()
        process.sync_reset_off()
        yield 1 * NS
        event.notify()

    process = env.spawn(body)
    env.process(drive())
    env.run()
    assert starts == [0, 1 * NS]  # the second wake comes after sync_reset_off, in its delta cycle
