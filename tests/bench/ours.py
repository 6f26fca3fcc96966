"""The workloads of `naive.py` as one writes them on this kernel."""

from cosim.clock_signal import ClockSignal
from cosim.environment import Environment
from cosim.fifo import Fifo
from cosim.process import Steps
from cosim.signals import Signal


def sleeper(period_ps: int, steps: int) -> Steps:
    """Wait `steps` times."""
    for _ in range(steps):
        yield period_ps


def timed(processes: int, steps: int, *, differ: bool) -> Environment:
    """Processes that wait; all for one period, or each for its own."""
    env = Environment()
    for number in range(processes):
        env.process(sleeper(1000 + (number * 7919) % 1009 * differ, steps))
    return env


def pingpong(steps: int) -> Environment:
    """Two processes that answer each other's signal."""
    env = Environment(delta_limit=10 * steps)
    a, b = Signal(env, "a"), Signal(env, "b")

    def ping() -> Steps:
        for number in range(1, steps + 1):
            a.write(number)
            yield b.changed

    def pong() -> Steps:
        while True:
            yield a.changed
            b.write(a.read())

    env.process(ping())
    env.process(pong())
    return env


def clocked(processes: int, cycles: int) -> Environment:
    """Methods that toggle a signal of their own at each rising edge."""
    env = Environment()
    clock = ClockSignal(env, "clock", period_ps=10_000)

    def toggler(q: Signal) -> None:
        env.method(lambda: q.write(1 - q.read()), [clock.posedge], initialize=False)

    for number in range(processes):
        toggler(Signal(env, f"q[{number}]"))
    env.process(stop(env, 10_000 * cycles))
    return env


def stop(env: Environment, when_ps: int) -> Steps:
    """End the simulation."""
    yield when_ps
    env.stop()


def fifo(depth: int, items: int) -> Environment:
    """A producer and a consumer with a bounded queue between them."""
    env = Environment(delta_limit=10 * items)
    queue: Fifo[int] = Fifo(env, "queue", depth)

    def produce() -> Steps:
        for number in range(items):
            yield from queue.write(number)

    def consume() -> Steps:
        for _ in range(items):
            yield from queue.read()

    env.process(produce())
    env.process(consume())
    return env
