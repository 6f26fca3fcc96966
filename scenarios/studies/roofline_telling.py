"""What a roofline study tells: which settings give the published gain, and the bound of all.

Checked by: tests/scenarios/test_roofline.py
"""

import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from matplotlib.figure import Figure as Canvas

from scenarios.networks.layers import Network
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions, RunResult
from scenarios.showing import study_page
from scenarios.showing.picturing import svg
from scenarios.studies.gain_picture import PUBLISHED
from scenarios.studies.roofline import Point, StudyConfig, examine, limits

NEAR = 0.2
"""Share of a published gain within which a setting is named."""

GIGA = 1e9


def run(network: Network, options: RunOptions[Any]) -> RunResult:
    """Study a network; the run's metrics are those of the last setting with the co-processor."""
    study: StudyConfig = options.config.study
    inference = cast("RunOptions[InferenceConfig]", options)
    points = list(examine(network, study, inference))
    found = rows(points)
    title = f"What decides the gain of {network.name}"
    written = study_page.files("roofline", title, found, picture(points))
    written["roofline.csv"] = partial(write_csv, points=points)
    return RunResult(points[-1].gain.offloaded.metrics, None, found, written)


def rows(points: Sequence[Point]) -> tuple[tuple[str, str], ...]:
    """Return a line for each setting, and what all of them say of the published figures."""
    lines = [(str(point.setting), _told(point)) for point in points]
    speedups = [100 * point.gain.speedup for point in points]
    savings = [100 * point.gain.saving for point in points]
    most = 100 * max(point.gain.most_saving for point in points)
    fastest = 100 * max(point.gain.most_speedup for point in points)
    published = PUBLISHED.get(points[0].gain.network.name)
    if published is None:
        return tuple(lines)
    slow, fast = (100 * limit for limit in limits(points[0].gain.network))
    return (
        *lines,
        ("roofline's speedup", f"{slow:.3g} % if MACs decide, {fast:.3g} % if weight bytes do"),
        (f"speedup of {published[0]:g} %", _found(points, speedups, published[0], fastest)),
        (f"saving of {published[1]:g} %", _found(points, savings, published[1], most)),
    )


def _told(point: Point) -> str:
    gain = point.gain
    return (
        f"speedup {100 * gain.speedup:.2f} % of {100 * gain.most_speedup:.2f}, roofline"
        f" {100 * point.roofline:.2f}; saved {100 * gain.saving:.2f} % of"
        f" {100 * gain.most_saving:.2f}; convolutions {point.rate / GIGA:.1f} GMAC/s"
    )


def _found(points: Sequence[Point], gains: Sequence[float], published: float, most: float) -> str:
    """Return which settings give a published gain, and the most that any of them could."""
    near = [
        str(point.setting)
        for point, gain in zip(points, gains, strict=True)
        if abs(gain - published) <= NEAR * published
    ]
    best = max(range(len(gains)), key=lambda at: -abs(gains[at] - published))
    closest = f"nearest {points[best].setting}, {gains[best]:.2f} %"
    given = f"within {NEAR:.0%} of it: {', '.join(near)}" if near else f"by no setting; {closest}"
    beyond = ", which no co-processor could pass" if most < published else ""
    return f"{given}; largest bound {most:.2f} %{beyond}"


def write_csv(path: Path, points: Sequence[Point]) -> None:
    """Write one line a setting; gains and bounds in percent."""
    heads = ("isa", "layout", "memory", "speedup", "most_speedup", "roofline", "saving",
             "most_saving", "macs_per_s", "time_ps", "energy_pj")  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(heads)
        for point in points:
            gain = point.gain
            shares = (gain.speedup, gain.most_speedup, point.roofline, gain.saving,
                      gain.most_saving)  # fmt: skip
            sizes = (point.rate, gain.baseline.time_ps, gain.baseline.total_pj)
            percent = (f"{100 * share:.3f}" for share in shares)
            table.writerow((*point.setting, *percent, *(round(size) for size in sizes)))


def picture(points: Sequence[Point]) -> str:
    """Return speedup and saving of every setting as SVG, with bounds and published figures."""
    canvas = Canvas(figsize=(9.5, 1.4 + 0.24 * len(points)), layout="constrained")
    speedups, savings = canvas.subplots(1, 2, sharey=True)
    published = PUBLISHED.get(points[0].gain.network.name, (None, None))
    labels = [str(point.setting) for point in points]
    gains = [point.gain for point in points]
    _panel(speedups, labels, [one.speedup for one in gains], [one.most_speedup for one in gains],
           "speedup (%)", published[0])  # fmt: skip
    speedups.plot([100 * point.roofline for point in points], labels, "d", color="#3c9d6b",
                  markersize=4, label="roofline")  # fmt: skip
    _panel(savings, labels, [one.saving for one in gains], [one.most_saving for one in gains],
           "energy saved (%)", published[1])  # fmt: skip
    speedups.invert_yaxis()
    handles, names = speedups.get_legend_handles_labels()
    canvas.legend(handles, names, frameon=False, fontsize=7, loc="outside lower center", ncols=4)
    canvas.suptitle(points[0].gain.network.name, size=10)
    return svg(canvas)


def _panel(
    axes: Any, labels: Sequence[str], found: Sequence[float], most: Sequence[float], label: str,
    published: float | None,
) -> None:  # fmt: skip
    axes.barh(labels, [100 * one for one in found], 0.6, color="#2f7fd1", label="simulated")
    axes.plot([100 * one for one in most], labels, "|", color="black", markersize=9, label="bound")
    if published is not None:
        axes.axvline(published, color="#e0862d", linestyle="--", label="arXiv:2105.13904")
    axes.set_xlim(left=min(0.0, 110 * min(found)))
    axes.set_xlabel(label)
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
