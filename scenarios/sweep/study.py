"""What is swept: the TOML file of a study, checked before anything runs.

    scenario = "lenet5"
    images = 1

    [fixed]
    code.isa = "avx2"

    [parameters]                                      # a list, or a range
    "soc.core.clock" = ["1.8GHz", "2.4GHz"]
    "soc.llc.size" = { low = 1, high = 8, unit = "MB", steps = 4, log = true }

    [search]
    method = "grid"                                   # one_at_a_time, random, latin_hypercube, ...
    points = 100

    [objectives]
    time_ps = "min"

    [constraints]
    "imac.peak_power_mw" = "<= 5000"

Checked by: tests/scenarios/test_sweep_study.py
"""

import math
import operator
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from cosim.config import Config, override
from cosim.errors import ConfigError, DataError
from cosim.names import hint
from scenarios import registry
from scenarios.scenario import Mode, Scenario

Settings = Mapping[str, str]
"""One point: a value, as text, for each path."""

DIGITS = 6
"""Significant digits of a value drawn from a range without steps; more would be seldom equal in two
searches and tell nothing. Estimate: a millionth of any parameter matters nowhere."""

SIGNS: Mapping[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}


MOST_STEPS, MOST_POINTS = 10_000, 1_000_000
"""Values of one parameter, points of a study. Estimate: more than anybody runs; a slip of the
keyboard makes more, and all points of a grid are held in memory."""


UNKNOWN = "extra_forbidden"
"""What pydantic calls a key that is not known."""


class Part(BaseModel):
    """A table of the file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(Part):
    """A parameter between two numbers, both included, on a linear or logarithmic scale.

    `steps` is how many values a grid has; without it the range is for the other searches.
    """

    low: float
    high: float
    unit: str = ""
    steps: int | None = Field(default=None, ge=2, le=MOST_STEPS)
    log: bool = False
    whole: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"low and high must be finite, not {self.low:g} to {self.high:g}")
        if not self.low < self.high:
            raise ValueError(f"low must be below high, not {self.low:g} to {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above 0 on a logarithmic scale, not {self.low:g}")
        return self

    def values(self) -> list[str] | None:
        """Return the values of a grid, None if there are none."""
        if self.steps is None:
            return None
        return [self.at(step / (self.steps - 1)) for step in range(self.steps)]

    def at(self, share: float) -> str:
        """Return the value at a share of the range, 0 to 1; of steps, the nearest."""
        if self.steps is not None:
            share = round(share * (self.steps - 1)) / (self.steps - 1)
        if self.log:
            number = math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        else:
            number = self.low + share * (self.high - self.low)
        text = str(round(number)) if self.whole else f"{number:.{DIGITS}g}"
        return f"{text}{self.unit}"


class Choice(Part):
    """A parameter that has one of some values."""

    of: tuple[str, ...]

    def values(self) -> list[str] | None:
        """Return all values."""
        return list(self.of)

    def at(self, share: float) -> str:
        """Return the value at a share of the list, 0 to 1."""
        return self.of[min(int(share * len(self.of)), len(self.of) - 1)]


AXIS_KEYS = {"low", "high", "of"}
"""What tells a parameter's own table from a part of its path."""


def _kind(given: object) -> str:
    """Return which kind of parameter a table of one means, so that it is judged as that alone."""
    is_choice = isinstance(given, Choice) or (isinstance(given, Mapping) and "of" in given)
    return "Choice" if is_choice else "Range"


Axis = Annotated[
    Annotated[Range, Tag("Range")] | Annotated[Choice, Tag("Choice")], Discriminator(_kind)
]


STEPPED = {"grid": "a grid", "one_at_a_time": "one at a time"}
"""Searches that need a list of values."""


class Search(Part):
    """How points are chosen. `generation` points of a search that learns are chosen together.

    "one_at_a_time" takes the first value of every parameter, then each other value alone.
    """

    method: Literal["grid", "one_at_a_time", "random", "latin_hypercube", "bayesian", "nsga2"] = (
        "grid"
    )
    points: int = Field(default=100, ge=1, le=MOST_POINTS)
    seed: int = Field(default=0, ge=0)
    generation: int = Field(default=10, ge=2)


@dataclass(frozen=True)
class Bound:
    """A measure that must not be above, or not below, a number."""

    measure: str
    sign: str
    limit: float

    @classmethod
    def read(cls, measure: str, text: str) -> "Bound":
        """Read such as "<= 5000"; raises ConfigError for anything else."""
        for sign in SIGNS:
            if text.startswith(sign):
                try:
                    limit = float(text.removeprefix(sign))
                except ValueError:
                    break
                if math.isfinite(limit):
                    return cls(measure, sign, limit)
        raise ConfigError(f"constraints.{measure} must be such as '<= 5000', not {text!r}")

    def holds(self, measures: Mapping[str, float]) -> bool:
        """Whether it holds; what was not measured does not."""
        return self.measure in measures and SIGNS[self.sign](measures[self.measure], self.limit)

    def excess(self, measures: Mapping[str, float]) -> float:
        """Return by how much it is broken; 0 or less if it holds."""
        value = measures.get(self.measure, math.inf if self.sign == "<=" else -math.inf)
        return value - self.limit if self.sign == "<=" else self.limit - value


