"""The verdict on a claim: agrees, differs, or cannot be judged, and why.

Models:     a value within the tolerance agrees. A value outside of it differs, unless its 90 %
            interval reaches the tolerance: then the model's constants are not known well enough.
Leaves out: whether paper or tool is right.
Checked by: tests/scenarios/test_claims.py
"""

from enum import StrEnum
from math import log10
from typing import NamedTuple

from scenarios.claims.declared import Claim

BOUNDS = {"below": "below", "at_most": "at most", "at_least": "at least"}


class Measured(NamedTuple):
    """A measured value; `low` and `high` are its 90 % interval, `told` how it came about."""

    value: float
    low: float | None = None
    high: float | None = None
    told: str = ""


class Verdict(StrEnum):
    """What is said of a claim."""

    AGREES = "agrees"
    DIFFERS = "differs"
    CANNOT = "cannot be judged"


class Judged(NamedTuple):
    """A claim, what was measured if anything was, the verdict and its reason."""

    claim: Claim
    measured: Measured | None
    verdict: Verdict
    reason: str


def judge(claim: Claim, measured: Measured | None, missing: str = "") -> Judged:
    """Return the verdict; `missing` is why a measurement was not made or failed."""
    verdict, said = _verdict(claim, measured, missing)
    told = measured.told if measured else ""
    reason = "; ".join(part for part in (said, told, claim.note) if part)
    return Judged(claim, measured, verdict, reason)


def _verdict(claim: Claim, measured: Measured | None, missing: str) -> tuple[Verdict, str]:
    if claim.cannot or measured is None:
        return Verdict.CANNOT, claim.cannot or missing
    low, high = claim.band
    if low <= measured.value <= high:
        return Verdict.AGREES, _agreement(claim)
    if _reaches(measured, low, high):
        return Verdict.CANNOT, "only the interval reaches the published value"
    return Verdict.DIFFERS, _disagreement(claim, measured.value)


def _reaches(measured: Measured, low: float, high: float) -> bool:
    """Tell whether the interval of a value reaches the band."""
    if measured.low is None or measured.high is None:
        return False
    return measured.low <= high and measured.high >= low


def _agreement(claim: Claim) -> str:
    if claim.tolerance is None:
        return f"{BOUNDS[claim.bound]} the published {number(claim.value)}"
    low, high = claim.band
    said = "equal" if low == high else f"within {claim.tolerance.told(claim.unit)}"
    return f"{said}: {claim.tolerance.why}"


def _disagreement(claim: Claim, value: float) -> str:
    if claim.tolerance is None:
        return f"not {BOUNDS[claim.bound]} the published {number(claim.value)}"
    low, high = claim.band
    more = "" if low == high else f", more than {claim.tolerance.told(claim.unit)}"
    return f"{_off(claim, value)} off{more}"


def _off(claim: Claim, value: float) -> str:
    """Return how far off a value is, in the kind of the tolerance."""
    tolerance = claim.tolerance
    if tolerance is not None and tolerance.decades is not None:
        return f"{abs(log10(value / claim.value)):.2g} decades" if value > 0 else "all decades"
    if tolerance is not None and tolerance.relative is not None:
        return f"{100 * abs(value / claim.value - 1):.3g} %"
    unit = "points" if claim.unit == "%" else claim.unit
    return f"{abs(value - claim.value):.3g} {unit}".strip()


def number(value: float) -> str:
    """Return a number for people: 97, 11.2, 1e+08."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:.3g}"
