"""Energy as a probe: picojoules that are spent, told as power whose integral they are.

Checked by: tests/kernel/test_probes.py
"""

from cosim.errors import ProtocolError
from cosim.observing import Observed, Probe

PULSE_PS = 1_000
"""ps; width drawn for energy spent in an instant. It changes the picture, never the total."""

PS_MW_PER_PJ = 1_000
"""1 pJ is 1 mW during 1000 ps."""


class Energy(Probe):
    """Picojoules spent. Listeners see power in mW, whose integral is the total.

    `spend` takes energy at once and draws it as a pulse; `power` sets what is drawn from now on.
    """

    kind = "energy"
    keeps = ("static_mw", "_spent_pj", "_since_ps")

    def __init__(self, owner: Observed, name: str, doc: str, *, level: str = "") -> None:
        super().__init__(owner, name, doc, level=level)
        self.static_mw = 0.0
        self._spent_pj = 0.0
        self._since_ps = 0
        self._drawn_mw = 0.0
        self._drawn = 0

    @property
    def value(self) -> float:
        """Energy until now, in pJ."""
        return self._value_at(self.owner.now_ps)

    def _value_at(self, when_ps: int) -> float:
        return self._spent_pj + self.static_mw * (when_ps - self._since_ps) / PS_MW_PER_PJ

    def spend(self, energy_pj: float, over_ps: int = PULSE_PS) -> None:
        """Spend energy now; listeners see it as a pulse of `over_ps`, which must be 1 or more."""
        if energy_pj < 0 or over_ps < 1:
            raise ProtocolError(
                f"{self.path} must be given 0 pJ or more over 1 ps or more, "
                f"not {energy_pj} pJ over {over_ps} ps"
            )
        self._spent_pj += energy_pj
        if self.listeners and energy_pj:
            power_mw = energy_pj * PS_MW_PER_PJ / over_ps
            self.owner.pulses.flush(self.owner.now_ps)
            self.draw(self.owner.now_ps + over_ps, power_mw)
            self.tell(self.power_mw)

    def begin(self, total_pj: float) -> None:
        """Take a total that was reached unseen, and draw nothing for it."""
        self._spent_pj += total_pj - self.value

    def show(self, when_ps: int, total_pj: float, over_ps: int, static_mw: float) -> None:
        """Have spent a total at `when_ps`, and draw static power from then on.

        What the power drawn so far does not make of it is drawn as a pulse of `over_ps`. All that
        changed before has been told.
        """
        drawn_pj, before_mw = self._value_at(when_ps), self.power_mw
        short_pj = max(total_pj - drawn_pj, 0.0)
        self._spent_pj, self._since_ps, self.static_mw = drawn_pj + short_pj, when_ps, static_mw
        if short_pj and self.listeners:
            self.draw(when_ps + over_ps, short_pj * PS_MW_PER_PJ / over_ps)
        if self.power_mw != before_mw:
            self.tell_at(when_ps, self.power_mw)

    def draw(self, end_ps: int, power_mw: float) -> None:
        """Draw a pulse of `power_mw` until `end_ps`, for energy that is accounted for."""
        self._drawn_mw += power_mw
        self._drawn += 1
        self.owner.pulses.add_end(end_ps, self._drop, power_mw)

    def power(self, power_mw: float) -> None:
        """Draw this static power from now until it is changed."""
        if power_mw == self.static_mw:
            return
        now_ps = self.owner.now_ps
        if self.listeners:
            self.owner.pulses.flush(now_ps)
        self._spent_pj += self.static_mw * (now_ps - self._since_ps) / PS_MW_PER_PJ
        self._since_ps = now_ps
        self.static_mw = power_mw
        if self.listeners:
            self.tell(self.power_mw)

    @property
    def power_mw(self) -> float:
        """Power drawn now: static, and the pulses that are open."""
        return self.static_mw + self._drawn_mw

    def _drop(self, when_ps: int, power_mw: float) -> None:
        """End a pulse of `power_mw`."""
        self._drawn -= 1
        self._drawn_mw = self._drawn_mw - power_mw if self._drawn else 0.0
        for listener in self.listeners:
            listener(when_ps, self.power_mw)
