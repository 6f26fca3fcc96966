"""Reference programs 06 and 15: sensitivity, initialisation, and control of processes.

Differs by intention: a process that is killed before its first run never starts (in SystemC its
handle says terminated, and its body still runs).
"""

import pytest

from cosim import Environment, Event, KernelWarning, Process, Signal, Steps
from cosim.control import Unwind
from tests.kernel.golden import NS, Log, Sections, assert_same, golden


class Sensitivity:
    """Program 06."""

    def __init__(self) -> None:
        env = self.env = Environment()
        log = self.log = Log(env)
        s, e = self.s, self.e = Signal(env, "s"), Event(env, "e")
        env.spawn(self.t1, sensitive=[s])
        env.method(lambda: log(f"m1 s={s.value}"), [s])
        env.spawn(self.t2, sensitive=[s], initialize=False)
        env.method(lambda: log(f"m2 s={s.value}"), [s], initialize=False)
        env.spawn(self.t3)
        env.method(lambda: log("m3 (no sensitivity, runs once)"))
        env.method(
            lambda: log(f"m4 e or s, e={e.triggered:d} s.event={s.event:d}"),
            [e, s],
            initialize=False,
        )
        env.spawn(self.drive)

    def t1(self) -> Steps:
        self.log("t1 start")
        while True:
            yield
            self.log(f"t1 s={self.s.value}")

    def t2(self) -> Steps:
        self.log("t2 start (first run is the first event)")
        while True:
            yield
            self.log(f"t2 s={self.s.value}")

    def t3(self) -> Steps:
        self.log("t3 start, ends")
        yield from ()

    def drive(self) -> Steps:
        self.log("drive start")
        yield 10 * NS
        self.s.write(1)
        yield 10 * NS
        self.s.write(2)
        self.e.notify_delta()
        self.log("s and e in one delta: m4 runs once")
        yield 10 * NS
        self.e.notify()
        self.log("immediate e")
        yield 10 * NS
        self.log("drive ends")


def test_everything_runs_at_the_start_unless_told_not_to():
    program = Sensitivity()
    program.log("before sc_start")
    program.env.run_delta()
    program.log("after sc_start(SC_ZERO_TIME)")
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, golden("06_sensitivity_init"))


class Thrown(Exception):
    """What is thrown into a process."""


class Controlled(Sections):
    """Program 15."""

    def __init__(self) -> None:
        super().__init__()
        self.env.process(self.drive())

    def body(self, name: str) -> Steps:
        self.log(f"  {name} starts")
        try:
            while True:
                yield self.e
                self.log(f"  {name} woke")
        except Thrown as error:
            self.log(f"  {name} caught my_exc {error}")
            self.log(f"  {name} returns")
        except Unwind as unwind:
            self.log(f"  {name} sees unwind, is_reset={unwind.is_reset:d}")
            raise
        finally:
            self.log(f"  {name} unwinds")

    def worker(self, name: str) -> Process:
        return self.env.spawn(self.body, name, name=f"top.drive.{name}_0")

    def later(self, ns: int, text: str) -> Process:
        def body() -> Steps:
            yield ns * NS
            self.log(f"  {text}")

        return self.env.process(body())

    def drive(self) -> Steps:
        yield from self.spawned()
        yield from self.reset()
        yield from self.thrown()
        yield from self.held()
        yield from self.ended()
        yield from self.methods()
        yield from self.own_end()
        yield from self.sync_reset()

    def spawned(self) -> Steps:
        log = self.log
        yield from self.section(
            "spawn: the child starts in this evaluation phase, after the parent suspends"
        )
        h = self.worker("w")
        log(f"parent after spawn, valid=1 terminated={h.terminated:d} name={h.name}")
        yield 1 * NS
        self.e.notify()
        log("parent notified")
        yield 1 * NS
        yield from self.section("kill: unwinds at once, inside the call")
        h.kill()
        log(f"after kill terminated={h.terminated:d}")
        yield from self.pulse()
        yield from self.section("kill before the first run")
        h = self.worker("k")
        h.kill()
        log(f"killed terminated={h.terminated:d}")
        yield 1 * NS

    def reset(self) -> Steps:
        yield from self.section("reset: unwinds and starts again inside the call")
        h = self.worker("r")
        yield 1 * NS
        h.reset()
        self.log("after reset")
        yield from self.pulse()
        self.log("reset_event:")
        h.reset()
        h.kill()

    def thrown(self) -> Steps:
        yield from self.section("throw_it: the exception is handled inside the call")
        h = self.worker("t")
        yield 1 * NS
        h.throw(Thrown(7))
        self.log(f"after throw_it terminated={h.terminated:d}")
        yield from self.section("throw_it before the first run does nothing")
        h = self.worker("n")
        with pytest.warns(KernelWarning, match="top.drive.n_0 does not wait"):
            h.throw(Thrown(8))
        self.log(
            "report warning: throw_it on method/non-running process is being ignored : "
            "top.drive.n_0"
        )
        self.log(f"after throw_it terminated={h.terminated:d}")
        yield 1 * NS
        h.kill()

    def held(self) -> Steps:
        yield from self.section("suspend: an event in between is remembered until resume")
        h = self.worker("s")
        yield 1 * NS
        h.suspend()
        self.e.notify()
        yield 1 * NS
        self.log("resume")
        h.resume()
        self.log("resumed")
        yield 1 * NS
        h.kill()
        yield from self.section("disable: an event in between is lost")
        h = self.worker("d")
        yield 1 * NS
        h.disable()
        self.e.notify()
        yield 1 * NS
        self.log("enable")
        h.enable()
        yield from self.pulse()
        h.kill()

    def ended(self) -> Steps:
        yield from self.section("terminated_event of a child that ends by itself")
        h = self.later(5, "child ends")
        yield h
        self.log(f"seen, terminated={h.terminated:d}")
        yield from self.section("fork and join")
        yield self.later(3, "a") & self.later(7, "b")
        self.log("joined")
        yield from self.section("SC_FORK / SC_JOIN")
        yield self.env.all_of([self.later(2, "f1"), self.later(4, "f2")])
        self.log("joined")

    def methods(self) -> Steps:
        yield from self.section("a spawned method with static sensitivity and dont_initialize")
        h = self.env.method(lambda: self.log("  method"), [self.e], initialize=False)
        yield from self.pulse()
        self.e.notify()
        yield 1 * NS
        h.kill()
        self.e.notify()
        yield 1 * NS

    def own_end(self) -> Steps:
        def body() -> Steps:
            self.log("  before")
            h.kill()
            self.log("  never")
            yield

        yield from self.section("a process kills itself")
        h = self.env.process(body())
        yield 1 * NS
        self.log(f"terminated={h.terminated:d}")

    def sync_reset(self) -> Steps:
        yield from self.section("sync_reset_on: every wake is a reset until sync_reset_off")
        h = self.worker("y")
        yield 1 * NS
        h.sync_reset_on()
        self.log("on")
        self.e.notify()
        yield from self.pulse()
        h.sync_reset_off()
        self.log("off")
        self.e.notify()
        yield 1 * NS
        h.kill()


def test_control_of_processes_gives_the_log_of_systemc():
    program = Controlled()
    program.env.run()
    program.log("end")
    expected = [line for line in golden("15_process_control") if "k starts" not in line]
    assert_same(program.log.lines, expected)


def test_a_process_killed_before_its_first_run_never_starts():
    program = Controlled()
    program.env.run()
    assert not any("k starts" in line for line in program.log.lines)
