"""A small scenario that exercises everything a run folder holds."""

import time
from pathlib import Path

from cosim import Clock, Config, Module, ProtocolError, Simulator, Steps, counter, param, process
from scenarios.measures.metrics import EnergyMetrics, LayerMetrics, Metrics
from scenarios.scenario import RunOptions, RunResult, Scenario


class LampConfig(Config):
    """A lamp."""

    clock_hz: int = param(1_000_000_000, doc="clock", low=1_000, source="estimate: round")
    blinks: int = param(3, doc="how often", unit="blinks", low=1, high=1_000, source="estimate: 3")
    behaviour: str = param("good", doc="what goes wrong", choices=("good", "bad", "endless"))


class BlinkConfig(Config):
    """A system of one lamp."""

    lamp: LampConfig = LampConfig()


class Lamp(Module):
    """Blinks once a cycle."""

    config: LampConfig

    blinks = counter("how often it was on")

    @process
    def run(self) -> Steps:
        for _ in range(self.config.blinks):
            yield self.cycles(1)
            self.blinks.add()


def run(options: RunOptions[BlinkConfig]) -> RunResult:
    """Blink."""
    lamp = options.config.lamp
    (options.folder / "stream.txt").write_text("half")
    if lamp.behaviour == "bad":
        raise ProtocolError("lamp: broke; buy another")
    if lamp.behaviour == "endless":
        time.sleep(60)
    with Simulator(seed=options.seed) as simulator:
        module = Lamp("lamp", simulator, config=lamp, clock=Clock(lamp.clock_hz))
        simulator.run()
        metrics = Metrics(
            scenario="blink",
            mode=options.mode.value,
            images=options.images,
            predictions=(7,),
            labels=(7,),
            seed=options.seed,
            time_ps=simulator.now_ps,
            cycles=lamp.blinks,
            instructions=module.blinks.value,
            layers=(
                LayerMetrics(name="on", engine="cpu", start_ps=0, end_ps=1000, cycles=lamp.blinks),
            ),
            energy_pj=EnergyMetrics(core={"light": 2.5, "leakage": 0.5}),
        )
    return RunResult(
        metrics,
        simulator,
        rows=(("lamp", "on"),),
        files={"notes.txt": _note},
        inputs=(Path(__file__),),
    )


def _note(path: Path) -> None:
    path.write_text("blinked\n")


SCENARIO = Scenario("Blinks a lamp.", BlinkConfig, run)
