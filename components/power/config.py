"""Parameters of an intermittent supply, and whether they can work together.

Checked by: tests/components/test_power_limits.py
"""

from math import inf
from typing import Literal, Self

from components.power.records import FJ_PER_J
from cosim import Config, ConfigError, param
from cosim.spread import spread

FJ_PER_PJ = 1_000

UNFAILING_F = 1.0
"""F; a charge holds a joule, a million million operations."""

MOST_PATIENT = 10**9
"""Outages."""


class HarvesterConfig(Config):
    """What comes in, and how it charges the capacitor."""

    model: Literal["power", "thevenin"] = param(
        "power", doc="power: V^2 over the load it was recorded with, whatever the capacitor's"
        " voltage; thevenin: V behind a resistance and a diode",
    )  # fmt: skip
    load_ohm: float = param(
        30e3, doc="load across which the voltages were recorded", unit="ohm", low=1, high=1e9,
        source="traces of Mementos: a WISP 4.1 front end into 30 kohm",
    )  # fmt: skip
    series_ohm: float = param(
        1e3, doc="resistance of the Thevenin source", unit="ohm", low=1e-3, high=1e9,
        source="CapSimu, its default",
    )  # fmt: skip


class CapacitorConfig(Config):
    """The energy buffer."""

    capacitance_f: float = param(
        1e-6, doc="capacitance", unit="F", low=1e-12, high=100,
        source="estimate: 0.1 to 1 uF, small enough that an inference does not fit a charge;"
        " iNAS has 100 uF",
    )  # fmt: skip
    leak_ohm: float | None = param(
        10e6, doc="leakage resistance; none for no leakage", unit="ohm", low=1, high=1e15,
        source="estimate: 0.3 uA at 3 V, a ceramic capacitor and its comparator",
    )  # fmt: skip
    limit_v: float = param(
        3.6, doc="voltage above which nothing more is taken", low=0, high=100,
        source="estimate: over-voltage protection of a 3.3 V part",
    )  # fmt: skip
    initial_v: float = param(
        0.0, doc="voltage at the start", low=0, high=100, source="estimate: nothing stored yet",
    )  # fmt: skip


class ThresholdsConfig(Config):
    """The comparator, with hysteresis."""

    on_v: float = param(
        2.8, doc="voltage at which the power comes", low=0, high=100,
        source="iNAS: 2.8 to 2.99 V",
    )  # fmt: skip
    off_v: float = param(
        2.4, doc="voltage at which it fails", low=0, high=100, source="iNAS: 2.4 to 2.8 V",
    )  # fmt: skip


class StartConfig(Config):
    """Waking up, and what is drawn while the power is on."""

    wake_ps: int = param(
        10_000_000, doc="time to wake up", low=1, high=10**13,
        source="estimate: clock and references of a bare accelerator; an MCU takes 70 ms (iNAS)",
    )  # fmt: skip
    wake_pj: float = param(
        1_000.0, doc="energy to wake up, beside what is drawn whenever the power is on", low=0,
        high=1e12, source="estimate: 200 pF of supply rails charged to 2.4 V; an MCU takes 77.9 uJ"
        " (iNAS)", spread=spread(0.2, 5.0, "estimate: an area of 0.1 to 1 mm2 of gates"),
    )  # fmt: skip
    static_mw: float = param(
        0.5, doc="power of controller and leakage while it is on", low=0, high=1e6,
        source="estimate: 0.5 to 1 mW for a small controller in 45 nm",
        spread=spread(0.2, 2.0, "estimate: leakage depends on process and temperature"),
    )  # fmt: skip


class SleepConfig(Config):
    """Keeping volatile state while nothing is done."""

    hold_ohm: float = param(
        115e3, doc="what keeps the state draws as this resistance does", unit="ohm", low=1,
        high=1e15, source="estimate: a tenth of the static power, 50 uW at 2.4 V",
    )  # fmt: skip


