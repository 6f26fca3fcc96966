"""systemc/resets.cpp: clocked threads, threads and methods with resets of both kinds."""

from collections.abc import Callable

from cosim import ClockSignal, Environment, Firings, Signal, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Resets:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        log = self.log = Log(env)
        clock = ClockSignal(env, "clock", 10 * NS, start_ps=5 * NS, every_edge=True)
        up, down = clock.posedge, clock.negedge
        sync, async_, low = self.sync, self.async_, self.low = (
            Signal(env, "sync"),
            Signal(env, "async"),
            Signal(env, "low", 1),
        )
        self.out = Signal(env, "out")
        clocked = self.clocked
        clocked(self.counting("sync_thread"), up).reset_on(sync)
        clocked(self.counting("async_thread"), up).reset_on(async_, asynchronous=True)
        both = clocked(self.counting("both"), down)
        both.reset_on(low, 0)
        both.reset_on(async_, asynchronous=True)
        clocked(self.three, up)
        thread = env.spawn(self.counting("thread"), sensitive=[up])
        thread.reset_on(async_, asynchronous=True)
        clocked(self.waits, up).reset_on(sync)
        method = env.method(lambda: log(f"method async={async_.value}"), [down], initialize=False)
        method.reset_on(async_, asynchronous=True)
        env.method(self.flop, [up], initialize=False).reset_on(sync)
        env.process(self.drive())

    def clocked(self, body, edge):
        return self.env.spawn(body, sensitive=[edge], initialize=False)

    def counting(self, name: str) -> Callable[[], Steps]:
        def body() -> Steps:
            self.log(f"{name} starts")
            number = 0
            while True:
                yield
                number += 1
                self.log(f"{name} {number}")

        return body

    def three(self) -> Steps:
        self.log("three starts")
        while True:
            yield Firings(3)
            self.log("three")

    def waits(self) -> Steps:
        self.log("waits starts")
        while True:
            yield 3 * NS
            self.log("waits 3 ns")
            yield

    def flop(self) -> None:
        if self.sync.value:
            self.log("flop reset")
            self.out.write(0)
        else:
            self.out.write(self.out.value + 1)
            self.log(f"flop out={self.out.value}")

    def drive(self) -> Steps:
        sync, async_, low = self.sync, self.async_, self.low
        for delay_ns, text, signal, level in (
            (23, "sync on", sync, 1),
            (20, "sync off", sync, 0),
            (10, "async on", async_, 1),
            (14, "async off", async_, 0),
            (10, "low on", low, 0),
        ):
            yield delay_ns * NS
            self.log(text)
            signal.write(level)
        yield 3 * NS
        self.log("async on, low off")
        low.write(1)
        async_.write(1)
        yield 1 * NS
        self.log("async off")
        async_.write(0)
        yield 2 * NS
        self.log("sync glitch")
        sync.write(1)
        yield 1 * NS
        sync.write(0)


def test_resets_of_threads_and_methods_act_as_in_systemc():
    program = Resets()
    program.env.run(121 * NS)
    program.log("end")
    assert_same(program.log.lines, printed("resets"))
