"""Figure 8 of the paper: time by layer and energy by component, without and with the co-processor.

Source:     arXiv:2105.13904, Fig. 8 and Table VI.
Checked by: tests/scenarios/test_gain.py
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Canvas

from scenarios.measures.intervals import Interval
from scenarios.showing.picturing import COLORS, svg
from scenarios.studies.gain import Gain, Side

PUBLISHED = {"lenet5": (11.2, 10.0), "vgg16": (1.3, 6.5)}
"""Speedup and energy improvement in percent: arXiv:2105.13904, Table VI."""

LEGEND_SHARE = 0.001
"""Smallest share that the legend names: less cannot be seen in a bar."""


def sides(gain: Gain) -> dict[str, Side]:
    """Return both machines under the names that people read."""
    return {"core alone": gain.baseline, "with co-processor": gain.offloaded}


def picture(gain: Gain) -> str:
    """Return the picture as SVG."""
    canvas = Canvas(figsize=(9.5, 3.4), layout="constrained")
    times, energies = canvas.subplots(1, 2)
    layers = {
        name: {layer: one.time_ps / 1e6 for layer, one in side.layers.items()}
        for name, side in sides(gain).items()
    }
    parts = {
        name: {part: pj / 1e6 for part, pj in side.energy_pj.items()}
        for name, side in sides(gain).items()
    }
    _stack(times, layers, "time of an image (µs)", _layer_colors(gain))
    _stack(energies, parts, "energy of an image (µJ)", COLORS)
    times.set_title(_title("speedup", gain.speedup_interval, gain.most_speedup, gain, 0), size=9)
    energies.set_title(
        _title("energy saved", gain.saving_interval, gain.most_saving, gain, 1), size=9
    )
    canvas.suptitle(gain.network.name)
    return svg(canvas)


def _title(what: str, found: Interval, most: float, gain: Gain, at: int) -> str:
    value, low, high, bound = (f"{100 * one:.2f}" for one in (*found, most))
    known = PUBLISHED.get(gain.network.name)
    published = f"; paper: {known[at]:g} %" if known else ""
    return f"{what} {value} % ({low} to {high})\nbound {bound} %{published}"


def _layer_colors(gain: Gain) -> dict[str, Any]:
    """Return greens from light to dark for layers on both machines, orange for those on one."""
    from matplotlib import colormaps

    both = [name for name in gain.baseline.layers if name in gain.offloaded.layers]
    dense = {layer.name for layer in gain.network.dense}
    shared = [name for name in both if name not in dense]
    shades = np.linspace(0.25, 0.85, max(len(shared), 1))
    found: dict[str, Any] = {
        name: colormaps["Greens"](shade) for name, shade in zip(shared, shades, strict=False)
    }
    rest = [name for side in sides(gain).values() for name in side.layers if name not in found]
    warm = np.linspace(0.35, 0.8, max(len(rest), 1))
    return found | {
        name: colormaps["Oranges"](shade) for name, shade in zip(rest, warm, strict=False)
    }


def _stack(
    axes: Any, bars: Mapping[str, Mapping[str, float]], label: str, colors: Mapping[str, str]
) -> None:
    """Draw a bar of stacked parts for each machine."""
    names = list(dict.fromkeys(part for bar in bars.values() for part in bar))
    whole = max(sum(bar.values()) for bar in bars.values())
    bottoms = dict.fromkeys(bars, 0.0)
    for part in names:
        heights = [bar.get(part, 0.0) for bar in bars.values()]
        shown = part if max(heights) >= LEGEND_SHARE * whole else None
        axes.bar(
            list(bars), heights, 0.55, list(bottoms.values()), label=shown, color=colors.get(part)
        )
        for name, height in zip(bars, heights, strict=True):
            bottoms[name] += height
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7, frameon=False, reverse=True)


def write_csv(path: Path, gain: Gain) -> None:
    """Write time and energy of each layer, and energy of each component, on both machines."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("machine", "layer or component", "time_ps", "energy_pj"))
        for name, side in sides(gain).items():
            for layer, spent in side.layers.items():
                table.writerow((name, layer, round(spent.time_ps), round(spent.energy_pj, 3)))
            for part, energy_pj in side.energy_pj.items():
                table.writerow((name, part, "", round(energy_pj, 3)))
