"""systemc/handles.cpp: what a process handle tells: kind, ends, unwinding, resets, family."""

from typing import Any

from cosim import Environment, Event, Method, Signal, Steps, Unwind
from cosim.control import Control
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Handles:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.e, self.f = Event(env, "e"), Event(env, "f")
        self.line, self.quick = Signal(env, "line"), Signal(env, "quick")
        self.runs = 0
        self.fixed = env.process(self.rests(), "rests")
        env.method(self.runs_once, name="runs_once")
        env.process(self.drive(), "drive")
        self.before = env.process(self.waits_for(self.f), "before")

    def waits_for(self, wish: Any) -> Steps:
        yield wish

    def tell(self, process: Any) -> None:
        kind = "method" if isinstance(process, Method) else "thread"
        self.log(
            f"  {process.name} is a {kind}, dynamic {process.dynamic:d}, "
            f"terminated {process.terminated:d}, unwinding {process.is_unwinding:d}"
        )

    def rests(self) -> Steps:
        self.tell(self.env.active_process)
        yield self.f

    def runs_once(self) -> None:
        self.tell(self.env.active_process)

    def count(self) -> None:
        self.runs += 1
        self.log(f"  method runs {self.runs}")

    def listen(self, process: Control) -> None:
        self.env.process(self.hears(process))

    def hears(self, process: Control) -> Steps:
        while True:
            yield process.reset_event
            self.log("  reset_event")

    def end_of(self, process: Control) -> Steps:
        yield process
        self.log("  terminated_event")

    def looper(self, text: str) -> Steps:
        me: Any = self.env.active_process
        try:
            self.log(f"  {text} starts")
            while True:
                yield self.e
                self.log(f"  {text} woke")
        except Unwind as unwind:
            self.log(f"  {text} unwinds, reset {unwind.is_reset:d}, unwinding {me.is_unwinding:d}")
            self.tell(me)
            raise

    def drive(self) -> Steps:
        env, log = self.env, self.log
        log("kinds")
        yield 1 * NS
        self.tell(self.before)
        self.tell(self.fixed)
        h = env.spawn(self.looper, "spawned", name="spawned")
        self.tell(h)
        m = env.method(self.count, [self.e], name="method")
        self.tell(m)
        yield 1 * NS
        log("reset")
        self.listen(h)
        yield 1 * NS
        h.reset()
        log("after reset")
        yield 1 * NS
        self.tell(h)
        log("kill")
        env.process(self.end_of(h))
        yield 1 * NS
        h.kill()
        log("after kill")
        self.tell(h)
        yield 1 * NS
        log("a method's reset")
        self.listen(m)
        yield 1 * NS
        m.reset()
        log("after reset")
        yield 1 * NS
        yield from self.lines(m)
        yield from self.own()
        yield from self.family()

    def set(self, signal: Signal, level: int) -> Steps:
        signal.write(level)
        yield 1 * NS

    def pulse(self) -> Steps:
        self.e.notify()
        yield 1 * NS

    def lines(self, m: Control) -> Steps:
        env, log = self.env, self.log
        log("reset lines")
        r = env.spawn(self.looper, "with lines", name="r")
        r.reset_on(self.line)
        r.reset_on(self.quick, asynchronous=True)
        self.listen(r)
        yield 1 * NS
        for signal in (self.line, self.quick):
            yield from self.set(signal, 1)
            log(f"{signal} is on")
            yield from self.pulse()
            yield from self.set(signal, 0)
            yield from self.pulse()
        log("sync_reset_on")
        r.sync_reset_on()
        yield 1 * NS
        yield from self.pulse()
        r.sync_reset_off()
        yield from self.pulse()
        log("a method with a line")
        n = env.method(self.count, [self.e], name="n", initialize=False)
        n.reset_on(self.line)
        self.listen(n)
        yield 1 * NS
        yield from self.set(self.line, 1)
        yield from self.pulse()
        yield from self.set(self.line, 0)
        yield from self.pulse()
        for process in (n, r, m):
            process.kill()
        yield 1 * NS

    def own(self) -> Steps:
        env, log = self.env, self.log
        log("resets itself")
        self.runs = 0
        s = env.spawn(self.resets_itself, name="s")
        self.listen(s)
        yield 9 * NS
        self.tell(s)
        log("kills itself")
        k = env.spawn(self.kills_itself, name="k")
        env.process(self.end_of(k))
        yield 3 * NS
        self.tell(k)

    def resets_itself(self) -> Steps:
        me: Any = self.env.active_process
        self.runs += 1
        self.log(f"  run {self.runs}")
        yield 2 * NS
        if self.runs < 3:
            try:
                me.reset()
            except Unwind:
                self.log(f"  own reset {me.is_unwinding:d}")
                raise

    def kills_itself(self) -> Steps:
        me: Any = self.env.active_process
        yield 1 * NS
        try:
            me.kill()
        except Unwind as unwind:
            told = f"reset {unwind.is_reset:d}, unwinding {me.is_unwinding:d}"
            self.log(f"  own kill, {told}")
            raise

    def family(self) -> Steps:
        env, log = self.env, self.log
        log("two ends")
        a, b = env.process(self.waits_for(1 * NS)), env.process(self.waits_for(2 * NS))
        yield a & b
        log(f"both ended {a.terminated:d} {b.terminated:d}")
        log("who is started by whom")
        p = env.process(self.parent(), "p")
        for _ in range(3):
            yield 1_500
            log("p has" + "".join(f" {child.name}" for child in p.children))
        log("ends")

    def parent(self) -> Steps:
        for number, delay_ns in ((1, 2), (2, 4)):
            self.env.process(self.waits_for(delay_ns * NS), f"c{number}")
        yield 3 * NS


def test_a_handle_tells_kind_ends_unwinding_resets_and_family_as_in_systemc() -> None:
    program = Handles()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("handles"))
