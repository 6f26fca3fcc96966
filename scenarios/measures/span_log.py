"""The stretches of work of a run, and the timeline that the report draws of them.

Models:     every span that ended, row by row as the machine is built; the first hand-off also by
            itself. Beginnings and ends are those of the waves.
Leaves out: all but the first spans of a run; states and numbers, which the waves show.
Checked by: tests/scenarios/test_picturing.py
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

from matplotlib.figure import Figure as Canvas

from cosim.probes import Span, View
from scenarios.showing.picturing import svg
from waveforms.report import Figure

MOST = 20_000
"""Spans that are kept; more than a picture shows. estimate"""

NAMED = 0.05
"""Share of the width from which on a bar carries its name."""

TONES = ("#2f7fd1", "#8fbbe8")
"""Colours of neighbouring bars."""

HAND_OFF = ("transfer", "job", "conversion")
"""Names of the spans of which the first hand-off consists."""

MARGIN = 0.04
"""Share of its length that is shown before and behind the hand-off."""


class Stretch(NamedTuple):
    """One span that has ended: whose, its label, from when until when."""

    path: str
    label: str
    from_ps: int
    until_ps: int


class SpanLog:
    """An observer that keeps the first spans of a run."""

    def __init__(self) -> None:
        self.ended: list[Stretch] = []

    def start(self, view: View) -> None:
        """Listen to every span."""
        for probe in view.probes():
            if isinstance(probe, Span):
                self._follow(probe)

    def finish(self, now_ps: int) -> None:
        """Keep what was heard."""

    def _follow(self, span: Span) -> None:
        opened: list[tuple[str, int]] = []

        def change(when_ps: int, label: str | None) -> None:
            if opened:
                began, from_ps = opened.pop()
                if len(self.ended) < MOST and when_ps > from_ps:
                    self.ended.append(Stretch(span.path, began, from_ps, when_ps))
            if label is not None:
                opened.append((label, when_ps))

        span.listen(change)


def figures(ended: Sequence[Stretch]) -> Iterator[Figure]:
    """Yield the timeline of a run, and that of its first hand-off."""
    shown = [one for one in ended if not one.path.endswith(".program")]
    if not shown:
        return
    first = min(shown, key=lambda one: one.from_ps).label.partition(":")[0]
    image = [one.until_ps for one in shown if one.label.startswith(f"{first}:")]
    end_ps = max(image, default=max(one.until_ps for one in shown))
    yield Figure("Timeline", drawn(shown, 0, end_ps), first if image else "")
    steps = [one for one in shown if one.path.rpartition(".")[2] in HAND_OFF]
    jobs = [one for one in steps if one.path.endswith(".job")]
    if jobs:
        until_ps = max(one.until_ps for one in steps if one.from_ps <= jobs[0].until_ps)
        margin_ps = round(MARGIN * (until_ps - jobs[0].from_ps)) + 1
        picture = drawn(shown, jobs[0].from_ps - margin_ps, until_ps + margin_ps)
        yield Figure("Timeline of the first hand-off", picture, jobs[0].label)


def drawn(stretches: Sequence[Stretch], from_ps: int, until_ps: int) -> str:
    """Return the spans between two times as SVG: a row for each probe."""
    seen = [one for one in stretches if one.from_ps < until_ps and one.until_ps > from_ps]
    paths = list(dict.fromkeys(one.path for one in sorted(seen, key=lambda one: one.from_ps)))
    canvas = Canvas(figsize=(9.5, 0.7 + 0.3 * len(paths)))
    axes = canvas.add_subplot()
    scale, unit = (1e-6, "µs") if until_ps - from_ps > 1_000_000 else (1e-3, "ns")
    for row, path in enumerate(paths):
        mine = [one for one in seen if one.path == path]
        for one, tone in zip(mine, cycle(TONES), strict=False):
            begin, end = max(one.from_ps, from_ps), min(one.until_ps, until_ps)
            axes.barh(row, scale * (end - begin), left=scale * begin, color=tone, height=0.8)
            if end - begin > NAMED * (until_ps - from_ps):
                name = one.label.rpartition(": ")[2]
                axes.text(scale * (begin + end) / 2, row, name, ha="center", va="center", size=8,
                          clip_on=True)  # fmt: skip
    axes.set_yticks(range(len(paths)), [path.removeprefix("soc.") for path in paths])
    axes.set_xlim(scale * from_ps, scale * until_ps)
    axes.invert_yaxis()
    axes.set_xlabel(f"time ({unit})")
    axes.spines[["top", "right"]].set_visible(False)
    return svg(canvas)
