"""How often to save: the best interval by simulation, beside Young's formula.

Models:     the accelerator under failures at exponential times, in operations; each interval of
            saving meets the same failures. Cost of an interval: energy of saving and of work done
            again, over that of the work.
Leaves out: what an outage itself takes, which is the same for every interval.
Source:     J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM 17
            (9), 1974: q = sqrt(2 c m), c the cost of a save in operations, m those between
            failures. It holds for c << m, and for q shorter than a layer, whose end is committed
            anyway.
Checked by: tests/scenarios/test_pim_intermittent.py
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from components.power import Outcome, SupplyConfig
from cosim.units import PS_PER_S
from scenarios.pim.powered import NO_SOURCE, Uninterrupted, Work
from waveforms.report import Table

SHARES = (0.125, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 8.0)
"""Intervals that are tried, over Young's."""

FAILURES = 150
"""Failures that an interval meets. estimate: its cost is then known within 8 %."""

SHORT = 0.1
"""Of the operations between failures, the most that a save may take. estimate: the next term of
Young's series is then 3 %."""

LIMIT_PS = 1_000 * PS_PER_S


class Interval(NamedTuple):
    """An interval of saving, and what it costs over the work."""

    operations: int
    cost: float


class Trial(NamedTuple):
    """Failures of one rate: Young's interval, those tried, and the cost of not saving at all.

    `save` is what saving takes, in operations; without saving layers are committed still.
    """

    mean: int
    save: float
    young: float
    intervals: tuple[Interval, ...]
    without: float

    @property
    def best(self) -> float:
        """The interval at the minimum of a / q + b q + c, fitted to those up to twice Young's."""
        near = [one for one in self.intervals if 0.2 < one.operations / self.young < 2.5]
        operations = np.array([one.operations for one in near], float)
        terms = np.stack([1 / operations, operations, np.ones(len(near))], axis=1)
        saving, again, _ = np.linalg.lstsq(terms, np.array([one.cost for one in near]), rcond=None)[
            0
        ]
        return sqrt(saving / again) if saving > 0 and again > 0 else float("inf")


def cost_of(outcome: Outcome) -> float:
    """Return energy of saving and of work done again, over that of the work."""
    return (outcome.checkpoint_pj + outcome.wasted_pj + outcome.restore_pj) / outcome.useful_pj


def study(
    work: Work,
    clean: Uninterrupted,
    config: SupplyConfig,
    means: Sequence[int],
    *,
    seed: int,
    told: Callable[[int], None],
) -> list[Trial]:
    """Try intervals around Young's for each mean number of operations between failures.

    `told` is told how many have been tried.
    """
    trials = []
    for number, mean in enumerate(means):
        failing = _failing(work, config, mean, clean, seed)
        saving_fj = work.run(NO_SOURCE, config.unfailing()).reserve.save_fj
        operation_fj = 1e3 * clean.energy_pj / clean.operations
        save = saving_fj / operation_fj
        young = sqrt(2 * save * mean)
        found = []
        for place, share in enumerate(SHARES):
            told(number * len(SHARES) + place)
            operations = max(round(share * young), 1)
            outcome = failing(f"periodic_nv:operations={operations}")
            found.append(Interval(operations, cost_of(outcome)))
        trials.append(Trial(mean, save, young, tuple(found), cost_of(failing("layer_boundary"))))
    return trials


def _failing(
    work: Work, config: SupplyConfig, mean: int, clean: Uninterrupted, seed: int
) -> Callable[[str], Outcome]:
    """Return what runs a policy under failures of that rate, always the same."""
    gaps = np.random.default_rng(seed).exponential(mean, 40 * FAILURES).astype(np.int64) + 1
    forced = np.cumsum(gaps)
    inferences = max(FAILURES * mean // clean.operations, 1)

    def run(policy: str) -> Outcome:
        supply = config.unfailing().model_copy(update={"policy": policy})
        joined = work.run(NO_SOURCE, supply, inferences=inferences, forced=forced, seed=seed)
        return joined.until(LIMIT_PS)

    return run


def _holds(trial: Trial, layer: float) -> str:
    """Return whether what Young assumes is so, or what is not."""
    if trial.save > SHORT * trial.mean:
        return "no: failures are as near as a save is long"
    return "yes" if trial.young < layer else "no: it is longer than a layer"


def table(trials: Sequence[Trial], clean: Uninterrupted, layers: int) -> Table:
    """Return Young's interval and the best one, and whether saving pays at all."""
    mean_layer = clean.operations / layers
    shown = [
        (
            f"{one.mean:,}", f"{one.young:,.0f}", f"{one.best:,.0f}", f"{one.best / one.young:.2f}",
            f"{100 * min(i.cost for i in one.intervals):.3g}", f"{100 * one.without:.3g}",
            _holds(one, mean_layer),
            "saving" if min(i.cost for i in one.intervals) < one.without else "not to save",
        )
        for one in trials
    ]  # fmt: skip
    columns = ("operations between failures", "Young", "best", "best / Young", "cost, %",
               "cost of layers only, %", "holds", "better")  # fmt: skip
    save = trials[0].save if trials else 0.0
    note = (
        f"In operations; a save takes as much energy as {save:,.0f} of them, a layer has"
        f" {mean_layer:,.0f} on average."
    )
    return Table("How often to save", columns, shown, note, last_is_text=True)
