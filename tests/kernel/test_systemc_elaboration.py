"""Reference program 14: elaboration callbacks and phases, compared with SystemC's log.

Left out: the lines of destructors, which Python does not have.
"""

import pytest

from cosim import ElaborationError, Module, Simulator, Steps, process
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000


class Base(Module):
    def build(self) -> None:
        log(f"construct {self.path}")
        self.grow()

    def grow(self) -> None:
        """Make children."""

    @process
    def run(self) -> Steps:
        self.tell("runs,")
        yield from ()

    def before_end_of_elaboration(self) -> None:
        log(f"before_end_of_elaboration {self.path} {simulators[-1].status.name}")

    def end_of_elaboration(self) -> None:
        log(f"end_of_elaboration {self.path} {simulators[-1].status.name}")

    def start_of_simulation(self) -> None:
        log(f"start_of_simulation {self.path} {simulators[-1].status.name}")

    def end_of_simulation(self) -> None:
        log(f"end_of_simulation {self.path} {simulators[-1].status.name}")

    def tell(self, what: str) -> None:
        log(f"{self.path} {what} status {simulators[-1].status.name}")


class Mid(Base):
    def grow(self) -> None:
        Base("a", self)
        Base("b", self)


class Grower(Base):
    def before_end_of_elaboration(self) -> None:
        super().before_end_of_elaboration()
        Base("late", self)


log = Log()
simulators: list[Simulator] = []


def test_elaboration_gives_the_log_of_systemc():
    sim = Simulator()
    simulators.append(sim)
    log.title("", sim.env)
    m1 = Mid("m1", sim)
    Mid("m2", sim)
    Grower("g", sim)
    log(f"status {sim.status.name}")
    sim.run(1 * NS)
    log(f"after sc_start, status {sim.status.name}")
    with pytest.raises(ElaborationError) as refused:
        Base("after", sim)
    assert str(refused.value) == (
        "after must be made before elaboration ends; the simulation is paused at 1000 ps; "
        "do it in build() or before_end_of_elaboration()"
    )
    log("report error: insert module failed: simulation running")
    log("a module after elaboration: insert module failed")
    sim.run(2 * NS)
    log("report info: /OSCI/SystemC: Simulation stopped by user.")
    sim.finish()
    log(f"after sc_stop outside sc_start, status {sim.status.name}")
    log("top objects:")
    for module in sim.top:
        log(f"  {module.path} (sc_module)")
    log("children of m1:")
    for module in m1.children:
        log(f"  {module.path} (sc_module)")
    log(f"find g.late: {sim.module('g.late').path == 'g.late':d}")
    expected = [line for line in golden("14_elaboration") if not line.startswith("destruct")]
    assert_same(log.lines[1:], expected)
