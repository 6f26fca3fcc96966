"""Clock edges in whole picoseconds, without drift: edge n is n * 10**12 // hz.

A frequency is a whole number of kHz, so the period is p/q ps with p and q below 10**9 + 1 and
every product below stays inside 64 bits. The compiled functions and `Clock` give equal answers.
"""

from dataclasses import dataclass, field
from math import gcd
from numbers import Real
from typing import Any

from cosim.compiled import quotient, rarely, shared
from cosim.errors import ElaborationError, TimeError
from cosim.units import PS_PER_S

KHZ = 1_000
"""Hz; the step in which frequencies are given."""


@shared
def edge(p: int, q: int, cycle: int) -> int:
    """Return when edge `cycle` of a clock with a period of p/q ps is, in ps."""
    if rarely(q != 1):
        periods = quotient(cycle, q)
        return periods * p + quotient((cycle - periods * q) * p, q)
    return cycle * p  # most clocks; a multiplication instead of three divisions


@shared
def cycle_at_or_after(p: int, q: int, when_ps: int) -> int:
    """Return the first cycle whose edge is at `when_ps`, at least 0, or later."""
    if rarely(q != 1):
        periods = quotient(when_ps, p)
        return periods * q + quotient((when_ps - periods * p) * q + p - 1, p)
    return quotient(when_ps + p - 1, p)


@dataclass(frozen=True)
class Clock:
    """A clock whose edge 0 is at 0 ps.

    Raises TimeError unless `hz` is a whole number of kHz from 1 kHz to 1 THz.
    """

    hz: int
    p: int = field(init=False, repr=False)
    q: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        hz: Any = self.hz
        if not isinstance(hz, Real) or not KHZ <= float(hz) <= PS_PER_S or hz % KHZ:
            raise TimeError(
                f"Clock.hz must be a whole number of kHz from 1 kHz to 1 THz, in Hz, not {hz!r}"
            )
        divisor = gcd(PS_PER_S, int(self.hz))
        object.__setattr__(self, "hz", int(self.hz))
        object.__setattr__(self, "p", PS_PER_S // divisor)
        object.__setattr__(self, "q", int(self.hz) // divisor)

    def edge(self, cycle: int) -> int:
        """Return when edge `cycle` is, in ps."""
        return cycle * PS_PER_S // self.hz

    def cycles_until(self, when_ps: int) -> int:
        """Return the first cycle whose edge is at `when_ps` or later."""
        return -(-when_ps * self.hz // PS_PER_S)

    def cycle_of(self, when_ps: int) -> int:
        """Return the last cycle whose edge is at `when_ps` or earlier."""
        return ((when_ps + 1) * self.hz - 1) // PS_PER_S

    def edge_after(self, when_ps: int, cycles: int) -> int:
        """Return when the edge is so many cycles behind the last one at `when_ps` or earlier."""
        return self.edge(self.cycle_of(when_ps) + cycles)


def check_clock(path: str, clock: object) -> None:
    """Raise ElaborationError, which names `path`, unless something is a clock."""
    if not isinstance(clock, Clock):
        raise ElaborationError(
            f"{path} must be given a Clock, not {clock!r}; write clock=Clock(1_000_000_000)"
        )
