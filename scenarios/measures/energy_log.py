"""Energy by layer: what the whole machine had spent when each layer ended."""

from collections.abc import Mapping

from components.imac.subarray import Subarray
from cosim import Steps
from scenarios.soc import Soc

SETTLED_PS = 1
"""ps from a boundary to its reading, so that all of the boundary's instant has happened."""


Spent = Mapping[int, Mapping[str, float]]
"""Energy spent until a boundary, in pJ, by its time in ps and by part."""


def spent_pj(soc: Soc) -> dict[str, float]:
    """Return the energy that each part has spent until now."""
    return {part: sum(causes.values()) for part, causes in soc.energy_pj().items()}


class EnergyLog:
    """Reads the machine's energy at the boundaries of layers while it runs.

    `spent_pj` has also the boundaries of a run that this one goes on from; the machine starts with
    no energy.
    """

    def __init__(self, soc: Soc, before_pj: Spent) -> None:
        self._soc = soc
        self.spent_pj = dict(before_pj)
        self.process = soc.env.process(self._follow_marks(), f"{soc.path}.energy_log")
        for subarray in soc.imac.subarrays if soc.imac else ():
            self._follow_layers(subarray)

    def read(self, boundary_ps: int) -> None:
        """Note the energy spent until a boundary."""
        self.spent_pj[boundary_ps] = spent_pj(self._soc)

    def total_pj(self, boundary_ps: int) -> float:
        """Return the energy of all parts until a boundary."""
        return sum(self.spent_pj[boundary_ps].values())

    def _follow_marks(self) -> Steps:
        while True:
            yield self._soc.core.marked
            self.read(self._soc.env.now - SETTLED_PS)

    def _follow_layers(self, subarray: Subarray) -> None:
        def ended(when_ps: int, label: str | None) -> None:
            if label is None:
                self._soc.env.process(self._read_soon(when_ps))

        subarray.layer.listen(ended)

    def _read_soon(self, boundary_ps: int) -> Steps:
        yield SETTLED_PS
        self.read(boundary_ps)
