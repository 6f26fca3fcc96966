"""Who started whom, and corner cases of control that SystemC refuses or leaves to chance."""

import pytest

from cosim import CosimError, Environment, Event, Process, Steps

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def lasting(ns: int) -> Steps:
    yield ns * NS


class Loop:
    """A process that notes each firing of an event, and what is thrown."""

    def __init__(self, env: Environment, event: Event) -> None:
        self.seen: list[object] = []
        self.process = env.spawn(self.run, env, event)

    def run(self, env: Environment, event: Event) -> Steps:
        self.seen.append("starts")
        while True:
            try:
                yield event
                self.seen.append(env.now)
            except KeyError as error:
                self.seen.append(error.args[0])


def test_a_process_belongs_to_the_one_that_started_it(env):
    def parent() -> Steps:
        kids.extend(env.process(lasting(ns)) for ns in (5, 3))
        yield 4 * NS

    kids: list[Process] = []
    process = env.process(parent())
    env.run(1 * NS)
    assert process.parent is None
    assert process.children == tuple(kids)
    assert [kid.parent for kid in kids] == [process] * 2
    env.run(3 * NS + 1)
    assert process.children == (kids[0],)  # the other has ended


def test_who_is_left_behind_belongs_to_the_next_above(env):
    def middle() -> Steps:
        youngest.append(env.process(lasting(50)))
        yield 1 * NS

    def oldest() -> Steps:
        env.process(middle())
        yield 100 * NS

    youngest: list[Process] = []
    first = env.process(oldest())
    env.run(2 * NS)
    assert youngest[0].parent is first
    assert first.descendants == tuple(youngest)
    first.kill(descendants=True)
    assert youngest[0].terminated


def test_a_long_line_of_processes_keeps_nobody_who_ended(env):
    def runner(left: int) -> Steps:
        yield 1
        if left:
            env.process(runner(left - 1))
        else:
            ends.append(env.active_process)

    ends: list[Process] = []
    first = env.process(runner(100))
    env.run()
    assert ends[0].parent is None
    assert not first.children


def test_who_ends_the_whole_family_it_belongs_to_ends_last(env):
    ended: list[str] = []

    def member(name: str) -> Steps:
        try:
            yield 100 * NS
        finally:
            ended.append(name)

    def child() -> Steps:
        try:
            yield 1 * NS
            family.kill(descendants=True)
        finally:
            ended.append("who asked")

    def parent() -> Steps:
        for steps in (child(), member("a"), member("b")):
            env.process(steps)
        yield from member("parent")

    family = env.process(parent())
    env.run()
    assert ended == ["a", "b", "parent", "who asked"]


def test_an_error_thrown_at_a_suspended_process_leaves_nothing_of_what_woke_it(env):
    event = Event(env, "event")
    loop = Loop(env, event)
    env.run(1)
    loop.process.suspend()
    event.notify()
    env.run(2)
    loop.process.throw(KeyError("thrown"))
    loop.process.resume()
    env.run(3)
    assert loop.seen == ["starts", "thrown"]


def test_a_suspended_process_may_be_reset_and_stays_suspended(env):
    event = Event(env, "event")
    loop = Loop(env, event)
    env.run(1)
    loop.process.suspend()
    loop.process.reset()
    event.notify()
    env.run(2)
    assert loop.seen == ["starts", "starts"]
    loop.process.resume()
    env.run(3)
    assert loop.seen == ["starts", "starts", 2]


def test_a_process_that_is_disabled_and_then_waits_for_a_time_is_an_error(env):
    def body() -> Steps:
        env.active_process.disable()
        yield 5 * NS

    env.process(body(), "deaf")
    with pytest.raises(
        CosimError, match="deaf waited for 5000 ps while it was disabled, and would"
    ):
        env.run()
