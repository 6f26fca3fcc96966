"""Several runs on one page: `cosim report A B... --page FILE`.

Models:     a column for each run; ratios are those to the first one. Layers are told by name, as
            means of all images but the first, and of a single image its own.
Checked by: tests/scenarios/test_side_by_side.py
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure as Canvas

from scenarios.measures.metrics import Metrics
from scenarios.showing.picturing import svg
from scenarios.showing.tables import headline, layer_cycles
from waveforms.quantities import count_text, energy_text, time_text
from waveforms.report import Figure, Report, Table

COLORS = ("#2f7fd1", "#e0862d", "#3c9d6b", "#9467bd", "#c9504f", "#8a6d3b")
"""Colours of runs, in order."""

ABSENT = "–"

Runs = Mapping[str, Metrics]
Show = Callable[[float], str]


def page(runs: Runs) -> Report:
    """Return the page about several runs; the first is what the others are held against."""
    first, *others = runs
    report = Report(" | ".join(runs))
    for name in others:
        report.headline += _against(runs[first], runs[name], first, name)
    cycles = {name: layer_cycles(metrics) for name, metrics in runs.items()}
    energy = {name: _energy(metrics) for name, metrics in runs.items()}
    report.figures = (
        Figure("Core cycles by layer", bars(cycles, "cycles")),
        Figure("Energy by component", bars(_scaled(energy, 1e-6), "energy (µJ)")),
    )
    report.tables = [
        _words("Headline", {name: headline(metrics) for name, metrics in runs.items()}),
        _numbers("Core cycles by layer", cycles, count_text),
        _numbers("Energy by component", energy, energy_text),
        _numbers("Caches: misses", {name: _misses(one) for name, one in runs.items()}, count_text),
        _numbers("Memory", {name: _memory(one) for name, one in runs.items()}, count_text),
        _numbers("Hand-off", {name: _hand_off(one) for name, one in runs.items()}, time_text),
    ]
    return report


def _against(one: Metrics, other: Metrics, first: str, name: str) -> list[tuple[str, str]]:
    """Return how many times faster, and what share of energy is saved."""
    found = []
    if one.time_ps and other.time_ps:
        found.append((f"{first} against {name}", f"{other.time_ps / one.time_ps:.4g} × as fast"))
    if one.energy_pj.total and other.energy_pj.total:
        saved = 100 * (1 - one.energy_pj.total / other.energy_pj.total)
        found.append((f"energy saved against {name}", f"{saved:.4g} %"))
    return found


def _energy(metrics: Metrics) -> dict[str, float]:
    parts = metrics.energy_pj.components().items()
    return {name: spent["total"] for name, spent in parts if spent["total"]}


def _misses(metrics: Metrics) -> dict[str, float]:
    levels = metrics.caches
    return {name: getattr(levels, name).misses for name in ("l1i", "l1d", "l2", "llc")}


def _memory(metrics: Metrics) -> dict[str, float]:
    names = ("reads", "writes", "row_hits", "row_misses", "row_conflicts", "refreshes")
    return {name.replace("_", " "): getattr(metrics.memory, name) for name in names}


def _hand_off(metrics: Metrics) -> dict[str, float]:
    imac = metrics.imac
    if not imac.jobs:
        return {}
    return {"transfer": imac.transfer_ps, "compute": imac.compute_ps, "wait": imac.wait_ps}


def _scaled(values: Mapping[str, Mapping[str, float]], scale: float) -> dict[str, dict[str, float]]:
    return {run: {name: scale * one for name, one in of.items()} for run, of in values.items()}


def _words(title: str, columns: Mapping[str, Mapping[str, str]]) -> Table:
    names = dict.fromkeys(name for column in columns.values() for name in column)
    rows = [[name, *(one.get(name, ABSENT) for one in columns.values())] for name in names]
    return Table(title, ("", *columns), rows)


def _numbers(title: str, columns: Mapping[str, Mapping[str, float]], show: Show) -> Table:
    """Return a table of numbers, from the second run on with the ratio to the first."""
    heads = [""]
    for place, run in enumerate(columns):
        heads += [run, "ratio"] if place else [run]
    names = dict.fromkeys(name for column in columns.values() for name in column)
    rows = [[name, *_row(name, list(columns.values()), show)] for name in names]
    return Table(title, heads, rows)


def _row(name: str, columns: Sequence[Mapping[str, float]], show: Show) -> list[str]:
    base, cells = columns[0].get(name), []
    for place, column in enumerate(columns):
        value = column.get(name)
        cells.append(ABSENT if value is None else show(value))
        if place:
            known = value is not None and base
            cells.append(f"{value / base:.3g}" if known and value is not None and base else ABSENT)
    return cells


def bars(columns: Mapping[str, Mapping[str, float]], unit: str) -> str:
    """Return grouped bars as SVG: a group for each name, a bar for each run."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    canvas = Canvas(figsize=(9.5, 3.2))
    axes = canvas.add_subplot()
    places, width = np.arange(len(names)), 0.8 / max(len(columns), 1)
    for number, ((run, column), color) in enumerate(
        zip(columns.items(), cycle(COLORS), strict=False)
    ):
        heights = [column.get(name, 0.0) for name in names]
        axes.bar(places + number * width, heights, width, label=run, color=color)
    axes.set_xticks(places + 0.4 - width / 2, names, size=8)
    axes.set_ylabel(unit)
    axes.legend(fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return svg(canvas)
