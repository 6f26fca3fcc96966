"""Payload event queues: what reference program 04 leaves open."""

from itertools import permutations

import pytest

from cosim import (
    BindingError,
    Environment,
    Event,
    Module,
    PeqWithCallback,
    PeqWithGet,
    Signal,
    SignalError,
    Simulator,
    Steps,
    TimeError,
    payload_queue,
    process,
)

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def collecting(env: Environment) -> tuple[PeqWithCallback, list[tuple[int, int, str]]]:
    """Return a queue and the list it fills with time, delta cycle and payload."""
    seen: list[tuple[int, int, str]] = []
    queue = PeqWithCallback(env, lambda item: seen.append((env.now, env.delta_count, item)), "q")
    return queue, seen


def test_get_gives_what_is_due_and_arms_the_event_for_the_rest(env):
    queue: PeqWithGet[str] = PeqWithGet(env, "q")
    seen = []

    def take() -> Steps:
        while True:
            yield queue.event
            while (item := queue.get()) is not None:
                seen.append((env.now, item))

    env.process(take())
    for ns, item in ((5, "e"), (2, "b"), (5, "f"), (1, "a")):
        queue.notify_after(ns * NS, item)
    env.run()
    assert seen == [(1 * NS, "a"), (2 * NS, "b"), (5 * NS, "e"), (5 * NS, "f")]


def test_an_item_for_the_next_delta_cycle_comes_out_with_one_for_now(env):
    queue: PeqWithGet[str] = PeqWithGet(env, "q")
    seen = []

    def take() -> None:
        while (item := queue.get()) is not None:
            seen.append((env.delta_count, item))

    def put() -> Steps:
        yield 1 * NS
        queue.notify_delta("delta")
        queue.notify("now")
        yield 1 * NS
        queue.notify_delta("delta")

    env.method(take, [queue.event], initialize=False)
    env.process(put())
    env.run()
    assert seen == [(1, "delta"), (1, "now"), (3, "delta")]


def test_a_queue_knows_how_many_wait(env):
    queue: PeqWithGet[int] = PeqWithGet(env, "q")
    queue.notify_after(1 * NS, 1)
    queue.notify_after(2 * NS, 2)
    assert len(queue) == 2
    queue.cancel_all()
    assert len(queue) == 0
    env.run()
    assert env.now == 0


def test_the_callback_is_called_at_the_time_of_each_payload(env):
    queue, seen = collecting(env)
    for ns, item in ((5, "e"), (2, "b"), (5, "f"), (1, "a")):
        queue.notify_after(ns * NS, item)
    env.run()
    assert seen == [(1 * NS, 0, "a"), (2 * NS, 1, "b"), (5 * NS, 2, "e"), (5 * NS, 2, "f")]


def test_now_is_this_delta_cycle_and_zero_the_next(env):
    queue, seen = collecting(env)

    def put() -> Steps:
        yield 1 * NS
        queue.notify_after(0, "zero")
        queue.notify_delta("delta")
        queue.notify("now")

    env.process(put())
    env.run()
    assert seen == [(1 * NS, 1, "now"), (1 * NS, 2, "zero"), (1 * NS, 2, "delta")]


def test_a_callback_may_notify_its_own_queue(env):
    seen = []

    def ripple(number: int) -> None:
        seen.append((env.now, env.delta_count, number))
        if number == 1:
            queue.notify(2)
            queue.notify_delta(3)
            queue.notify_after(1 * NS, 4)

    queue = PeqWithCallback(env, ripple, "q")
    queue.notify_after(1 * NS, 1)
    env.run()
    assert seen == [(1 * NS, 0, 1), (1 * NS, 0, 2), (1 * NS, 1, 3), (2 * NS, 2, 4)]


def test_cancelled_payloads_never_come_out(env):
    queue, seen = collecting(env)
    queue.notify_after(3 * NS, "a")
    queue.notify_delta("b")
    queue.cancel_all()
    assert len(queue) == 0
    env.run()
    assert (seen, env.now) == ([], 0)


def test_a_negative_delay_is_refused(env):
    queue, _ = collecting(env)
    with pytest.raises(TimeError) as refused:
        queue.notify_after(-1, "a")
    assert str(refused.value) == "a delay of q must be a whole number of ps, 0 or more, not -1"
    getter: PeqWithGet[str] = PeqWithGet(env, "g")
    with pytest.raises(TimeError, match="must be at 0 ps or later, not at -1 ps"):
        getter.notify_after(-1, "a")
    assert len(getter) == 0


class Pipe(Module):
    """Lets requests out 3 ns after they came in."""

    stage = payload_queue("requests under way")

    def build(self) -> None:
        self.out: list[tuple[int, int, str]] = []

    @stage.on_payload
    def leave(self, number: int, phase: str) -> None:
        self.out.append((self.now_ps, number, phase))

    @process
    def run(self) -> Steps:
        for number in range(3):
            self.stage.notify_after(3 * NS, number, "BEGIN_REQ")
            yield 1 * NS


def test_a_declared_queue_hands_its_payloads_to_a_method():
    sim = Simulator()
    pipe = Pipe("pipe", sim)
    sim.run()
    assert pipe.out == [
        (3 * NS, 0, "BEGIN_REQ"),
        (4 * NS, 1, "BEGIN_REQ"),
        (5 * NS, 2, "BEGIN_REQ"),
    ]
    assert pipe.stage.name == "pipe.stage"


