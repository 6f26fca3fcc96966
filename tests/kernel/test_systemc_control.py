"""systemc/self_control.cpp: control of oneself, of who is held or deaf, of methods."""

from typing import Any

from cosim import Event, Process, Steps
from cosim.control import Unwind
from cosim.method import Method
from tests.kernel.golden import NS, Sections, assert_same, printed


class Stop(Exception):
    """What is thrown into processes."""


class Controls(Sections):
    """The program."""

    def __init__(self) -> None:
        super().__init__()
        self.f = Event(self.env, "f")
        self.runs = 0
        self.env.process(self.drive())

    def loop(self) -> Steps:
        self.log("  starts")
        while True:
            yield self.e
            self.log("  woke")

    def looper(self) -> Process:
        return self.env.spawn(self.loop)

    def method(self) -> Method:
        return self.env.method(lambda: self.log("  method"), [self.e], initialize=False)

    def drive(self) -> Steps:
        yield from self.controls_itself()
        yield from self.is_runnable()
        yield from self.is_held()
        yield from self.waits_for_time()
        yield from self.methods()
        yield from self.ends()
        yield from self.section("ends")

    def suspends(self) -> Steps:
        self.log("  before")
        yield self.own.suspend()
        self.log("  after")
        yield 1 * NS
        self.log("  later")

    def resets(self) -> Steps:
        self.runs += 1
        self.log(f"  run {self.runs}")
        yield 1 * NS
        if self.runs < 3:
            self.own.reset()
        self.log("  ends")

    def disables(self) -> Steps:
        self.own.disable()
        self.log("  disabled, goes on")
        yield self.e
        self.log("  woke")

    def controls_itself(self) -> Steps:
        yield from self.section("suspend itself")
        self.own = self.env.spawn(self.suspends)
        yield 5 * NS
        self.log("resume")
        self.own.resume()
        yield 5 * NS
        yield from self.section("reset itself")
        self.own = self.env.spawn(self.resets)
        yield 10 * NS
        self.log(f"terminated={self.own.terminated:d}")
        yield from self.section("disable itself")
        self.own = self.env.spawn(self.disables)
        yield from self.pulse()
        self.own.enable()
        self.log("enable")
        yield from self.pulse()

    def notified(self, title: str) -> Any:
        """Begin a section with a process that has just been notified; return it."""
        yield from self.section(title)
        looper = self.looper()
        yield 1 * NS
        self.e.notify()
        return looper

    def is_runnable(self) -> Steps:
        log = self.log
        h = yield from self.notified("kill while runnable")
        h.kill()
        log("killed")
        yield 1 * NS
        h = yield from self.notified("reset while runnable")
        h.reset()
        log("reset")
        yield 1 * NS
        h.kill()
        h = yield from self.notified("suspend while runnable")
        h.suspend()
        log("suspended")
        yield 1 * NS
        h.resume()
        log("resumed")
        yield 1 * NS
        h.kill()
        h = yield from self.notified("disable while runnable")
        h.disable()
        log("disabled")
        yield from self.pulse()
        h.enable()
        yield from self.pulse()
        h.kill()

    def is_held(self) -> Steps:
        log = self.log
        yield from self.section("suspended, woken twice, runs once")
        h = self.looper()
        yield 1 * NS
        h.suspend()
        yield from self.pulse()
        yield from self.pulse()
        h.resume()
        yield 1 * NS
        h.kill()
        yield from self.section("suspend, resume with nothing in between")
        h = self.looper()
        yield 1 * NS
        h.suspend()
        yield 1 * NS
        h.resume()
        log("resumed")
        yield from self.pulse()
        h.kill()
        yield from self.section("kill while suspended")
        h = self.looper()
        yield 1 * NS
        h.suspend()
        h.kill()
        log(f"terminated={h.terminated:d}")
        yield 1 * NS
        yield from self.section("reset while disabled")
        h = self.looper()
        yield 1 * NS
        h.disable()
        h.reset()
        log("reset")
        yield from self.pulse()
        h.enable()
        yield from self.pulse()
        h.kill()

    def waits_for_time(self) -> Steps:
        log = self.log

        def twice() -> Steps:
            yield 3 * NS
            log("  3 ns over")
            yield 3 * NS
            log("  6 ns over")

        def caught() -> Steps:
            try:
                yield 50 * NS
            except Stop:
                log("  caught")
            yield 2 * NS
            log("  ends")

        yield from self.section("a wait for time, suspended")
        h = self.env.spawn(twice)
        yield 1 * NS
        h.suspend()
        yield 4 * NS
        log("resume")
        h.resume()
        yield 5 * NS
        yield from self.section("throw into a wait for time")
        h = self.env.spawn(caught)
        yield 1 * NS
        h.throw(Stop(1))
        log("thrown")
        yield 9 * NS
        yield from self.section("a thread that waits in its handler")
        h = self.env.spawn(self.patient)
        yield 1 * NS
        h.throw(Stop(1))
        h.throw(Stop(2))
        yield from self.pulse()
        h.kill()

    def patient(self) -> Steps:
        while True:
            try:
                yield self.e
                self.log("  woke")
            except Stop as stop:
                self.log(f"  caught {stop}")

    def methods(self) -> Steps:
        log, pulse, section = self.log, self.pulse, self.section
        yield from section("a method: suspend")
        m = self.method()
        yield 1 * NS
        m.suspend()
        yield from pulse()
        log("resume")
        m.resume()
        yield 1 * NS
        yield from pulse()
        yield from section("a method: disable")
        m.disable()
        yield from pulse()
        log("enable")
        m.enable()
        yield from pulse()
        yield from section("a method: reset runs it")
        m.reset()
        log("after reset")
        yield from pulse()
        yield from section("a method: kill")
        m.kill()
        log(f"terminated={m.terminated:d}")
        yield from pulse()
        yield from section("a method: sync_reset_on")
        m = self.method()
        m.sync_reset_on()
        yield from pulse()
        m.sync_reset_off()
        yield from pulse()
        m.kill()

    def ends(self) -> Steps:
        log = self.log

        def suicide() -> None:
            log("  method")
            m.kill()
            log("  never")

        yield from self.section("a method that kills itself")
        m = self.env.method(suicide, [self.e], initialize=False)
        yield from self.pulse()
        yield from self.pulse()
        log(f"terminated={m.terminated:d}")
        yield from self.section("kill twice, and after the end")
        h = self.looper()
        yield 1 * NS
        for order in (h.kill, h.kill, h.suspend, h.resume, h.reset):
            order()
        log(f"terminated={h.terminated:d}")
        yield 1 * NS
        yield from self.section("a process kills another, which kills the first")
        a = self.env.spawn(self.killer)
        self.victim = self.env.spawn(self.killed)
        yield from self.pulse()
        a.kill()
        yield 1 * NS

    def killer(self) -> Steps:
        try:
            yield self.e
            self.log("  a kills b")
            self.victim.kill()
            self.log("  a goes on")
            yield self.f
        except Unwind:
            self.log("  a unwinds")
            raise

    def killed(self) -> Steps:
        try:
            yield self.f
        except Unwind:
            self.log("  b unwinds")
            raise


def test_a_process_may_be_controlled_in_every_state():
    program = Controls()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("self_control"))
