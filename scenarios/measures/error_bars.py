"""How well a run's headlines are known, and which constant matters most for them.

Models:     energy; against a base also speedup and the share of its energy that is saved.
Source:     scenarios/measures/intervals.py
Checked by: tests/scenarios/test_error_bars.py
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure as Canvas
from rich.table import Table

from cosim.spread import joined
from scenarios.measures import activities
from scenarios.measures.activities import Activities
from scenarios.measures.intervals import (
    Bar,
    Headline,
    between,
    energy_pj,
    improvement,
    interval,
    priced,
    speedup,
    tornado,
)
from scenarios.measures.metrics import IntervalMetrics
from scenarios.showing import tables
from scenarios.showing.picturing import svg
from scenarios.showing.tables import show_interval
from waveforms.quantities import energy_text, time_text
from waveforms.report import Figure
from waveforms.report import Table as PageTable

SHOWN = 10
"""Causes in a picture; the others together move it less than the last of these."""

ALONE: Mapping[str, Headline] = {"energy_pj": energy_pj}
AGAINST: Mapping[str, Headline] = {"speedup": speedup, "improvement": improvement}

TITLES = {
    "energy_pj": ("What moves the energy most", "µJ", 1e-6),
    "speedup": ("What moves the speedup most", "times", 1.0),
    "improvement": ("What moves the energy saved most", "% of the base's energy", 100.0),
}
"""Title of a picture, unit of its axis, and how many of that unit one is."""


@dataclass(frozen=True)
class ErrorBars:
    """A run's activities and, if there is one, those of the run it is held against."""

    run: Activities
    base: Activities | None = None

    @property
    def headlines(self) -> dict[str, tuple[Headline, tuple[Activities, ...]]]:
        """Headlines by name, with the runs that each is of."""
        alone, pair = (self.run,), (self.run, *([self.base] if self.base else []))
        against = AGAINST if self.base else {}
        return {
            **{name: (headline, alone) for name, headline in ALONE.items()},
            **{name: (headline, pair) for name, headline in against.items()},
        }

    def intervals(self) -> dict[str, IntervalMetrics]:
        """Return each headline with its interval."""
        runs = [priced(run) for run in (self.run, self.base) if run is not None]
        return {
            name: IntervalMetrics(**between(headline, *runs[: len(needed)])._asdict())
            for name, (headline, needed) in self.headlines.items()
        }

    def tables(self) -> Iterator[PageTable]:
        """Yield time and energy beside those of the base, if there is one; then constants."""
        if self.base is not None:
            yield self._against(self.base)
        yield constants(self.run)

    def _against(self, base: Activities) -> PageTable:
        """Return time and energy of the run beside those of another one."""
        ours, theirs = _energies(self.run), _energies(base)
        pairs = [
            ("time", self.run.time_ps, base.time_ps, time_text),
            ("energy", self.run.energy_pj, base.energy_pj, energy_text),
            *((f"energy of {name}", ours.get(name, 0.0), theirs.get(name, 0.0), energy_text)
              for name in ours),
        ]  # fmt: skip
        rows = [
            [what, show(one), show(other) if other else "–", f"{one / other:.4f}" if other else "–"]
            for what, one, other, show in pairs
        ]
        return PageTable("Against the baseline", ("", "this run", "baseline", "ratio"), rows)

    def figures(self) -> Iterator[Figure]:
        """Yield for each headline what moves it most."""
        for name, (headline, runs) in self.headlines.items():
            title, unit, scale = TITLES[name]
            bars = [
                Bar(bar.cause, scale * bar.low, scale * bar.high)
                for bar in tornado(headline, *runs)[:SHOWN]
            ]
            middle = scale * interval(headline, *runs, draws=1).nominal
            note = "one cause at its 5th and at its 95th percentile, the others as they are"
            yield Figure(title, drawn(bars, middle, unit), note)


def constants(done: Activities) -> PageTable:
    """Return what makes a run's energy, with the interval of each number and where it is from."""
    rows = []
    for name, one in done.constants.items():
        low, high = joined(one.spreads)
        between = f"{one.value * low:.3g} to {one.value * high:.3g}"
        why = "; ".join(spread.source for spread in one.spreads)
        rows.append([name, f"{one.value:.4g}", one.unit, between, one.source, why])
    heads = ("constant", "value", "unit", "90 %", "source", "why so far")
    return PageTable("Constants of energy and delay", heads, rows, is_folded=True)


def _energies(done: Activities) -> dict[str, float]:
    """Return the energy of each component, in pJ, with the constants' own values."""
    return {name: sum(map(done.amount, terms)) for name, terms in done.energy.items()}


def against(runs: Mapping[str, Path]) -> Table:
    """Return what the first of several runs is worth against each other one, by their folders."""
    first, *others = runs
    run, rows = activities.read(runs[first]), []
    for other in others:
        found = ErrorBars(run, activities.read(runs[other])).intervals()
        shown = (show_interval(found[name], tables.HEADLINES[name][1]) for name in AGAINST)
        rows.append((other, *shown))
    heads = (tables.HEADLINES[name][0] for name in AGAINST)
    return tables.listed((f"{first} against", *heads), rows)


def drawn(bars: Sequence[Bar], middle: float, unit: str) -> str:
    """Return bars around the nominal value as SVG, the largest on top."""
    canvas = Canvas(figsize=(9.5, 0.6 + 0.28 * len(bars)))
    axes = canvas.add_subplot()
    for row, bar in enumerate(reversed(bars)):
        for end, color in ((bar.low, "#2f7fd1"), (bar.high, "#e0862d")):
            axes.barh(row, end - middle, left=middle, color=color, height=0.7)
    axes.axvline(middle, color="gray", linewidth=0.8)
    axes.set_yticks(range(len(bars)), [bar.cause.removeprefix("soc.") for bar in reversed(bars)])
    axes.set_xlabel(f"{unit}; blue: the cause is low, orange: it is high")
    axes.spines[["top", "right", "left"]].set_visible(False)
    return svg(canvas)
