"""systemc/descendants.cpp: control that includes descendants, and options of spawned processes."""

from cosim import Environment, Event, Process, Signal, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Stop(Exception):
    """What is thrown into processes."""


class Families:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.e, self.go = Event(env, "e"), Event(env, "go")
        self.rst = Signal(env, "rst")
        self.step = 0
        self.kid: Process
        env.process(self.drive())

    def loop(self, name: str) -> Steps:
        try:
            while True:
                yield self.e
                self.log(f"  {name} woke")
        except Stop as stop:
            self.log(f"  {name} caught {stop}")

    def leaf(self, name: str) -> Steps:
        self.log(f"  {name} starts")
        try:
            yield from self.loop(name)
            self.log(f"  {name} returns")
        finally:
            self.log(f"  {name} unwinds")

    def parent(self, ends: bool) -> Steps:
        self.log("  p starts")
        try:
            self.kid = self.env.spawn(self.leaf, "k1")
            self.env.spawn(self.leaf, "k2")
            if ends:
                yield 1 * NS
                self.log("  p ends")
                return
            yield from self.loop("p")
            self.log("  p returns")
        finally:
            self.log("  p unwinds")

    def family(self, *, ends: bool = False) -> Process:
        return self.env.spawn(self.parent, ends)

    def section(self, title: str) -> Steps:
        self.step += 1
        yield 100 * NS * self.step - self.env.now
        self.log(title)

    def pulse(self, *, before: int = 1, after: int = 1) -> Steps:
        yield before * NS
        self.e.notify()
        yield after * NS

    def drive(self) -> Steps:
        self.log("an empty handle: valid=0 name=''")  # there is no such thing here
        yield from self.handles()
        yield from self.held()
        yield from self.thrown_and_reset()
        yield from self.ended()
        yield from self.options()
        yield from self.section("ends")

    def handles(self) -> Steps:
        log = self.log
        yield from self.section("handles")
        h = self.family()
        yield 1 * NS
        log(f"valid=1 kind=2 dynamic=1 terminated={h.terminated:d} children={len(h.children)}")
        log(f"the child's parent is the process: {self.kid.parent is h:d}")
        yield from self.section("kill without descendants")
        h.kill()
        log("killed")
        yield from self.pulse()
        self.kid.kill()
        yield from self.pulse()
        yield from self.section("kill with descendants")
        h = self.family()
        yield 1 * NS
        h.kill(descendants=True)
        log("killed")
        yield from self.pulse()

    def held(self) -> Steps:
        log = self.log
        yield from self.section("suspend with descendants")
        h = self.held_family = self.family()
        yield 1 * NS
        h.suspend(descendants=True)
        self.e.notify()
        log("suspended")
        yield 1 * NS
        log("resume")
        h.resume(descendants=True)
        yield 1 * NS
        yield from self.pulse()
        yield from self.section("disable with descendants")
        h.disable(descendants=True)
        yield from self.pulse()
        log("enable")
        h.enable(descendants=True)
        yield from self.pulse()

    def thrown_and_reset(self) -> Steps:
        log = self.log
        yield from self.section("throw_it with descendants")
        self.held_family.throw(Stop(5), descendants=True)
        log("thrown")
        yield 1 * NS
        yield from self.section("reset with descendants")
        h = self.family()
        yield 1 * NS
        h.reset(descendants=True)
        log("reset")
        yield from self.pulse()
        h.kill(descendants=True)
        yield from self.pulse()
        yield from self.section("sync_reset_on with descendants")
        h = self.family()
        yield 1 * NS
        h.sync_reset_on(descendants=True)
        yield from self.pulse()
        h.sync_reset_off(descendants=True)
        yield 1 * NS
        log("off")
        yield from self.pulse()
        h.kill(descendants=True)
        yield 1 * NS

    def ended(self) -> Steps:
        log = self.log
        yield from self.section("a parent that has ended")
        h = self.family(ends=True)
        yield 2 * NS
        log(f"terminated={h.terminated:d} valid=1")
        h.kill(descendants=True)
        log("killed")
        yield from self.pulse()
        self.kid.kill()
        yield 1 * NS
        yield from self.section("a family is reset by its parent")
        h = self.family()
        yield 1 * NS
        h.reset()
        yield 1 * NS
        log(f"children={len(h.children)}")
        h.kill(descendants=True)
        yield 1 * NS
        yield from self.section("terminated_event of two")
        a, b = (self.env.process(self.lasting(ns)) for ns in (2, 4))
        yield a | b
        log(f"one, terminated {a.terminated:d} {b.terminated:d}")
        yield b
        log("the other")

    def lasting(self, ns: int) -> Steps:
        yield ns * NS

    def thread(self) -> Steps:
        self.log("  a thread")
        yield
        self.log("  again")

    def with_reset(self) -> Steps:
        self.log("  with reset")
        while True:
            yield
            self.log("  with reset woke")

    def options(self) -> Steps:
        env, go, log, rst = self.env, self.go, self.log, self.rst
        yield from self.section("spawn options")
        m = env.method(lambda: log("  a method"), [go], initialize=False)
        w = env.spawn(self.thread, sensitive=[go], initialize=False)
        x = env.spawn(self.with_reset, sensitive=[go])
        x.reset_on(rst, asynchronous=True)
        yield 1 * NS
        go.notify()
        yield 1 * NS
        go.notify_delta()
        yield 1 * NS
        log(f"method terminated={m.terminated:d}, thread terminated={w.terminated:d}")
        for level in (1, 0):
            rst.write(level)
            yield 1 * NS
            go.notify()
            yield 1 * NS
        m.kill()
        x.kill()
        go.notify()
        yield 1 * NS


def test_what_is_done_to_a_process_may_be_done_to_its_descendants_first():
    program = Families()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("descendants"))
