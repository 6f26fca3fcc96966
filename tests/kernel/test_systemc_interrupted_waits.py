"""systemc/interrupted_waits.cpp: control of who waits for lists, with and without time."""

from typing import Any

import pytest

from cosim import Environment, Event, Process, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000
KINDS = ("any", "all", "any or 10 ns", "all or 10 ns", "10 ns", "static")


class Stop(Exception):
    """What is thrown."""


class Interrupted:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.a, self.b, self.c = (Event(env, name) for name in "abc")
        self.step = self.runs = 0
        env.process(self.drive())

    def fired(self) -> str:
        events = (self.a, self.b, self.c)
        return "".join(event.name if event.triggered else "-" for event in events)

    def section(self, text: str) -> Steps:
        self.step += 1
        yield 100 * NS * self.step - self.env.now
        self.log(text)

    def wish(self, kind: str) -> Any:
        a, b = self.a, self.b
        return {
            "any": a | b,
            "all": a & b,
            "any or 10 ns": (a | b).within(10 * NS),
            "all or 10 ns": (a & b).within(10 * NS),
            "10 ns": 10 * NS,
            "static": None,
        }[kind]

    def body(self, kind: str) -> Steps:
        self.log("  starts")
        while True:
            try:
                yield self.wish(kind)
                self.log(f"  woke {self.fired()}")
            except Stop as stop:
                self.log(f"  caught {stop} {self.fired()}")

    def waiter(self, kind: str) -> Process:
        return self.env.spawn(self.body, kind, sensitive=[self.c])

    def pulse(self, names: str, then_ns: int) -> Steps:
        """Notify events, then wait."""
        for event in (self.a, self.b, self.c):
            if event.name in names:
                event.notify()
        yield then_ns * NS

    def drive(self) -> Steps:
        for kind in KINDS:
            yield from self.section(kind)
            yield from self.thrown_reset_killed(kind)
            yield from self.section("suspended")
            yield from self.suspended(kind)
            yield from self.section("suspended and resumed in the delta cycle of the event")
            h = self.waiter(kind)
            yield 1 * NS
            h.suspend()
            for event in (self.a, self.b, self.c):
                event.notify_delta()
            yield self.a
            h.resume()
            self.log("resumed")
            yield 1 * NS
            h.kill()
        yield from self.several()
        yield from self.disabled()
        yield from self.methods()
        yield from self.section("ends")

    def thrown_reset_killed(self, kind: str) -> Steps:
        h, log = self.waiter(kind), self.log
        yield 1 * NS
        yield from self.pulse("a", 2)
        log("throw")
        h.throw(Stop(1))
        yield 2 * NS
        yield from self.pulse("b", 1)
        yield from self.pulse("ac", 30)
        log("reset")
        h.reset()
        yield 3 * NS
        yield from self.pulse("b", 1)
        h.reset()
        yield from self.pulse("a", 1)
        yield from self.pulse("bc", 4)
        log("kill")
        h.kill()
        yield from self.pulse("abc", 20)

    def suspended(self, kind: str) -> Steps:
        h = self.waiter(kind)
        yield 1 * NS
        h.suspend()
        yield from self.pulse("a", 1)
        self.c.notify_after(3 * NS)
        yield from self.pulse("b", 20)
        self.log("resume")
        h.resume()
        yield 2 * NS
        self.log("pulse")
        yield from self.pulse("abc", 12)
        h.kill()

    def several(self) -> Steps:
        log = self.log
        yield from self.section("thrown into two that wait for the same, one after the other")
        h, g = self.waiter("any"), self.waiter("all")
        yield 1 * NS
        self.a.notify_delta()
        h.throw(Stop(1))
        g.throw(Stop(2))
        log("thrown")
        yield 1 * NS
        yield from self.pulse("b", 1)
        yield from self.pulse("a", 1)
        h.kill()
        g.kill()
        yield from self.section("who is thrown at throws at another")
        h = self.waiter("any")
        g = self.env.process(self.passes_on(h))
        yield 1 * NS
        g.throw(Stop(1))
        log("thrown")
        yield 1 * NS
        yield from self.pulse("a", 1)
        h.kill()
        yield from self.section("killed by who it woke with")
        h = self.waiter("any")
        self.env.process(self.kills(h))
        yield 1 * NS
        self.c.notify_delta()
        yield 1 * NS
        self.a.notify()
        log(f"terminated {h.terminated:d}")
        yield 1 * NS

    def passes_on(self, other: Process) -> Steps:
        try:
            yield self.c
        except Stop:
            self.log("  passes it on")
            other.throw(Stop(3))
            self.log("  passed")

    def kills(self, other: Process) -> Steps:
        yield self.c
        self.log("  kills")
        other.kill()

    def disabled(self) -> Steps:
        yield from self.section("disabled and enabled around a list")
        h = self.waiter("any")
        yield 1 * NS
        h.disable()
        yield from self.pulse("a", 1)
        h.enable()
        yield 1 * NS
        yield from self.pulse("b", 1)
        h.kill()
        yield from self.section("disabled and enabled around all of a list")
        h = self.waiter("all")
        yield 1 * NS
        yield from self.pulse("a", 1)
        h.disable()
        yield from self.pulse("b", 1)
        h.enable()
        yield 1 * NS
        yield from self.pulse("b", 1)
        yield from self.pulse("ab", 1)
        h.kill()

    def methods(self) -> Steps:
        log = self.log
        yield from self.section("a method with a trigger")
        h = self.env.method(self.run, [self.c], initialize=False)
        yield 1 * NS
        for names in ("c", "ac", "b"):
            yield from self.pulse(names, 1)
        log("reset while it waits")
        yield from self.pulse("c", 1)
        h.reset()
        yield 1 * NS
        yield from self.pulse("ab", 1)
        yield from self.pulse("c", 20)
        log("suspended while it waits")
        yield from self.pulse("c", 1)
        h.suspend()
        yield 12 * NS
        log("resume")
        h.resume()
        yield 1 * NS
        log("killed while it waits")
        yield from self.pulse("c", 1)
        yield from self.pulse("c", 1)
        h.kill()
        yield 20 * NS

    def run(self) -> None:
        self.runs += 1
        self.log(f"  method {self.runs} {self.fired()}")
        if self.runs % 2:
            self.env.next_trigger((self.a & self.b).within(10 * NS))


@pytest.mark.filterwarnings("error")
def test_who_waits_for_a_list_is_controlled_as_in_systemc() -> None:
    program = Interrupted()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("interrupted_waits"))
