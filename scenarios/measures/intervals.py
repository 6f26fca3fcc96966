"""Error bars: a run's activities priced again under the spreads of its constants.

    energy(run)             nominal and 90 % interval of the energy in pJ
    speedup(run, base)      of base's time over run's
    improvement(run, base)  share of base's energy that run saves
    tornado(improvement, run, base)

Models:     every constant drawn from its spread, those with a common cause together, the same in
            all runs that are compared; each cause from a random stream of its own name. Time
            follows the delays that are known to follow constants, or runs with other ones
            (stretching.py), and what lasts as long as the
            run does follows time.
Leaves out: what constants would change in the order of events.
Checked by: tests/scenarios/test_intervals.py
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim import seeds
from cosim.activity import Term
from cosim.spread import Z90
from scenarios.measures.activities import Activities

Reals = NDArray[np.floating[Any]]

DRAWS = 4_000
"""Draws of all constants; the ends of an interval then move by a hundredth of its width."""

PERCENTILES = (5.0, 95.0)


class Interval(NamedTuple):
    """A number with the constants' own values, and where 90 % of the draws lie."""

    nominal: float
    low: float
    high: float

    def covers(self, number: float) -> bool:
        """Return whether a number lies within."""
        return self.low <= number <= self.high


class Priced(NamedTuple):
    """Energy in pJ and time in ps of a run, one of each for every draw."""

    energy_pj: Reals
    time_ps: Reals


Headline = Callable[..., Reals]
"""Returns one number a draw, from the Priced of each run."""


class Bar(NamedTuple):
    """What a headline is with one cause at its 5th and at its 95th percentile, the rest as is."""

    cause: str
    low: float
    high: float


class Deviations(NamedTuple):
    """Standard normal deviations by cause, (draws,) each; a cause that is not there has none."""

    draws: int
    by_cause: dict[str, Reals]

    def factors(self, run: Activities) -> dict[str, Reals]:
        """Return what a run's constants are multiplied by, (draws,) each; others stay."""
        found: dict[str, Reals] = {}
        for name, constant in run.constants.items():
            for one in constant.spreads:
                deviations = self.by_cause.get(one.cause or name)
                if deviations is not None:
                    found[name] = found.get(name, 1.0) * one.factors(deviations)
        return found


def energy_pj(run: Priced) -> Reals:
    """Energy, in pJ."""
    return run.energy_pj


def time_ps(run: Priced) -> Reals:
    """Time, in ps."""
    return run.time_ps


def speedup(run: Priced, base: Priced) -> Reals:
    """How many times as long the base takes."""
    return base.time_ps / run.time_ps


def improvement(run: Priced, base: Priced) -> Reals:
    """Share of the base's energy that is saved."""
    return 1.0 - run.energy_pj / base.energy_pj


def interval(headline: Headline, *runs: Activities, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Return a headline of runs with its interval."""
    return between(headline, *(priced(run, draws, seed) for run in runs))


class Drawn(NamedTuple):
    """A run with the constants' own values, and for every draw of them."""

    nominal: Priced
    values: Priced


def priced(run: Activities, draws: int = DRAWS, seed: int = 0) -> Drawn:
    """Return a run for random draws; two runs with the same seed have the same constants."""
    drawn = drawn_deviations([run], draws, seed)
    return Drawn(price(run, Deviations(1, {})), price(run, drawn))


def between(headline: Headline, *runs: Drawn) -> Interval:
    """Return a headline of priced runs with its interval."""
    nominal = headline(*(run.nominal for run in runs))
    low, high = np.percentile(headline(*(run.values for run in runs)), PERCENTILES)
    return Interval(float(nominal[0]), float(low), float(high))


def tornado(headline: Headline, *runs: Activities) -> list[Bar]:
    """Return what each cause alone does to a headline, the one that does most first."""
    bars = []
    for cause in causes(runs):
        ends = Deviations(2, {cause: np.array([-Z90, Z90])})
        values = headline(*(price(run, ends) for run in runs))
        bars.append(Bar(cause, float(values[0]), float(values[1])))
    return sorted(bars, key=lambda bar: -abs(bar.high - bar.low))


def causes(runs: Iterable[Activities]) -> list[str]:
    """Return the causes of spread: those named, and constants with a spread of their own."""
    return list(
        dict.fromkeys(
            spread.cause or name
            for run in runs
            for name, constant in run.constants.items()
            for spread in constant.spreads
            if spread.low != spread.high
        )
    )


def drawn_deviations(runs: Iterable[Activities], draws: int, seed: int) -> Deviations:
    """Return random deviations of every cause, each from its own stream."""
    return Deviations(draws, {cause: _stream(cause, draws, seed) for cause in causes(runs)})


@lru_cache(maxsize=256)
def _stream(cause: str, draws: int, seed: int) -> Reals:
    """Return the deviations of a cause, drawn once: they take as long as all that uses them."""
    found = seeds.generator(seed, f"spread.{cause}").standard_normal(draws)
    found.setflags(write=False)
    return found


def price(run: Activities, deviations: Deviations) -> Priced:
    """Return energy and time of a run for every draw."""
    draws, factors = deviations.draws, deviations.factors(run)
    time_ps = _time_ps(run, factors, draws)
    stretched = time_ps / run.time_ps if run.time_ps else np.ones(draws)
    terms = [term for terms in run.energy.values() for term in terms]
    lasting = [term for term in terms if term.over_time]
    passing = [term for term in terms if not term.over_time]
    total_pj = _total(run, passing, factors, draws)
    total_pj += stretched * _total(run, lasting, factors, draws)
    return Priced(total_pj, time_ps)


def _time_ps(run: Activities, factors: Mapping[str, Reals], draws: int) -> Reals:
    if run.stretch is not None:
        return run.time_ps * run.stretch.at(factors, draws)
    usual_ps = sum(run.amount(term) for term in run.delays)
    return run.time_ps - usual_ps + _total(run, run.delays, factors, draws)


def _total(
    run: Activities, terms: Iterable[Term], factors: Mapping[str, Reals], draws: int
) -> Reals:
    """Return what terms come to together, (draws,); those of the same constants are one."""
    amounts: defaultdict[frozenset[tuple[str, float]], float] = defaultdict(float)
    for term in terms:
        amounts[frozenset(term.constants.items())] += run.amount(term)
    total = np.zeros(draws)
    for powers, amount in amounts.items():
        part = np.full(draws, amount)
        for name, power in sorted(powers):
            if amount and name in factors:
                part *= factors[name] ** power
        total += part
    return total
