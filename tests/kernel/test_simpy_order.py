"""Priorities inside an instant, and runs that end in the middle of one: as SimPy has them."""

from collections.abc import Callable
from typing import Any

import pytest
import simpy
from simpy.events import NORMAL, URGENT, EventPriority

from cosim.environment import Environment
from cosim.event import Event
from cosim.process import Steps
from cosim.signals import Signal

LATE = EventPriority(NORMAL + 1)


@pytest.fixture(params=[simpy.Environment, Environment], ids=["SimPy", "ours"])
def env(request: pytest.FixtureRequest) -> Any:
    return request.param()


def scheduler(env: Any, log: list[tuple[Any, str]]) -> Callable[[str, int, int], None]:
    def schedule(name: str, priority: int, delay: int) -> None:
        event = env.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: log.append((env.now, name)))
        env.schedule(event, EventPriority(priority), delay)

    return schedule


def test_urgent_events_go_first_and_late_ones_last_at_every_instant(env):
    log: list[tuple[Any, str]] = []
    schedule = scheduler(env, log)
    schedule("late at 5", LATE, 5)
    schedule("normal at 5", NORMAL, 5)
    schedule("urgent at 5", URGENT, 5)
    schedule("alone and urgent at 7", URGENT, 7)
    schedule("alone and late at 9", LATE, 9)

    def body() -> Steps:
        yield env.timeout(5)
        log.append((env.now, "process"))
        schedule("late now", LATE, 0)
        schedule("normal now", NORMAL, 0)
        schedule("urgent now", URGENT, 0)

    env.process(body())
    env.run()
    assert log == [
        (5, "urgent at 5"),
        (5, "normal at 5"),
        (5, "process"),
        (5, "urgent now"),
        (5, "normal now"),
        (5, "late at 5"),  # asked for before the other late one
        (5, "late now"),
        (7, "alone and urgent at 7"),
        (9, "alone and late at 9"),
    ]


def test_a_run_that_ends_inside_an_instant_goes_on_with_what_is_left_of_it(env):
    log: list[str] = []

    def body(name: str) -> Steps:
        yield env.timeout(3)
        log.append(name)
        yield env.timeout(0)
        log.append(f"{name} again")

    for name in "abc":
        env.process(body(name))
    env.run(env.timeout(3))
    assert log == []  # the processes began their waits after that time-out was made
    env.run()
    assert log == ["a", "b", "c", "a again", "b again", "c again"]


def test_an_error_ends_a_run_and_the_next_run_goes_on(env):
    log: list[str] = []

    def fails() -> Steps:
        yield env.timeout(1)
        raise ValueError("broken")

    def goes_on() -> Steps:
        yield env.timeout(1)
        log.append("still here")

    env.process(fails())
    env.process(goes_on())
    with pytest.raises(ValueError, match="broken"):
        env.run()
    env.run()
    assert log == ["still here"]


def test_processes_started_by_one_that_starts_come_after_all_that_wait_to_start(env):
    log: list[str] = []

    def child() -> Steps:
        log.append("child")
        yield env.timeout(1)

    def parent(name: str) -> Steps:
        log.append(name)
        env.process(child())
        yield env.timeout(0)
        log.append(f"{name} goes on")

    env.process(parent("a"))
    env.process(parent("b"))
    env.run()
    assert log == ["a", "b", "child", "child", "a goes on", "b goes on"]


def test_a_signal_that_changed_unheard_is_no_news_at_a_later_time() -> None:
    env = Environment()
    signal, seen = Signal(env, "s"), []

    def writer() -> Steps:
        signal.changed.observe()
        signal.write(1)
        yield 10

    def reader() -> Steps:
        yield 5
        seen.append((signal.value, signal.event))

    env.process(writer())
    env.process(reader())
    env.run()
    assert seen == [(1, False)]


def test_an_event_that_fired_unheard_is_not_triggered_at_a_later_time() -> None:
    env = Environment()
    event, seen = Event(env, "e"), []
    event.notify_at(2)

    def reader() -> Steps:
        yield 5
        seen.append(event.triggered)

    env.process(reader())
    env.run()
    assert seen == [False]
