"""What `cosim claims` tells: tables for the terminal, Markdown, JSON and a page.

Checked by: tests/scenarios/test_claims.py
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from scenarios.claims.asked import Measurement
from scenarios.claims.declared import Claim
from scenarios.claims.running import Done
from scenarios.claims.verdicts import BOUNDS, Judged, Measured, Verdict, number

PACES = {False: "seconds", True: "minutes"}
"""How long a measurement takes, by whether it is slow."""

PAPERS = "A is arXiv:2105.13904, B is arXiv:1904.07864."

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
    cells = [(one.claim.id, one.verdict.value, *_row(one)[1:3]) for one in judged]
    about = [f"{one.claim.quantity}: {one.reason}" for one in judged]
    yield from _lines(("claim", "verdict", "published", "measured"), cells, about)


def _lines(
    heads: Sequence[str], cells: Sequence[Sequence[str]], about: Sequence[str]
) -> Iterator[RenderableType]:
    """Yield rows in columns, each with a text indented below it."""
    rows = [heads, *cells]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row, said in zip(rows, ("", *about), strict=True):
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield Text(text.rstrip(), style="bold", no_wrap=True, overflow="ignore")
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


def declared(
    claims: Sequence[Claim], measurements: Mapping[str, Measurement]
) -> Iterator[RenderableType]:
    """Yield what would be measured, and how."""
    cells, about = [], []
    for claim in claims:
        measurement = measurements.get(claim.measurement)
        pace = "nothing" if measurement is None else PACES[measurement.is_slow]
        cells.append((claim.id, pace, published(claim), claim.where))
        about.append(f"{claim.quantity}: {claim.command or claim.cannot}")
    yield from _lines(("claim", "takes", "published", "where"), cells, about)


def markdown(judged: Sequence[Judged]) -> str:
    """Return the table of what was measured as Markdown, and below it what was not, by reason."""
    lines = [
        PAPERS,
        "",
        "| claim | where | published | measured | verdict | why |",
        "|" + " --- |" * 6,
    ]
    for one in judged:
        if one.measured is not None:
            cells = (one.claim.quantity, one.claim.where, *_row(one)[1:])
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    without: dict[str, list[str]] = {}
    for one in judged:
        if one.measured is None:
            without.setdefault(one.reason, []).append(_cited(one.claim))
    if without:
        lines += ["", "Not measured:", ""]
        lines += [f"- {'; '.join(cited)}: {reason}." for reason, cited in without.items()]
    return "\n".join(lines) + "\n"


def _cited(claim: Claim) -> str:
    return f"{claim.quantity}, {published(claim)} ({claim.where})"


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
