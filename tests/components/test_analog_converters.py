import numpy as np
import pytest

from components.analog import AdcConfig, adc_codes, drive_v


def test_signs_drive_both_rails_and_ground():
    np.testing.assert_array_equal(drive_v(np.array([-1, 0, 1], np.int8), 0.8), [-0.8, 0.0, 0.8])


def test_three_bits_cut_the_supply_into_eighths():
    volts = np.array([0.0, 0.0999, 0.1001, 0.4, 0.6999, 0.7001, 0.8])
    np.testing.assert_array_equal(adc_codes(AdcConfig(), volts, 0.8), [0, 0, 1, 4, 6, 7, 7])


def test_voltages_beyond_the_supply_take_the_end_codes():
    np.testing.assert_array_equal(adc_codes(AdcConfig(), np.array([-0.3, 1.2]), 0.8), [0, 7])


@pytest.mark.parametrize("bits", [1, 2, 3, 8])
def test_a_ramp_meets_every_code_in_order(bits):
    codes = adc_codes(AdcConfig(bits=bits), np.linspace(0, 0.8, 5_000), 0.8)
    np.testing.assert_array_equal(np.unique(codes), np.arange(2**bits))
    assert (np.diff(codes) >= 0).all()
