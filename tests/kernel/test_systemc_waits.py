"""systemc/wait_lists.cpp: lists of events, time-outs, counted firings, triggers of methods."""

from typing import Any

from cosim import Environment, Event, Firings, Signal, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Lists:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.a, self.b, self.c = (Event(env, name) for name in "abc")
        self.s = Signal(env, "s")
        self.step = 0
        env.process(self.lists())
        env.spawn(self.counted, sensitive=[self.s])
        env.process(self.late())
        env.method(self.once, [self.c], initialize=False)
        env.process(self.drive())

    def fired(self) -> str:
        events = (self.a, self.b, self.c)
        return "".join(event.name if event.triggered else "-" for event in events)

    def lists(self) -> Steps:
        a, b, c, log = self.a, self.b, self.c, self.log
        every = a & b & c
        for text, wait in (
            ("a | b", a | b),
            ("a & b", a & b),
            ("a & a", a & a),
            ("within 3 ns, a | b", (a | b).within(3 * NS)),
            ("within 5 ns, a & b", (a & b).within(5 * NS)),
            ("a at the same time as the time-out", a.within(4 * NS)),
            ("zero time-out", a.within(0)),
            ("zero time-out, and a in that delta", a.within(0)),
            ("list of three", a | b | c),
            ("all three", every),
            ("all three within 2 ns", every.within(2 * NS)),
        ):
            yield wait
            log(f"{text}: {self.fired()}")
        yield 1 * NS
        log("lists ends")

    def counted(self) -> Steps:
        yield
        self.log(f"s={self.s.value}")
        for count in (2, 1):
            yield Firings(count)
            self.log(f"wait({count}) s={self.s.value}")

    def late(self) -> Steps:
        yield 70 * NS
        yield self.a
        self.log("late: never")

    def once(self) -> None:
        a, b, c, trigger = self.a, self.b, self.c, self.env.next_trigger
        texts = ("c", "a & b", "a | c within 2 ns", "a & c within 1 ns", "a within 0 ns",
                 "last call wins", "static again")  # fmt: skip
        wishes: list[list[Any]] = [
            [a & b], [(a | c).within(2 * NS)], [(a & c).within(1 * NS)], [a.within(0)],
            [b.within(6 * NS), a | b], [], [],
        ]  # fmt: skip
        if self.step < len(texts):
            self.log(f"once: {texts[self.step]}" + (f" {self.fired()}" if self.step else ""))
            for wish in wishes[self.step]:
                trigger(wish)
        self.step += 1

    def drive(self) -> Steps:
        a, b, s, log = self.a, self.b, self.s, self.log
        yield 5 * NS
        log("a, b together")
        a.notify_delta()
        b.notify_delta()
        yield 5 * NS
        log("b")
        b.notify()
        s.write(1)
        yield 5 * NS
        log("a, a")
        a.notify()
        yield 0
        a.notify()
        s.write(2)
        yield 5 * NS
        log("a twice")
        a.notify()
        s.write(3)
        yield 5 * NS
        log("nothing")
        yield 5 * NS
        log("b")
        b.notify()
        s.write(4)
        for number in range(12):
            yield 1 * NS
            a.notify_delta()
            if number % 3 == 0:
                b.notify()
        yield from self.ends()

    def ends(self) -> Steps:
        a, b, c, log = self.a, self.b, self.c, self.log
        yield 1 * NS
        log("c")
        c.notify()
        yield 1 * NS
        log("b then a")
        b.notify()
        yield 1 * NS
        a.notify()
        yield 1 * NS
        log("c, a")
        c.notify_after(1 * NS)
        a.notify_after(1 * NS)
        yield 3 * NS
        log("c")
        for delay_ns, event in ((0, c), (1, a), (1, b)):
            yield from ([delay_ns * NS] if delay_ns else [])
            event.notify()
        yield 5 * NS
        log("a")
        for delay_ns, event in ((0, a), (1, c), (9, c)):
            yield from ([delay_ns * NS] if delay_ns else [])
            event.notify()
        yield 9 * NS
        log("drive ends")


def test_lists_of_events_wake_as_in_systemc():
    program = Lists()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("wait_lists"))