class CheckpointConfig(Config):
    """Writing state to a slot, and reading it back."""

    write_ps: int = param(
        5_000, doc="time of a non-volatile write, all bits at once; a save takes two", low=1,
        high=10**12, source="non-volatile flip-flops below 5 ns: IEIE Trans. SPC, 2019",
    )  # fmt: skip
    write_pj_per_bit: float = param(
        0.55, doc="energy of writing a bit", unit="pJ", low=0, high=1e6,
        source="US20160322093: 0.55 pJ for the flip-flop, without saying per which event",
        spread=spread(0.2, 2.0, "estimate: whether it is a write or a cycle is not said"),
    )  # fmt: skip
    restore_ps: int = param(
        2_000, doc="time to read the state back", low=1, high=10**12,
        source="below 2 ns: IEIE Trans. SPC, 2019",
    )  # fmt: skip
    restore_pj_per_bit: float = param(
        0.1, doc="energy of reading a bit back", unit="pJ", low=0, high=1e6,
        source="estimate: a sense amplifier and a latch, as for a row read",
        spread=spread(0.3, 3.0, "estimate: no source"),
    )  # fmt: skip
    guard_bits: int = param(
        56, doc="sequence number, inference, layer and checksum of a slot", unit="bits", low=1,
        high=1024, source="estimate: three of 8 bits, a checksum of 32",
    )  # fmt: skip
    flag_bits: int = param(
        8, doc="flag of a slot, written last", unit="bits", low=1, high=64,
        source="estimate: it repeats the sequence number",
    )  # fmt: skip


class SupplyConfig(Config):
    """An intermittent supply."""

    source: str = param(
        "square", doc="where the power comes from: a generator with its parameters, as in"
        " square:period=2ms, or trace:file=FILE",
    )  # fmt: skip
    policy: str = param("periodic_nv", doc="when state is saved: a policy with its parameters")
    harvester: HarvesterConfig = param(HarvesterConfig(), doc="harvester")
    capacitor: CapacitorConfig = param(CapacitorConfig(), doc="capacitor")
    thresholds: ThresholdsConfig = param(ThresholdsConfig(), doc="thresholds")
    start: StartConfig = param(StartConfig(), doc="waking up")
    sleep: SleepConfig = param(SleepConfig(), doc="waiting with the state still there")
    checkpoint: CheckpointConfig = param(CheckpointConfig(), doc="saved state")
    tick_ps: int = param(
        100_000_000, doc="longest interval between two looks at the capacitor", low=1_000,
        high=10**13, source="estimate: a tenth of the traces' sampling interval",
    )  # fmt: skip
    outage_ps: int = param(
        1_000_000, doc="least time without power", low=1, high=10**15,
        source="estimate: the comparator's delay; decides after a forced failure only",
    )  # fmt: skip
    patience: int = param(
        100, doc="outages in a row without progress that are a livelock", unit="1", low=1,
        high=MOST_PATIENT, source="estimate: more than a source's rare better moments are apart",
    )  # fmt: skip

    def unfailing(self) -> Self:
        """Return this supply with a full capacitor so large that all failures are forced."""
        full_v = (self.thresholds.on_v + self.capacitor.limit_v) / 2
        large = {"capacitance_f": UNFAILING_F, "initial_v": full_v, "leak_ohm": None}
        capacitor = self.capacitor.model_copy(update=large)
        return self.model_copy(update={"capacitor": capacitor, "patience": MOST_PATIENT})

    def stored_fj(self, voltage_v: float) -> float:
        """Return the energy in the capacitor at a voltage."""
        return FJ_PER_J * self.capacitor.capacitance_f / 2 * voltage_v**2

    @property
    def leak_ohm(self) -> float:
        """Leakage resistance; infinite for none."""
        return inf if self.capacitor.leak_ohm is None else self.capacitor.leak_ohm

    def check(self) -> None:
        """Raise ConfigError unless thresholds and capacitor can work."""
        on_v, off_v, limit_v = self.thresholds.on_v, self.thresholds.off_v, self.capacitor.limit_v
        if off_v >= on_v:
            raise ConfigError(
                f"thresholds.off_v must be below thresholds.on_v, {on_v:g} V, not {off_v:g} V"
            )
        if on_v >= limit_v:
            raise ConfigError(
                f"thresholds.on_v must be below capacitor.limit_v, {limit_v:g} V, not {on_v:g} V"
            )
        if self.capacitor.initial_v > limit_v:
            raise ConfigError(
                f"capacitor.initial_v must be at most capacitor.limit_v, {limit_v:g} V, not"
                f" {self.capacitor.initial_v:g} V"
            )
        room_pj = (self.stored_fj(on_v) - self.stored_fj(off_v)) / FJ_PER_PJ
        needed_pj = self.start.wake_pj + self.start.static_mw * self.start.wake_ps / FJ_PER_PJ
        if room_pj <= needed_pj:
            raise ConfigError(
                f"a charge from {off_v:g} to {on_v:g} V, {room_pj:g} pJ, must be more than waking"
                f" up takes, {needed_pj:g} pJ; set a larger capacitor.capacitance_f"
            )
