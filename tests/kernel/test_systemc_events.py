"""Reference programs 03 and 07: notification, and what a method waits for next.

Left out of 03: `notify_delayed`, which refuses where `notify_after` keeps the earlier one.
"""

import pytest

from cosim import Environment, Event, KernelWarning, Signal, Steps
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000

SECTIONS: list[tuple[str, list[str | int]]] = [
    (
        "immediate: receivers run in this evaluation phase, after the notifier suspends",
        ["now", "log"],
    ),
    ("immediate twice in one evaluation: one wake per receiver", ["now", "now"]),
    ("delta: receivers run in the next delta", ["delta", "log"]),
    ("delta twice: one notification", ["delta", "delta"]),
    ("timed 5 ns", [5]),
    ("timed 5 then 3: the earlier wins", [5, 3]),
    ("timed 3 then 5: the later is discarded", [3, 5]),
    ("timed 3 then delta: delta wins", [3, "delta"]),
    ("delta then timed 3: timed discarded", ["delta", 3]),
    ("timed 3 then immediate: immediate now, timed cancelled", [3, "now"]),
    ("delta then immediate: immediate now, delta cancelled", ["delta", "now"]),
    ("immediate then timed 3: both happen", ["now", 3]),
    ("immediate then delta in one evaluation: two wakes", ["now", "delta"]),
    ("timed 3 then cancel: nothing", [3, "cancel"]),
    ("delta then cancel: nothing", ["delta", "cancel"]),
    ("notify_delayed on an event with no pending notification", [2]),
    ("notify_delayed with one pending is an error", [3]),
]
"""Title and what is done to the event: a number is a notification after so many ns."""


class Notifications:
    """Program 03."""

    def __init__(self) -> None:
        self.env = Environment()
        self.log = Log(self.env)
        self.e, self.own = Event(self.env, "e"), Event(self.env, "self")
        self.step = self.runs = 0
        self.env.process(self.drive())
        self.env.method(lambda: self.log("  e fired (method)"), [self.e], initialize=False)
        self.env.process(self.listen())
        self.env.method(self.self_notifier, [self.own], name="top.self_notifier", initialize=False)

    def listen(self) -> Steps:
        while True:
            yield self.e
            self.log("  e fired (thread)")

    def self_notifier(self) -> None:
        self.runs += 1
        self.log(f"  self run {self.runs}")
        if self.runs == 1:
            with pytest.warns(KernelWarning, match="top.self_notifier is sensitive to self"):
                self.own.notify()
            self.log(
                "report warning: immediate self-notification ignored as of IEEE 1666-2011: "
                "top.self_notifier"
            )
            self.log("  self.notify() from the method sensitive to it")

    def section(self, title: str) -> int:
        """Return how long to wait for it."""
        self.step += 1
        return 100 * NS * self.step - self.env.now

    def drive(self) -> Steps:
        for title, deeds in SECTIONS:
            yield self.section(title)
            self.log(title)
            for deed in deeds:
                self.do(deed)
        title = "an immediate notification does not wake the method that makes it"
        yield self.section(title)
        self.log(title)
        self.own.notify_delta()
        title = "an immediate notification nobody waits for is lost"
        yield self.section(title)
        self.log(title)
        lost = Event(self.env, "lost")
        lost.notify()
        assert (yield lost.within(5 * NS)) is None
        self.log("waited the whole 5 ns for it")

    def do(self, deed: str | int) -> None:
        if isinstance(deed, int):
            self.e.notify_after(deed * NS)
        elif deed == "now":
            self.e.notify()
        elif deed == "delta":
            self.e.notify_delta()
        elif deed == "cancel":
            self.e.cancel()
        else:
            self.log("notifier goes on first")


def test_notifications_override_each_other_as_in_systemc():
    program = Notifications()
    program.env.run()
    program.log("end")
    expected = [
        line
        for line in golden("03_notify")
        if "report error" not in line and "| caught" not in line
    ]
    assert_same(program.log.lines, expected)


class NextTriggers:
    """Program 07."""

    def __init__(self) -> None:
        self.env = Environment()
        self.log = Log(self.env)
        self.s = Signal(self.env, "s")
        self.a, self.b = Event(self.env, "a"), Event(self.env, "b")
        self.runs = 0
        self.env.method(self.m, [self.s])
        self.env.process(self.drive())

    def m(self) -> None:
        self.runs += 1
        self.log(
            f"m run {self.runs} s={self.s.value} a={self.a.triggered:d} b={self.b.triggered:d}"
        )
        wishes, text = self.plan().get(self.runs, ([], "static"))
        for wish in wishes:
            self.env.next_trigger(wish)
        self.log(f"  {text}")

    def plan(self):
        a, b = self.a, self.b
        return {
            1: ([5 * NS], "next_trigger(5 ns)"),
            2: ([a], "next_trigger(a)"),
            3: ([a.within(3 * NS)], "next_trigger(3 ns, a), a not notified"),
            4: ([a | b], "next_trigger(a | b)"),
            5: ([a & b], "next_trigger(a & b)"),
            6: ([100 * NS, 2 * NS], "next_trigger 100 then 2: last wins"),
            7: ([4 * NS, None], "next_trigger() back to static"),
            8: ([0], "next_trigger(SC_ZERO_TIME)"),
        }

    def drive(self) -> Steps:
        yield 2 * NS
        self.s.write(1)
        self.log("s=1: ignored, m has a dynamic trigger")
        for event in (self.a, self.b, self.a, self.b):
            yield 10 * NS
            event.notify_delta()
        for value in (2, 3):
            yield 10 * NS
            self.s.write(value)


def test_the_last_next_trigger_of_a_run_counts():
    program = NextTriggers()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, golden("07_next_trigger"))
