"""What one writes first on plain SimPy: the other side of the speed comparison."""

from collections.abc import Generator
from typing import Any

import simpy

Steps = Generator[Any, Any, None]


class NaiveSignal:
    """A signal from SimPy parts: a zero timeout is the update phase, an event tells the change."""

    def __init__(self, env: simpy.Environment, value: int = 0) -> None:
        self.env = env
        self.value = value
        self.changed = env.event()

    def write(self, value: int) -> Steps:
        """Take `value` over after a timeout of zero."""
        yield self.env.timeout(0)
        if value != self.value:
            self.value = value
            changed, self.changed = self.changed, self.env.event()
            changed.succeed()

    def wait(self) -> Steps:
        """Wait for the next change."""
        yield self.changed


def sleeper(env: simpy.Environment, period_ps: int, steps: int) -> Steps:
    """Wait `steps` times."""
    for _ in range(steps):
        yield env.timeout(period_ps)


def timed(processes: int, steps: int, *, differ: bool) -> simpy.Environment:
    """Processes that wait; all for one period, or each for its own."""
    return timed_on(simpy.Environment(), processes, steps, differ=differ)


def timed_on(
    env: simpy.Environment, processes: int, steps: int, *, differ: bool
) -> simpy.Environment:
    """The same on any environment."""
    for number in range(processes):
        env.process(sleeper(env, 1000 + (number * 7919) % 1009 * differ, steps))
    return env


def pingpong(steps: int) -> simpy.Environment:
    """Two processes that answer each other's signal."""
    env = simpy.Environment()
    a, b = NaiveSignal(env), NaiveSignal(env)

    def ping() -> Steps:
        for number in range(1, steps + 1):
            yield from a.write(number)
            yield from b.wait()

    def pong() -> Steps:
        while True:
            yield from a.wait()
            yield from b.write(a.value)

    env.process(pong())
    env.process(ping())
    return env


def clocked(processes: int, cycles: int) -> simpy.Environment:
    """Processes that toggle a signal of their own at each rising edge."""
    env = simpy.Environment()
    clock = NaiveSignal(env)

    def tick() -> Steps:
        for number in range(2 * cycles):
            yield from clock.write(1 - number % 2)
            yield env.timeout(5_000)

    def toggler() -> Steps:
        q = NaiveSignal(env)
        while True:
            yield from clock.wait()
            if clock.value:
                yield from q.write(1 - q.value)

    env.process(tick())
    for _ in range(processes):
        env.process(toggler())
    return env


def fifo(depth: int, items: int) -> simpy.Environment:
    """A producer and a consumer with a bounded store between them."""
    return fifo_on(simpy.Environment(), depth, items)


def fifo_on(env: simpy.Environment, depth: int, items: int) -> simpy.Environment:
    """The same on any environment."""
    store = simpy.Store(env, capacity=depth)

    def produce() -> Steps:
        for number in range(items):
            yield store.put(number)

    def consume() -> Steps:
        for _ in range(items):
            yield store.get()

    env.process(produce())
    env.process(consume())
    return env
