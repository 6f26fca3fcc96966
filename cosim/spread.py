"""How well a constant is known: where it lies in 90 of 100 cases, as multiples of its value.

Models:     a logarithm that is normal on each side of the value, with a width of its own; so the
            value is the median, no draw changes a sign, and the ends are the 5th and the 95th
            percentile. Spreads that share a cause move together.
Leaves out: any other dependence between constants.
Checked by: tests/kernel/test_spread.py
"""

from math import exp, hypot, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.errors import ConfigError

Reals = NDArray[np.floating[Any]]

Z90 = 1.6448536269514722
"""95th percentile of the normal distribution, so that 90 % lie between -Z90 and Z90."""


class Spread(NamedTuple):
    """Ends of the interval that holds a constant in 90 of 100 cases, as multiples of its value.

    `cause` names what it comes from; constants with the same cause are too large together.
    """

    low: float
    high: float
    source: str
    cause: str = ""

    def factors(self, deviations: Reals) -> Reals:
        """Return what the value is multiplied by, for standard normal deviations."""
        ends = np.where(deviations < 0, -log(self.low), log(self.high))
        found: Reals = np.exp(ends * deviations / Z90)
        return found


def spread(low: float, high: float, source: str, cause: str = "") -> Spread:
    """Return a spread; raises ConfigError unless 0 < low <= 1 <= high."""
    if not 0 < low <= 1 <= high:
        raise ConfigError(
            f"a spread must reach from above 0 and at most 1 to at least 1 times the value, not "
            f"from {low} to {high}"
        )
    return Spread(low, high, source, cause)


def joined(spreads: tuple[Spread, ...]) -> tuple[float, float]:
    """Return the ends of several independent spreads of one constant together."""
    low = exp(-hypot(*(log(one.low) for one in spreads)))
    return low, exp(hypot(*(log(one.high) for one in spreads)))
