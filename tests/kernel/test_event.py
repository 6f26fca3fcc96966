"""Events: what reference program 03 leaves open, and the messages."""

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from cosim import Environment, Event, EventQueue, KernelWarning, Steps, TimeError

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def listen(env: Environment, event: Event, times: int = 9) -> list[tuple[int, int]]:
    """Return a list that a process fills with time and delta cycle of each firing."""
    seen: list[tuple[int, int]] = []

    def body() -> Steps:
        for _ in range(times):
            yield event
            seen.append((env.now, env.delta_count))

    env.process(body())
    return seen


def test_an_event_has_triggered_for_one_delta_cycle_only(env):
    event, seen = Event(env, "e"), []

    def body() -> Steps:
        event.notify()
        seen.append(event.triggered)
        yield 0
        seen.append(event.triggered)
        event.notify_after(3 * NS)
        yield event
        seen.append(event.triggered)
        yield 0
        seen.append(event.triggered)

    env.process(body())
    env.run()
    assert seen == [True, False, True, False]


def test_an_event_is_pending_until_it_fires_or_is_cancelled(env):
    event = Event(env, "e")
    assert not event.pending
    event.notify_after(5 * NS)
    assert event.pending
    event.cancel()
    assert not event.pending
    event.notify_delta()
    env.run()
    assert not event.pending


def test_an_event_can_be_notified_for_an_absolute_time(env):
    event = Event(env, "e")
    seen = listen(env, event)
    event.notify_at(7 * NS)
    env.run()
    assert seen == [(7 * NS, 1)]


def test_a_notification_for_the_present_is_a_delta_notification(env):
    event = Event(env, "e")
    seen = listen(env, event)

    def body() -> Steps:
        yield 2 * NS
        event.notify_after(0)

    env.process(body())
    env.run()
    assert seen == [(2 * NS, 2)]


def test_a_notification_for_the_past_is_refused(env):
    event = Event(env, "e")
    env.run(3 * NS)
    with pytest.raises(TimeError) as refused:
        event.notify_at(1 * NS)
    assert str(refused.value) == "e: a notification must be at 3000 ps or later, not at 1000 ps"


def test_a_cancelled_notification_neither_moves_time_nor_counts_a_delta_cycle(env):
    event = Event(env, "e")

    def body() -> Steps:
        yield 1 * NS
        event.notify_after(50 * NS)
        event.cancel()

    env.process(body())
    env.run()
    assert (env.now, env.delta_count) == (1 * NS, 2)


def test_a_replaced_notification_leaves_nothing_behind(env):
    event = Event(env, "e")
    seen = listen(env, event)
    for ns in range(1000, 0, -1):
        event.notify_after(ns * NS)
    env.run()
    assert seen == [(1 * NS, 1)]
    assert env.now == 1 * NS


def test_waiters_are_woken_first_come_first(env):
    event, order = Event(env, "e"), []

    def body(number: int) -> Steps:
        yield 10 - number
        yield event
        order.append(number)

    for number in range(4):
        env.process(body(number))
    event.notify_after(1 * NS)
    env.run()
    assert order == [3, 2, 1, 0]


def test_a_method_that_notifies_its_own_event_is_warned_and_not_woken(env):
    event, runs = Event(env, "e"), []

    def body() -> None:
        runs.append(env.now)
        event.notify()

    env.method(body, [event], name="echo")
    with pytest.warns(KernelWarning) as warned:
        env.run()
    assert str(warned[0].message) == (
        "echo is sensitive to e and notified it immediately: this does not wake it; "
        "use notify_delta"
    )
    assert runs == [0]


def test_an_event_is_a_simpy_event_once(env):
    event, seen = Event(env, "e"), []

    def body() -> Steps:
        yield env.all_of([event.once(), env.timeout(2 * NS)])
        seen.append(env.now)

    env.process(body())
    event.notify_after(5 * NS)
    env.run()
    assert seen == [5 * NS]
    assert isinstance(event.once(), simpy.Event)


