"""The page about accuracy: figures, ledger, confusion, curves, wrong images with their causes.

Checked by: tests/scenarios/test_accuracy_report.py
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Canvas

from scenarios.accuracy import telling
from scenarios.accuracy.evaluating import Outcome
from scenarios.accuracy.examined import Examined
from scenarios.accuracy.sweeps import Curve
from scenarios.showing.picturing import MOST_WRONG, pictures, svg
from waveforms.report import Figure, Report, Table

WIDTH, HEIGHT = 4.6, 3.0
"""Size of a plot, in inches."""


def page(
    kept: Mapping[str, Any], examined: Examined, outcome: Outcome, curves: Sequence[Curve]
) -> Report:
    """Return the page; wrong images are left out where their pixels are not known."""
    report = Report(f"Accuracy of {kept['network']}", list(telling.headline(kept)))
    for title, table in (
        ("What the hardware costs, in images of one chip", telling.charged(kept)),
        ("What was taken for what, over all chips", telling.confused(kept)),
    ):
        columns = [str(column.header) for column in table.columns]
        cells = zip(*(column.cells for column in table.columns), strict=True)
        report.tables.append(Table(title, columns, [[str(one) for one in row] for row in cells]))
    report.figures = (*(plot(curve, kept["adc"]) for curve in curves), *wrong(examined, outcome))
    return report


def plot(curve: Curve, reached: float) -> Figure:
    """Return a curve as a picture, with a line at what the asked-for hardware reaches."""
    canvas = Canvas(figsize=(WIDTH, HEIGHT))
    axes = canvas.add_subplot()
    percent = [100 * mean for mean in curve.means]
    bars = [100 * spread for spread in curve.spreads]
    axes.errorbar(list(curve.points), percent, bars, marker="o", capsize=3)
    axes.axhline(100 * reached, color="gray", linestyle="--")
    axes.set_xlabel(curve.axis)
    axes.set_ylabel("accuracy behind the converters (%)")
    axes.set_xticks(list(curve.points), [f"{point:g}" for point in curve.points])
    axes.spines[["top", "right"]].set_visible(False)
    return Figure(curve.title, svg(canvas), "dashed: the hardware asked for")


def wrong(examined: Examined, outcome: Outcome) -> Iterator[Figure]:
    """Yield pictures of what the first chip gets wrong, with class and cause."""
    found, labels = outcome.rungs[-1].classes[0], outcome.labels
    places = np.flatnonzero(found != labels)
    if examined.images is None or not len(places):
        return
    shown = [int(place) for place in places[:MOST_WRONG]]
    told = [f"{labels[at]} taken for {found[at]}: {_cause(outcome, at)}" for at in shown]
    note = f"{len(places)} of {len(labels):,}, the first {len(shown)}, each with what lost it"
    yield Figure("Wrong answers", pictures(examined.images, shown, told), note)


def _cause(outcome: Outcome, image: int) -> str:
    """Return what lost an image; those the digital network gets wrong too have no cause here."""
    blamed = int(outcome.ledger.blamed[0, image])
    return outcome.rungs[blamed].cause if blamed else "digital network too"
