"""systemc/payload_queues.cpp: order at one time, items put in meanwhile, cancellation."""

from cosim import Environment, PeqWithCallback, PeqWithGet, Phase, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000
REQ, END_REQ, RESP, END_RESP = Phase.BEGIN_REQ, Phase.END_REQ, Phase.BEGIN_RESP, Phase.END_RESP


class Queues:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.get = PeqWithGet[int](env, "get")
        self.call = PeqWithCallback(env, self.called, "call")
        self.step = self.left = 0
        self.greedy = True
        env.process(self.drive())
        env.process(self.taker())

    def section(self, text: str) -> Steps:
        self.step += 1
        yield 100 * NS * self.step - self.env.now
        self.log(text)

    def called(self, number: int, phase: Phase) -> None:
        self.log(f"  called {number} phase {phase:d}")
        if self.left > 0 and number == 7:
            self.left -= 1
            self.call.notify_after(0 if self.left % 2 else 2 * NS, number, phase)
        if number == 6:
            self.call.cancel_all()
            self.log("  cancelled")

    def taker(self) -> Steps:
        while True:
            yield self.get.event
            self.log("  event")
            while (number := self.get.get()) is not None:
                self.log(f"  got {number}")
                if not self.greedy:
                    break

    def put(self, wait_ns: int, **delays_ns: int) -> Steps:
        """Put numbers into one queue, each after a delay: `_3=5` puts 3 in for 5 ns later."""
        for name, delay_ns in delays_ns.items():
            self.get.notify_after(delay_ns * NS, int(name[1:]))
        yield wait_ns * NS

    def ring(self, number: int, phase: Phase, delay_ns: int) -> None:
        self.call.notify_after(delay_ns * NS, number, phase)

    def drive(self) -> Steps:
        yield from self.getting()
        yield from self.calling()
        yield from self.cancelling()
        yield from self.section("ends")

    def getting(self) -> Steps:
        section, put, get = self.section, self.put, self.get
        yield from section("get: order of times")
        yield from put(10, _1=5, _2=3, _3=5, _4=1)
        yield from section("get: at one time")
        yield from put(10, _1=2, _2=2, _3=2)
        yield from section("get: now")
        get.notify(1)
        self.log("notified")
        yield 1 * NS
        get.notify(2)
        get.notify(3)
        yield 1 * NS
        yield from section("get: now, while another is pending")
        yield from put(1, _1=4)
        get.notify(2)
        yield 10 * NS
        yield from section("get: no time")
        get.notify_delta(1)
        get.notify_delta(2)
        self.log("notified")
        yield 1 * NS
        yield from section("get: an earlier one after a later one")
        yield from put(1, _1=6)
        yield from put(10, _2=2)
        yield from section("get: one call at a time")
        self.greedy = False
        yield from put(10, _1=1, _2=1, _3=4)
        yield from put(10, _4=1)
        self.greedy = True
        yield from put(10, _5=1)
        yield from section("get: cancelled")
        yield from put(3, _1=2, _2=4)
        get.cancel_all()
        yield 5 * NS
        yield from put(5, _3=1)

    def calling(self) -> Steps:
        section, ring, log = self.section, self.ring, self.log
        yield from section("call: order of times")
        for number, phase, delay_ns in (
            (1, REQ, 5),
            (2, END_REQ, 3),
            (3, RESP, 5),
            (1, END_RESP, 1),
        ):
            ring(number, phase, delay_ns)
        yield 10 * NS
        yield from section("call: at one time")
        for number, phase in ((3, REQ), (1, REQ), (3, END_REQ)):
            ring(number, phase, 2)
        yield 10 * NS
        yield from section("call: no time")
        ring(1, REQ, 0)
        ring(2, REQ, 0)
        yield from self.a_delta_later()
        yield from section("call: now")
        self.call.notify(1, REQ)
        yield from self.a_delta_later()
        yield from section("call: no time in two delta cycles")
        ring(1, REQ, 0)
        yield 0
        ring(2, REQ, 0)
        yield 0
        log("two delta cycles later")
        yield 1 * NS
        yield from self.calling_again()

    def calling_again(self) -> Steps:
        section, ring = self.section, self.ring
        yield from section("call: a time that ends where another begins")
        ring(1, REQ, 3)
        yield 1 * NS
        ring(2, REQ, 2)
        yield 2 * NS
        ring(3, REQ, 0)
        yield 5 * NS
        yield from section("call: what is called puts in more")
        self.left = 5
        ring(7, REQ, 1)
        ring(1, REQ, 1)
        yield 30 * NS

    def a_delta_later(self) -> Steps:
        self.log("notified")
        yield 0
        self.log("a delta later")
        yield 1 * NS

    def cancelling(self) -> Steps:
        section, ring = self.section, self.ring
        yield from section("call: cancelled")
        for number, delay_ns in ((1, 2), (2, 4), (3, 0)):
            ring(number, REQ, delay_ns)
        yield 3 * NS
        self.call.cancel_all()
        yield 5 * NS
        ring(4, REQ, 1)
        yield 5 * NS
        yield from section("call: cancelled by what is called")
        ring(6, REQ, 1)
        ring(1, REQ, 2)
        yield 5 * NS
        ring(2, REQ, 1)
        yield 5 * NS


def test_payloads_come_out_and_are_cancelled_as_in_systemc() -> None:
    program = Queues()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("payload_queues"))
