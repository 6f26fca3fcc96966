from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.analog import (
    Crossbar,
    ProgrammedArray,
    SpreadConfig,
    WireConfig,
    program,
    read,
)
from cosim import ConfigError
from cosim.seeds import generator as seeded
from tests.physics.ngspice_golden import NOMINAL, VDD_V, golden, lines_ua
from tests.physics.ngspice_golden import crossbar as solved

ROWS = [row for row in golden("rows.json") if row["r_wire"] == 0]


def random_weights(generator, columns, rows):
    return generator.choice(np.array([-1, 1], np.int8), (columns, rows))


def crossbar(weights, sigma=0.0, seed=0):
    spread = SpreadConfig(cell=sigma)
    return program(weights, NOMINAL, VDD_V, partial(seeded, seed), spread=spread)


def ideal(crossbar, volts):
    return read(ProgrammedArray(crossbar, WireConfig()), "ideal", volts)


def virtual_ground(crossbar, volts):
    return read(ProgrammedArray(crossbar, WireConfig()), "virtual_ground", volts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"case {row['case']}")
def test_row_current_is_that_of_ngspice(row):
    plus, minus = solved(row).line_currents_ua(np.array([row["v"]]))
    np.testing.assert_allclose(np.concatenate([plus, minus], 1), lines_ua(row), rtol=1e-6)


def test_one_driven_synapse_burns_117_microwatts():
    # 0.64 V^2 * (117.81 + 65.62) uS = 117.4 uW, for either sign
    for weight in (-1, 1):
        power_uw = crossbar(np.array([[weight]], np.int8)).power_uw(np.array([0.8]))
        assert float(power_uw) == pytest.approx(117.4, abs=0.05)


def test_a_stored_zero_burns_more_and_adds_nothing():
    # both junctions parallel: 0.64 V^2 * 2 * 117.81 uS = 150.8 uW
    array = crossbar(np.array([[0]], np.int8))
    assert float(array.power_uw(np.array([0.8]))) == pytest.approx(150.8, abs=0.05)
    assert float(array.currents_ua(np.array([0.8]))[0]) == 0


def test_power_counts_driven_columns_only():
    array = crossbar(np.ones((4, 3), np.int8))
    power_uw = array.power_uw(np.array([0.8, 0.0, -0.8, 0.0]))
    assert float(power_uw) == pytest.approx(2 * 3 * 117.4, abs=0.3)


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 12))
def test_ternary_inputs_give_the_exact_integer_sums_at_both_levels(seed, columns, rows):
    generator = np.random.default_rng(seed)
    weights = random_weights(generator, columns, rows)
    signs = generator.integers(-1, 2, (3, columns))
    array = crossbar(weights)
    expected = signs @ weights.astype(int)
    np.testing.assert_array_equal(ideal(array, signs * VDD_V), expected)
    np.testing.assert_allclose(virtual_ground(array, signs * VDD_V), expected, atol=1e-11)


def test_half_drive_of_a_hidden_layer_counts_two_thirds():
    # phi(0.4) / phi(0.8) = 0.4 * 69.74 / (0.8 * 52.19) = 0.668
    array = crossbar(np.array([[1]], np.int8))
    assert float(virtual_ground(array, np.array([0.4]))[0]) == pytest.approx(0.668, abs=5e-4)
    assert float(ideal(array, np.array([0.4]))[0]) == 0.5


def test_negated_weights_and_swapped_junctions_negate_the_current():
    generator = np.random.default_rng(3)
    weights = random_weights(generator, 20, 5)
    made = NOMINAL.parallel_usiemens * generator.uniform(0.9, 1.1, (2, 20, 5))
    volts = generator.uniform(0, 0.8, 20)
    one = Crossbar(weights, NOMINAL, VDD_V, made)
    other = Crossbar(-weights, NOMINAL, VDD_V, made[::-1])
    np.testing.assert_allclose(one.currents_ua(volts), -other.currents_ua(volts), rtol=1e-12)
    assert float(one.power_uw(volts)) == pytest.approx(float(other.power_uw(volts)))


def test_spread_is_amplified_in_the_weight_current():
    # sigma sqrt(G_P^2 + G_AP^2) / (G_P - G_AP) = 5 % * 134.85 / 52.19 = 12.9 % at 0.8 V
    weights = random_weights(np.random.default_rng(1), 400, 100)
    array = crossbar(weights, sigma=0.05, seed=2)
    volts = np.eye(400) * VDD_V
    error = virtual_ground(array, volts) - weights
    assert error.std() == pytest.approx(0.129, rel=0.03)


def test_every_image_of_a_batch_is_computed_alone():
    generator = np.random.default_rng(5)
    array = crossbar(random_weights(generator, 30, 7), sigma=0.1)
    volts = generator.uniform(0, 0.8, (4, 30))
    batch, power = virtual_ground(array, volts), array.power_uw(volts)
    for image in range(4):
        np.testing.assert_allclose(batch[image], virtual_ground(array, volts[image]), rtol=1e-12)
        assert power[image] == pytest.approx(float(array.power_uw(volts[image])))


def test_other_weights_than_ternary_are_refused():
    with pytest.raises(ConfigError, match="must be a matrix of -1, 0 and [+]1"):
        crossbar(np.array([[2]], np.int8))


def test_conductances_of_another_shape_are_refused():
    with pytest.raises(ConfigError, match=r"two for each of the weights \(3, 2\), not of shape"):
        Crossbar(np.ones((3, 2), np.int8), NOMINAL, VDD_V, np.ones((2, 2, 3)))
