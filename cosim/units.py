"""Quantities with units, converted exactly: what does not fit is refused, never rounded.

Text such as "18 ns" or "1.6GHz" is read with pint, which is imported on the first such text
only. Numbers are fractions throughout, so no conversion can lose a digit. Sizes are binary, as
for every memory: 2 MB and 2 MiB are both 2 * 1024**2 bytes.
"""

import re
from fractions import Fraction
from functools import lru_cache
from numbers import Integral
from typing import Any

from cosim.errors import ConfigError, TimeError

PS_PER_NS = 10**3
PS_PER_US = 10**6
PS_PER_MS = 10**9
PS_PER_S = 10**12

KIB = 1024
MIB = 1024**2
GIB = 1024**3

UNIT_SUFFIXES = {
    "ps": "ps",
    "ns": "ns",
    "us": "us",
    "ms": "ms",
    "cycles": "cycles",
    "hz": "Hz",
    "bytes": "bytes",
    "bits": "bits",
    "fj": "fJ",
    "pj": "pJ",
    "nj": "nJ",
    "uw": "uW",
    "mw": "mW",
    "v": "V",
    "mv": "mV",
    "ma": "mA",
    "ua": "uA",
    "ohm": "ohm",
    "usiemens": "usiemens",
    "ff": "fF",
    "nm": "nm",
}
"""Name suffix to unit: `t_rcd_ps` is in ps without having to say so again."""

_NUMBER = re.compile(r"\s*([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_HEXADECIMAL = re.compile(r"\s*0[xX][0-9a-fA-F_]+\s*")
_SIZES = {"b": 1, "byte": 1, "bytes": 1}
_SIZES |= {f"{letter}{tail}": 1024**power
           for power, letter in enumerate("kmgt", 1) for tail in ("b", "ib")}  # fmt: skip


def unit_of(name: str) -> str:
    """Return the unit that the last word of a name stands for, "" if it is none.

    `gain_per_v` is not in volts.
    """
    rest, _, last = name.rpartition("_")
    return "" if rest.endswith("per") else UNIT_SUFFIXES.get(last, "")


def quantity(text: str, unit: str) -> Fraction:
    """Read a number, with or without a unit, as a number of `unit`.

    Raises ConfigError if the text is no number or its unit measures something else.
    """
    if _HEXADECIMAL.fullmatch(text):
        return Fraction(int(text.strip(), 16))
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ConfigError(f"{text!r} is no number")
    number = Fraction(found[1].replace("_", ""))
    return number * factor(found[2], unit) if found[2] not in ("", unit) else number


def factor(given: str, wanted: str) -> Fraction:
    """Return how many `wanted` one `given` is, exactly.

    Raises ConfigError if they measure different things or `given` is unknown.
    """
    if wanted == "bytes":
        if given.lower() in _SIZES:
            return Fraction(_SIZES[given.lower()])
        raise ConfigError(f"{given!r} is no size; use bytes, KiB, MiB or GiB")
    if not re.fullmatch(r"[A-Za-zµμΩ%°][\w/*^ µμΩ%°.-]*", given):
        raise ConfigError(f"{given!r} is no unit; use {wanted or 'a plain number'}")
    import pint

    try:
        return Fraction(_registry().Quantity(Fraction(1), given).to(wanted).magnitude)
    except pint.DimensionalityError:
        raise ConfigError(f"{given!r} cannot be turned into {wanted or 'a number'}") from None
    except (pint.PintError, ValueError, TypeError, AssertionError):
        raise ConfigError(f"{given!r} is not understood; use {wanted or 'a number'}") from None


@lru_cache(maxsize=1)
def _registry() -> Any:
    """Return pint's registry over fractions."""
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


def whole_ps(number: float | Fraction, unit_ps: int) -> int:
    """Return `number` times `unit_ps` picoseconds.

    Raises TimeError unless that is a whole number of picoseconds. A float is taken as the
    decimal it prints as, so 0.1 ns is 100 ps.
    """
    exact = Fraction(str(number)) if isinstance(number, float) else Fraction(number)
    time = exact * unit_ps
    if time.denominator != 1:
        raise TimeError(f"a time must be a whole number of ps, not {float(time)} ps")
    return int(time)


def check_ps(what: str, time_ps: object, least_ps: int = 0) -> None:
    """Raise TimeError about `what` unless a time is a whole number of ps, and long enough."""
    if not isinstance(time_ps, Integral) or time_ps < least_ps:
        raise TimeError(f"{what} must be a whole number of ps, {least_ps} or more, not {time_ps!r}")


def ns(number: float | Fraction) -> int:
    """Return nanoseconds as whole picoseconds; raises TimeError if they do not fit."""
    return whole_ps(number, PS_PER_NS)


def us(number: float | Fraction) -> int:
    """Return microseconds as whole picoseconds; raises TimeError if they do not fit."""
    return whole_ps(number, PS_PER_US)


def ms(number: float | Fraction) -> int:
    """Return milliseconds as whole picoseconds; raises TimeError if they do not fit."""
    return whole_ps(number, PS_PER_MS)


def time_ps(text: str) -> int:
    """Read a time such as "10us" as whole picoseconds.

    Raises ConfigError if it is no time, TimeError if it does not fit.
    """
    return whole_ps(quantity(text, "ps"), 1)


def show_time(time_ps: int) -> str:
    """Return a time for people: 12.5 us, 3 ns, 1.234 ms."""
    for unit_ps, unit in ((PS_PER_S, "s"), (PS_PER_MS, "ms"), (PS_PER_US, "us"), (PS_PER_NS, "ns")):
        if abs(time_ps) >= unit_ps:
            return f"{time_ps / unit_ps:.6g} {unit}"
    return f"{time_ps} ps"


def several(count: int, noun: str) -> str:
    """Return a count with its noun: `1 bank`, `3 banks`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
