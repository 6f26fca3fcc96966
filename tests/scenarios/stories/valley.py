"""A scenario that takes no time: its time and energy are sums of its parameters.

`danger` 1 is refused, 2 ends its process, 3 waits a moment first: what a sweep must survive. A file
that `DEATHS` names in the environment grows by one byte for each process ended.
"""

import os
import signal
import time
from pathlib import Path

from cosim import Config, ConfigError, param
from scenarios.measures.metrics import EnergyMetrics, Metrics
from scenarios.scenario import RunOptions, RunResult, Scenario


class ValleyConfig(Config):
    """Where the point lies."""

    x: int = param(0, doc="across", unit="1", source="a test", low=-100, high=100)
    y: int = param(0, doc="along", unit="1", source="a test", low=-100, high=100)
    danger: int = param(0, doc="what happens", unit="1", source="a test", low=0, high=3)


def measured(x: int, y: int) -> tuple[int, float]:
    """Return time in ps and energy in pJ: one is least at x = 3, the other at y = -2."""
    return 1_000 + (x - 3) ** 2 + y * y, 50.0 + x * x + (y + 2) ** 2


def run(options: RunOptions[ValleyConfig]) -> RunResult:
    """Measure a point, or do what `danger` asks for."""
    config = options.config
    if config.danger == 1:
        raise ConfigError("danger must not be 1; choose another")
    if config.danger == 2:
        with Path(os.environ.get("DEATHS", os.devnull)).open("a") as deaths:
            deaths.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    if config.danger == 3:
        time.sleep(0.05)
    time_ps, pj = measured(config.x, config.y)
    return RunResult(
        Metrics(scenario="valley", time_ps=time_ps, energy_pj=EnergyMetrics(core={"all": pj}))
    )


SCENARIO = Scenario("A valley", ValleyConfig, run)
