"""A machine that runs a program in the fast shell and only counts: no waves, no report.

Checked by: tests/scenarios/test_error_bars.py
"""

from collections.abc import Sequence

from components.analog import DenseLayer
from cosim import Process, Simulator, Steps
from scenarios.measures.activities import Activities, of_machine
from scenarios.networks.lowering import Program, Reader
from scenarios.running.hanging import patience
from scenarios.scenario import Mode
from scenarios.soc import Soc, SocConfig


def counted(
    config: SocConfig, layers: Sequence[DenseLayer], program: Program, seed: int
) -> Activities:
    """Return what a machine does for a program."""
    with Simulator(seed=seed) as simulator:
        soc = Soc("soc", simulator, config=config, layers=layers, mode=Mode.FAST)
        soc.core.load(Reader(program).chunks(), program.names)
        stop_at_end(simulator, soc)
        simulator.run(patience_ps=patience(soc))
        return of_machine(soc, soc.core.finish_ps)


def stop_at_end(simulator: Simulator, soc: Soc) -> Process:
    """End the simulation when the program is over: refresh would go on for ever."""

    def stop() -> Steps:
        yield soc.core.finished
        simulator.stop()

    started = simulator.env.process(stop(), "stop")
    started.may_wait = True  # who hangs is the core, or whom it waits for
    return started
