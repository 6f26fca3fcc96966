"""When a machine's state is saved, and what it goes on from: policies, and one's own.

    @policy("every_window")
    class EveryWindow(SavePolicy):
        config: EveryWindowConfig

        def numbers(self, reserve: Reserve) -> Sequence[int]:
            return (self.config.operations,)

        @staticmethod
        def decide(since, left_fj, trigger, numbers):
            return SAVE if trigger and since >= numbers[0] else GO_ON

It is chosen by name, `policy=every_window:operations=100`, or as a file, `policy=my_policy.py`; an
installed package offers its own by an entry point of the group `cosim.save_policies`.

Models:     `decide` is asked after every operation and compiled when a configuration names it.
Leaves out: policies that look at the machine's state.
Source:     volatile_restart, layer_boundary: machines without and with non-volatile feature maps;
            jit_threshold: D. Balsamo et al., "Hibernus", IEEE ESL 7 (1), 2015; poll_threshold: B.
            Ransford et al., "Mementos", ASPLOS 2011; periodic_nv, nv_accumulate: estimate, with
            accumulators in non-volatile flip-flops, as the abstract of arXiv:1904.07864 suggests.
Checked by: tests/components/test_power_policies.py
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from components.power.records import FJ_PER_J
from cosim import Config, ConfigError, param
from cosim.plug_ins import NUMBER, WORDS, Hook
from cosim.registry import Registry

GO_ON, SAVE, SAVE_AND_SLEEP = range(3)
"""Answers: the next operation; save first; save, then wait until the capacitor is full again."""

DECIDE = Hook("decide", NUMBER, NUMBER, NUMBER, WORDS)
"""decide(since, left_fj, trigger, numbers) -> answer: `since` operations since the last point,
`left_fj` until the power fails, `trigger` is 1 at a natural point to save; the numbers are the
policy's own."""

ask_policy = DECIDE.ask


class Reserve(NamedTuple):
    """What a policy may count on: the capacitor, its thresholds, and what saving takes."""

    farad: float
    on_v: float
    off_v: float
    save_fj: float

    def energy_fj(self, low_v: float, high_v: float) -> float:
        """Return the energy between two voltages."""
        return FJ_PER_J * self.farad / 2 * (high_v**2 - low_v**2)

    def left_fj(self, what: str, threshold_v: float) -> float:
        """Return the energy left at a threshold; raises ConfigError if it is never passed."""
        if not self.off_v < threshold_v < self.on_v:
            raise ConfigError(
                f"{what} must lie between {self.off_v:g} V, where the power fails, and"
                f" {self.on_v:g} V, where it comes, not {threshold_v:g} V"
            )
        return self.energy_fj(self.off_v, threshold_v)


class SavePolicy:
    """When state is saved, and what is gone on from after an outage.

    `goes_on_from` is "saved" (or the layer's beginning while nothing is), "layer" or "start".
    A save writes all that is volatile, or, if it `saves_changes`, what the last operation wrote.
    """

    goes_on_from: ClassVar[Literal["saved", "layer", "start"]] = "saved"
    saves_changes: ClassVar[bool] = False

    def __init__(self, config: Any = None) -> None:
        self.config = config

    def numbers(self, reserve: Reserve) -> Sequence[int]:
        """Return the numbers that `decide` is given; raises ConfigError if it cannot work."""
        return ()

    @staticmethod
    def decide(since: int, left_fj: int, trigger: int, numbers: Sequence[int]) -> int:
        """Return GO_ON, SAVE or SAVE_AND_SLEEP; compiled."""
        return GO_ON


POLICIES: Registry[SavePolicy] = Registry("save policy", "cosim.save_policies", SavePolicy)

policy = POLICIES.add

_numbers: dict[Callable[..., int], int] = {}
"""Numbers of the functions that are plugged in."""


def chosen(text: str) -> SavePolicy:
    """Return the policy that `NAME` or `NAME:KEY=VALUE,KEY=VALUE` stands for.

    Raises ConfigError for an unknown name or parameter, DataError for a file that has none.
    """
    kind, config = POLICIES.configured(text)
    return kind(config)


def installed(one: SavePolicy) -> int:
    """Return the number of a policy's `decide`, compiled; raises ConfigError if it does not."""
    owner, function = type(one).__name__, one.decide
    if function not in _numbers:
        _numbers[function] = DECIDE.add(owner, function)
    DECIDE.install(owner, _numbers[function])
    return _numbers[function]


