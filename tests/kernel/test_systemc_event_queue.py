"""systemc/event_queue.cpp: each notification of an event queue takes a delta cycle."""

from collections.abc import Callable

from cosim import Environment, Event, EventQueue, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Queues:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.q, self.r, self.s = (EventQueue(env, name) for name in "qrs")
        self.e = Event(env, "e")
        self.runs = self.again = 0
        env.method(self.heard, [self.r], initialize=False)
        env.method(self.feeds_itself, [self.s], initialize=False)
        env.process(self.drive())

    def heard(self) -> None:
        self.runs += 1
        self.log(f"r {self.runs}")

    def feeds_itself(self) -> None:
        self.again += 1
        self.log(f"s {self.again}")
        if self.again < 4:
            self.s.notify_delta()
        if self.again == 4:
            self.s.notify_after(2 * NS)

    def waiter(self, count: int) -> Steps:
        for _ in range(count):
            yield self.q
            self.log(f"  q triggered {self.q.triggered:d}")

    def notify(self, *delays_ns: int) -> None:
        for delay_ns in delays_ns:
            self.q.notify_after(delay_ns * NS)

    def begins_late(self) -> Steps:
        yield 5 * NS
        self.log("  begins")
        yield from self.waiter(2)

    def notifies(self) -> Steps:
        yield self.q
        self.notify(0)
        self.log("  woken once")
        yield from self.waiter(2)
        self.log("  woken all")

    def cancels(self) -> Steps:
        yield self.q
        self.q.cancel()
        self.log("  cancelled")
        yield from self.waiter(1)

    def lists(self) -> Steps:
        q, e = self.q, self.e
        for wait in (q | e, q & e, q.within(2 * NS)):
            yield wait
            self.log(f"  {q.triggered:d} {e.triggered:d}")

    def sections(self) -> list[tuple[str, tuple[int, ...], Callable[[], Steps] | None]]:
        return [
            ("nobody waits", (5, 5, 5), None),
            ("nobody waits, delta", (0, 0), None),
            ("nobody waits, other times", (3, 1, 2, 1), None),
            ("somebody from the second on", (5, 5, 5), self.begins_late),
            ("somebody for the first only", (5, 5, 5, 6), lambda: self.waiter(1)),
            ("notified by who was woken", (4, 4), self.notifies),
            ("cancelled by who was woken", (4, 4, 5), self.cancels),
            ("the one it waited for", (1,), None),
            (
                "an earlier one after a later one, while a delta is pending",
                (7, 0, 2, 0),
                lambda: self.waiter(4),
            ),
        ]

    def drive(self) -> Steps:
        log, q, r, e, start = self.log, self.q, self.r, self.e, self.env.process
        for number, (title, delays_ns, waits) in enumerate(self.sections()):
            log(title)
            self.notify(*delays_ns)
            if waits is not None:
                start(waits())
            yield (10, 20)[number == 0] * NS
        log("any of queue and event")
        start(self.lists())
        e.notify_after(1 * NS)
        self.notify(1, 2, 2)
        yield 3 * NS
        e.notify()
        yield 10 * NS
        log("sensitive to r")
        for delay_ns in (1, 1, 0):
            r.notify_after(delay_ns * NS)
        yield 10 * NS
        r.notify_after(1 * NS)
        r.cancel()
        r.notify_after(2 * NS)
        yield 10 * NS
        log("s feeds itself")
        self.s.notify_after(1 * NS)
        yield 10 * NS
        log("with a wait of no time")
        self.notify(0)
        yield 0
        log(f"one delta later {q.triggered:d}")
        self.notify(0, 0)
        yield from self.count()
        log("ends")

    def count(self) -> Steps:
        for text in ("one", "two", "three"):
            yield 0
            self.log(text)


def test_each_notification_of_a_queue_takes_a_delta_cycle_even_if_nobody_waits() -> None:
    program = Queues()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("event_queue"))
