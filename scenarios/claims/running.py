"""Runs the measurements that claims need, each once, and judges.

Checked by: tests/scenarios/test_claims.py
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cosim.errors import CosimError
from scenarios.claims.asked import Asked, Figures, Measurement
from scenarios.claims.declared import Claim
from scenarios.claims.verdicts import Judged, judge
from scenarios.scenario import Advance, untold


@dataclass(frozen=True)
class Done:
    """Judged claims, and how many seconds each measurement took."""

    judged: tuple[Judged, ...]
    seconds: Mapping[str, float]


def run(
    claims: Sequence[Claim],
    measurements: Mapping[str, Measurement],
    *,
    images: int,
    seed: int = 0,
    advance: Advance = untold,
) -> Done:
    """Measure what the claims need, each measurement once, and judge them.

    A measurement that fails makes its claims ones that cannot be judged, with its sentence.
    """
    needed = [name for name in measurements if any(one.measurement == name for one in claims)]
    found: dict[str, Figures] = {}
    missing: dict[str, str] = {}
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        asked = Asked(Path(folder), images, seed)
        for name in needed:
            measurement = measurements[name]
            began = time.monotonic()
            try:
                found[name] = measurement.run(replace(asked, advance=_named(advance, measurement)))
            except CosimError as error:
                missing[name] = f"its measurement failed: {error}"
            seconds[name] = time.monotonic() - began
    return Done(tuple(_judged(claim, found, missing) for claim in claims), seconds)


def _named(advance: Advance, measurement: Measurement) -> Advance:
    """Return `advance` with the measurement's sentence in place of what is counted."""
    return lambda done, total, _: advance(done, total, measurement.doc)


def _judged(claim: Claim, found: Mapping[str, Figures], missing: Mapping[str, str]) -> Judged:
    figures = found.get(claim.measurement)
    measured = figures[claim.figure] if figures is not None else None
    return judge(claim, measured, missing.get(claim.measurement, ""))
