"""The supply as a module: the same to the picosecond as without, with everything to be seen."""

from typing import Any

import numpy as np
import pytest

from components.power import PowerSupply, SupplyConfig, course_of
from components.power.records import PHASES
from cosim import Module, Simulator, Steps, override, process
from tests.components.power_rig import LIMIT_PS, POLICIES, configured, joined, mains
from tests.components.small_machine import SmallMachine

SETTINGS: dict[str, Any] = {
    "capacitor__capacitance_f": 10e-9, "start__wake_pj": 200, "start__wake_ps": 1_000_000,
    "source": "square:period=0.4ms", "capacitor__leak_ohm": 1e5,
}  # fmt: skip


def supplied(
    simulator: Simulator, config: SupplyConfig, machine: SmallMachine, **options: Any
) -> PowerSupply:
    """Return a supply in a simulator."""
    course = course_of(config.source, np.random.default_rng(0))
    return PowerSupply(
        "supply", simulator, machine=machine, course=course, config=config, **options
    )


class Watcher(Module):
    """Notes when the power fails."""

    supply: PowerSupply

    def build(self) -> None:
        """Begin with nothing."""
        self.seen: list[tuple[int, int]] = []

    @process
    def run(self) -> Steps:
        """Wait for each brown-out."""
        while True:
            yield self.supply.brown_out
            self.seen.append((self.now_ps, self.supply.power_good.value))


@pytest.mark.parametrize("policy", POLICIES)
def test_both_shells_are_equal_to_the_picosecond(policy: str) -> None:
    config = configured(policy=policy, **SETTINGS)
    with Simulator() as simulator:
        supply = supplied(simulator, config, SmallMachine(), inferences=60, forced=(40, 90))
        simulator.run()
        detailed = supply.intermittent
    fast = joined(config, inferences=60, forced=(40, 90))
    fast.until(LIMIT_PS)
    assert fast.outcome() == supply.outcome
    assert fast.outcome().outages > 1
    for one, other in zip(fast.bundle.arrays[3:], detailed.bundle.arrays[3:], strict=True):
        # numpy records, told by nothing but their use
        assert one.tobytes() == other.tobytes()  # type: ignore[union-attr]


def test_an_outage_is_seen_by_whoever_waits_for_it() -> None:
    config = configured(policy="volatile_restart", **SETTINGS)
    with Simulator() as simulator:
        supply = supplied(simulator, config, SmallMachine(), inferences=60)
        watcher = Watcher("watcher", simulator)
        watcher.supply = supply
        falls: list[int] = []
        supply.power_good.listen(lambda when_ps, value: falls.extend([when_ps] * (1 - value)))
        simulator.run(on_hang="ignore")
    assert len(watcher.seen) == supply.outages.value > 1
    assert [when_ps for when_ps, _ in watcher.seen] == falls[-len(watcher.seen) :]


def test_the_voltage_stays_between_the_thresholds_while_the_power_is_on() -> None:
    config = configured(policy="periodic_nv:operations=20", **SETTINGS)
    with Simulator() as simulator:
        supply = supplied(simulator, config, SmallMachine(), inferences=60)
        seen: list[tuple[str, float]] = []
        supply.voltage.listen(lambda _, volts: seen.append((str(supply.phase.value), volts)))
        simulator.run()
    on = [volts for phase, volts in seen if phase not in ("OFF", "SLEEPING")]
    assert min(on) == pytest.approx(2.4, rel=1e-9)
    assert max(on) < 2.81
    assert {phase for phase, _ in seen} <= set(PHASES)


def test_spans_tell_how_long_each_thing_took() -> None:
    config = override(mains("periodic_nv:operations=7"), "capacitor.initial_v", 3.0)
    with Simulator() as simulator:
        # the fourth operation behind a save fails: 1 us off, 10 us to wake, 2 ns to restore
        supply = supplied(simulator, config, SmallMachine(), forced=(13,))
        simulator.run()
    assert supply.off.count == 2  # at first too: a ps to see that the capacitor is full
    assert supply.off.total_ps == 1 + 1_000_000 + 1
    assert supply.wake.total_ps == 2 * 10_000_000
    assert supply.restore.total_ps == 2_000
    assert supply.checkpoint.total_ps == supply.saves.value * 2 * 5_000


def test_what_is_drawn_is_what_the_outcome_says() -> None:
    config = configured(policy="nv_accumulate", **SETTINGS)
    with Simulator() as simulator:
        supply = supplied(simulator, config, SmallMachine(), inferences=20)
        simulator.run()
    used_pj = supply.outcome.used_pj - supply.outcome.sleep_pj
    assert supply.drawn.value == pytest.approx(used_pj, rel=1e-9)


def test_the_machine_may_show_itself_behind_every_step() -> None:
    machine, seen = SmallMachine(), []
    with Simulator() as simulator:
        config = mains("layer_boundary")
        supplied(
            simulator, config, machine,
            shown=lambda: seen.append(int(machine.progress[0].operations)),
        )  # fmt: skip
        simulator.run()
    assert sorted(set(seen)) == list(range(machine.operations + 1))
