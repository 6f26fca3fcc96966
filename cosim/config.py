"""Configuration: frozen, checked, with unit, range and source for every number.

A `Config` is a pydantic model whose fields are made with `param`. Text with a unit is converted
to the field's unit, exactly. Whatever is refused is refused with one sentence (ConfigError).
"""

import enum
import tomllib
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cosim import names, units
from cosim.errors import ConfigError, DataError
from cosim.spread import Spread

_TRUTH = {"true": True, "yes": True, "on": True, "1": True,
          "false": False, "no": False, "off": False, "0": False}  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What `param` says about a field beyond its type and default."""

    unit: str | None
    source: str | None
    low: float | None
    high: float | None
    choices: Sequence[Any] | None
    spreads: tuple[Spread, ...] = ()

    def range_text(self, unit: str) -> str:
        """Return the allowed range as it stands in a sentence."""
        tail = f" {unit}" if unit not in ("", "1") else ""
        if self.low is not None and self.high is not None:
            return f"{self.low} to {self.high}{tail}"
        return f"at least {self.low}{tail}" if self.high is None else f"at most {self.high}{tail}"


class Row(NamedTuple):
    """One parameter of a resolved configuration, as tables show it."""

    path: str
    value: Any
    unit: str
    doc: str
    source: str


class Constant(NamedTuple):
    """A number of a resolved configuration, and how well it is known."""

    value: float
    unit: str
    source: str
    spreads: tuple[Spread, ...]


def param(
    default: Any = PydanticUndefined,
    *,
    doc: str,
    unit: str | None = None,
    source: str | None = None,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[Any] | None = None,
    spread: Spread | Sequence[Spread] = (),
) -> Any:
    """Declare a parameter; without a default it must be given.

    `unit` may be left out if the name ends in one (`_ps`, `_bytes`); "1" is a bare number.
    `source` is a document with a place in it, or begins "estimate:" and says why. `spread` is how
    well the number is known; several are independent of each other.
    """
    info = Field(default, description=doc)
    spreads = (spread,) if isinstance(spread, Spread) else tuple(spread)
    info.metadata.append(Meaning(unit, source, low, high, choices, spreads))
    return info


class Config(BaseModel):
    """A frozen, checked set of parameters; nests as the machine is composed.

    `stands_for` names the parameter that is set where a part is given a bare value:
    `soc.imac.analog=mesh` for `soc.imac.analog.level=mesh`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stands_for: ClassVar[str] = ""

    @model_validator(mode="wrap")
    @classmethod
    def _checked(cls, given: Any, handler: Any) -> Self:
        """Convert and check what was given; every refusal is one sentence."""
        try:
            if isinstance(given, Mapping):
                given = _converted(cls, given)
            elif not isinstance(given, cls):
                raise ConfigError(f"{cls.__name__} must be a table of parameters, not {given!r}")
            made: Self = handler(given)
        except ValidationError as error:
            raise ConfigError(_sentence(cls, error)) from None
        return made

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields replaced, checked again."""
        fields = dict(super().model_copy(deep=deep))
        return type(self).model_validate({**fields, **(update or {})})


AnyConfig = TypeVar("AnyConfig", bound=Config)


def unit_of(config: type[Config], name: str) -> str:
    """Return the unit of a field, "" if it has none."""
    return _meaning(config.model_fields[name]).unit or units.unit_of(name)


def override(config: AnyConfig, path: str, text: Any) -> AnyConfig:
    """Return the configuration with the parameter at `path` replaced, checked again.

    A unit at the end of a field's name may be left out: `clock` finds `clock_hz`.
    Raises ConfigError, with the nearest known name, for an unknown path.
    """
    first, _, rest = path.partition(".")
    name = field_name(type(config), first)
    below = getattr(config, name)
    if not rest and isinstance(below, Config) and isinstance(text, str):
        rest = below.stands_for
    if not rest:
        return config.model_copy(update={name: text})
    if not isinstance(below, Config):
        raise ConfigError(f"{type(config).__name__}.{name} has no parameters of its own: {rest}")
    return config.model_copy(update={name: override(below, rest, text)})


def rows(config: Config, path: str = "") -> Iterator[Row]:
    """Yield every parameter of a configuration, depth first."""
    for name, info in type(config).model_fields.items():
        value = getattr(config, name)
        below = names.join(path, name)
        if isinstance(value, Config):
            yield from rows(value, below)
            continue
        source = _meaning(info).source or ""
        yield Row(below, value, unit_of(type(config), name), info.description or "", source)


def constant(config: Config, path: str) -> Constant:
    """Return the number at `path`; raises ConfigError, with the nearest known name, for none."""
    first, _, rest = path.partition(".")
    name = field_name(type(config), first)
    found = getattr(config, name)
    if rest:
        return constant(found, rest)
    said = _meaning(type(config).model_fields[name])
    return Constant(float(found), unit_of(type(config), name), said.source or "", said.spreads)


def to_toml(config: Config) -> str:
    """Return the configuration as TOML; parameters that are None are left out."""
    import tomli_w

    return tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))


def from_toml(config: type[AnyConfig], path: Path) -> AnyConfig:
    """Read a configuration from a TOML file.

    Raises DataError if the file is missing or no TOML, ConfigError for what it says.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} must be a readable TOML file: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} must be a TOML file: {error}") from None
    return config.model_validate(given)


