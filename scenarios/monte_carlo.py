"""LeNet-5 simulated again for every draw of all constants, beside its error bars.

cosim run monte_carlo --set draws=200

Models:     each draw sets every constant that has a spread, of the core alone and of the machine
            with the co-processor, and simulates both; the error bars price one simulation of each
            again, for the same draws. Whole cycles are rounded, as no clock has parts of them.
Leaves out: constants without a spread.
Checked by: tests/scenarios/test_monte_carlo.py
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cosim import Config, param
from cosim.activity import value
from cosim.config import AnyConfig, override
from scenarios.measures.activities import Activities
from scenarios.measures.error_bars import ErrorBars
from scenarios.measures.intervals import Interval, Priced, Reals, drawn_deviations, interval, price
from scenarios.measures.metrics import Metrics
from scenarios.networks.lenet5 import NETWORK
from scenarios.running.bare_run import counted
from scenarios.running.inference import InferenceConfig, Task, prepare
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.showing.tables import HEADLINES
from scenarios.soc import SocConfig
from waveforms.report import Table

PERCENTILES = (5.0, 50.0, 95.0)

TOP = "soc."
"""What the constants' paths begin with."""


class MonteCarloConfig(Config):
    """A machine, and how often it is simulated."""

    machine: InferenceConfig = param(InferenceConfig(), doc="the machine, its code and its images")
    draws: int = param(
        200, doc="draws of all constants", unit="1", low=2, high=100_000,
        source="estimate: the median is then known to a tenth of the interval",
    )  # fmt: skip


class Found(NamedTuple):
    """A headline: its error bar, and one value for every draw, replayed and simulated."""

    bar: Interval
    replayed: Reals
    simulated: Reals

    @property
    def median(self) -> float:
        """The simulated value in the middle."""
        return float(np.median(self.simulated))

    @property
    def covered(self) -> float:
        """Share of the simulated values within the error bar."""
        within = (self.bar.low <= self.simulated) & (self.simulated <= self.bar.high)
        return float(within.mean())

    @property
    def error(self) -> float:
        """Largest relative difference between a replayed value and the simulated one."""
        return float(np.abs(self.replayed / self.simulated - 1).max())


def run(options: RunOptions[MonteCarloConfig]) -> RunResult:
    """Simulate LeNet-5 for all draws and tell how its error bars did."""
    found = simulated(options)
    return RunResult(Metrics(scenario="monte_carlo"), tables={"headlines": table(found)})


def simulated(options: RunOptions[MonteCarloConfig]) -> dict[str, Found]:
    """Return every headline with its error bar and its values."""
    draws, seed = options.config.draws, options.seed
    sides = [_side(options, enabled) for enabled in ("true", "false")]
    first = [counted(soc, layers(task), task.program, seed) for soc, task in sides]
    deviations = drawn_deviations(first, draws, seed)
    factors = [deviations.factors(done) for done in first]
    prices = []
    for draw in range(draws):
        options.advance(draw, draws, "draws")
        again = [
            counted(
                redrawn(soc, {name: values[draw] for name, values in factor.items()}),
                layers(task), task.program, seed,
            )
            for (soc, task), factor in zip(sides, factors, strict=True)
        ]  # fmt: skip
        prices.append([(done.energy_pj, done.time_ps) for done in again])
    run, base = (Priced(*np.array(side, float).T) for side in zip(*prices, strict=True))
    return _found(first, [run, base], [price(done, deviations) for done in first], seed)


def _found(
    first: list[Activities], simulated: list[Priced], replayed: list[Priced], seed: int
) -> dict[str, Found]:
    return {
        name: Found(
            interval(headline, *runs, seed=seed),
            headline(*replayed[: len(runs)]),
            headline(*simulated[: len(runs)]),
        )
        for name, (headline, runs) in ErrorBars(*first).headlines.items()
    }


def _side(options: RunOptions[MonteCarloConfig], enabled: str) -> tuple[SocConfig, Task]:
    """Return a machine with or without the co-processor, and what it runs."""
    config = override(options.config.machine, "soc.imac.enabled", enabled)
    task = prepare(NETWORK, RunOptions(config, Path(), images=options.images, seed=options.seed))
    return config.soc, task


def layers(task: Task) -> Any:
    """Return the layers that a machine's co-processor is programmed with."""
    return task.weights.programmed


def redrawn(soc: SocConfig, factors: Mapping[str, float]) -> SocConfig:
    """Return a machine with each constant times its factor."""
    tree: dict[str, Any] = {}
    for path, factor in factors.items():
        *parents, name = path.removeprefix(TOP).split(".")
        below = tree
        for parent in parents:
            below = below.setdefault(parent, {})
        drawn = value(soc, path.removeprefix(TOP)) * factor
        below[name] = drawn
    return _replaced(soc, tree)


def _replaced(config: AnyConfig, tree: Mapping[str, Any]) -> AnyConfig:
    """Return a configuration with the leaves of a tree; whole numbers are rounded."""
    update: dict[str, Any] = {}
    for name, given in tree.items():
        old = getattr(config, name)
        if isinstance(old, Config):
            update[name] = _replaced(old, given)
        else:
            update[name] = round(given) if isinstance(old, int) else given
    return config.model_copy(update=update)


def table(found: Mapping[str, Found]) -> Table:
    """Return a line a headline."""
    heads = ("headline", "nominal", "replayed: 5 %", "95 %", "simulated: 5 %", "median", "95 %",
             "within the bar", "largest error of a draw")  # fmt: skip
    lines = [_line(name, one) for name, one in found.items()]
    return Table("Headlines, replayed and simulated again for every draw", heads, lines)


def _line(name: str, one: Found) -> tuple[str, ...]:
    what, shown = HEADLINES[name]
    ends = (shown(float(number)) for number in np.percentile(one.simulated, PERCENTILES))
    bar = (shown(number) for number in one.bar)
    return (what, *bar, *ends, f"{one.covered:.0%}", f"{one.error:.1%}")


SCENARIO = Scenario(
    "LeNet-5 simulated for 200 draws of all constants, beside its error bars",
    MonteCarloConfig,
    run,
    is_long=True,
    draws=Trace.NONE,
)
