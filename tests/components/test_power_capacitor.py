"""The capacitor's course against the laws of physics and a numerical solver."""

from math import exp, inf, log
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from components.power import Course
from components.power.capacitor import flow, time_to, volts
from components.power.records import Unit
from tests.components.power_rig import configured, joined, unit

SECOND_PS, MS_PS = 10**12, 10**9


def steady(volts_v: float, **settings: Any) -> Unit:
    """Return a capacitor at a source that never changes."""
    settings = {"capacitor__capacitance_f": 1e-6, "capacitor__leak_ohm": None} | settings
    course = Course(np.array([1_000 * SECOND_PS]), np.array([volts_v]))
    return unit(joined(configured(**settings), course=course))


def test_energy_is_half_c_v_squared() -> None:
    held = steady(0.0, capacitor__initial_v=3.0)
    assert held.charge.stored_fj == pytest.approx(4.5e9)  # 1 uF x 9 V2 / 2 = 4.5 uJ
    assert volts(held.charge) == pytest.approx(3.0)


def test_a_power_source_delivers_its_power() -> None:
    held = steady(3.0)  # 9 V2 / 30 kohm = 0.3 mW
    flow(held, 0, 10 * MS_PS)
    assert held.charge.stored_fj == pytest.approx(3e9)  # 0.3 mW x 10 ms = 3 uJ
    assert held.charge.harvested_fj == pytest.approx(3e9)


def test_a_thevenin_source_charges_as_an_rc_circuit() -> None:
    held = steady(3.0, harvester__model="thevenin", harvester__series_ohm=10e3)
    flow(held, 0, 7 * MS_PS)  # tau = 10 kohm x 1 uF = 10 ms
    assert volts(held.charge) == pytest.approx(3.0 * (1 - exp(-0.7)), rel=1e-12)


def test_the_time_to_a_threshold_is_that_of_the_rc_circuit() -> None:
    held = steady(
        3.0, harvester__model="thevenin", harvester__series_ohm=10e3, capacitor__initial_v=1.0
    )
    at_2v8_fj = 1e15 * 1e-6 / 2 * 2.8**2
    wanted_s = -10e3 * 1e-6 * log((2.8 - 3.0) / (1.0 - 3.0))
    assert time_to(held, at_2v8_fj) == pytest.approx(wanted_s * 1e12, rel=1e-12)


def test_a_threshold_above_the_source_is_never_reached() -> None:
    held = steady(2.7, harvester__model="thevenin")
    assert time_to(held, held.charge.on_fj) == inf


def test_leakage_discharges_with_its_own_time_constant() -> None:
    held = steady(0.0, capacitor__initial_v=3.0, capacitor__leak_ohm=1e6)
    flow(held, 0, SECOND_PS)  # tau = 1 Mohm x 1 uF = 1 s
    assert volts(held.charge) == pytest.approx(3.0 / exp(1.0), rel=1e-12)
    assert held.charge.leaked_fj == pytest.approx(4.5e9 * (1 - exp(-2.0)), rel=1e-12)


def test_a_diode_lets_nothing_back() -> None:
    held = steady(1.0, harvester__model="thevenin", capacitor__initial_v=3.0)
    flow(held, 0, SECOND_PS)
    assert volts(held.charge) == 3.0
    assert held.charge.harvested_fj == 0.0


def test_nothing_is_taken_above_the_limit_but_what_leaks() -> None:
    held = steady(3.0, capacitor__limit_v=3.6, capacitor__leak_ohm=1e6)
    flow(held, 0, 60 * SECOND_PS)
    assert volts(held.charge) == pytest.approx(3.6, rel=1e-12)
    before_fj = held.charge.harvested_fj
    flow(held, 60 * SECOND_PS, SECOND_PS)
    assert held.charge.harvested_fj - before_fj == pytest.approx(3.6**2 / 1e6 * 1e15)  # 13 uW, 1 s


@pytest.mark.parametrize("model", ["power", "thevenin"])
@pytest.mark.parametrize("start_v", [0.5, 3.2])
def test_the_course_is_that_of_a_numerical_solver(model: str, start_v: float) -> None:
    course = Course(np.array([4, 9, 15]) * MS_PS, np.array([2.9, 0.4, 3.3]))
    held = unit(
        joined(
            configured(
                harvester__model=model, harvester__series_ohm=5e3, capacitor__initial_v=start_v,
                capacitor__leak_ohm=40e3, capacitor__limit_v=9.0,
            ), course=course,
        )
    )  # fmt: skip
    flow(held, 0, 20 * MS_PS)  # a lap and a third

    def slope(time_s: float, voltage: Any) -> Any:
        source_v = course.volts[np.searchsorted(course.until_ps, time_s * 1e12 % 15e9, "right")]
        current = (
            max(source_v - voltage[0], 0.0) / 5e3
            if model == "thevenin"
            else source_v**2 / 30e3 / voltage[0]
        )
        return [(current - voltage[0] / 40e3) / 1e-6]

    solved = solve_ivp(slope, (0, 20e-3), [start_v], max_step=1e-5, rtol=1e-9)
    assert volts(held.charge) == pytest.approx(solved.y[0, -1], rel=1e-4)


@pytest.mark.parametrize("model", ["power", "thevenin"])
def test_two_short_intervals_are_one_long_one(model: str) -> None:
    settings = {"harvester__model": model, "capacitor__leak_ohm": 1e5}
    once, twice = steady(3.0, **settings), steady(3.0, **settings)
    flow(once, 0, 10 * MS_PS)
    flow(twice, 0, 3 * MS_PS)
    flow(twice, 3 * MS_PS, 7 * MS_PS)
    assert twice.charge.stored_fj == pytest.approx(once.charge.stored_fj, rel=1e-12)
    assert twice.charge.leaked_fj == pytest.approx(once.charge.leaked_fj, rel=1e-12)


@pytest.mark.parametrize("model", ["power", "thevenin"])
def test_what_flows_in_is_stored_or_leaks(model: str) -> None:
    held = steady(3.0, harvester__model=model, capacitor__leak_ohm=1e5, capacitor__initial_v=1.0)
    flow(held, 0, 5 * MS_PS)
    charge = held.charge
    stored_fj = 1e15 * 1e-6 / 2 * volts(charge) ** 2 - 0.5e9
    assert charge.harvested_fj == pytest.approx(stored_fj + charge.leaked_fj, rel=1e-12)


@pytest.mark.parametrize("start_v", [3.2, 2.0])
def test_a_falling_voltage_passes_a_threshold_when_it_should(start_v: float) -> None:
    held = steady(
        2.5, harvester__model="thevenin", harvester__series_ohm=10e3, capacitor__leak_ohm=10e3,
        capacitor__initial_v=start_v,
    )  # fmt: skip
    wanted_fj = 1e15 * 1e-6 / 2 * 1.5**2  # it ends at 1.25 V, through the diode or not
    reach_ps = time_to(held, wanted_fj)
    flow(held, 0, round(reach_ps))
    assert volts(held.charge) == pytest.approx(1.5, rel=1e-9)
