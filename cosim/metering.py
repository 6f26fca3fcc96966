"""Metered energy: read from time to time instead of told whenever some is spent.

    core = metered("all of the core")
    ...
    self.core.read(total_pj)        now and then, and at the end

A listener is called with the time of a reading and the mean power since the one before, so the
integral of what it hears is the energy, however far apart the readings are.
Checked by: tests/kernel/test_metering.py
"""

from cosim.declaration import Declaration
from cosim.errors import ProtocolError
from cosim.observing import Observed, Probe
from cosim.probes import PS_MW_PER_PJ


class Metered(Probe):
    """Energy in pJ as of the last reading."""

    kind = "metered"
    keeps = ("value", "since_ps")
    value: float = 0.0

    def __init__(self, owner: Observed, name: str, doc: str, *, level: str = "") -> None:
        super().__init__(owner, name, doc, level=level)
        self.since_ps = owner.now_ps

    def begin(self, total_pj: float) -> None:
        """Take a total that was reached before, and draw nothing for it."""
        self.value, self.since_ps = total_pj, self.owner.now_ps

    def read(self, total_pj: float) -> None:
        """Take the total until now; raises ProtocolError if it shrank or came without time."""
        now_ps, spent_pj = self.owner.now_ps, total_pj - self.value
        lasted_ps = now_ps - self.since_ps
        if spent_pj < 0 or (spent_pj and not lasted_ps):
            raise ProtocolError(
                f"{self.path} must be read {self.value} pJ or more, some time after "
                f"{self.since_ps} ps, not {total_pj} pJ at {now_ps} ps"
            )
        self.value, self.since_ps = total_pj, now_ps
        if self.listeners and lasted_ps:
            self.tell(spent_pj * PS_MW_PER_PJ / lasted_ps)


def metered(doc: str, *, level: str = "") -> Declaration[Metered]:
    """Declare energy that is read from time to time."""
    return Declaration(doc, lambda owner, name: Metered(owner, name, doc, level=level))
