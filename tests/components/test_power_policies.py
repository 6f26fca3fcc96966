"""When the policies save; own ones; Young's interval."""

from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from components.power import POLICIES as REGISTERED
from cosim import ConfigError
from tests.components.power_rig import configured, joined, mains, outcome
from tests.components.small_machine import SmallMachine

OWN = '''
from collections.abc import Sequence

from components.power import GO_ON, SAVE, SavePolicy, policy
from cosim import Config, param


class EveryWindowConfig(Config):
    """How often."""

    windows: int = param(2, doc="windows between saves", unit="1", low=1, source="estimate: two")


@policy("every_window")
class EveryWindow(SavePolicy):
    """Saves at the end of windows, if enough was done since."""

    config: EveryWindowConfig

    def numbers(self, reserve):
        return (6 * self.config.windows,)

    @staticmethod
    def decide(since, left_fj, trigger, numbers):
        return SAVE if trigger and since >= numbers[0] else GO_ON
'''


def test_six_policies_come_along() -> None:
    assert {
        "volatile_restart", "layer_boundary", "periodic_nv", "nv_accumulate", "jit_threshold",
        "poll_threshold",
    } <= set(REGISTERED.names())  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "saves"),
    [
        ("volatile_restart", 0),
        ("layer_boundary", 0),
        ("periodic_nv:operations=5", 3 * 4),  # layers of 25 operations; the last one commits
        ("nv_accumulate", 75),
        ("jit_threshold", 0),  # the charge is never low
        ("poll_threshold", 0),
    ],
)
def test_saves_of_a_run_without_failures(policy: str, saves: int) -> None:
    assert outcome(mains(policy)).saves == saves


SQUARE = {
    "source": "square:period=0.4ms", "capacitor__capacitance_f": 10e-9, "start__wake_pj": 200,
    "capacitor__leak_ohm": 1e5, "start__wake_ps": 1_000_000,
}  # fmt: skip
"""10.4 nJ between thresholds, 770 operations; they leak in 0.15 ms."""


def test_a_poll_saves_at_every_trigger_point_while_the_voltage_is_low() -> None:
    found = outcome(configured(policy="poll_threshold", **SQUARE), inferences=200)
    windows = 5.2e3 / (6 * 13.5 + 62.75)  # half the charge, six operations and a save each time
    charges = found.outages + 1
    assert (charges - 1) * windows * 0.8 < found.saves < charges * windows * 1.3


def test_a_jit_save_precedes_every_outage_and_nothing_is_lost() -> None:
    machine = SmallMachine()
    found = outcome(configured(policy="jit_threshold", **SQUARE), machine=machine, inferences=200)
    assert machine.outputs() == machine.expected()
    assert found.outages > 1
    assert found.saves >= found.outages
    assert found.wasted_pj == 0.0


def test_a_jit_warning_that_comes_too_late_is_refused() -> None:
    # 97 + 8 bits at 0.55 pJ, 10 ns of 0.5 mW: 62.75 pJ; at 2.4000001 V there are 0.24 pJ left
    with pytest.raises(ConfigError, match="jit_threshold must be warned with 62.75 pJ for a save"):
        joined(configured(policy="jit_threshold:threshold=2.4000001 V"))


@pytest.mark.parametrize("policy", ["jit_threshold", "poll_threshold"])
@pytest.mark.parametrize("threshold", ["2.3 V", "2.9 V"])
def test_a_threshold_that_is_never_passed_is_refused(policy: str, threshold: str) -> None:
    with pytest.raises(
        ConfigError, match=f"{policy}.threshold_v must lie between 2.4 V, where the power fails,"
    ):
        joined(configured(policy=f"{policy}:threshold={threshold}"))


def test_an_unknown_policy_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="there is no save policy periodic; did you mean"):
        joined(configured(policy="periodic"))


def test_a_policy_of_one_s_own_is_a_class_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    # of the four windows of a layer the second and the fourth are followed by a save
    assert outcome(mains(str(file))).saves == 3 * 2
    assert outcome(mains(f"{file}:windows=4")).saves == 3


def test_a_policy_that_does_not_compile_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(OWN.replace("every_window", "broken").replace("since >=", "since.x >="))
    with pytest.raises(ConfigError, match="EveryWindow.decide must compile for"):
        joined(mains(str(file)))


def test_a_policy_with_other_arguments_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "short.py"
    file.write_text(
        OWN.replace("every_window", "short").replace("left_fj, trigger, numbers)", "numbers)")
    )
    with pytest.raises(ConfigError, match="EveryWindow.decide must take 4 arguments, not 2"):
        joined(mains(str(file)))


SAVE_FJ, OPERATION_FJ = 57_750.0, 13_000.0
"""105 bits at 0.55 pJ; an operation of the small machine."""


def overhead(operations: int, mean: int) -> float:
    """Return the energy of saving and of work done again, over that of the work.

    Failures come after exponential numbers of operations, the same whatever the interval.
    """
    config = configured(
        policy=f"periodic_nv:operations={operations}", source="steady:volts=3",
        capacitor__initial_v=3.0, patience=10**6, start__static_mw=0, start__wake_pj=0,
    )  # fmt: skip
    gaps = np.random.default_rng(3).exponential(mean, 4_000).astype(np.int64) + 1
    machine = SmallMachine(width=40, layers=4)  # layers of 40 x 42 + 1 operations
    found = outcome(config, machine=machine, inferences=mean // 10, forced=np.cumsum(gaps))
    assert found.end == "finished"
    assert found.outages > 500
    return (found.checkpoint_pj + found.wasted_pj) / found.useful_pj


@pytest.mark.parametrize("mean", [1_000, 4_000])
def test_the_best_interval_is_young_s(mean: int) -> None:
    young = sqrt(2 * SAVE_FJ / OPERATION_FJ * mean)  # 94 and 189 operations
    intervals = np.array([round(young * share) for share in (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)])
    costs = [overhead(int(operations), mean) for operations in intervals]
    # saving takes a share ~ 1 / q, work done again one ~ q: the minimum of the curve between them
    terms = np.stack([1 / intervals, intervals, np.ones(len(intervals))], axis=1)
    saving, again, _ = np.linalg.lstsq(terms, np.array(costs), rcond=None)[0]
    assert sqrt(saving / again) == pytest.approx(young, rel=0.2)
    assert saving == pytest.approx(SAVE_FJ / OPERATION_FJ, rel=0.2)
    assert min(costs) == min(costs[2:5])


def test_where_layers_are_shorter_than_young_s_interval_it_is_best_not_to_save() -> None:
    # 75 operations to an inference, layers of 25; Young's formula would save every 298
    young = round(sqrt(2 * SAVE_FJ / OPERATION_FJ * 10_000))
    forced = np.cumsum(np.random.default_rng(3).exponential(10_000, 400).astype(np.int64) + 1)
    rare = outcome(mains(f"periodic_nv:operations={young}"), forced=forced, inferences=5_000)
    layers = outcome(mains("layer_boundary"), forced=forced, inferences=5_000)
    often = outcome(mains("periodic_nv:operations=8"), forced=forced, inferences=5_000)
    assert rare.saves == 0
    assert rare.used_pj == layers.used_pj < often.used_pj