def test_a_declared_queue_without_a_receiver_is_refused():
    class Leak(Module):
        stage = payload_queue("nobody takes them")

    with pytest.raises(BindingError) as refused:
        Leak("leak", Simulator())
    assert str(refused.value) == (
        "leak.stage must have a receiver; decorate a method with @stage.on_payload"
    )


def test_an_error_of_the_callback_says_whose_and_when(env):
    def refuse(item: str) -> None:
        raise ValueError(item)

    queue = PeqWithCallback(env, refuse, "stage")
    queue.notify_after(3 * NS, "a")
    queue.notify_after(3 * NS, "b")
    with pytest.raises(ValueError, match="a") as refused:
        env.run()
    assert refused.value.__notes__ == ["in stage at 3000 ps"]
    assert len(queue) == 1  # the other one is still to come
    with pytest.raises(ValueError, match="b"):
        env.run()


def test_cancelling_takes_back_what_is_due_in_this_evaluation_too(env):
    queue, seen = collecting(env)

    def put() -> Steps:
        yield 1 * NS
        queue.notify("now")
        queue.notify_delta("delta")
        queue.notify_after(5 * NS, "later")
        assert len(queue) == 3
        queue.cancel_all()
        queue.notify_after(2 * NS, "last")

    env.process(put())
    env.run()
    assert (seen, env.now) == ([(3 * NS, 2, "last")], 3 * NS)  # 0 and 1 ns before it


def test_a_callback_is_one_writer_whatever_it_is_called_with(env):
    signal = Signal(env, "s")
    queue = PeqWithCallback(env, signal.write, "q")
    other = PeqWithCallback(env, signal.write, "other")
    queue.notify_after(1 * NS, 1)
    queue.notify_after(2 * NS, 2)
    other.notify_after(3 * NS, 3)
    with pytest.raises(SignalError, match="q drives it, and other tried to at 3000 ps"):
        env.run()
    assert signal.read() == 2


def test_events_and_payloads_of_one_time_keep_their_order(env):
    seen: list[str] = []
    queue = PeqWithCallback(env, seen.append, "q")
    event = Event(env, "e")
    env.method(lambda: seen.append("event"), [event], initialize=False)
    queue.notify_after(1 * NS, "before")
    event.notify_after(1 * NS)
    queue.notify_after(1 * NS, "after")
    env.run()
    assert seen == ["before", "event", "after"]


def test_what_is_called_may_start_a_process(env):
    ended = []

    def job(item):
        yield 5
        ended.append((item, env.now))

    queue = PeqWithCallback(env, lambda item: env.process(job(item)), "q")
    queue.notify_after(10, "a")
    queue.notify_delta("b")
    env.run()
    assert ended == [("b", 5), ("a", 15)]


@pytest.mark.parametrize("order", list(permutations(("payload", "event", "wait", "other"))))
@pytest.mark.parametrize("writes", [False, True])
def test_what_comes_in_the_next_delta_cycle_comes_as_it_was_asked_for(env, order, writes):
    seen: list[tuple[str, int]] = []
    queue = PeqWithCallback(env, lambda item: seen.append((item, env.delta_count)), "q")
    event, signal = Event(env, "e"), Signal(env, "s")
    env.method(lambda: queue.callback(("event",), None), [event], initialize=False)

    def wait() -> Steps:
        yield 1 * NS
        yield 0
        queue.callback(("wait",), None)

    def ask(what: str) -> Steps:
        yield 1 * NS
        if what == "event":
            event.notify_delta()
        else:
            queue.notify_delta(what)
        if writes and what == "other":
            signal.write(1)

    for what in order:
        env.process(wait() if what == "wait" else ask(what))
    env.run()
    assert seen == [(what, 2) for what in order]  # 0 at the start, 1 asks


def test_what_is_taken_back_for_the_next_delta_cycle_makes_none(env):
    queue, seen = collecting(env)
    other, heard = collecting(env)

    def put() -> Steps:
        yield 1 * NS
        queue.notify_delta("a")
        other.notify_delta("b")
        queue.cancel_all()
        yield 1 * NS
        queue.notify_delta("c")
        queue.cancel_all()
        yield 1 * NS

    env.process(put())
    env.run()
    assert (seen, heard, env.delta_count) == ([], [(1 * NS, 2, "b")], 5)  # each ns, "b", the start


def test_a_time_at_which_everything_was_taken_back_is_none_until_it_is_used_again(env):
    queue, seen = collecting(env)
    event = Event(env, "e")
    times: list[int] = []
    env.method(lambda: times.append(env.now), [event], initialize=False)

    def body() -> Steps:
        queue.notify_after(2 * NS, "never")
        event.notify_after(3 * NS)
        queue.cancel_all()
        event.cancel()
        yield 1 * NS
        queue.notify_after(2 * NS, "with the event")
        event.notify_after(2 * NS)
        queue.notify_after(4 * NS, "last")

    env.process(body())
    env.run(4 * NS)
    assert (times, env.peek()) == ([3 * NS], 5 * NS)
    env.run()
    assert seen == [(3 * NS, 2, "with the event"), (5 * NS, 3, "last")]


def test_nothing_is_left_of_a_notification_made_while_signals_update(env):
    signal, event = Signal(env, "s"), Event(env, "e")
    signal.listen(lambda *_: event.notify_delta(), deltas=True)

    def body() -> Steps:
        yield 1 * NS
        signal.write(1)

    env.process(body())
    env.run(2 * NS)
    assert event.fired_at > 0
    assert env.peek() == float("inf")
    assert env.delta_count == 2
