"""Random models of plain SimPy give the same log on SimPy's environment and on this kernel's.

A model is a handful of processes that follow scripts: they wait, interrupt each other, wait for
conditions, and share resources with and without preemption, stores and a container. What each saw,
and when, is the log. Times are whole or binary fractions, so that ties are frequent and exact.
"""

from collections.abc import Generator
from typing import Any, NamedTuple

import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim import Environment

Steps = Generator[Any, Any, Any]
DELAYS = st.sampled_from([0, 1, 1, 2, 3, 5, 0.25, 0.5, 1.5])
STEPS = st.one_of(
    st.tuples(st.just("sleep"), DELAYS),
    st.tuples(st.just("interrupt"), st.integers(0, 5)),
    st.tuples(st.just("signal"), st.integers(0, 2)),
    st.tuples(st.just("await"), st.integers(0, 2)),
    st.tuples(st.just("any"), DELAYS, st.integers(0, 2)),
    st.tuples(st.just("all"), DELAYS, DELAYS),
    st.tuples(st.just("join"), st.integers(0, 5)),
    st.tuples(st.just("child"), DELAYS),
    st.tuples(st.just("fail"), DELAYS),
    st.tuples(st.just("hold"), DELAYS),
    st.tuples(st.just("rank"), DELAYS, st.integers(0, 3)),
    st.tuples(st.just("preempt"), DELAYS, st.integers(0, 3), st.booleans()),
    st.tuples(st.just("put"), st.integers(0, 3)),
    st.tuples(st.just("get"), DELAYS),
    st.tuples(st.just("pick"), st.integers(0, 3)),
    st.tuples(st.just("fill"), st.integers(1, 4)),
    st.tuples(st.just("drain"), st.integers(1, 4)),
)
SCRIPTS = st.lists(st.lists(STEPS, min_size=1, max_size=6), min_size=1, max_size=6)


class Line(NamedTuple):
    """One line of the log."""

    now: Any
    who: int
    what: str


