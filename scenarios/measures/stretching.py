"""How much longer a run takes with constants elsewhere in their spreads, as simulated.

A time is the longest of many chains of steps, so it bends where one chain overtakes another. Runs
with every constant at its 5th percentile, its own value and its 95th, in all combinations, say
where it is exactly; between them and beyond it is taken to be straight.

Models:     the times of those runs over that of the constants' own values.
Leaves out: bends between two of them.
Checked by: tests/scenarios/test_pim_cost.py
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cosim.config import Config, constant, override
from cosim.spread import joined

Reals = NDArray[np.floating[Any]]
Story = TypeVar("Story", bound=Config)


@dataclass(frozen=True)
class Stretch:
    """Times over the nominal one, (3,) * constants; `knots` are (low, 1, high) of each constant."""

    paths: tuple[str, ...]
    knots: tuple[tuple[float, ...], ...]
    times: Reals

    def below(self, path: str) -> "Stretch":
        """Return it as the part's owner sees it, with the part's parameters at `path`."""
        return replace(self, paths=tuple(f"{path}.{one}" if path else one for one in self.paths))

    def at(self, factors: Mapping[str, Reals], draws: int) -> Reals:
        """Return times over the nominal one, (draws,), with constants multiplied by factors."""
        found = np.broadcast_to(self.times, (draws, *self.times.shape))
        for path, knots in zip(self.paths, self.knots, strict=True):
            where = factors.get(path, np.ones(draws))
            found = _between(found, np.asarray(knots), where)
        return found


def _between(values: Reals, knots: Reals, where: Reals) -> Reals:
    """Return values, (draws, 3, ...), between their first axis's knots, (draws, ...)."""
    draws = np.arange(len(where))
    low = np.where(where < knots[1], 0, 1)
    apart = knots[low + 1] - knots[low]
    share = (where - knots[low]) / np.where(apart == 0, 1.0, apart)
    share = share.reshape(-1, *[1] * (values.ndim - 2))
    found: Reals = (1 - share) * values[draws, low] + share * values[draws, low + 1]
    return found


def stretch(config: Story, paths: Sequence[str], time_ps: Callable[[Story], int]) -> Stretch:
    """Return the stretch of what takes `time_ps` with a configuration."""
    values = [_ends(config, path) for path in paths]
    times = [time_ps(_with(config, paths, each)) for each in product(*values)]
    shaped = np.array(times, float).reshape((3,) * len(paths))
    nominal = shaped[(1,) * len(paths)]
    knots = tuple(tuple(one / each[1] for one in each) for each in values)
    return Stretch(tuple(paths), knots, shaped / nominal)


def _ends(config: Config, path: str) -> tuple[int, int, int]:
    """Return a constant in ps at its 5th percentile, its own value, and its 95th."""
    found = constant(config, path)
    low, high = joined(found.spreads)
    return max(1, round(found.value * low)), round(found.value), round(found.value * high)


def _with(config: Story, paths: Sequence[str], values: Sequence[int]) -> Story:
    for path, value in zip(paths, values, strict=True):
        config = override(config, path, value)
    return config
