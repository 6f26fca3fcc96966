"""The page about claims: verdicts by number, a picture of all ratios, a table for each verdict.

Checked by: tests/scenarios/test_claims.py
"""

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure as Canvas

from scenarios.claims.running import Done
from scenarios.claims.telling import PAPERS, measured, published
from scenarios.claims.verdicts import Judged, Verdict
from scenarios.showing.picturing import svg
from waveforms.report import Figure, Report, Table

COLORS = {Verdict.AGREES: "#3c9d6b", Verdict.DIFFERS: "#c9504f", Verdict.CANNOT: "#8a8f98"}

RATIO_NOTE = "measured over published; bars: 90 % interval; grey: what agrees"


def page(done: Done) -> Report:
    """Return the page."""
    report = Report("Claims of the papers")
    for verdict in Verdict:
        chosen = [one for one in done.judged if one.verdict is verdict]
        report.headline.append((verdict.value, str(len(chosen))))
        heads = ("claim", "published", "measured", "what, where and why")
        if chosen:
            rows = [_row(one) for one in chosen]
            report.tables.append(Table(verdict.value, heads, rows, PAPERS, last_is_text=True))
    seconds = [[name, f"{spent:.1f} s"] for name, spent in done.seconds.items()]
    report.headline.append(("time", f"{sum(done.seconds.values()):.0f} s"))
    report.tables.append(Table("Measurements", ("measurement", "time"), seconds, is_folded=True))
    report.figures = tuple(_pictures(done.judged))
    return report


def _row(one: Judged) -> list[str]:
    claim = one.claim
    why = f"{claim.quantity} ({claim.where}): {one.reason}"
    shown = f"{why}. See: {claim.command}" if claim.command else why
    return [claim.id, published(claim), measured(claim, one.measured), shown]


def _pictures(judged: Sequence[Judged]) -> Iterator[Figure]:
    """Yield the picture of ratios, if there is one to draw."""
    drawn = [one for one in judged if _ratio(one) > 0]
    if drawn:
        yield Figure("Measured over published", ratios(drawn), RATIO_NOTE)


def _ratio(one: Judged) -> float:
    """Return measured over published, 0 if there is none that a logarithm can show."""
    return one.measured.value / one.claim.value if one.measured else 0.0


def ratios(judged: Sequence[Judged]) -> str:
    """Return measured over published of all claims as SVG, on a logarithmic axis."""
    canvas = Canvas(figsize=(8, 0.8 + 0.22 * len(judged)), layout="constrained")
    axes = canvas.add_subplot()
    for place, one in enumerate(judged):
        claim, found, color = one.claim, one.measured, COLORS[one.verdict]
        if found is None:
            continue
        if claim.tolerance is not None:
            ends = sorted(end / claim.value for end in claim.band)
            axes.barh(place, ends[1] - ends[0], 0.8, ends[0], color="#8a8f98", alpha=0.25)
        if found.low is not None and found.high is not None:
            axes.plot([found.low / claim.value, found.high / claim.value], [place] * 2, color=color)
        axes.plot([found.value / claim.value], [place], "o", color=color, markersize=4)
    axes.axvline(1, color="gray", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(judged)), [one.claim.id for one in judged], size=7)
    axes.set_ylim(len(judged) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return svg(canvas)