class Model:
    """Processes that follow scripts, and what they share."""

    def __init__(self, env: simpy.Environment, scripts: list[list[tuple[Any, ...]]]) -> None:
        self.env = env
        self.log: list[Line] = []
        self.events = [env.event() for _ in range(3)]
        self.resource = simpy.Resource(env, capacity=2)
        self.ranked = simpy.PriorityResource(env)
        self.preempted = simpy.PreemptiveResource(env)
        self.store = simpy.FilterStore(env, capacity=2)
        self.tank = simpy.Container(env, capacity=5, init=1)
        self.processes = [
            env.process(self.follow(who, script)) for who, script in enumerate(scripts)
        ]

    def tell(self, who: int, what: object) -> None:
        self.log.append(Line(self.env.now, who, str(what)))

    def follow(self, who: int, script: list[tuple[Any, ...]]) -> Steps:
        """Carry out one step after the other; an interrupt ends a step."""
        for step, *arguments in script:
            try:
                answer = yield from getattr(self, f"do_{step}")(who, *arguments)
                self.tell(who, f"{step} {answer}")
            except simpy.Interrupt as interrupt:
                cause = interrupt.cause
                usage = getattr(cause, "usage_since", cause)
                since = float(usage) if isinstance(usage, int | float) else usage  # 1 is 1.0
                self.tell(who, f"{step} interrupted, {since}")
            except ArithmeticError as error:
                self.tell(who, f"{step} failed, {error}")
        return who

    def do_sleep(self, who: int, delay: Any) -> Steps:
        return (yield self.env.timeout(delay, value=who))

    def do_interrupt(self, who: int, other: int) -> Steps:
        process = self.processes[other % len(self.processes)]
        if process.is_alive and process is not self.env.active_process:
            process.interrupt(who)
        return process.is_alive
        yield

    def do_signal(self, who: int, number: int) -> Steps:
        event, self.events[number] = self.events[number], self.env.event()
        event.succeed(who)
        return number
        yield

    def do_await(self, _: int, number: int) -> Steps:
        return (yield self.events[number])

    def do_any(self, who: int, delay: Any, number: int) -> Steps:
        answer = yield self.events[number] | self.env.timeout(delay, value=who)
        return list(answer.values())

    def do_all(self, _: int, first: Any, second: Any) -> Steps:
        answer = yield self.env.timeout(first, value=1) & self.env.timeout(second, value=2)
        return list(answer.values())

    def do_join(self, _: int, other: int) -> Steps:
        process = self.processes[other % len(self.processes)]
        if process is self.env.active_process:
            return "myself"
        return list((yield process | self.env.timeout(4)).values())

    def do_child(self, who: int, delay: Any) -> Steps:
        return (yield self.env.process(self.do_sleep(who, delay)))

    def do_fail(self, _: int, delay: Any) -> Steps:
        def break_down() -> Steps:
            yield self.env.timeout(delay)
            raise ArithmeticError(delay)

        return (yield self.env.process(break_down()))

    def do_hold(self, who: int, delay: Any) -> Steps:
        with self.resource.request() as request:
            yield request
            self.tell(who, f"has one of {self.resource.count}")
            yield self.env.timeout(delay)

    def do_rank(self, who: int, delay: Any, priority: int) -> Steps:
        with self.ranked.request(priority=priority) as request:
            yield request
            self.tell(who, f"before {len(self.ranked.queue)}")
            yield self.env.timeout(delay)

    def do_preempt(self, who: int, delay: Any, priority: int, preempt: bool) -> Steps:
        with self.preempted.request(priority=priority, preempt=preempt) as request:
            yield request
            self.tell(who, f"before {len(self.preempted.queue)}")
            yield self.env.timeout(delay)

    def do_put(self, _: int, item: int) -> Steps:
        yield self.store.put(item) | self.env.timeout(3)
        return self.store.items

    def do_get(self, _: int, patience: Any) -> Steps:
        get = self.store.get()
        answer = yield get | self.env.timeout(patience)
        if not get.triggered:
            get.cancel()
        return list(answer.values())

    def do_pick(self, _: int, item: int) -> Steps:
        with self.store.get(lambda other: other == item) as get:
            return list((yield get | self.env.timeout(2)).values())

    def do_fill(self, _: int, amount: int) -> Steps:
        with self.tank.put(amount) as put:
            yield put | self.env.timeout(3)
        return self.tank.level

    def do_drain(self, _: int, amount: int) -> Steps:
        with self.tank.get(amount) as get:
            yield get | self.env.timeout(3)
        return self.tank.level


def logged(env: simpy.Environment, scripts: list[list[tuple[Any, ...]]]) -> list[Line]:
    """Run a model in two parts, or until it breaks down; return its log."""
    model = Model(env, scripts)
    try:
        env.run(until=4)
        model.tell(-1, "halfway")
        env.run()
    except (ArithmeticError, simpy.Interrupt) as error:
        model.tell(-1, f"broken down: {error}")
    model.tell(-1, [process.triggered for process in model.processes])
    return model.log


@given(scripts=SCRIPTS)
@settings(max_examples=300)
def test_a_random_model_gives_the_log_it_gives_on_simpy(scripts):
    assert logged(Environment(), scripts) == logged(simpy.Environment(), scripts)


@given(scripts=SCRIPTS)
@settings(max_examples=100)
def test_a_random_model_goes_step_by_step_as_on_simpy(scripts):
    def stepped(env: simpy.Environment) -> list[Line]:
        model = Model(env, scripts)
        try:
            while env.peek() < float("inf"):
                env.step()
        except (ArithmeticError, simpy.Interrupt) as error:
            model.tell(-1, f"broken down: {error}")
        return model.log

    assert stepped(Environment()) == stepped(simpy.Environment())


def test_the_random_models_reach_every_kind_of_step():
    kinds = [name for name in vars(Model) if name.startswith("do_")]
    seen: set[str] = set()

    @given(scripts=SCRIPTS)
    @settings(max_examples=200, database=None, derandomize=True)
    def look(scripts):
        seen.update(line.what.split()[0] for line in logged(Environment(), scripts))

    look()
    assert {f"do_{kind}" for kind in seen} >= set(kinds)
