"""What the papers claim, as `scenarios/claims.toml` says it.

Models:     a claim is a published number with its place, what measures it and how far off it may
            be, or why it cannot be judged; the file is checked before anything runs.
Leaves out: the measurements themselves (catalogue.py) and the verdict (verdicts.py).
Source:     the file, which names paper and place of each number.
Checked by: tests/scenarios/test_claims.py
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cosim import names
from cosim.errors import ConfigError, DataError

FILE = Path(__file__).parents[1] / "claims.toml"

ID = r"[a-z0-9]+(-[a-z0-9]+)+"


class Strict(BaseModel):
    """A frozen record that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tolerance(Strict):
    """How far a measured value may be from the published one, and why so far.

    One of: `absolute` in the claim's unit, `relative` as a share, `decades` of a logarithm.
    """

    absolute: float | None = Field(None, ge=0)
    relative: float | None = Field(None, ge=0)
    decades: float | None = Field(None, ge=0)
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(one is not None for one in (self.absolute, self.relative, self.decades)) != 1:
            raise ValueError("must give one of absolute, relative and decades")
        return self

    def band(self, value: float) -> tuple[float, float]:
        """Return the smallest and the largest value that agree with `value`."""
        if self.decades is not None:
            return value / 10**self.decades, value * 10**self.decades
        off = self.absolute if self.absolute is not None else abs(value) * (self.relative or 0.0)
        return value - off, value + off

    def told(self, unit: str) -> str:
        """Return it for people: 0.5 decades, 25 %, 2 points."""
        if self.decades is not None:
            return f"{self.decades:g} decades"
        if self.relative is not None:
            return f"{100 * self.relative:g} %"
        return f"{self.absolute:g} {'points' if unit == '%' else unit}".strip()


class Claim(Strict):
    """One published number.

    `bound` tells what a measured value must be: `about` the published one within the tolerance,
    or `below`, `at_most`, `at_least` it. `measure` is measurement.figure of catalogue.py and
    `command` what a reader types to see it; `cannot` is why there is no verdict; `note` is what
    else a reader must know.
    """

    id: str = Field(pattern=f"^{ID}$")
    quantity: str = Field(min_length=1)
    value: float
    unit: str = ""
    bound: Literal["about", "below", "at_most", "at_least"] = "about"
    where: str = Field(min_length=1)
    tolerance: Tolerance | None = None
    measure: str = ""
    command: str = ""
    cannot: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _judged_or_not(self) -> Self:
        if not math.isfinite(self.value):
            raise ValueError("value must be finite")
        if not self.measure and not self.cannot:
            raise ValueError("must have measure, or cannot: why it has none")
        if bool(self.measure) != bool(self.command):
            raise ValueError("measure and command must be given together")
        judged = self.measure and not self.cannot
        if bool(judged and self.bound == "about") != (self.tolerance is not None):
            raise ValueError("tolerance must be given for a measured value that is judged as about")
        return self

    @property
    def measurement(self) -> str:
        """The measurement that gives the figure, empty if there is none."""
        return self.measure.partition(".")[0]

    @property
    def figure(self) -> str:
        """The figure of that measurement."""
        return self.measure.partition(".")[2]

    @property
    def band(self) -> tuple[float, float]:
        """The smallest and the largest measured value that agree."""
        if self.bound == "about":
            return self.tolerance.band(self.value) if self.tolerance else (self.value, self.value)
        below = math.nextafter(self.value, -math.inf) if self.bound == "below" else self.value
        return (self.value, math.inf) if self.bound == "at_least" else (-math.inf, below)


class Claims(Strict):
    """The whole file."""

    claim: tuple[Claim, ...]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        seen: set[str] = set()
        for claim in self.claim:
            if claim.id in seen:
                raise ValueError(f"{claim.id} must stand once; it stands twice")
            seen.add(claim.id)
        return self


def read(figures: Mapping[str, Sequence[str]], file: Path = FILE) -> tuple[Claim, ...]:
    """Read the claims; `figures` are the measurements there are, each with what it finds.

    Raises DataError, naming file and claim, for anything that is missing, unknown or contradictory.
    """
    try:
        claims = Claims.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).claim
    except OSError as error:
        raise DataError(f"{file} must be the file of claims: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file} must be TOML: {error}") from None
    except ValidationError as error:
        raise DataError(f"{file.name}: {_first(error)}") from None
    for claim in claims:
        if claim.measure and claim.figure not in figures.get(claim.measurement, ()):
            known = [f"{name}.{one}" for name, found in figures.items() for one in found]
            hint = names.hint(claim.measure, known)
            raise DataError(f"{file.name}: {claim.id}: nothing measures {claim.measure}{hint}")
    return claims


def _first(error: ValidationError) -> str:
    """Return pydantic's first complaint as one line."""
    complaint = error.errors()[0]
    place = ".".join(str(part) for part in complaint["loc"])
    return f"{place}: {complaint['msg'].removeprefix('Value error, ')}".removeprefix(": ")


def chosen(claims: Sequence[Claim], asked: Sequence[str]) -> tuple[Claim, ...]:
    """Return the claims that are asked for by ID or by its first words, in the file's order.

    All of them for nothing. Raises ConfigError, with the nearest known name, for an unknown one.
    """
    for name in asked:
        if not any(_is_asked(claim, name) for claim in claims):
            known = {part for claim in claims for part in (claim.id, claim.id.partition("-")[0])}
            raise ConfigError(f"there is no claim {name}{names.hint(name, known)}")
    return tuple(one for one in claims if not asked or any(_is_asked(one, name) for name in asked))


def _is_asked(claim: Claim, name: str) -> bool:
    return claim.id == name or claim.id.startswith(f"{name}-")
