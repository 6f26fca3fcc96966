"""The study's picture: speedup and Amdahl's lines over each parameter, and over the share f.

Checked by: tests/scenarios/test_conv_fc.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Canvas

from scenarios.studies.conv_fc.amdahl import amdahl
from scenarios.studies.conv_fc.telling import AXES, Explored, shown, value
from scenarios.sweep.records import Record

LINES = {
    "amdahl_macs": ("Amdahl, f by MACs", "#e0862d", "v"),
    "amdahl_bytes": ("Amdahl, f by bytes", "#9467bd", "^"),
    "amdahl_time": ("Amdahl, f by time", "#3c9d6b", "x"),
}

SIMULATED = "#2f7fd1"

LEAST, MOST = 0.8, 5.5
"""Speedups that are shown: f by bytes would go up to 60, and says so at the edge."""

POINTS = 8
"""Size of text, in points."""


def picture(explored: Explored) -> Canvas:
    """Return nine plots: one a parameter, and all points over f by time."""
    canvas = Canvas(figsize=(11, 8.4), layout="constrained")
    panels = canvas.subplots(3, 3).ravel()
    for axes, (path, told) in zip(panels, AXES.items(), strict=False):
        _panel(axes, explored.along(path), path)
        axes.set_title(told, size=POINTS + 1)
    _shares(panels[-1], explored)
    handles, labels = panels[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    for axes in panels[::3]:
        axes.set_ylabel("speedup", size=POINTS)
    return canvas


def _panel(axes: Any, points: Sequence[Record], path: str) -> None:
    places = range(len(points))
    for name, (told, color, mark) in LINES.items():
        heights = [value(one, name) for one in points]
        axes.plot(places, np.minimum(heights, MOST), mark, color=color, label=told, markersize=5)
    speedups = [value(one, "speedup") for one in points]
    axes.plot(places, speedups, "o-", color=SIMULATED, label="simulated", zorder=3, markersize=4)
    saved = axes.twinx()
    shares = [100 * value(one, "energy_saved") for one in points]
    saved.bar(places, shares, 0.5, color="#bbbbbb", alpha=0.5)
    axes.plot([], [], "s", color="#bbbbbb", label="energy saved (%, right)")
    saved.set_ylim(0, 100)
    saved.tick_params(labelsize=POINTS - 1)
    axes.set_zorder(saved.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.set_ylim(LEAST, MOST)
    axes.set_xticks(list(places), [shown(one.settings[path]) for one in points])
    axes.tick_params(labelsize=POINTS)


def _shares(axes: Any, explored: Explored) -> None:
    """Draw all points over f by time, and the line for the transfer of the paper's machine."""
    base = explored.base
    shares = np.linspace(0, 1, 101)
    line = [amdahl(share, value(base, "fc_ps"), value(base, "imac_ps")) for share in shares]
    axes.plot(100 * shares, line, color="#3c9d6b", label="LeNet-5's own")
    axes.plot(100 * shares, 1 / np.maximum(1 - shares, 1e-3), "--", color="gray", label="no time")
    axes.plot(
        [100 * value(one, "share_time") for one in explored.found.done],
        [value(one, "speedup") for one in explored.found.done], "o", color=SIMULATED, markersize=4,
    )  # fmt: skip
    axes.set_ylim(LEAST, MOST)
    axes.set_title("all points over f by time (%)", size=POINTS + 1)
    axes.legend(frameon=False, fontsize=POINTS - 1)
    axes.tick_params(labelsize=POINTS)
