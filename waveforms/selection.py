"""Which probes are drawn, and when: trace level, path patterns and time window."""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any, Self

from cosim.errors import ConfigError
from cosim.names import hint, matches
from cosim.probes import Gauge, Probe

LEVELS = ("protocol", "full")
"""Trace levels: the protocols between parts, or everything that can be drawn."""

PROTOCOL_BITS = 32
"""bits; a wider number is an address or a whole buffer, and is drawn at level `full` only.
estimate: the widest thing a hand-off carries is one float32."""


SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
"""Comparisons of a trigger."""

CONDITION = re.compile(rf"\s*([\w.\[\]]+?)\s*({'|'.join(SIGNS)})\s*(.+?)\s*")


def level_of(probe: Probe) -> str:
    """Return the level a probe appears at: what it declares, else by its kind and width."""
    declared = getattr(probe, "level", None)
    if declared in LEVELS:
        return str(declared)
    if probe.kind in {"counter", "distribution"}:
        return "full"
    wide = isinstance(probe, Gauge) and probe.width_bits > PROTOCOL_BITS
    return "full" if wide else "protocol"


@dataclass(frozen=True)
class Selection:
    """Probes of a level whose path matches one of the patterns; no pattern means all.

    A pattern is a dotted path: `*` is any text inside one segment, `**` any number of segments.
    Naming a probe by a pattern without wildcards draws it at any level.
    """

    patterns: tuple[str, ...] = ()
    level: str = "protocol"

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ConfigError(f"the trace level must be one of {LEVELS}, not {self.level!r}")

    def chooses(self, probe: Probe) -> bool:
        """Tell whether a probe is drawn."""
        if probe.path in self.patterns:
            return True
        at_level = self.level == "full" or level_of(probe) == "protocol"
        return at_level and self.names(probe)

    def names(self, probe: Probe) -> bool:
        """Tell whether a probe's path is meant, whatever its level."""
        return not self.patterns or any(matches(probe.path, one) for one in self.patterns)

    def check(self, probes: Sequence[Probe], can_be_drawn: Callable[[Probe], bool]) -> None:
        """Raise ConfigError for a pattern that matches no probe, or none that is drawn."""
        for pattern in self.patterns:
            found = [probe for probe in probes if matches(probe.path, pattern)]
            if not found:
                raise ConfigError(
                    f"the signal pattern {pattern!r} must match at least one probe; "
                    f"it matches none{hint(pattern, [probe.path for probe in probes])}"
                )
            drawn = [probe for probe in found if can_be_drawn(probe)]
            if not any(map(self.chooses, drawn)):
                why = "is of level full; choose that" if drawn else "is in the report only"
                raise ConfigError(
                    f"the signal pattern {pattern!r} must match a probe that is drawn at level "
                    f"{self.level}; {(drawn or found)[0].path} {why}"
                )


@dataclass(frozen=True)
class Trigger:
    """A condition on a probe's value: `soc.imac.ready==1`, `soc.imac.state!=IDLE`."""

    path: str
    sign: str
    value: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the trigger a text tells; raises ConfigError for anything but PATH==VALUE."""
        found = CONDITION.fullmatch(text)
        if found is None:
            raise ConfigError(
                f"a trigger must be PATH==VALUE, or with one of {' '.join(SIGNS)} instead, "
                f"as soc.imac.ready==1, not {text!r}"
            )
        return cls(*found.groups())

    def holds(self, value: object) -> bool:
        """Tell whether a value meets the condition; what is no number is compared as text."""
        if not isinstance(value, Number):
            return SIGNS[self.sign]("" if value is None else str(value), self.value)
        try:
            return SIGNS[self.sign](value, float(self.value))
        except ValueError:
            raise ConfigError(
                f"the trigger {self} must have a number after {self.sign}: {self.path} is {value!r}"
            ) from None

    def __str__(self) -> str:
        return f"{self.path}{self.sign}{self.value}"


@dataclass(frozen=True)
class Window:
    """Times that are drawn: from `from_ps` until just before `until_ps`; None is the end.

    With a `trigger` it opens when that holds for the first time, at `from_ps` or later.
    """

    from_ps: int = 0
    until_ps: int | None = None
    trigger: Trigger | None = None

    def __post_init__(self) -> None:
        if self.from_ps < 0 or (self.until_ps is not None and self.until_ps <= self.from_ps):
            raise ConfigError(
                f"a window must start at 0 ps or later and end after its start, "
                f"not run from {self.from_ps} ps to {self.until_ps} ps"
            )

    def triggering(self, probes: Iterable[Probe]) -> Probe | None:
        """Return the probe the trigger is about; raises ConfigError if there is none to hear.

        A module stands for its probe of the same name: `soc.ready` for `soc.ready.READY`.
        """
        if self.trigger is None:
            return None
        path = self.trigger.path
        known = {probe.path: probe for probe in probes if probe.kind != "held"}
        namesake = f"{path}.{path.rpartition('.')[2]}".lower()
        found = known.get(path) or next(
            (probe for one, probe in known.items() if one.lower() == namesake), None
        )
        if found is None:
            raise ConfigError(f"the trigger {self.trigger} must name a probe{hint(path, known)}")
        self.trigger.holds(found.value)
        return found

    def __str__(self) -> str:
        start = f"{self.from_ps} ps" if self.trigger is None else f"{self.trigger}"
        end = "the end" if self.until_ps is None else f"{self.until_ps} ps"
        return f"{start} to {end}"
