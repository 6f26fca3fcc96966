"""The page of a sweep: what nothing beats, what each parameter does, and every point.

Checked by: tests/scenarios/test_sweep.py
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from scenarios.showing.picturing import svg
from scenarios.sweep.records import Record
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import Sweep
from scenarios.sweep.telling import cells, failure_heads, failures, heads, log_of, short, summary
from waveforms.report import Figure, Report, Table

WIDTH, HEIGHT = 4.6, 3.2
"""Size of a plot, in inches."""

MOST_TICKS = 8
"""Values named on an axis; more would lie over each other. Estimate: what 4.6 inches hold."""


def page(found: Sweep, title: str) -> Report:
    """Return the page about a sweep."""
    study = found.study
    report = Report(title, list(_headline(found)))
    if not found.done:
        report.tables += list(_failures(found))
        return report
    front = sorted(found.front, key=found.costs)
    if front:
        rows = [cells(study, one) for one in front]
        report.tables.append(Table("What no other point beats", heads(study), rows))
    rows = [[*cells(study, one), one.start, one.key] for one in found.done]
    note = "the last column leads to the command that runs the point again, and to its log"
    links = [log_of(one) for one in found.done]
    every = Table(
        "Every point", [*heads(study), "start", "run"], rows, note, is_folded=True, links=links
    )
    report.tables += [every, *_failures(found)]
    report.figures = (*_fronts(found), *_effects(found), *_heats(found), _parallel(found))
    return report


def _headline(found: Sweep) -> Iterator[tuple[str, str]]:
    study = found.study
    yield "scenario", f"{study.scenario}, images: {study.images}"
    yield "points", summary(found)
    yield "search", f"{study.search.method}, seed {study.search.seed}"
    yield from _starts(found)
    for name in study.objectives if found.feasible else ():
        chosen = found.best(name)
        told = ", ".join(f"{short(path, study.parameters)} {text}"
                         for path, text in chosen.settings.items())  # fmt: skip
        value = cells(study, chosen)[len(study.parameters) + list(study.objectives).index(name)]
        yield f"best {name}", f"{value} with {told}"


def _starts(found: Sweep) -> Iterator[tuple[str, str]]:
    """Yield how many points went on from whose checkpoint, and why others did not."""
    for start, count in Counter(one.start for one in found.done).most_common():
        yield "start", f"{count} {start}"


def _failures(found: Sweep) -> Iterator[Table]:
    if found.failed:
        rows = [[*row, one.key] for row, one in zip(failures(found), found.failed, strict=True)]
        links = [log_of(one) for one in found.failed]
        columns = [*failure_heads(found.study), "run"]
        yield Table("Points without a result", columns, rows, is_folded=True, links=links)


def _fronts(found: Sweep) -> Iterator[Figure]:
    """Draw each pair of objectives: all points, and those that nothing beats."""
    front = {one.key for one in found.front}
    for first, second in combinations(found.study.objectives, 2):
        canvas = Canvas(figsize=(WIDTH, HEIGHT))
        axes = canvas.add_subplot()
        for told, marker, chosen in (
            ("beaten or not feasible", ".", [one for one in found.done if one.key not in front]),
            ("beaten by none", "o", sorted(found.front, key=lambda one: one.measures[first])),
        ):
            points = [(one.measures[first], one.measures[second]) for one in chosen]
            if points:
                axes.plot(*zip(*points, strict=True), marker, label=told)
        axes.set_xlabel(first)
        axes.set_ylabel(second)
        _finish(canvas)
        yield Figure(f"{second} against {first}", svg(canvas))


def _effects(found: Sweep) -> Iterator[Figure]:
    """Draw what each parameter does to the first objective, over all values of the others."""
    study = found.study
    objective = next(iter(study.objectives))
    for path in study.parameters:
        values = _values(study, path, found.done)
        canvas = Canvas(figsize=(WIDTH, HEIGHT))
        axes = canvas.add_subplot()
        grouped = [
            [one.measures[objective] for one in found.done if one.settings[path] == value]
            for value in values
        ]
        means = [float(np.mean(group)) for group in grouped]
        low = [mean - min(group) for mean, group in zip(means, grouped, strict=True)]
        high = [max(group) - mean for mean, group in zip(means, grouped, strict=True)]
        axes.errorbar(range(len(values)), means, [low, high], marker="o", capsize=3)
        _name_ticks(axes, values)
        axes.set_xlabel(path)
        axes.set_ylabel(objective)
        _finish(canvas)
        yield Figure(
            f"What {short(path, study.parameters)} does", svg(canvas), "mean, least and most"
        )


def _heats(found: Sweep) -> Iterator[Figure]:
    """Draw the first objective over two parameters of a grid, the mean over the others."""
    study = found.study
    listed = [path for path, axis in study.parameters.items() if axis.values() is not None]
    objective = next(iter(study.objectives))
    for down, across in combinations(listed[:3], 2):
        rows, columns = (_values(study, path, found.done) for path in (down, across))
        means = np.full((len(rows), len(columns)), np.nan)
        for r, row in enumerate(rows):
            for c, column in enumerate(columns):
                group = [
                    one.measures[objective]
                    for one in found.done
                    if (one.settings[down], one.settings[across]) == (row, column)
                ]
                means[r, c] = np.mean(group) if group else np.nan
        canvas = Canvas(figsize=(WIDTH, HEIGHT))
        axes = canvas.add_subplot()
        shades = axes.imshow(means, aspect="auto", cmap="viridis")
        canvas.colorbar(shades, label=objective)
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        yield Figure(f"{objective} over two parameters", svg(canvas), "mean over all others")


def _parallel(found: Sweep) -> Figure:
    """Draw every point as a line over its parameters and objectives; the best stand out."""
    study = found.study
    front = {one.key for one in found.front}
    axes_of = [_places(study, path, found.done) for path in study.parameters]
    axes_of += [_scaled([one.measures[name] for one in found.done]) for name in study.objectives]
    canvas = Canvas(figsize=(1.6 * WIDTH, HEIGHT))
    axes = canvas.add_subplot()
    for number, one in enumerate(found.done):
        is_best = one.key in front
        axes.plot(
            [places[number] for places in axes_of], color="tab:orange" if is_best else "gray",
            alpha=1.0 if is_best else 0.25, zorder=2 if is_best else 1, linewidth=1.2,
        )  # fmt: skip
    axes.set_xticks(range(len(axes_of)), heads(study), rotation=20, ha="right")
    axes.set_yticks([0, 1], ["least", "most"])
    _finish(canvas)
    return Figure("Every point over all its coordinates", svg(canvas), "orange: beaten by none")


def _values(study: Study, path: str, records: Sequence[Record]) -> list[str]:
    """Return the values of a parameter that were run, in the order of the study or by size."""
    found = {one.settings[path] for one in records}
    listed = study.parameters[path].values()
    if listed is not None:
        return [value for value in dict.fromkeys(listed) if value in found]
    unit = getattr(study.parameters[path], "unit", "")
    return sorted(found, key=lambda text: float(text.removesuffix(unit)))


def _places(study: Study, path: str, records: Sequence[Record]) -> list[float]:
    order = {value: place for place, value in enumerate(_values(study, path, records))}
    return [order[one.settings[path]] / max(len(order) - 1, 1) for one in records]


def _scaled(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]


def _name_ticks(axes: Axes, values: Sequence[str]) -> None:
    step = -(-len(values) // MOST_TICKS)
    axes.set_xticks(range(0, len(values), step), values[::step])


def _finish(canvas: Canvas) -> None:
    for axes in canvas.axes:
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8, frameon=False)
