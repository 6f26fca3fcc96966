"""Plots as SVG text that stands in a page: stretches of time in rows, powers stacked over time.

Text and lines have the colours of the page's, so they follow its theme; what a bar is, it says when
it is pointed at. These are drawn in every traced run, so they are cheap to make.

Models:     one axis of time; numbers that hold until the next time.
Checked by: tests/waveforms/test_plots.py
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

WIDTH, LEFT, RIGHT = 900, 170, 12
"""Units of the picture, and its margins: names of rows are on the left."""

ROW, BELOW = 24, 40
"""Height of a row of bars, and of the axis of time."""

HEIGHT, ABOVE, SIDE = 260, 26, 60
"""Height of a stack, of its legend above, and width of its numbers on the left."""

LETTER = 6.2
"""Mean width of a letter; a bar is named if the name fits."""

MOST_TICKS = 8

NS_PS, US_PS, MS_PS = 1_000, 1_000_000, 1_000_000_000

Numbers = npt.NDArray[np.float64]


class Bar(NamedTuple):
    """A stretch of time with a label."""

    label: str
    from_ps: int
    until_ps: int


class Area(NamedTuple):
    """A named number over time, in its colour."""

    name: str
    color: str
    values: Sequence[float]


def ticks(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """Return round numbers in a range, at most so many: 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
    first = int(np.ceil(low / step - 1e-9))
    last = int(np.floor(high / step + 1e-9))
    return [number * step for number in range(first, last + 1)]


def rows(
    shown: Sequence[tuple[str, Sequence[Bar]]],
    from_ps: int,
    until_ps: int,
    tones: Sequence[str],
) -> str:
    """Return rows of bars between two times; neighbours have different tones."""
    height = ROW * len(shown)
    parts = list(_time_axis(from_ps, until_ps, LEFT, height))
    scale = (WIDTH - LEFT - RIGHT) / (until_ps - from_ps)
    for place, (name, bars) in enumerate(shown):
        top = ROW * place
        parts.append(_text(LEFT - 8, top + 16, name, "end"))
        for number, bar in enumerate(bars):
            begin, end = max(bar.from_ps, from_ps), min(bar.until_ps, until_ps)
            left, width = LEFT + scale * (begin - from_ps), scale * (end - begin)
            parts.append(
                f'<rect x="{left:.2f}" y="{top + 3}" width="{max(width, 0.7):.2f}" '
                f'height="{ROW - 6}" rx="2" fill="{tones[number % len(tones)]}">'
                f"<title>{escape(bar.label)}, {_span(bar)}</title></rect>"
            )
            label = bar.label.rpartition(": ")[2]
            if LETTER * len(label) + 6 < width:
                parts.append(_text(left + width / 2, top + 16, label, "middle", "named"))
    return _svg(height + BELOW, parts)


def stack(times_ps: Sequence[int], areas: Sequence[Area], unit: str) -> str:
    """Return areas on top of each other, each value from its time to the next of `times_ps`.

    There is one time more than values. What is finer than the picture is drawn as its mean.
    """
    edges, values = _columns(np.array(times_ps, float), np.array([one.values for one in areas]))
    tops = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    most = max(float(tops[-1].max()), 1e-12) * 1.05
    bottom = ABOVE + HEIGHT
    across = SIDE + (edges - edges[0]) * (WIDTH - SIDE - RIGHT) / (edges[-1] - edges[0])
    up = bottom - tops * HEIGHT / most
    parts = [*_legend(areas), *_time_axis(times_ps[0], times_ps[-1], SIDE, bottom, ABOVE)]
    for mark in ticks(0, most, 5):
        y = bottom - mark * HEIGHT / most
        parts.append(f'<path class="grid" d="M{SIDE} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(SIDE - 6, y + 4, f"{mark:g}", "end"))
    parts.append(_text(0, ABOVE - 8, unit, "start"))
    for number, area in enumerate(areas):
        upper, lower = _steps(across, up[number + 1]), _steps(across[::-1], up[number][::-1])
        parts.append(f'<path fill="{area.color}" d="M{upper}L{lower}Z"/>')
    return _svg(bottom + BELOW, parts)


def _columns(edges: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """Return edges and values as they are, or means over as many columns as the picture has."""
    if values.shape[1] <= WIDTH:
        return edges, values
    sums = np.cumsum(values * np.diff(edges), axis=1)
    grid = np.linspace(edges[0], edges[-1], WIDTH + 1)
    sums = np.array([np.interp(grid, edges, np.r_[0.0, one]) for one in sums])
    return grid, np.diff(sums, axis=1) / np.diff(grid)


def _steps(across: Numbers, up: Numbers) -> str:
    """Return a line of steps along its edges."""
    begin = f"{across[0]:.1f} {up[0]:.1f}"
    pairs = zip(across[1:].tolist(), [*up[1:].tolist(), up[-1]], strict=True)
    return begin + "".join(f"H{x:.1f}V{y:.1f}" for x, y in pairs)


def _legend(areas: Sequence[Area]) -> Iterator[str]:
    left = SIDE
    for area in areas:
        yield f'<rect x="{left}" y="4" width="10" height="10" rx="2" fill="{area.color}"/>'
        yield _text(left + 14, 13, area.name, "start")
        left += 30 + int(LETTER * len(area.name))


def _time_axis(from_ps: int, until_ps: int, left: int, bottom: int, top: int = 0) -> Iterator[str]:
    """Yield lines and numbers of the axis of time."""
    length_ps = until_ps - from_ps
    unit_ps, unit = _unit(length_ps)
    scale = (WIDTH - left - RIGHT) / length_ps
    for mark in ticks(from_ps / unit_ps, until_ps / unit_ps):
        x = left + scale * (mark * unit_ps - from_ps)
        yield f'<path class="grid" d="M{x:.1f} {top}V{bottom + 4}"/>'
        yield _text(x, bottom + 18, f"{mark:.10g}", "middle")
    yield _text((left + WIDTH - RIGHT) / 2, bottom + 34, f"time ({unit})", "middle")


def _unit(length_ps: int) -> tuple[int, str]:
    """Return the unit in which a length of time is told."""
    if length_ps > MS_PS:
        return MS_PS, "ms"
    return (US_PS, "µs") if length_ps > US_PS else (NS_PS, "ns")


def _span(bar: Bar) -> str:
    return f"{bar.from_ps / NS_PS:g} to {bar.until_ps / NS_PS:g} ns"


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    told = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{told}>{escape(text)}</text>'


def _svg(height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg" '
        f'width="{WIDTH}" height="{height}">{"".join(parts)}</svg>'
    )
