"""One point: a policy, a source and a capacitor, and what came of the work there.

Checked by: tests/scenarios/test_pim_intermittent.py
"""

from collections.abc import Callable
from typing import NamedTuple

from components.power import Course, Outcome, SupplyConfig
from scenarios.pim.powered import PoweredPim, Uninterrupted, Work

FJ_PER_PJ = 1_000


class Place(NamedTuple):
    """Where a point lies: a source by its name, and the supply with its policy and capacitor."""

    source: str
    course: Course
    supply: SupplyConfig

    @property
    def charge_pj(self) -> float:
        """Energy of a full charge, from where the power comes to where it fails."""
        thresholds = self.supply.thresholds
        high_fj = self.supply.stored_fj(thresholds.on_v)
        return (high_fj - self.supply.stored_fj(thresholds.off_v)) / FJ_PER_PJ


class Point(NamedTuple):
    """What came of it.

    `is_same` says whether the answer is that of an uninterrupted run; None if there is none.
    """

    place: Place
    outcome: Outcome
    clean: Uninterrupted
    is_same: bool | None

    @property
    def charges(self) -> float:
        """How many charges an inference takes without any outage."""
        return self.clean.energy_pj / self.place.charge_pj


def measure(
    work: Work,
    place: Place,
    clean: Uninterrupted,
    *,
    inferences: int,
    limit_ps: int,
    seed: int,
    told: Callable[[int, int], None] | None = None,
) -> Point:
    """Run a point in the fast shell."""
    run = work.run(place.course, place.supply, inferences=inferences, seed=seed)
    return judged(work.powered, place, clean, run.until(limit_ps, told))


def judged(powered: PoweredPim, place: Place, clean: Uninterrupted, outcome: Outcome) -> Point:
    """Return a point whose answer, still in the accelerator, is compared."""
    found = powered.machine.accumulators.tolist()
    is_over = outcome.end == "finished"
    return Point(place, outcome, clean, found == clean.accumulators if is_over else None)
