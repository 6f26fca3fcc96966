"""systemc/phases.cpp: status and delta counts before, during, between and after runs."""

from cosim import Event, Module, Simulator, Steps, process, signal
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Top(Module):
    """The program."""

    s = signal("written at every stage", width_bits=8)
    sim: Simulator

    def build(self) -> None:
        self.log = Log(self.env)
        self.e, self.late = Event(self.env, "e"), Event(self.env, "late")
        self.tell("constructor")
        self.env.method(lambda: self.log("e"), [self.e], initialize=False)
        self.env.method(self.on_s, [self.s])

    def tell(self, text: str) -> None:
        self.log(f"{text} {self.sim.status.name}")

    def before_end_of_elaboration(self) -> None:
        self.tell("before_end_of_elaboration")

    def end_of_elaboration(self) -> None:
        self.tell("end_of_elaboration")
        self.s.write(5)

    def start_of_simulation(self) -> None:
        self.tell("start_of_simulation")
        self.late.notify_after(7 * NS)
        self.e.notify_delta()

    def end_of_simulation(self) -> None:
        self.tell("end_of_simulation")

    def on_s(self) -> None:
        self.tell(f"s={self.s.value}")

    @process
    def run(self) -> Steps:
        env, s, log = self.env, self.s, self.log
        log("run")
        s.write(1)
        yield 0
        log(f"s={s.value}")
        yield 5 * NS
        env.pause()
        s.write(2)
        self.e.notify()
        log("paused at the end of this delta")
        yield 0
        log(f"goes on s={s.value}")
        yield 5 * NS
        env.pause()
        env.pause()
        yield 5 * NS
        log("after two pauses")
        s.write(3)
        self.e.notify_delta()
        self.sim.stop()
        self.tell("stop called")
        self.e.notify()
        yield 0
        log("never")

    @process
    def waits(self) -> Steps:
        yield self.late
        self.log("late")


def test_the_status_is_known_at_every_stage():
    sim = Simulator()
    top = Top("top", sim)
    top.tell("built")
    for until_ns, text in ((2, "2 ns"), (22, "paused"), (6, "1 ns more"), (None, "paused again")):
        sim.run(None if until_ns is None else until_ns * NS)
        top.tell(text)
    sim.run(60 * NS)
    top.tell("stopped")
    top.log.lines[-1] += f" s={top.s.value}"
    expected = [line for line in printed("phases") if "| report" not in line]
    assert_same(top.log.lines, expected)
