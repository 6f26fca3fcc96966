"""Levels of two cells at once: what the sense amplifiers of a bit-wise array must tell apart."""

import pytest

from components.analog.device import MtjConfig
from components.pim import SubArrayConfig
from components.pim.margin import levels, references, sense_pj
from cosim import ConfigError

P_OHM = 10 / (3.14159265 / 4 * 50 * 30 * 1e-6)
"""R_P: 10 ohm um^2 over an ellipse of 50 nm x 30 nm."""


def test_levels_are_those_of_two_junctions_in_parallel():
    ap_ohm = P_OHM * (1 + 2 / (1 + (0.1 / 0.65) ** 2))  # TMR 200 % at 0 V, half of it at 0.65 V
    found = levels(SubArrayConfig())
    wanted = (P_OHM, ap_ohm, P_OHM / 2, 1 / (1 / P_OHM + 1 / ap_ohm), ap_ohm / 2)
    assert tuple(found) == pytest.approx(wanted, rel=1e-6)
    assert [round(one) for one in found[2:]] == [4244, 6341, 12536]


def test_a_reference_lies_in_the_middle_of_the_currents_it_separates():
    read, both, either = references(SubArrayConfig())
    found = levels(SubArrayConfig())
    mixed_ua, antiparallel_ua = 0.1e6 / found.mixed_ohm, 0.1e6 / found.both_antiparallel_ohm
    assert (read.operation, both.operation, either.operation) == ("READ", "AND", "OR")
    assert both.current_ua == pytest.approx((mixed_ua + antiparallel_ua) / 2)
    assert both.margin_ua == pytest.approx((mixed_ua - antiparallel_ua) / 2)
    assert both.margin_ua == pytest.approx(either.margin_ua)  # each P instead of an AP adds as much
    assert read.margin_ua == pytest.approx(both.margin_ua)


def test_a_junction_of_little_magnetoresistance_is_refused():
    with pytest.raises(ConfigError, match="must have 0.5 uA beside its reference, not 0.*uA"):
        references(SubArrayConfig(read_v=0.05, device=MtjConfig(tmr0_percent=10)))


def test_energy_of_a_column_is_its_amplifier_s_and_v_squared_over_r_of_its_cells():
    # P of 8,488 ohm and AP of 25,072 ohm, 157.7 uS: the mean of all pairs; at 0.1 V for 1 ns
    assert sense_pj(SubArrayConfig(amplifier_pj=0)) == pytest.approx(1.577e-3, rel=1e-3)
    assert sense_pj(SubArrayConfig()) == pytest.approx(0.015 + 1.577e-3, rel=1e-3)


def test_cells_take_more_at_a_higher_voltage_and_for_longer():
    usual = sense_pj(SubArrayConfig(amplifier_pj=0))
    assert sense_pj(SubArrayConfig(amplifier_pj=0, sense_ps=3_000)) == pytest.approx(3 * usual)
    # twice the voltage: four times, and a little more, as the magnetoresistance falls
    assert 4 * usual < sense_pj(SubArrayConfig(amplifier_pj=0, read_v=0.2)) < 4.5 * usual
