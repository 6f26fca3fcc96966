"""systemc/between_runs.cpp: what is notified, written and spawned between two runs."""

from cosim import Environment, Event, Signal, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Runs:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.a, self.b = Event(env, "a"), Event(env, "b")
        self.s = Signal(env, "s")
        env.process(self.on("a", self.a))
        env.process(self.on("b", self.b))
        env.method(lambda: self.log(f"s={self.s.value}"), [self.s], initialize=False)
        env.process(self.tick())

    def on(self, text: str, event: Event) -> Steps:
        while True:
            yield event
            self.log(text)

    def tick(self) -> Steps:
        for _ in range(3):
            yield 10 * NS
            self.log("tick")

    def spawned(self) -> Steps:
        self.log("spawned")
        yield 1 * NS
        self.log("spawned ends")

    def run(self, until_ns: int | None, text: str = "") -> None:
        self.env.run(None if until_ns is None else until_ns * NS)
        if text:
            self.log(text)

    def main(self) -> None:
        a, b, s, log = self.a, self.b, self.s, self.log
        s.write(1)
        self.run(5, "5 ns")
        a.notify_delta()
        log("a notified, delta")
        self.run(6)
        a.notify()
        log("a notified, immediately")
        self.run(7)
        s.write(2)
        log(f"s written, reads {s.value}")
        self.run(8)
        log(f"s reads {s.value}")
        s.write(3)
        a.notify_delta()
        b.notify()
        for text in ("one delta", "another"):
            self.env.run_delta()
            log(text)
        self.run(10, "10 ns: tick is due")
        a.notify_delta()
        b.notify()
        s.write(4)
        self.run(11, "after it")
        self.at_twelve()

    def at_twelve(self) -> None:
        a, b = self.a, self.b
        a.notify_after(1 * NS)
        b.notify_after(2 * NS)
        self.env.process(self.spawned())
        self.run(12, "12 ns")
        a.notify_after(1 * NS)
        a.cancel()
        self.run(None, "no more events")
        a.notify_delta()
        self.run(None, "end")


def test_what_happens_between_two_runs_is_seen_by_the_second():
    program = Runs()
    program.main()
    assert_same(program.log.lines, printed("between_runs"))
