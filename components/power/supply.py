"""The supply as a module: the detailed shell, in which one watches the power come and go.

Models:     the same steps as `intermittent.py` alone, each at its time; the voltage is shown where
            an interval ends, and what an interval draws is drawn as power while it lasts.
Leaves out: nothing of its own.
Checked by: tests/components/test_power_module.py
"""

from collections.abc import Callable, Sequence

from components.power.capacitor import volts
from components.power.config import FJ_PER_PJ, SupplyConfig
from components.power.intermittent import Intermittent, Outcome, Powered
from components.power.records import (
    CONFIRMING,
    OFF,
    PHASES,
    RESTORING,
    SAVING,
    SLEEPING,
    WAKING,
)
from components.power.sources import Course
from cosim import (
    Event,
    Module,
    Span,
    Steps,
    energy,
    gauge,
    held,
    process,
    signal,
    span,
)
from cosim.messages import FOREVER
from cosim.module import Scope


def _unseen() -> None:
    """Show nothing of the machine."""


class PowerSupply(Module):
    """Gives a machine power as long as its capacitor lasts.

    `brown_out` is an event that anyone may wait for; `power_good` is the line of the comparator.
    `shown` is called behind every step, for what the machine shows of itself. The other arguments
    are those of Intermittent.
    """

    config: SupplyConfig

    power_good = signal("1 from V_on until the charge is used up, at V_off")

    voltage = gauge("voltage of the capacitor", real=True, unit="V")
    phase = gauge("what it does", states=PHASES)
    off = span("no power")
    wake = span("waking up")
    checkpoint = span("volatile state is saved")
    restore = span("volatile state is restored")
    sleep = span("saved, and waiting for charge")
    outages = held("losses of power", record="supply", field="outages")
    saves = held("states saved", record="supply", field="saves")
    torn = held("saves that were cut off", record="supply", field="torn")
    restores = held("states restored", record="supply", field="restores")
    drawn = energy("what the machine and its supply draw while they are awake")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        machine: Powered,
        course: Course,
        config: SupplyConfig,
        inferences: int = 1,
        forced: Sequence[int] = (),
        seed: int = 0,
        shown: Callable[[], None] = _unseen,
    ) -> None:
        self.shown = shown
        self.intermittent = Intermittent(
            machine, course, config, inferences=inferences, forced=forced, seed=seed
        )
        self.supply = self.intermittent.supply
        super().__init__(name, parent, config=config)

    def build(self) -> None:
        """Make the event, and say what is shown in which phase."""
        self.brown_out = Event(self.env, f"{self.path}.brown_out")
        self.ended = Event(self.env, f"{self.path}.ended")
        self._open: Span | None = None
        self._spans = {
            OFF: self.off, WAKING: self.wake, RESTORING: self.restore, SAVING: self.checkpoint,
            CONFIRMING: self.checkpoint, SLEEPING: self.sleep,
        }  # fmt: skip

    @property
    def outcome(self) -> Outcome:
        """What has come of it until now."""
        return self.intermittent.outcome()

    @process
    def run(self) -> Steps:
        """Step at every due time until all is over."""
        charge, address = self.intermittent.charge[0], self.intermittent.bundle.address
        while True:
            self.voltage.set(volts(charge))  # of now: a step settles the interval that it begins
            outages = self.supply[0].outages
            next_ps = self.intermittent.step(address, self.now_ps)
            self.shown()
            self._show(self.supply[0].outages > outages)
            if next_ps >= FOREVER:
                break
            yield int(next_ps - self.now_ps)
        self.ended.notify()

    def _show(self, has_failed: bool) -> None:
        """Show the interval that has begun."""
        supply = self.supply[0]
        if has_failed:
            self.brown_out.notify()
        self.power_good.write(int(supply.is_good))
        phase = int(supply.phase)
        if self._spans.get(phase) is not self._open:
            if self._open is not None:
                self._open.end()
            self._open = self._spans.get(phase)
            if self._open is not None:
                self._open.begin(self._label(phase))
        self.phase.set(PHASES[phase])
        if phase not in (OFF, SLEEPING) and not supply.end:
            spent_pj = float(self.intermittent.charge[0].step_fj) / FJ_PER_PJ
            self.drawn.spend(spent_pj, over_ps=int(supply.due_ps - supply.begun_ps))

    def _label(self, phase: int) -> str:
        """Return what is told of a span."""
        supply = self.supply[0]
        if phase == SAVING:
            return f"save {supply.saves + supply.torn}"
        return f"inference {supply.job}" if phase == RESTORING else PHASES[phase].lower()
