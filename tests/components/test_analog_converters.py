from functools import partial

import numpy as np
import pytest

from components.analog import AdcBank, AdcConfig, drive_v, ties
from cosim import ConfigError
from cosim.seeds import generator

VDD_V = 0.8


def bank(outputs=1, seed=1, **config):
    return AdcBank(AdcConfig.model_validate(config), outputs, VDD_V, partial(generator, seed))


def codes(volts, **config):
    return bank(**config).codes(np.array(volts)[:, None])[:, 0]


def test_signs_drive_both_rails_and_ground():
    np.testing.assert_array_equal(drive_v(np.array([-1, 0, 1], np.int8), 0.8), [-0.8, 0.0, 0.8])


def test_three_bits_cut_the_supply_into_eighths():
    volts = [0.0, 0.0999, 0.1001, 0.4, 0.6999, 0.7001, 0.8]
    np.testing.assert_array_equal(codes(volts), [0, 0, 1, 4, 6, 7, 7])


def test_voltages_beyond_the_supply_take_the_end_codes():
    np.testing.assert_array_equal(codes([-0.3, 1.2]), [0, 7])


@pytest.mark.parametrize("bits", [1, 2, 3, 8])
def test_a_ramp_meets_every_code_in_order(bits):
    found = codes(np.linspace(0, 0.8, 5_000), bits=bits)
    np.testing.assert_array_equal(np.unique(found), np.arange(2**bits))
    assert (np.diff(found) >= 0).all()


def test_a_narrower_range_resolves_finer():
    # 0.2 to 0.6 V in eighths of 0.4 V: steps of 50 mV
    found = codes([0.1, 0.2, 0.2501, 0.41, 0.599, 0.7], low_v=0.2, high_v=0.6)
    np.testing.assert_array_equal(found, [0, 0, 1, 4, 7, 7])


def test_an_offset_of_one_step_moves_every_code_by_one():
    # thresholds 0.1 V higher: 0.45 V is above those at 0.2, 0.3 and 0.4 V
    np.testing.assert_array_equal(codes([0.45, 0.05], offset_lsb=1), [3, 0])
    np.testing.assert_array_equal(codes([0.45, 0.05], offset_lsb=-1), [5, 1])


def test_a_gain_error_grows_towards_the_top():
    # first threshold 0.11 V, last 0.77 V at 10 %
    found = codes([0.105, 0.115, 0.75, 0.775], gain_error=0.1)
    np.testing.assert_array_equal(found, [0, 1, 6, 7])


def test_bow_is_largest_at_the_middle_and_none_at_the_ends():
    straight, bowed = bank(bits=8).thresholds_v[0], bank(bits=8, inl_lsb=2.0).thresholds_v[0]
    shift_lsb = (bowed - straight) / (VDD_V / 256)
    assert shift_lsb.argmax() == 127
    assert shift_lsb[127] == pytest.approx(2.0)
    # 8 (1/256) (255/256) = 0.031 LSB
    assert shift_lsb[[0, -1]] == pytest.approx(0.0311, abs=1e-4)


def test_random_steps_have_the_given_spread_and_keep_the_range():
    thresholds = bank(outputs=400, bits=6, dnl_lsb=0.1).thresholds_v
    steps_lsb = np.diff(thresholds, axis=1) / (VDD_V / 64)
    assert steps_lsb.std() == pytest.approx(0.1, rel=0.05)
    assert steps_lsb.mean() == pytest.approx(1.0, abs=0.005)


def test_converters_of_one_chip_differ_and_repeat_with_the_seed():
    one, same, other = (bank(outputs=3, seed=s, dnl_lsb=0.2).thresholds_v for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3
    assert np.abs(one[0] - one[1]).max() > 1e-3


def test_ties_are_vectors_whose_largest_code_is_shared():
    assert ties(np.array([[7, 1, 7], [1, 2, 3], [0, 0, 0]])) == 2


def test_an_empty_range_is_refused():
    with pytest.raises(ConfigError, match="high_v must lie above low_v, 0.5 V, not at 0.2 V"):
        bank(low_v=0.5, high_v=0.2)
