from math import pi
from pathlib import Path

import numpy as np
import pytest

from components.analog import Mtj, MtjConfig
from cosim import ConfigError, rows

CURVES = np.genfromtxt(Path(__file__).parent / "ngspice" / "mtj_iv.csv", delimiter=",", names=True)


@pytest.fixture
def mtj():
    return Mtj(MtjConfig())


def test_parallel_resistance_is_that_of_table_1(mtj):
    # 10 ohm um^2 / (pi/4 * 0.050 um * 0.030 um) = 10 / 1.1781e-3
    assert mtj.area_um2 == pytest.approx(1.1781e-3, rel=1e-5)
    assert mtj.parallel_ohm == pytest.approx(8488.26, abs=0.005)


def test_antiparallel_resistance_at_no_voltage_is_three_times_the_parallel_one(mtj):
    assert float(mtj.resistance_ohm(pi, 0.0)) == pytest.approx(25464.79, abs=0.005)


@pytest.mark.parametrize(
    ("column", "degrees"),
    [("i_p", 0), ("i_45deg", 45), ("i_90deg", 90), ("i_135deg", 135), ("i_ap", 180)],
)
def test_currents_are_those_of_ngspice(mtj, column, degrees):
    volts = CURVES["v"]
    current = volts / mtj.resistance_ohm(np.deg2rad(degrees), volts)
    np.testing.assert_allclose(current, CURVES[column], rtol=1e-6, atol=1e-14)


def test_half_of_the_magnetoresistance_is_left_at_v0(mtj):
    assert float(mtj.tmr(0.65)) == pytest.approx(1.0)


def test_magnetoresistance_at_full_drive(mtj):
    # 2 / (1 + (0.8/0.65)^2) = 2 / 2.514793
    assert float(mtj.tmr(0.8)) == pytest.approx(0.795294, abs=1e-6)


def test_bias_law_depends_on_the_size_of_the_voltage_only(mtj):
    volts = np.linspace(0, 0.8, 9)
    np.testing.assert_array_equal(mtj.tmr(volts), mtj.tmr(-volts))
    np.testing.assert_array_equal(mtj.phi_ua(volts), -mtj.phi_ua(-volts))


def test_weight_current_at_full_drive_is_two_thirds_of_the_textbook_value(mtj):
    # 0.8 V * (117.81 - 65.62) uS = 41.75 uA; the textbook has 0.8 V * 78.54 uS = 62.83 uA
    assert float(mtj.phi_ua(0.8)) == pytest.approx(41.75, abs=0.005)
    assert float(mtj.phi_ua(0.8)) / 62.83 == pytest.approx(0.664, abs=1e-3)


def test_half_the_voltage_gives_two_thirds_of_the_weight_current(mtj):
    assert float(mtj.phi_ua(0.4) / mtj.phi_ua(0.8)) == pytest.approx(0.668, abs=5e-4)


def test_weight_current_grows_with_voltage(mtj):
    assert (np.diff(mtj.phi_ua(np.linspace(0, 0.8, 200))) > 0).all()


def test_constant_bias_law_keeps_the_ratio_of_three(mtj):
    constant = Mtj(MtjConfig(bias_law="constant"))
    assert float(constant.parallel_usiemens / constant.antiparallel_usiemens(0.8)) == (
        pytest.approx(3.0)
    )


def test_slope_of_the_share_is_its_derivative(mtj):
    volts = np.linspace(-1, 1, 41)
    rise = mtj.antiparallel_share(volts + 1e-6) - mtj.antiparallel_share(volts - 1e-6)
    np.testing.assert_allclose(mtj.share_slope(volts), rise / 2e-6, rtol=1e-8)


def test_share_is_the_current_over_the_parallel_conductance(mtj):
    # 0.8 V / (1 + 0.795294) = 0.445609 V
    assert float(mtj.antiparallel_share(0.8)) == pytest.approx(0.445609, abs=1e-6)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resistance_area", 10e-12),
        ("tmr0_percent", 2.0),
        ("temperature_k", 400.0),
        ("length_nm", 50e-9),
    ],
)
def test_values_in_other_units_are_refused(field, value):
    with pytest.raises(ConfigError, match=f"MtjConfig.{field} must be"):
        MtjConfig.model_validate({field: value})


def test_every_parameter_has_unit_and_source():
    for row in rows(MtjConfig()):
        assert row.source, row.path
        assert row.unit or isinstance(row.value, str), row.path
