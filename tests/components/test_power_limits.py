"""What cannot work is refused in one sentence, before anything runs."""

from typing import Any

import pytest

from cosim import ConfigError
from tests.components.power_rig import configured, joined


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"thresholds__off_v": 2.8}, "thresholds.off_v must be below thresholds.on_v, 2.8 V, not"),
        ({"thresholds__on_v": 2.2}, "thresholds.off_v must be below thresholds.on_v, 2.2 V, not"),
        (
            {"thresholds__on_v": 3.7},
            "thresholds.on_v must be below capacitor.limit_v, 3.6 V, not 3.7 V",
        ),
        (
            {"capacitor__initial_v": 4.0},
            "capacitor.initial_v must be at most capacitor.limit_v, 3.6 V, not 4 V",
        ),
        (
            {"capacitor__capacitance_f": 1e-9},  # 1.04 nJ; waking up takes 1 nJ and 10 us of 0.5 mW
            "a charge from 2.4 to 2.8 V, 1040 pJ, must be more than waking up takes, 6000 pJ; set a"
            " larger capacitor.capacitance_f",
        ),
    ],
)
def test_a_supply_that_cannot_work_is_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        joined(configured(**settings))


@pytest.mark.parametrize(
    "settings",
    [
        {"capacitor__capacitance_f": -1e-6},
        {"capacitor__leak_ohm": 0},
        {"start__wake_ps": -5},
        {"checkpoint__write_ps": 0},
        {"outage_ps": -1},
        {"source": "square:period=-1ms"},
        {"source": "exponential:off=-1ms"},
    ],
)
def test_quantities_below_their_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=" must be "):
        joined(configured(**settings))


def test_a_capacitance_may_have_a_unit() -> None:
    assert configured(capacitor__capacitance_f="470 nF").capacitor.capacitance_f == 470e-9