@policy("volatile_restart")
class VolatileRestart(SavePolicy):
    """Nothing is saved; every outage begins the inference anew, as in CMOS."""

    goes_on_from = "start"


@policy("layer_boundary")
class LayerBoundary(SavePolicy):
    """Nothing is saved but what is non-volatile anyway; the layer under way begins anew."""

    goes_on_from = "layer"


class PeriodicConfig(Config):
    """How often state is saved."""

    operations: int = param(
        1_000, doc="from one save to the next", unit="operations", low=1, high=10**12,
        source="estimate: of LeNet-5 on one sub-array 3.5 nJ a save, 11 % of the energy",
    )  # fmt: skip


@policy("periodic_nv")
class PeriodicNv(SavePolicy):
    """All state is saved every so many operations."""

    config: PeriodicConfig

    def numbers(self, reserve: Reserve) -> Sequence[int]:
        """Return the period."""
        return (self.config.operations,)

    @staticmethod
    def decide(since: int, left_fj: int, trigger: int, numbers: Sequence[int]) -> int:
        """Count."""
        return SAVE if since >= numbers[0] else GO_ON


@policy("nv_accumulate")
class NvAccumulate(SavePolicy):
    """Accumulators and indices are non-volatile flip-flops, written at every operation."""

    saves_changes = True

    @staticmethod
    def decide(since: int, left_fj: int, trigger: int, numbers: Sequence[int]) -> int:
        """Save always."""
        return SAVE


class JitConfig(Config):
    """When the warning comes."""

    threshold_v: float | None = param(
        None, doc="voltage of the warning; none: the lowest that leaves the margin", low=0,
        high=100, source="D. Balsamo et al., Hibernus: V_hib from the energy that saving takes",
    )  # fmt: skip
    margin: float = param(
        2.0, doc="energy left at the warning over that of a save", unit="1", low=1, high=1000,
        source="estimate: the operation under way when it comes, and the comparator's error",
    )  # fmt: skip


@policy("jit_threshold")
class JitThreshold(SavePolicy):
    """All state is saved once, when the voltage falls below a warning; then it sleeps."""

    config: JitConfig

    def numbers(self, reserve: Reserve) -> Sequence[int]:
        """Return the energy left at the warning; raises ConfigError if saving takes more."""
        left_fj = self.config.margin * reserve.save_fj
        if self.config.threshold_v is not None:
            left_fj = reserve.left_fj("jit_threshold.threshold_v", self.config.threshold_v)
        room_fj = reserve.energy_fj(reserve.off_v, reserve.on_v)
        if not reserve.save_fj <= left_fj < room_fj:
            raise ConfigError(
                f"jit_threshold must be warned with {reserve.save_fj / 1e3:g} pJ for a save left,"
                f" and below the {room_fj / 1e3:g} pJ of a full charge, not {left_fj / 1e3:g} pJ;"
                " set threshold_v or a larger capacitor"
            )
        return (int(left_fj),)

    @staticmethod
    def decide(since: int, left_fj: int, trigger: int, numbers: Sequence[int]) -> int:
        """Save once the warning is there."""
        return SAVE_AND_SLEEP if left_fj < numbers[0] else GO_ON


class PollConfig(Config):
    """Below which voltage trigger points save."""

    threshold_v: float | None = param(
        None, doc="voltage below which a trigger point saves; none: half of the charge left",
        low=0, high=100, source="B. Ransford et al., Mementos: a voltage threshold by profiling",
    )  # fmt: skip


@policy("poll_threshold")
class PollThreshold(SavePolicy):
    """All state is saved at trigger points of the program while the voltage is low."""

    config: PollConfig

    def numbers(self, reserve: Reserve) -> Sequence[int]:
        """Return the energy left at the threshold; raises ConfigError if it is never low."""
        left_fj = reserve.energy_fj(reserve.off_v, reserve.on_v) / 2
        if self.config.threshold_v is not None:
            left_fj = reserve.left_fj("poll_threshold.threshold_v", self.config.threshold_v)
        return (int(left_fj),)

    @staticmethod
    def decide(since: int, left_fj: int, trigger: int, numbers: Sequence[int]) -> int:
        """Look at trigger points only."""
        return SAVE if trigger and left_fj < numbers[0] else GO_ON
