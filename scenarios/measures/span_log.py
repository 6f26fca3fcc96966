"""The stretches of work of a run, and the timeline that the report draws of them.

Models:     every span that ended, row by row as the machine is built; the first hand-off also by
            itself. Beginnings and ends are those of the waves.
Leaves out: all but the first spans of a run; states and numbers, which the waves show.
Checked by: tests/scenarios/test_picturing.py
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cosim.probes import Span, View
from waveforms.plots import Bar, rows
from waveforms.report import Figure

MOST = 20_000
"""Spans that are kept; more than a picture shows. estimate"""

TONES = ("#2f7fd1", "#1f5f9e")
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
    shown: dict[str, list[Bar]] = {}
    for one in sorted(seen, key=lambda one: one.from_ps):
        bar = Bar(one.label, one.from_ps, one.until_ps)
        shown.setdefault(one.path.removeprefix("soc."), []).append(bar)
    return rows(list(shown.items()), from_ps, until_ps, TONES)
