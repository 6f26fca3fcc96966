"""The power of each component over time: what it spent since the last reading, over that time.

Models:     readings whenever one of the `edges` changes, a step after the last one, and at the
            end, so that the integral of each power over the run is the energy that the metrics
            tell. The arrays draw several watts for some 16 ns: with their begin and end as edges
            that stands out as it is, not as a mean over a step.
Leaves out: what lies within a step; the probes of the parts show that where they are drawn.
Checked by: tests/scenarios/test_power_meter.py
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from simpy.core import Infinity

from cosim import Module, Signal, Steps, process
from cosim.metering import Metered, metered
from cosim.module import Scope
from cosim.probes import PS_MW_PER_PJ

STEP_PS = 100_000
"""ps between two readings. estimate: 150 of them in an inference of LeNet-5, and its edges."""

SETTLED_PS = 1
"""ps from a reading to a look at what will happen next, so that all of its instant has happened."""

READINGS = 4_096
"""Readings after which the step doubles, so that a long run is not read too often. estimate: more
than a screen has columns."""


Spent = Callable[[], Mapping[str, Mapping[str, float]]]
"""Returns the energy spent until now, in pJ, by component and cause."""


class Peak(NamedTuple):
    """A power: its mean over the run, its largest mean between two readings, and when that was."""

    mean_mw: float
    peak_mw: float
    begins_ps: int
    ends_ps: int


class PowerMeter(Module):
    """Reads what each component has spent."""

    def __init__(
        self, name: str, parent: Scope, *, spent: Spent, edges: Sequence[Signal] = ()
    ) -> None:
        self.spent = spent
        self.edges = edges
        self.drawn: dict[str, Metered] = {}
        self.times_ps: list[int] = []
        self.totals_pj: dict[str, list[float]] = {}
        self._next_ps, self._step_ps, self._readings = 0, STEP_PS, 0
        super().__init__(name, parent)

    def end_of_elaboration(self) -> None:
        """Make a probe for each component, and one for all together."""
        totals = self._totals_pj()
        for component, total_pj in totals.items():
            self.drawn[component] = self.declare(component, metered(f"all of {component}"))
            self.totals_pj[component] = [total_pj]
        for signal in self.edges:
            signal.listen(self._turned)

    def _turned(self, when_ps: int, value: Any) -> None:
        self.read()

    def start_of_simulation(self) -> None:
        """Begin with what was spent before, unless that was read then."""
        if not self.times_ps:
            for component, total_pj in self._totals_pj().items():
                self.drawn[component].begin(total_pj)
                self.totals_pj[component] = [total_pj]
            self.times_ps.append(self.now_ps)

    def rests(self) -> bool:
        """Return whether it only waits for the time of its next reading."""
        return self.now_ps < self._next_ps

    def keep(self) -> dict[str, Any]:
        """Return what was read, and when the next reading is."""
        pace = [self._next_ps, self._step_ps, self._readings]
        return {"times_ps": self.times_ps, "totals_pj": self.totals_pj, "pace": pace}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.times_ps, self.totals_pj = kept["times_ps"], kept["totals_pj"]
        self._next_ps, self._step_ps, self._readings = kept["pace"]

    @process
    def run(self) -> Steps:
        """Read once a step for as long as anything else will happen."""
        if not self._next_ps:
            yield SETTLED_PS
            self._next_ps = self.now_ps + self._step_ps
        while self.env.peek() < Infinity:
            yield self._next_ps - self.now_ps
            due_ps = self.times_ps[-1] + self._step_ps
            if self.now_ps < due_ps:  # an edge was read meanwhile
                self._next_ps = due_ps
                continue
            self.read()
            yield SETTLED_PS
            self._readings += 1
            if self._readings == READINGS:
                self._readings, self._step_ps = 0, 2 * self._step_ps
            self._next_ps = self.now_ps + self._step_ps

    def read(self) -> None:
        """Read every component, and keep what was read; nothing if the run never began."""
        if not self.times_ps or self.now_ps == self.times_ps[-1]:
            return
        self.times_ps.append(self.now_ps)
        for component, total_pj in self._totals_pj().items():
            self.drawn[component].read(total_pj)
            self.totals_pj[component].append(total_pj)

    def end_of_simulation(self) -> None:
        """Read what was spent until the very end."""
        self.read()

    @property
    def peaks(self) -> dict[str, Peak]:
        """Mean and peak of each power, and when the peak began."""
        return {name: self._peak(name) for name in self.drawn}

    def powers_mw(self, component: str) -> list[float]:
        """Return the mean power from each reading to the next."""
        steps = zip(pairwise(self.times_ps), pairwise(self.totals_pj[component]), strict=True)
        return [PS_MW_PER_PJ * (b - a) / (until - since) for (since, until), (a, b) in steps]

    def _peak(self, component: str) -> Peak:
        powers, totals = self.powers_mw(component), self.totals_pj[component]
        if not powers:
            return Peak(0.0, 0.0, 0, 0)
        lasted_ps = self.times_ps[-1] - self.times_ps[0]
        at = max(range(len(powers)), key=powers.__getitem__)
        begins_ps, ends_ps = self.times_ps[at : at + 2]
        mean_mw = PS_MW_PER_PJ * (totals[-1] - totals[0]) / lasted_ps
        return Peak(mean_mw, powers[at], begins_ps, ends_ps)

    def _totals_pj(self) -> dict[str, float]:
        totals = {name: sum(causes.values()) for name, causes in self.spent().items()}
        return {**totals, "total": sum(totals.values())}
