"""What `cosim claims` tells: tables for the terminal, Markdown, JSON and a page.

Checked by: tests/scenarios/test_claims.py
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scenarios.claims.asked import Measurement
from scenarios.claims.declared import Claim
from scenarios.claims.running import Done
from scenarios.claims.verdicts import BOUNDS, Judged, Measured, Verdict, number
from scenarios.tables import listed
from waveforms.report import Report
from waveforms.report import Table as PageTable

HEADS = ("claim", "published", "measured", "verdict")

INDENT = 4
"""Characters before the reason of a verdict."""


def published(claim: Claim) -> str:
    """Return the published value for people: below 40 cycles."""
    said = f"{BOUNDS[claim.bound]} " if claim.bound in BOUNDS else ""
    return f"{said}{number(claim.value)} {claim.unit}".rstrip()


def measured(claim: Claim, found: Measured | None) -> str:
    """Return the measured value for people, with its interval if it has one."""
    if found is None:
        return "–"
    text = f"{number(found.value)} {claim.unit}".rstrip()
    if found.low is None or found.high is None:
        return text
    return f"{text} ({number(found.low)} to {number(found.high)})"


def verdicts(judged: Sequence[Judged]) -> Iterator[RenderableType]:
    """Yield a line for each claim in columns, and below it what it is about and why."""
    rows = [HEADS, *(_row(one)[:4] for one in judged)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    about = ["", *(f"{one.claim.quantity}: {one.reason}" for one in judged)]
    for row, said in zip(rows, about, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        yield Text("  ".join([*cells, row[3]]), style="bold", no_wrap=True)
        if said:
            yield Padding(Text(said), (0, 0, 0, INDENT))


def _row(one: Judged) -> tuple[str, ...]:
    return (
        one.claim.id, published(one.claim), measured(one.claim, one.measured), one.verdict.value,
        one.reason,
    )  # fmt: skip


def counted(judged: Sequence[Judged]) -> str:
    """Return how many of each verdict there are."""
    counts = Counter(one.verdict for one in judged)
    return ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)


def times(done: Done) -> str:
    """Return how long each measurement took."""
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in done.seconds.items())
    return f"{sum(done.seconds.values()):.0f} s: {parts}" if parts else "nothing was measured"


def declared(claims: Iterable[Claim], measurements: dict[str, Measurement]) -> Table:
    """Return what would be measured, and how."""
    rows = []
    for claim in claims:
        measurement = measurements.get(claim.measurement)
        pace = "" if measurement is None else "minutes" if measurement.is_slow else "seconds"
        how = claim.command or claim.cannot
        rows.append((claim.id, published(claim), claim.where, claim.quantity, pace, how))
    return listed(("claim", "published", "where", "what", "takes", "shown by"), rows)


def markdown(judged: Iterable[Judged]) -> str:
    """Return the table of verdicts as Markdown, with place and quantity in place of the ID."""
    lines = ["| claim | where | published | measured | verdict | why |", "|" + " --- |" * 6]
    for one in judged:
        claim = one.claim
        cells = (claim.quantity, claim.where, *_row(one)[1:])
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def kept(done: Done) -> dict[str, Any]:
    """Return what `--json` keeps."""
    return {
        "claims": [_kept(one) for one in done.judged],
        "verdicts": dict(Counter(one.verdict.value for one in done.judged)),
        "seconds": dict(done.seconds),
    }


def _kept(one: Judged) -> dict[str, Any]:
    found = None if one.measured is None else one.measured._asdict()
    return {
        "claim": one.claim.model_dump(), "measured": found, "verdict": one.verdict.value,
        "reason": one.reason,
    }  # fmt: skip


def page(done: Done) -> Report:
    """Return the page: a table for each verdict, with place and command of each claim."""
    report = Report("Claims of the papers", [("verdicts", counted(done.judged))])
    report.headline.append(("time", times(done)))
    for verdict in Verdict:
        rows = [_page_row(one) for one in done.judged if one.verdict is verdict]
        heads = ("claim", "where", "published", "measured", "why")
        if rows:
            report.tables.append(PageTable(verdict.value, heads, rows, last_is_text=True))
    return report


def _page_row(one: Judged) -> list[str]:
    claim = one.claim
    why = f"{one.reason} ({claim.command})" if claim.command else one.reason
    return [
        claim.quantity, claim.where, published(claim), measured(claim, one.measured), why
    ]  # fmt: skip
