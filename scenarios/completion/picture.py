"""The lab's picture: what each way to learn of the end costs, over the time to wait for.

Checked by: tests/scenarios/test_completion_lab.py
"""

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.figure import Figure as Canvas

from scenarios.completion.measuring import Point
from scenarios.completion.telling import STANDARD, by_place, show_clock
from scenarios.showing.picturing import svg

COLORS = (
    "#000000", "#c9504f", "#e0862d", "#3c9d6b", "#9467bd", "#8a6d3b", "#4aa3a2", "#d16ba5",
    "#6b7a8f", "#b5a327", "#5b5bd6", "#a0522d", "#1f9ed8", "#7fb800",
)  # fmt: skip
"""One for each scheme, in turn."""

MARKS = "osD^vPX*<>hpd8"
"""So that lines are told apart without colours; where they coincide, the first is on top."""

TITLE_POINTS, LEGEND_POINTS = 10, 8

Value = Callable[[Point, Point], float]
"""What is drawn of a point, beside that of the timer."""


def picture(points: Sequence[Point], clock_hz: int, compute_ps: int) -> str:
    """Return four plots as SVG: three over the computing time at `clock_hz`, one over the clock.

    The last one is at `compute_ps`. Points with wrong codes are left out.
    """
    canvas = Canvas(figsize=(10, 7.4), layout="constrained")
    (late, energy), (traffic, clocks) = canvas.subplots(2, 2)
    times = sorted({p.place.compute_ps for p in points})
    at = [(time_ps, clock_hz) for time_ps in times]
    _lines(late, points, at, lambda one, _: one.seen_ps / 1e3)
    late.set(yscale="log", ylabel="codes seen after (ns)")
    late.set_title(f"How late the core learns of the codes, {show_clock(clock_hz)}",
                   size=TITLE_POINTS)  # fmt: skip
    _lines(energy, points, at, lambda one, timer: one.energy_pj / timer.energy_pj)
    energy.set(ylabel="energy over the timer's")
    energy.set_title("Energy of a hand-off without the arrays", size=TITLE_POINTS)
    _lines(traffic, points, at, lambda one, _: one.accesses)
    traffic.set(yscale="log", ylabel="accesses of the co-processor bus")
    traffic.set_title("Bus traffic of a hand-off", size=TITLE_POINTS)
    for axes in (late, energy, traffic):
        axes.set(xscale="log", xlabel="computing time (ns)")
    hertz = sorted({p.place.clock_hz for p in points})
    _lines(clocks, points, [(compute_ps, hz) for hz in hertz], lambda one, _: one.seen_ps / 1e3,
           lambda _, hz: hz / 1e9)  # fmt: skip
    clocks.set(yscale="log", xlabel="core clock (GHz)", ylabel="codes seen after (ns)")
    clocks.set_title(f"Over the clock, computing {compute_ps / 1e3:g} ns", size=TITLE_POINTS)
    handles, labels = late.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False,
                  fontsize=LEGEND_POINTS)  # fmt: skip
    return svg(canvas)


def _lines(
    axes: Any,
    points: Sequence[Point],
    places: Sequence[tuple[int, int]],
    value: Value,
    across: Callable[[int, int], float] = lambda time_ps, _: time_ps / 1e3,
) -> None:
    """Draw one line a scheme through its points at `places`, (time, clock) each."""
    found = by_place(points)
    for number, label in enumerate(dict.fromkeys(p.place.scheme.label for p in points)):
        drawn = [
            (across(*place), value(found[label, *place], found[STANDARD, *place]))
            for place in places
            if (label, *place) in found and (STANDARD, *place) in found
            and not found[label, *place].wrong
        ]  # fmt: skip
        axes.plot(
            [x for x, _ in drawn], [y for _, y in drawn], label=label, linewidth=1.4,
            color=COLORS[number % len(COLORS)], marker=MARKS[number % len(MARKS)], markersize=4,
            zorder=len(COLORS) - number,
        )  # fmt: skip
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#dddddd", linewidth=0.5)