def _meaning(info: FieldInfo) -> Meaning:
    found = (entry for entry in info.metadata if isinstance(entry, Meaning))
    return next(found, Meaning(None, None, None, None, None))


def field_name(config: type[Config], name: str) -> str:
    """Return the field called `name`, with or without the unit at its end."""
    fields = config.model_fields
    if name in fields:
        return name
    longer = [field for field in fields if units.unit_of(field) and field.startswith(f"{name}_")]
    exact = [field for field in longer if field.rpartition("_")[0] == name]
    if len(exact) == 1:
        return exact[0]
    raise ConfigError(f"{config.__name__} has no parameter {name}{names.hint(name, fields)}")


def _converted(config: type[Config], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given with text read, refusing unknown names and values out of range."""
    result = {}
    for name, value in given.items():
        if name not in config.model_fields:
            known = names.hint(str(name), config.model_fields)
            raise ConfigError(f"{config.__name__} has no parameter {name}{known}")
        info = config.model_fields[name]
        meaning = _meaning(info)
        unit = unit_of(config, name)
        try:
            result[name] = _read(value, info.annotation, meaning, unit)
        except _Refused as refused:
            raise ConfigError(f"{config.__name__}.{name} must be {refused}") from None
    return result


class _Refused(Exception):
    """The end of a sentence that begins with the name of the parameter."""


def _read(value: Any, annotation: Any, meaning: Meaning, unit: str) -> Any:
    """Return a given value as the annotation wants it; pydantic checks what is left."""
    kinds = _alternatives(annotation)
    if type(None) in kinds:
        if value is None or (isinstance(value, str) and value.lower() == "none"):
            return None
        kinds = tuple(kind for kind in kinds if kind is not type(None))
    kind = kinds[0] if len(kinds) == 1 else None
    if kind in (int, float):
        return _read_number(value, kind, meaning, unit)
    if kind is bool:
        return _read_truth(value)
    choices = meaning.choices or _choices(kind)
    if choices:
        return _read_choice(value, choices)
    if get_origin(kind) in (tuple, list) and isinstance(value, str | Sequence):
        parts = value.strip("[]() ").split(",") if isinstance(value, str) else value
        inner = get_args(kind)[0]
        return tuple(_read(part, inner, meaning, unit) for part in parts if part != "")
    return value


def _read_number(value: Any, kind: type, meaning: Meaning, unit: str) -> int | float:
    measure = f" of {unit}" if unit not in ("", "1") else ""
    wanted = f"a whole number{measure}" if kind is int else f"a number{measure}"
    try:
        number = _fraction(value, "" if unit == "1" else unit)
    except ConfigError as error:
        raise _Refused(f"{wanted}, not {value!r}; {error}") from None
    except (ValueError, TypeError, OverflowError):
        raise _Refused(f"{wanted}, not {value!r}") from None
    if kind is int and number.denominator != 1:
        raise _Refused(f"{wanted}, not {value}")
    below = meaning.low is not None and number < Fraction(str(meaning.low))
    above = meaning.high is not None and number > Fraction(str(meaning.high))
    if below or above:
        raise _Refused(f"{meaning.range_text(unit)}, not {value}")
    result = int(number) if kind is int else float(number)
    if meaning.choices and result not in meaning.choices:
        raise _Refused(f"one of {', '.join(map(str, meaning.choices))}{measure}, not {value}")
    return result


def _fraction(value: Any, unit: str) -> Fraction:
    """Return a given number exactly; a truth value is no number."""
    if isinstance(value, str):
        return units.quantity(value, unit)
    if isinstance(value, bool):
        raise TypeError
    return Fraction(value)


def _read_truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in _TRUTH:
        return _TRUTH[str(value).lower()]
    raise _Refused(f"true or false, not {value!r}")


def _read_choice(value: Any, choices: Sequence[Any]) -> Any:
    for choice in choices:
        plain = choice.value if isinstance(choice, enum.Enum) else choice
        if value in (choice, plain) or str(value) == str(plain):
            return choice
    known = [str(c.value if isinstance(c, enum.Enum) else c) for c in choices]
    close = names.nearest(str(value), known)
    raise _Refused(
        f"one of {', '.join(known)}, not {value!r}" + (f"; did you mean {close}?" if close else "")
    )


def _choices(kind: Any) -> tuple[Any, ...]:
    """Return what an enumeration or a Literal allows, nothing for other types."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(kind)
    return get_args(kind) if get_origin(kind) is Literal else ()


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _sentence(config: type[Config], error: ValidationError) -> str:
    """Return the first of pydantic's refusals as one sentence in our voice."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    where = f"{config.__name__}.{place}" if place else config.__name__
    if first["type"] == "missing":
        return f"{where} must be given"
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}, not {first['input']!r}"
