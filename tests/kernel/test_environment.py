"""The environment: phases, the end of a run, loops, shuffling, SimPy's own calls."""

import weakref

import pytest
import simpy

from cosim import CosimError, DeadlockError, Environment, Event, Signal, Stage, Steps, TimeError

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def ticks(env: Environment, period_ps: int) -> list[int]:
    """Return a list that a process fills with the times at which it runs."""
    seen: list[int] = []

    def body() -> Steps:
        while True:
            yield period_ps
            seen.append(env.now)

    env.process(body())
    return seen


def test_what_is_due_at_the_end_of_a_run_is_left_for_the_next(env):
    seen = ticks(env, 10 * NS)
    env.run(until=30 * NS)
    assert seen == [10 * NS, 20 * NS]
    env.run(until=30 * NS + 1)
    assert seen == [10 * NS, 20 * NS, 30 * NS]


def test_runs_in_pieces_give_what_one_run_gives():
    whole, pieces = Environment(), Environment()
    expected, seen = ticks(whole, 7 * NS), ticks(pieces, 7 * NS)
    whole.run(100 * NS)
    for end_ns in (1, 7, 8, 14, 50, 100):
        pieces.run(end_ns * NS)
    assert seen == expected
    assert pieces.delta_count == whole.delta_count


def test_a_run_to_the_present_or_the_past_is_refused_as_in_simpy(env):
    env.run(5)
    with pytest.raises(ValueError, match="must be greater than the current simulation time"):
        env.run(5)


def test_a_run_until_an_event_returns_its_value(env):
    assert env.run(until=env.timeout(3 * NS, value="done")) == "done"
    assert env.now == 3 * NS


def test_a_run_until_an_event_that_never_happens_is_an_error(env):
    with pytest.raises(RuntimeError, match="No scheduled events left"):
        env.run(until=env.event())


def test_one_delta_cycle_can_be_run_at_a_time(env):
    signal, seen = Signal(env, "s"), []

    def body() -> Steps:
        for value in (1, 2):
            signal.write(value)
            yield signal.changed
            seen.append(signal.value)
        yield 1 * NS

    env.process(body())
    values = []
    for _ in range(4):
        env.run_delta()
        values.append((env.delta_count, signal.value, list(seen)))
    assert values == [(1, 1, []), (2, 2, [1]), (3, 2, [1, 2]), (3, 2, [1, 2])]
    assert env.now == 0


def test_stepping_by_hand_gives_the_times_of_a_run(env):
    seen = ticks(env, 4 * NS)
    while env.peek() < 13 * NS:
        env.step()
    assert seen == [4 * NS, 8 * NS, 12 * NS]


def test_stepping_an_empty_environment_is_refused_as_in_simpy(env):
    with pytest.raises(simpy.core.EmptySchedule):
        env.step()


def test_who_joins_a_process_that_was_alone_waits_from_the_present(env):
    joined = Event(env, "joined")
    told = []

    def alone():
        for _ in range(5):
            yield 10 * NS
        joined.notify()
        yield 7 * NS
        told.append(("alone", env.now))

    def waits():
        yield joined
        yield 10 * NS
        told.append(("waits", env.now))

    env.process(waits())
    env.process(alone())
    env.run()
    assert told == [("alone", 57 * NS), ("waits", 60 * NS)]


def test_waits_of_nothing_and_of_some_time_keep_their_order(env):
    told = []

    def waits(name, *delays):
        for delay in delays:
            yield delay
            told.append((name, env.now, env.delta_count))

    env.process(waits("a", 0, 0, 10, 0))
    env.process(waits("b", 10, 0))
    env.process(waits("c", 0, 10, 10))
    env.run()
    assert told == [
        ("a", 0, 1),
        ("c", 0, 1),
        ("a", 0, 2),
        ("b", 10, 3),
        ("c", 10, 3),
        ("a", 10, 3),
        ("b", 10, 4),
        ("a", 10, 4),
        ("c", 20, 5),
    ]


@pytest.mark.parametrize("before", [(), (0,), (7,), (7, 0), (0, 7)])
@pytest.mark.parametrize("wish", [-1, -7])
def test_a_wait_into_the_past_is_refused_whoever_waited_before(env, before, wish):
    def fine(delay):
        yield delay

    def wrong():
        yield 5
        yield wish

    def late():
        yield 5

    for delay in before:
        env.process(fine(delay))
    env.process(late())
    env.process(wrong(), name="wrong")
    with pytest.raises(TimeError, match=f"wrong, .*: a wait must be 0 ps or more, not {wish} ps"):
        env.run()


def test_the_next_time_is_the_present_while_something_is_pending(env):
    assert env.peek() == float("inf")
    Event(env, "e").notify_after(6 * NS)
    assert env.peek() == 6 * NS
    Event(env, "f").notify_delta()
    assert env.peek() == 0


def test_a_written_signal_is_there_at_the_first_evaluation(env):
    signal, seen = Signal(env, "s", 5), []
    signal.write(8)

    def body() -> Steps:
        seen.append((env.delta_count, signal.value))
        yield

    env.process(body())
    assert signal.value == 5
    with pytest.raises(RuntimeError, match="Invalid yield value"):
        env.run()
    assert seen == [(0, 8)]


