"""Which probes are drawn, and when: trace level, path patterns and time window."""

from collections.abc import Iterable
from dataclasses import dataclass

from cosim.errors import ConfigError
from cosim.names import hint, matches
from cosim.probes import Gauge, Probe

LEVELS = ("protocol", "full")
"""Trace levels: the protocols between parts, or everything that can be drawn."""

PROTOCOL_BITS = 32
"""bits; a wider number is an address or a whole buffer, and is drawn at level `full` only.
estimate: the widest thing a hand-off carries is one float32."""


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

    def check(self, probes: Iterable[Probe]) -> None:
        """Raise ConfigError for a pattern that matches no probe at all."""
        paths = [probe.path for probe in probes]
        for pattern in self.patterns:
            if not any(matches(path, pattern) for path in paths):
                raise ConfigError(
                    f"the signal pattern {pattern!r} must match at least one probe; "
                    f"it matches none{hint(pattern, paths)}"
                )


@dataclass(frozen=True)
class Window:
    """Times that are drawn: from `from_ps` until just before `until_ps`; None is the end."""

    from_ps: int = 0
    until_ps: int | None = None

    def __post_init__(self) -> None:
        if self.from_ps < 0 or (self.until_ps is not None and self.until_ps <= self.from_ps):
            raise ConfigError(
                f"a window must start at 0 ps or later and end after its start, "
                f"not run from {self.from_ps} ps to {self.until_ps} ps"
            )

    def __str__(self) -> str:
        end = "the end" if self.until_ps is None else f"{self.until_ps} ps"
        return f"{self.from_ps} ps to {end}"
