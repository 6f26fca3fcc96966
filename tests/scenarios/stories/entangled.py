"""A scenario that hangs: two takers lock two mutexes in opposite order, or one without end."""

from pathlib import Path

from cosim import Config, Module, Mutex, Simulator, Steps, gauge, param, process
from scenarios.measures.metrics import Metrics
from scenarios.measures.watching import Waves
from scenarios.running.hanging import run as run_watched
from scenarios.scenario import RunOptions, RunResult, Scenario
from waveforms.gtkw import Layout


class EntangledConfig(Config):
    """What else happens."""

    clock: bool = param(False, doc="whether a clock goes on for ever")


class Taker(Module):
    """Locks two mutexes, 1 ns apart."""

    held = gauge("mutexes it has", width_bits=2)
    mutexes: tuple[Mutex, Mutex]

    @process
    def run(self) -> Steps:
        for count, mutex in enumerate(self.mutexes, start=1):
            yield from mutex.lock()
            self.held.set(count)
            yield 1_000


def _tick(simulator: Simulator) -> Steps:
    while True:
        yield 500
        if simulator.now_ps == 100_000:
            simulator.stop()


def run(options: RunOptions[EntangledConfig]) -> RunResult:
    """Let two takers wait for each other."""
    with Simulator() as simulator:
        left, right = (Mutex(simulator.env, name) for name in ("left", "right"))
        Taker("a", simulator).mutexes = (left, right)
        Taker("b", simulator).mutexes = (right, left)
        if options.config.clock:
            simulator.env.process(_tick(simulator), "clock")
        waves = Waves(simulator, options)
        run_watched(simulator, options)
        metrics = Metrics(scenario="entangled", mode=options.mode.value, time_ps=simulator.now_ps)
    waves.write_layout(Layout(markers={"begin": 0}))
    return RunResult(metrics, simulator, inputs=(Path(__file__),))


SCENARIO = Scenario("Hangs.", EntangledConfig, run)