def test_a_loop_of_signals_is_reported_by_name(env):
    env.delta_limit = 50
    a, b = Signal(env, "a"), Signal(env, "b")
    env.method(lambda: b.write(1 - a.value), [a], name="soc.inverter")
    env.method(lambda: a.write(b.value), [b], name="soc.follower")
    with pytest.raises(DeadlockError) as refused:
        env.run()
    assert str(refused.value).startswith(
        "time stands still at 0 ps: a loop without delay must end within 50 delta cycles; "
        "still running: soc."
    )


def test_a_long_run_of_delta_cycles_at_different_times_is_no_loop(env):
    env.delta_limit = 50
    seen = ticks(env, 1)
    env.run(200)
    assert len(seen) == 199


def test_a_stopped_simulation_does_not_go_on(env):
    def body() -> Steps:
        yield 1 * NS
        env.stop()

    env.process(body())
    env.run()
    with pytest.raises(CosimError) as refused:
        env.run()
    assert str(refused.value) == "the simulation was stopped and cannot go on; make a new one"


def test_a_paused_simulation_goes_on_where_it_was(env):
    seen = ticks(env, 10 * NS)

    def body() -> Steps:
        yield 25 * NS
        env.pause()

    env.process(body())
    env.run(100 * NS)
    assert env.now == 25 * NS
    env.run(41 * NS)
    assert seen == [10 * NS, 20 * NS, 30 * NS, 40 * NS]


def test_stages_are_told_at_each_time_step(env):
    told = []
    env.on_stage(Stage.PRE_TIMESTEP, lambda: told.append(env.now))
    ticks(env, 10 * NS)
    env.run(35 * NS)
    assert told == [0, 10 * NS, 20 * NS]


def test_channels_update_after_the_whole_evaluation(env):
    signal, event, seen = Signal(env, "s"), Event(env, "e"), []

    def writer() -> Steps:
        yield 1 * NS
        signal.write(1)
        event.notify()

    def reader() -> Steps:
        yield event
        seen.append((env.delta_count, signal.value))

    env.process(writer())
    env.process(reader())
    env.run()
    assert seen == [(1, 0)]


def race(shuffle_seed: int | None) -> str:
    """Return the order in which eight processes run that wait for the same time."""
    env = Environment(shuffle_seed=shuffle_seed)
    order: list[str] = []

    def body(number: int) -> Steps:
        yield 1 * NS
        order.append(str(number))

    for number in range(8):
        env.process(body(number))
    env.run()
    return "".join(order)


def test_the_order_inside_a_delta_cycle_is_first_come_unless_shuffled():
    assert race(None) == "01234567"
    shuffled = {race(seed) for seed in range(5)}
    assert len(shuffled) == 5
    assert all(sorted(order) == list("01234567") for order in shuffled)


def test_a_shuffled_order_is_the_same_for_the_same_seed():
    assert race(7) == race(7)


def test_shuffling_shows_a_race_that_signals_do_not_have():
    def meet(shuffle_seed: int) -> tuple[int, int]:
        env = Environment(shuffle_seed=shuffle_seed)
        signal, shared = Signal(env, "s"), [0]

        def writer() -> Steps:
            yield 1 * NS
            shared[0] = 1
            signal.write(1)

        def reader() -> Steps:
            yield 1 * NS
            return shared[0], signal.value

        env.process(writer())
        found: tuple[int, int] = env.run(until=env.process(reader()))
        return found

    assert {meet(seed) for seed in range(8)} == {(0, 0), (1, 0)}


def test_two_environments_live_side_by_side():
    one, other = Environment(), Environment()
    first, second = ticks(one, 10), ticks(other, 3)
    one.run(25)
    other.run(7)
    one.run(31)
    assert (first, second) == ([10, 20, 30], [3, 6])


def test_who_is_told_after_the_update_reads_the_new_value(env):
    line, seen = Signal(env, "line"), []
    env.on_stage(Stage.POST_UPDATE, lambda: seen.append((line.value, env.delta_count)))

    def write() -> Steps:
        line.write(7)
        yield 0

    env.process(write())
    env.run()
    assert seen[0] == (7, 0)


def test_events_that_go_on_at_one_instant_are_forgotten():
    env = Environment()
    alive: list[weakref.ref[simpy.Event]] = []

    def relay() -> Steps:
        for _ in range(5_000):
            event = env.timeout(0)
            alive.append(weakref.ref(event))
            yield event
        yield env.event().succeed()
        assert env.now == 0
        assert sum(one() is not None for one in alive) < 2_000

    env.run(until=env.process(relay()))


def test_a_process_started_in_the_update_phase_goes_first():
    env = Environment()
    seen = []
    signal = Signal(env, "s")

    def start(_: int, value: int) -> None:
        env.process(note("started"))

    def note(what: str) -> Steps:
        seen.append(what)
        yield 1

    def write() -> Steps:
        signal.write(1)
        yield signal.changed
        seen.append("woken")

    signal.listen(start, deltas=True)
    env.process(write())
    env.run()
    assert seen == ["started", "woken"]


def test_what_comes_next_is_seen_from_inside_a_run(env):
    seen = []
    go = Event(env, "go")

    def late() -> Steps:
        yield go
        seen.append(env.peek())

    def ask() -> Steps:
        seen.append(env.peek())
        yield 2 * NS
        seen.append(env.peek())
        go.notify()
        seen.append(env.peek())
        yield 3 * NS

    env.process(late())
    env.process(ask())
    env.timeout(5 * NS)
    env.run()
    assert seen == [5 * NS, 5 * NS, 2 * NS, 5 * NS]