def test_a_run_can_end_with_an_event(env):
    event = Event(env, "e")
    event.notify_after(5 * NS)
    env.timeout(9 * NS)
    assert env.run(until=event) is event
    assert env.now == 5 * NS


def test_a_queue_fires_for_every_notification_in_successive_delta_cycles(env):
    queue = EventQueue(env, "q")
    seen = listen(env, queue)
    for ns in (5, 3, 3):
        queue.notify_after(ns * NS)
    env.run()
    # nothing happens at 0 ps but the start of the listener: delta cycle 0
    assert seen == [(3 * NS, 1), (3 * NS, 2), (5 * NS, 3)]


def test_a_queue_notified_now_keeps_what_is_pending(env):
    queue = EventQueue(env, "q")
    seen = listen(env, queue)

    def body() -> Steps:
        yield 1 * NS
        queue.notify_after(2 * NS)
        queue.notify()

    env.process(body())
    env.run()
    assert [when for when, _ in seen] == [1 * NS, 3 * NS]


def test_a_cancelled_queue_fires_never(env):
    queue = EventQueue(env, "q")
    seen = listen(env, queue)
    queue.notify_after(1 * NS)
    queue.notify_delta()
    queue.cancel()
    env.run()
    assert seen == []
    assert env.now == 0


def test_a_queue_refuses_the_past(env):
    queue = EventQueue(env, "q")
    with pytest.raises(TimeError) as refused:
        queue.notify_after(-1)
    assert str(refused.value) == "q: a notification must be at 0 ps or later, not at -1 ps"


NOW, DELTA, CANCEL = "now", "delta", "cancel"
DEEDS = st.one_of(st.sampled_from([NOW, DELTA, CANCEL]), st.integers(1, 9))


def firings(plan: list[tuple[int, list[str | int]]]) -> set[tuple[int, int]]:
    """Return time and delta cycle (of that time) of each firing, by the rules of the standard."""
    fired: set[tuple[int, int]] = set()
    pending: int | None = None
    now_ps = 0
    for gap_ps, deeds in plan:
        now_ps += gap_ps
        if pending is not None and pending <= now_ps:
            fired.add((pending, 0))
            pending = None
        is_delta = False
        for deed in deeds:
            if deed in (NOW, CANCEL):
                fired |= {(now_ps, 0)} if deed == NOW else set()
                pending, is_delta = None, False
            elif deed == DELTA:
                pending, is_delta = None, True
            elif not is_delta and (pending is None or now_ps + int(deed) < pending):
                pending = now_ps + int(deed)
        fired |= {(now_ps, 1)} if is_delta else set()
    return fired | ({(pending, 0)} if pending is not None else set())


@given(
    plan=st.lists(st.tuples(st.integers(1, 6), st.lists(DEEDS, max_size=4)), max_size=8),
    shuffle_seed=st.one_of(st.none(), st.integers(0, 9)),
)
def test_any_course_of_notifications_fires_when_the_rules_say(plan, shuffle_seed):
    env = Environment(shuffle_seed=shuffle_seed)
    event = Event(env, "e")
    first_delta: dict[int, int] = {}
    fired: set[tuple[int, int]] = set()

    def listener() -> Steps:
        while True:
            yield event
            fired.add((env.now, env.delta_count - first_delta.setdefault(env.now, env.delta_count)))

    def driver() -> Steps:
        for gap_ps, deeds in plan:
            yield gap_ps
            first_delta.setdefault(env.now, env.delta_count)
            for deed in deeds:
                do(deed)

    def do(deed: str | int) -> None:
        if isinstance(deed, int):
            event.notify_after(deed)
        else:
            {NOW: event.notify, DELTA: event.notify_delta, CANCEL: event.cancel}[deed]()

    env.process(listener())
    env.process(driver())
    env.run()
    assert fired == firings(plan)


def test_who_ran_last_is_not_taken_for_who_notifies_later(env, recwarn):
    event = Event(env, "e")
    env.method(lambda: env.next_trigger(5_000), [event])
    event.notify_after(1_000)
    env.run(2_000)
    assert not recwarn.list
