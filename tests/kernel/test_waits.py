"""Waiting for several things at once: the rules of IEEE 1666, 5.2.18 and 5.9."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import CosimError, Environment, Event, EventQueue, Firings, Steps, TimeError
from cosim.waits import Waits

NS = 1_000


class Bench:
    """Three events, and a process that notes when its wait ended and what ended it."""

    def __init__(self) -> None:
        self.env = Environment()
        self.a, self.b, self.c = (Event(self.env, name) for name in "abc")
        self.seen: list[tuple[int, int, str]] = []

    def waiter(self, *wishes: object) -> None:
        def body() -> Steps:
            for wish in wishes:
                answer = yield wish
                self.seen.append((self.env.now, self.env.delta_count, str(answer)))

        self.env.process(body())

    def at(self, when_ps: int, *notify: object) -> None:
        def body() -> Steps:
            yield when_ps
            for one in notify:
                one()  # type: ignore[operator]  # wrong on purpose

        self.env.process(body())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_any_of_ends_with_the_first_event_and_returns_it(bench):
    bench.waiter(bench.a | bench.b | bench.c)
    bench.at(2 * NS, bench.b.notify)
    bench.at(3 * NS, bench.a.notify)
    bench.env.run()
    assert bench.seen == [(2 * NS, 1, "b")]
    assert bench.a.waiters == ()


def test_all_of_ends_with_the_last_event(bench):
    bench.waiter(bench.a & bench.b & bench.c)
    for when_ps, event in ((1 * NS, bench.c), (2 * NS, bench.a), (5 * NS, bench.b)):
        bench.at(when_ps, event.notify)
    bench.env.run()
    assert bench.seen == [(5 * NS, 3, "b")]


def test_an_event_that_fires_twice_counts_once_for_all_of(bench):
    bench.waiter(bench.a & bench.b)
    bench.at(1 * NS, bench.a.notify)
    bench.at(2 * NS, bench.a.notify)
    bench.at(3 * NS, bench.b.notify)
    bench.env.run()
    assert [when for when, *_ in bench.seen] == [3 * NS]


def test_an_event_named_twice_counts_once(bench):
    bench.waiter(bench.a & bench.b & bench.a)
    bench.at(1 * NS, bench.a.notify)
    bench.at(3 * NS, bench.b.notify)
    bench.env.run()
    assert [when for when, *_ in bench.seen] == [3 * NS]


def test_two_events_of_one_delta_cycle_wake_any_of_once(bench):
    bench.waiter(bench.a | bench.b, bench.a | bench.b)
    bench.at(1 * NS, bench.a.notify_delta, bench.b.notify_delta)
    bench.env.run()
    assert bench.seen == [(1 * NS, 2, "a")]


def test_a_wait_is_given_up_after_its_time_and_returns_none(bench):
    bench.waiter(bench.a.within(5 * NS), (bench.a & bench.b).within(5 * NS))
    bench.at(7 * NS, bench.a.notify)
    bench.env.run()
    assert [(when, answer) for when, _, answer in bench.seen] == [
        (5 * NS, "None"),
        (10 * NS, "None"),
    ]


def test_a_time_out_of_no_time_is_a_delta_cycle(bench):
    bench.waiter(bench.a.within(0))
    bench.env.run()
    assert bench.seen == [(0, 1, "None")]


@pytest.mark.parametrize("notified_first", [True, False])
def test_event_and_time_out_at_one_time_wake_once_and_the_event_has_triggered(
    bench, notified_first
):
    seen = []

    def body() -> Steps:
        for _ in range(2):
            yield bench.a.within(5 * NS)
            seen.append((bench.env.now, bench.env.delta_count, bench.a.triggered))

    bench.env.process(body())
    if notified_first:
        bench.a.notify_at(5 * NS)
    else:
        bench.at(1 * NS, lambda: bench.a.notify_after(4 * NS))
    bench.env.run()
    deltas = 1 if notified_first else 2
    assert seen == [(5 * NS, deltas, True), (10 * NS, deltas + 1, False)]


def test_event_and_time_out_in_one_delta_cycle_wake_once(bench):
    bench.waiter(bench.a.within(0), bench.b.within(5 * NS))
    bench.a.notify_delta()
    bench.at(0, bench.a.notify_delta)
    bench.env.run()
    assert [when for when, *_ in bench.seen] == [0, 5 * NS]


def test_a_won_wait_takes_its_time_out_back_so_that_the_run_ends(bench):
    bench.waiter(bench.a.within(1_000 * NS))
    bench.at(1 * NS, bench.a.notify)
    bench.env.run()
    assert bench.env.now == 1 * NS
    assert bench.env.delta_count == 2


def test_an_event_fired_before_the_wait_is_missed(bench):
    bench.a.notify()
    bench.waiter(1 * NS, bench.a.within(5 * NS))
    bench.env.run()
    assert bench.seen[-1] == (6 * NS, 2, "None")


def test_simpy_events_may_be_among_them(bench):
    bench.waiter(bench.a | bench.env.timeout(3 * NS), bench.a & bench.env.timeout(4 * NS))
    bench.at(9 * NS, bench.a.notify)
    bench.env.run()
    assert [when for when, *_ in bench.seen] == [3 * NS, 9 * NS]


def test_a_failed_simpy_event_is_thrown_in(bench):
    bad, caught = bench.env.event(), []

    def body() -> Steps:
        try:
            yield bench.a & bad
        except ValueError as error:
            caught.append((bench.env.now, str(error)))

    bench.env.process(body())
    bench.at(2 * NS, lambda: bad.fail(ValueError("broken")))
    bench.env.run()
    assert caught == [(2 * NS, "broken")]
    assert bench.a.waiters == ()


def test_the_second_firing_of_the_static_sensitivity_can_be_waited_for(bench):
    woken = []

    def body() -> Steps:
        while True:
            yield Firings(2)
            woken.append(bench.env.now)

    bench.env.spawn(body, sensitive=[bench.a, bench.b])
    for ns, event in ((1, bench.a), (2, bench.b), (3, bench.b), (4, bench.a), (5, bench.a)):
        bench.at(ns * NS, event.notify)
    bench.env.run()
    assert woken == [2 * NS, 4 * NS]


def test_no_firing_at_all_cannot_be_waited_for(bench):
    def body() -> Steps:
        yield Firings(0)

    bench.env.spawn(body, sensitive=[bench.a])
    with pytest.raises(CosimError, match="must wait for 1 firing or more, not 0"):
        bench.env.run()


def test_a_negative_time_out_is_refused(bench):
    with pytest.raises(TimeError) as refused:
        (bench.a | bench.b).within(-1)
    assert (
        str(refused.value)
        == "the time-out of a | b must be a whole number of ps, 0 or more, not -1"
    )


def test_a_mixture_of_any_and_all_is_refused(bench):
    with pytest.raises(CosimError) as refused:
        (bench.a | bench.b) & bench.c
    assert str(refused.value) == (
        "a wait must be all `|` or all `&`, not a mixture of a | b and c; wait in two steps"
    )


def test_a_killed_process_waits_for_nothing_any_more(bench):
    def body() -> Steps:
        yield (bench.a | bench.b).within(50 * NS)

    process = bench.env.process(body())
    bench.at(1 * NS, process.kill)
    bench.env.run()
    assert (bench.a.waiters, bench.b.waiters, bench.env.now) == ((), (), 1 * NS)


TIMES = st.lists(st.integers(1, 30), unique=True, max_size=6)
WAITS = st.tuples(
    st.lists(st.integers(0, 2), min_size=1, max_size=4),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 12)),
)
"""Which of three events, whether every one, and the time-out."""


def ends(times: list[list[int]], waits: list[tuple[list[int], bool, int | None]]) -> list[int]:
    """Return when each wait ends, until one never does."""
    found, now_ps = [], 0
    for events, every, timeout_ps in waits:
        firsts = [min((t for t in times[e] if t > now_ps), default=1_000) for e in events]
        end_ps = max(firsts) if every else min(firsts)
        if timeout_ps is not None:
            end_ps = min(end_ps, now_ps + timeout_ps)
        if end_ps == 1_000:
            break
        found.append(now_ps := end_ps)
    return found


@given(
    times=st.lists(TIMES, min_size=3, max_size=3),
    waits=st.lists(WAITS, max_size=8),
    shuffle_seed=st.one_of(st.none(), st.integers(0, 9)),
)
def test_any_course_of_waits_ends_when_the_rules_say(times, waits, shuffle_seed):
    env = Environment(shuffle_seed=shuffle_seed)
    queues = [EventQueue(env, name) for name in "abc"]
    for queue, when in zip(queues, times, strict=True):
        for when_ps in when:
            queue.notify_at(when_ps)
    seen: list[int] = []

    def body() -> Steps:
        for events, every, timeout_ps in waits:
            yield Waits([queues[e] for e in events], every=every, timeout_ps=timeout_ps)
            seen.append(env.now)

    env.process(body())
    env.run()
    assert seen == ends(times, waits)