class Study(Part):
    """A whole study.

    `warm` is whether points that differ in the co-processor alone go on from where one of them came
    to its first access: "auto" where that saves time. It decides no result.
    """

    scenario: str
    images: int = Field(default=1, ge=1)
    seed: int = Field(default=0, ge=0)
    mode: Mode = Mode.FAST
    warm: Literal["auto", "always", "never"] = "auto"
    fixed: Mapping[str, str] = {}
    parameters: Mapping[str, Axis]
    search: Search = Search()
    objectives: Mapping[str, Literal["min", "max"]]
    constraints: Mapping[str, str] = {}

    @field_validator("fixed", "objectives", "constraints", mode="before")
    @classmethod
    def _texts(cls, given: object) -> dict[str, str]:
        return dict(_flat(_table(given)))

    @field_validator("parameters", mode="before")
    @classmethod
    def _axes(cls, given: object) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path, value in _lists(_table(given)):
            if not value or not isinstance(value, list | Mapping | Part):
                raise ValueError(f"{path} must be a list of one value or more, or a range")
            found[path] = (
                Choice(of=tuple(map(text_of, value))) if isinstance(value, list) else value
            )
        return found

    @property
    def story(self) -> Scenario[Any]:
        """The scenario; raises ConfigError or DataError if there is none."""
        return registry.find(self.scenario)

    @property
    def bounds(self) -> list[Bound]:
        """The constraints."""
        return [Bound.read(measure, text) for measure, text in self.constraints.items()]

    @property
    def total(self) -> int:
        """How many points its search asks for."""
        counts = [len(axis.values() or ()) for axis in self.parameters.values()]
        if self.search.method == "grid":
            return math.prod(counts)
        if self.search.method == "one_at_a_time":
            return 1 + sum(count - 1 for count in counts)
        return self.search.points

    def configured(self, settings: Settings) -> Config:
        """Return the configuration of a point; raises ConfigError if it makes none."""
        config: Config = self.story.config()
        for path, text in self.fixed.items():
            config = _with(config, "fixed", path, text)
        for path, text in settings.items():
            config = _with(config, "parameters", path, text)
        return config

    def check(self) -> None:
        """Raise ConfigError for a parameter, a value of one, or a constraint that cannot be."""
        if not self.parameters:
            raise ConfigError("a study must have a parameter, such as soc.core.clock = ['2GHz']")
        if not self.objectives:
            raise ConfigError("a study must have an objective, such as time_ps = 'min'")
        self.bounds  # noqa: B018 - reads them
        for path, axis in self.parameters.items():
            if self.search.method in STEPPED and axis.values() is None:
                raise ConfigError(
                    f"parameters.{path} must tell its steps for {STEPPED[self.search.method]}:"
                    " steps = 5"
                )
            if path in self.fixed:
                raise ConfigError(f"{path} must be in parameters or in fixed, not in both")
        if self.total > MOST_POINTS:
            raise ConfigError(
                f"a study must ask for at most {MOST_POINTS:,} points, not {self.total:,}; give its"
                " parameters fewer values, or choose another search.method"
            )
        config = self.configured({})
        for path, axis in self.parameters.items():
            for text in axis.values() or (axis.at(0), axis.at(1)):
                _with(config, "parameters", path, text)


def read_study(path: Path) -> Study:
    """Read a study from a TOML file.

    Raises DataError if the file cannot be read, ConfigError for what it says.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} must be a readable TOML file: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} must be a TOML file: {error}") from None
    try:
        study = Study.model_validate(given)
    except ValidationError as error:
        raise ConfigError(f"{path}: {sentence(error)}") from None
    try:
        study.check()
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return study


def text_of(value: object) -> str:
    """Return a TOML value as `--set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with(config: Config, table: str, path: str, text: str) -> Config:
    """Return a configuration with a value; raises ConfigError, with its place in the file."""
    try:
        return override(config, path, text)
    except ConfigError as error:
        raise ConfigError(f"{table}.{path}: {error}") from None


def _table(given: object) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"it must be a table, not {given!r}")
    return given


def _flat(given: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of nested tables with their dotted paths: TOML splits bare keys at dots."""
    for name, value in given.items():
        below = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from _flat(value, below)
        else:
            yield below, text_of(value)


def _lists(given: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield lists and ranges of nested tables with their dotted paths."""
    for name, value in given.items():
        below = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) and not AXIS_KEYS & set(value):
            yield from _lists(value, below)
        else:
            yield below, value


def sentence(error: ValidationError) -> str:
    """Return the first thing that is wrong; an unknown key first, for it explains a missing one."""
    wrong = sorted(error.errors(), key=lambda one: one["type"] != UNKNOWN)
    first = wrong[0]
    place = [str(part) for part in first["loc"] if part not in {"Range", "Choice"}]
    where = ".".join(place)
    if first["type"] == UNKNOWN:
        known: Sequence[str] = [*Study.model_fields, *Range.model_fields, *Search.model_fields]
        return f"there is no {where}{hint(place[-1], known)}"
    if first["type"] == "missing":
        return f"{where} must be there"
    said = first["msg"].removeprefix("Value error, ")
    shown = first["input"]
    return f"{where}: {said}" + ("" if isinstance(shown, Mapping) else f"; it was {shown!r}")
