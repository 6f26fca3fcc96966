"""The study's picture: policies over the capacitor's size, and how often to save.

Checked by: tests/scenarios/test_pim_intermittent.py
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure as Canvas

from scenarios.pim.outages import Point
from scenarios.pim.outages_told import WHAT, middle
from scenarios.pim.young import Trial
from scenarios.showing.picturing import svg

COLORS = ("#000000", "#c9504f", "#e0862d", "#3c9d6b", "#9467bd", "#4aa3a2", "#d16ba5", "#6b7a8f")
"""One for each policy, in turn."""

MARKS = "osD^vPX*"

TITLE_POINTS, LEGEND_POINTS = 10, 8


def picture(points: Sequence[Point], trials: Sequence[Trial]) -> str:
    """Return four plots as SVG: three of medians over the capacitor, one of how often to save."""
    canvas = Canvas(figsize=(10, 7.4), layout="constrained")
    (hours, progress), (saving, young) = canvas.subplots(2, 2)
    for axes, name in ((hours, "per_hour"), (progress, "progress"), (saving, "checkpoints")):
        _lines(axes, points, name)
    hours.set(yscale="symlog")
    _intervals(young, trials)
    handles, labels = hours.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False,
                  fontsize=LEGEND_POINTS)  # fmt: skip
    return svg(canvas)


def _lines(axes: Any, points: Sequence[Point], name: str) -> None:
    """Draw one line a policy over the capacitor."""
    title, value = WHAT[name]
    sizes = sorted({one.place.supply.capacitor.capacitance_f for one in points})
    for number, policy in enumerate(dict.fromkeys(one.place.supply.policy for one in points)):
        shown = [middle(points, policy, size, value) for size in sizes]
        axes.plot(
            [1e6 * size for size in sizes], shown, label=policy, linewidth=1.4, markersize=4,
            color=COLORS[number % len(COLORS)], marker=MARKS[number % len(MARKS)],
        )  # fmt: skip
    axes.set(xscale="log", xlabel="capacitor (uF)", ylabel=title)
    axes.set_title(f"{title}: median over the sources", size=TITLE_POINTS)
    _plain(axes)


def _intervals(axes: Any, trials: Sequence[Trial]) -> None:
    """Draw the cost of saving every so often, and where Young's formula would do it."""
    for number, trial in enumerate(trials):
        color = COLORS[(number + 1) % len(COLORS)]
        axes.plot(
            [one.operations for one in trial.intervals],
            [100 * one.cost for one in trial.intervals], color=color, marker="o", markersize=4,
            linewidth=1.4, label=f"a failure in {trial.mean:,} operations",
        )  # fmt: skip
        axes.axvline(trial.young, color=color, linestyle=":", linewidth=1)
        axes.axhline(100 * trial.without, color=color, linestyle="--", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="operations from save to save",
             ylabel="saving and doing again, % of the work")  # fmt: skip
    axes.set_title("How often to save; dotted: Young, dashed: not at all", size=TITLE_POINTS)
    axes.legend(frameon=False, fontsize=LEGEND_POINTS)
    _plain(axes)


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#dddddd", linewidth=0.5)
