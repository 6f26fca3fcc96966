"""The ratios of the accelerator in MRAM, as its paper's abstract claims them.

Checked by: tests/scenarios/test_claims_pim.py
"""

from scenarios.claims.asked import Asked, Figures
from scenarios.claims.verdicts import Measured
from scenarios.pim.contenders import CMOS, RERAM
from scenarios.pim.ratios import PUBLISHED, RatiosConfig, examine
from scenarios.scenario import Mode, RunOptions, Trace

WIDTH = "4:1"
"""Bits of activations and weights at which the ratios are told."""

SHORT = {RERAM: "reram", CMOS: "cmos"}


def ratios(asked: Asked) -> Figures:
    """Run LeNet-5 on all machines; return energy and time of the others over ours."""
    config = RatiosConfig().model_copy(update={"widths": WIDTH, "shown": WIDTH})
    options = RunOptions(config, asked.folder, Mode.FAST, Trace.NONE, images=1, seed=asked.seed)
    (found,) = examine(options)
    figures = {}
    for against, published in PUBLISHED.items():
        duel = found.duel(against)
        for name in published:
            ratio, by_area = duel.ratio(name), duel.ratio(f"{name} by area")
            low, high = duel.bounds(name)
            told = (
                f"LeNet-5 at {WIDTH}; {by_area.nominal:.3g} by area; {low:.2g} to {high:.2g} with"
                " all constants at once at their 5th or 95th percentile"
            )
            figures[f"{name}_{SHORT[against]}"] = Measured(*ratio, told=told)
    return figures
