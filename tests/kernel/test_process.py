"""Processes and methods: how they start, wait, return and fail."""

import pytest
import simpy

from cosim import CosimError, Environment, Event, Signal, Steps, TimeError

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def test_a_process_waits_for_picoseconds_and_returns_its_value(env):
    def body() -> Steps:
        yield 2_500
        return env.now

    assert env.run(until=env.process(body())) == 2_500


def test_a_wait_of_zero_is_a_delta_cycle(env):
    seen = []

    def body() -> Steps:
        for _ in range(3):
            seen.append((env.now, env.delta_count))
            yield 0

    env.process(body())
    env.run()
    assert seen == [(0, 0), (0, 1), (0, 2)]


def test_a_process_started_by_another_runs_in_the_same_delta_cycle_after_it(env):
    seen = []

    def child() -> Steps:
        seen.append(("child", env.now, env.delta_count))
        yield from ()

    def parent() -> Steps:
        yield 1 * NS
        env.process(child())
        seen.append(("parent", env.now, env.delta_count))
        yield 1 * NS

    env.process(parent())
    env.run()
    assert seen == [("parent", 1 * NS, 1), ("child", 1 * NS, 1)]


def test_who_waits_for_a_process_goes_on_in_the_delta_cycle_of_its_end(env):
    seen = []

    def child() -> Steps:
        yield 5 * NS
        return "done"

    def parent() -> Steps:
        answer = yield env.process(child())
        seen.append((env.now, env.delta_count, answer))

    env.process(parent())
    env.run()
    assert seen == [(5 * NS, 1, "done")]


def test_an_error_in_a_process_ends_the_run_with_its_place(env):
    def body() -> Steps:
        yield 1 * NS
        raise ValueError("broken")

    env.process(body())
    with pytest.raises(ValueError, match="broken"):
        env.run()
    assert env.now == 1 * NS


def test_an_error_in_a_process_reaches_who_waits_for_it(env):
    caught = []

    def child() -> Steps:
        yield 1 * NS
        raise ValueError("broken")

    def parent() -> Steps:
        try:
            yield env.process(child())
        except ValueError as error:
            caught.append((env.now, str(error)))

    env.process(parent())
    env.run()
    assert caught == [(1 * NS, "broken")]


def test_simpy_s_own_events_and_resources_work_in_a_process(env):
    desk, seen = simpy.Resource(env, capacity=1), []

    def guest(number: int) -> Steps:
        with desk.request() as turn:
            yield turn
            yield env.timeout(3 * NS, value=number)
            seen.append((number, env.now))

    for number in range(3):
        env.process(guest(number))
    env.run()
    assert seen == [(0, 3 * NS), (1, 6 * NS), (2, 9 * NS)]


def test_a_process_can_be_interrupted_as_in_simpy(env):
    seen = []

    def sleeper() -> Steps:
        try:
            yield 100 * NS
        except simpy.Interrupt as interrupt:
            seen.append((env.now, interrupt.cause))

    def other() -> Steps:
        yield 2 * NS
        process.interrupt("wake up")

    process = env.process(sleeper())
    env.process(other())
    env.run()
    assert seen == [(2 * NS, "wake up")]
    assert env.now == 2 * NS


def test_what_an_interrupted_process_was_just_woken_by_is_forgotten(env):
    a, b, store, seen = Event(env, "a"), Event(env, "b"), simpy.Store(env), []

    def waits() -> Steps:
        with pytest.raises(simpy.Interrupt):
            yield a | b
        seen.append((yield store.get()))

    def other() -> Steps:
        yield 2 * NS
        b.notify()
        process.interrupt()
        yield 2 * NS
        store.put("bread")

    process = env.process(waits())
    env.process(other())
    env.run()
    assert seen == ["bread"]


def test_a_bare_yield_waits_for_the_static_sensitivity(env):
    a, b, seen = Event(env, "a"), Signal(env, "b"), []

    def body() -> Steps:
        while True:
            yield
            seen.append(env.now)

    def drive() -> Steps:
        yield 1 * NS
        a.notify()
        yield 1 * NS
        b.write(1)

    env.spawn(body, sensitive=[a, b])
    env.process(drive())
    env.run()
    assert seen == [1 * NS, 2 * NS]


def test_a_process_told_not_to_initialize_starts_at_its_first_event(env):
    a, seen = Event(env, "a"), []

    def body() -> Steps:
        seen.append(env.now)
        yield

    env.spawn(body, sensitive=[a], initialize=False)
    a.notify_after(4 * NS)
    env.run()
    assert seen == [4 * NS]


def test_a_method_runs_at_the_start_and_once_per_delta_cycle(env):
    a, b, runs = Event(env, "a"), Event(env, "b"), []

    def drive() -> Steps:
        yield 3 * NS
        a.notify_delta()
        b.notify_delta()

    env.method(lambda: runs.append((env.now, env.delta_count)), [a, b])
    env.process(drive())
    env.run()
    assert runs == [(0, 0), (3 * NS, 2)]


def test_next_trigger_outside_a_method_is_refused(env):
    def body() -> Steps:
        env.next_trigger(5)
        yield

    env.process(body())
    with pytest.raises(CosimError) as refused:
        env.run()
    assert str(refused.value) == (
        "next_trigger must be called by a method; a process yields its wish"
    )


def test_a_negative_wait_names_process_and_place(env):
    def hasty() -> Steps:
        yield -5

    env.process(hasty())
    with pytest.raises(TimeError) as refused:
        env.run()
    assert str(refused.value).startswith("hasty, ")
    assert str(refused.value).endswith(": a wait must be 0 ps or more, not -5 ps")
    assert "test_process.py, line " in str(refused.value)


def test_a_wish_of_the_wrong_kind_is_refused(env):
    def odd() -> Steps:
        yield "tomorrow"

    env.process(odd())
    with pytest.raises(RuntimeError, match='Invalid yield value "tomorrow"'):
        env.run()


def test_a_function_that_is_no_generator_is_refused(env):
    with pytest.raises(ValueError, match="is not a generator"):
        env.process(lambda: None)


def test_a_process_tells_what_it_waits_for(env):
    event = Event(env, "e")

    def body(wish: object) -> Steps:
        yield wish

    by_event, by_time = env.process(body(event)), env.process(body(7 * NS))
    env.run_delta()
    assert (by_event.target, by_time.target) == (event, 7 * NS)
    assert not by_event.terminated


def test_a_simpy_generator_without_integers_gives_the_times_of_simpy():
    def body(env: simpy.Environment, seen: list[float]) -> Steps:
        for delay in (1, 2, 3):
            yield env.timeout(delay) | env.timeout(10 * delay)
            seen.append(env.now)

    def times(env: simpy.Environment) -> list[float]:
        seen: list[float] = []
        env.process(body(env, seen))
        env.run(until=50)
        return seen

    assert times(Environment()) == times(simpy.Environment())
