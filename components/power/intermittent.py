"""A machine on an intermittent supply, and what came of it: the fast shell.

    run = Intermittent(machine, course, config, inferences=10)
    outcome = run.until(limit_ps)

Models:     what `behaviour.py` says; it is the same in both shells.
Leaves out: inputs and answers on their way in and out: the next inference begins at once.
Checked by: tests/components/test_power_outages.py, tests/components/test_power_energy.py
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from components.power.behaviour import advance, step
from components.power.config import FJ_PER_PJ, SupplyConfig
from components.power.policies import Reserve, chosen, installed
from components.power.records import (
    CHARGE,
    DARK,
    FINISHED,
    FJ_PER_J,
    FJ_PER_PS_W,
    FROM_LAYER,
    FROM_SAVED,
    FROM_START,
    LAYER,
    LIVELOCK,
    MARK,
    OFF,
    POINTS,
    SEGMENT,
    START,
    SUPPLY,
    UNKNOWN_FJ,
)
from components.power.slots import NONE, RANDOM_PRIME, new_slots
from components.power.sources import Course
from cosim.bundle import Bundle
from cosim.compiled import Records, direct, plugged
from cosim.retention import lose_power
from cosim.units import PS_PER_S, show_time

STEPS = 1_000_000
"""Steps between two looks at the clock of the host."""

GOES_ON_FROM = {"saved": FROM_SAVED, "layer": FROM_LAYER, "start": FROM_START}

ENDS = {0: "running", FINISHED: "finished", LIVELOCK: "livelock", DARK: "dark"}

S_PER_HOUR = 3600

Told = Callable[[int, int], None]
"""Told (inferences done, all) from time to time."""


class Powered(Protocol):
    """A machine that may lose its power between any two steps, and during any of them.

    Its functions are compiled and take the machine's `address`. `volatile` are numbers of which
    those at `places` are lost; `progress` is one record of PROGRESS; `memory` are the non-volatile
    numbers that steps write; `saved_bits` are the volatile bits in hardware.
    """

    address: int
    volatile: NDArray[np.int64]
    places: NDArray[np.int64]
    progress: Records
    memory: NDArray[np.int64]
    saved_bits: int

    def step(self, address: int, now_ps: int, /) -> int:
        """Do one operation; return when the next may begin, FOREVER if nothing is left to do."""
        ...

    def restart(self, address: int, /) -> None:
        """Begin the inference."""
        ...

    def resume_layer(self, address: int, /) -> None:
        """Begin the layer under way."""
        ...

    def resume_saved(self, address: int, /) -> None:
        """Go on with state that was written back.

        The next steps write again what operations may have overwritten since it was saved.
        """
        ...

    def recall(self, address: int, /) -> None:
        """Read what the machine knows of non-volatile words again: some may have been torn."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What came of a run; energies in pJ, useful and wasted ones with what is drawn anyway.

    `useful_operations` are those that an uninterrupted run does too, and that were not lost again.
    """

    end: str
    story: str
    time_ps: int
    off_ps: int
    inferences: int
    operations: int
    useful_operations: int
    outages: int
    saves: int
    torn: int
    restores: int
    begun_pj: float
    stored_pj: float
    harvested_pj: float
    leaked_pj: float
    useful_pj: float
    wasted_pj: float
    checkpoint_pj: float
    restore_pj: float
    wake_pj: float
    sleep_pj: float

    @property
    def used_pj(self) -> float:
        """All that was drawn."""
        saved_pj = self.checkpoint_pj + self.restore_pj
        return self.useful_pj + self.wasted_pj + saved_pj + self.wake_pj + self.sleep_pj

    @property
    def forward_progress(self) -> float:
        """Useful operations over all; 0 without any."""
        return self.useful_operations / self.operations if self.operations else 0.0

    @property
    def checkpoint_share(self) -> float:
        """Energy of saving over all that was drawn; 0 if nothing was."""
        return self.checkpoint_pj / self.used_pj if self.used_pj else 0.0

    @property
    def inferences_per_hour(self) -> float:
        """Of wall time, outages included."""
        return self.inferences * S_PER_HOUR * PS_PER_S / self.time_ps if self.time_ps else 0.0

    @property
    def inferences_per_joule(self) -> float:
        """Of harvested energy; 0 if nothing was harvested."""
        return self.inferences * 1e12 / self.harvested_pj if self.harvested_pj else 0.0

    @property
    def unaccounted_pj(self) -> float:
        """What came in beyond what is stored, leaked or was drawn: 0 but for rounding."""
        stored_pj = self.stored_pj - self.begun_pj
        return self.harvested_pj - stored_pj - self.leaked_pj - self.used_pj


class Intermittent:
    """Joins a machine to a supply; raises ConfigError for one that cannot work.

    `forced` are numbers of intervals with power on that fail: operations, saves, their flags,
    restores and wake-ups count from 0 on, in the order they come. `seed` decides what is torn.
    """

    def __init__(
        self,
        machine: Powered,
        course: Course,
        config: SupplyConfig,
        *,
        inferences: int = 1,
        forced: Sequence[int] = (),
        seed: int = 0,
    ) -> None:
        config.check()
        self.machine = machine
        self.config = config
        self.policy = chosen(config.policy)
        self.supply: Records = np.zeros(1, SUPPLY)
        self.charge: Records = np.zeros(1, CHARGE)
        self.marks: Records = np.zeros(POINTS, MARK)
        self.slots = new_slots(len(machine.places))
        self.now_ps = 0
        self._set_charge()
        self._set_supply(inferences, seed)
        self._set_costs()
        self.charge[0].step_fj = 0.0
        numbers = self.policy.numbers(self.reserve)
        machine.restart(machine.address)
        self.bundle = Bundle([
            self.supply, self.charge, self._segments(course), self.marks, self.slots,
            np.array(sorted(set(forced)), np.int64), np.array(numbers, np.int64),
            machine.progress, machine.volatile, machine.places, machine.memory,
            machine.memory.copy(),
        ])  # fmt: skip
        lose_power(machine.volatile, machine.places)

    @cached_property
    def step(self) -> Callable[[int, int], int]:
        """Do what is due at a time; return when the next is due."""
        return direct(step, 0, 0)

    @property
    def reserve(self) -> Reserve:
        """What a policy may count on."""
        config, charge = self.config, self.charge[0]
        saving_ps = 2 * config.checkpoint.write_ps
        save_fj = charge.save_cost_fj + charge.confirm_cost_fj
        return Reserve(
            config.capacitor.capacitance_f, config.thresholds.on_v, config.thresholds.off_v,
            float(save_fj + charge.static_fj_per_ps * saving_ps),
        )  # fmt: skip

    def until(self, limit_ps: int, told: Told | None = None) -> Outcome:
        """Run until all inferences are done, nothing goes on any more, or a time."""
        run = direct(advance, 0, 0, 0, 0)
        while self.now_ps <= limit_ps and not self.supply[0].end:
            self.now_ps = run(self.bundle.address, self.now_ps, limit_ps, STEPS)
            if told is not None:
                told(int(self.supply[0].job), int(self.supply[0].jobs))
        return self.outcome()

    def outcome(self) -> Outcome:
        """Return what has come of it until now."""
        supply, charge = self.supply[0], self.charge[0]
        energies = {
            "stored_pj": charge.stored_fj, "begun_pj": charge.begun_fj,
            "harvested_pj": charge.harvested_fj, "leaked_pj": charge.leaked_fj,
            "useful_pj": charge.position_fj, "wasted_pj": charge.wasted_fj,
            "checkpoint_pj": charge.checkpoint_fj, "restore_pj": charge.restore_fj,
            "wake_pj": charge.wake_fj, "sleep_pj": charge.sleep_fj,
        }  # fmt: skip
        return Outcome(
            end=ENDS[int(supply.end)], story=self._story(), time_ps=int(supply.due_ps),
            off_ps=int(supply.off_ps), inferences=int(supply.job),
            operations=int(supply.operations), useful_operations=int(supply.position),
            outages=int(supply.outages), saves=int(supply.saves), torn=int(supply.torn),
            restores=int(supply.restores),
            **{name: float(value) / FJ_PER_PJ for name, value in energies.items()},
        )  # fmt: skip

    def _story(self) -> str:
        """Return why nothing goes on any more, "" if that is not so."""
        supply, charge = self.supply[0], self.charge[0]
        room_pj = float(charge.on_fj - charge.off_fj) / FJ_PER_PJ
        if supply.end == LIVELOCK:
            return (
                f"{supply.patience} outages in a row fell back to operation {supply.position}: a"
                f" charge of {room_pj:g} pJ does not last until the next saved point, at"
                f" {show_time(int(supply.due_ps))}; set a larger capacitor.capacitance_f or save"
                " more often"
            )
        if supply.end == DARK:
            now_v = (2 * float(charge.stored_fj) / FJ_PER_J / float(charge.farad)) ** 0.5
            return (
                f"the source must charge the capacitor to thresholds.on_v, "
                f"{self.config.thresholds.on_v:g} V; a whole lap of it leaves {now_v:.3g} V at"
                f" {show_time(int(supply.due_ps))}; take a stronger source or less leakage"
            )
        return ""

    def _segments(self, course: Course) -> Records:
        """Return the source as the capacitor sees it."""
        segments: Records = np.zeros(len(course.volts), SEGMENT)
        segments["until_ps"] = course.until_ps
        segments["level"] = course.volts
        if not self.supply[0].is_thevenin:
            watts = course.volts**2 / self.config.harvester.load_ohm
            segments["level"] = FJ_PER_PS_W * watts
        return segments

    def _set_charge(self) -> None:
        config, charge = self.config, self.charge[0]
        charge.farad = config.capacitor.capacitance_f
        charge.leak_ohm = config.leak_ohm
        kept, lost = 1 / config.sleep.hold_ohm, 1 / config.leak_ohm
        charge.asleep_ohm, charge.sleep_share = 1 / (kept + lost), kept / (kept + lost)
        charge.series_ohm = config.harvester.series_ohm
        charge.on_fj = config.stored_fj(config.thresholds.on_v)
        charge.off_fj = config.stored_fj(config.thresholds.off_v)
        charge.full_fj = config.stored_fj(config.capacitor.limit_v)
        charge.stored_fj = charge.begun_fj = config.stored_fj(config.capacitor.initial_v)
        charge.lap_fj = UNKNOWN_FJ

    def _set_costs(self) -> None:
        config, supply, charge = self.config, self.supply[0], self.charge[0]
        saved, cost = self.machine.saved_bits, config.checkpoint
        bit_fj = FJ_PER_PJ * cost.write_pj_per_bit
        written = saved
        if self.policy.saves_changes:  # what they are is known operation by operation
            written, charge.changed_cost_fj = 0, bit_fj
        charge.save_cost_fj = (written + cost.guard_bits) * bit_fj
        charge.confirm_cost_fj = cost.flag_bits * bit_fj
        read_bits = saved + cost.guard_bits + cost.flag_bits
        charge.restore_cost_fj = read_bits * FJ_PER_PJ * cost.restore_pj_per_bit
        charge.wake_cost_fj = FJ_PER_PJ * config.start.wake_pj
        charge.static_fj_per_ps = config.start.static_mw  # 1 mW is 1 fJ in a ps
        supply.save_ps = supply.confirm_ps = cost.write_ps
        supply.restore_ps, supply.wake_ps = cost.restore_ps, config.start.wake_ps

    def _set_supply(self, inferences: int, seed: int) -> None:
        config, machine, supply = self.config, self.machine, self.supply[0]
        supply.phase, supply.jobs = OFF, inferences
        supply.machine = machine.address
        supply.step = plugged(machine.step, (0, 0))
        supply.restart = plugged(machine.restart, (0,))
        supply.resume_layer = plugged(machine.resume_layer, (0,))
        supply.resume_saved = plugged(machine.resume_saved, (0,))
        supply.recall = plugged(machine.recall, (0,))
        supply.decide = installed(self.policy)
        supply.goes_on_from = GOES_ON_FROM[self.policy.goes_on_from]
        supply.point = START if self.policy.goes_on_from == "start" else LAYER
        supply.kept, supply.sequence = NONE, 1
        supply.random = seed % (RANDOM_PRIME - 1) + 1
        supply.patience = config.patience
        supply.is_thevenin = int(config.harvester.model == "thevenin")
        supply.tick_ps, supply.outage_ps = config.tick_ps, config.outage_ps
