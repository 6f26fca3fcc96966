"""Spread, faults and ageing: moments, limits, seeds."""

from functools import partial
from math import exp

import numpy as np
import pytest

from components.analog import FaultConfig, Mtj, MtjConfig, SpreadConfig, program
from components.analog.variation import conductances, flip_probability
from cosim.seeds import generator

NOMINAL = Mtj(MtjConfig())
SHAPE = (2, 300, 300)
WEIGHTS = np.random.default_rng(1).choice(np.array([-1, 0, 1], np.int8), (300, 200))


def drawn(seed=1, path="subarray[0]", **spread):
    return conductances(SpreadConfig(**spread), 100.0, SHAPE, path, partial(generator, seed))


def programmed(seed=1, path="subarray[0]", **faults):
    return program(
        WEIGHTS, NOMINAL, 0.8, partial(generator, seed), path, faults=FaultConfig(**faults)
    )


def wrong(array):
    return array.parallel != np.array([WEIGHTS >= 0, WEIGHTS <= 0])


def test_lognormal_spread_has_the_nominal_value_as_median():
    logarithm = np.log(drawn(cell=0.05) / 100)
    assert logarithm.mean() == pytest.approx(0, abs=4 * 0.05 / np.sqrt(logarithm.size))
    assert logarithm.std() == pytest.approx(0.05, rel=0.01)


def test_normal_spread_has_the_nominal_value_as_mean():
    made = drawn(law="normal", cell=0.05)
    assert made.mean() == pytest.approx(100, abs=4 * 5 / np.sqrt(made.size))
    assert made.std() == pytest.approx(5, rel=0.01)


def test_a_wide_normal_spread_leaves_no_junction_without_conductance():
    assert drawn(law="normal", cell=0.5).min() == pytest.approx(10)


def test_a_die_shifts_all_its_cells_alike():
    made = drawn(die=0.1)
    assert np.ptp(made) == 0
    assert made[0, 0, 0] != 100
    other = drawn(die=0.1, path="subarray[1]")
    assert other[0, 0, 0] == made[0, 0, 0]
    dies = [np.log(drawn(seed, die=0.1)[0, 0, 0] / 100) for seed in range(300)]
    assert np.std(dies) == pytest.approx(0.1, rel=0.15)


def test_cells_of_another_array_are_drawn_apart():
    assert np.corrcoef(drawn(cell=0.1).ravel(), drawn(cell=0.1, path="other").ravel())[0, 1] < 0.02


def test_more_spread_moves_every_cell_further_the_same_way():
    small, large = np.log(drawn(cell=0.02) / 100), np.log(drawn(cell=0.06) / 100)
    np.testing.assert_allclose(large, 3 * small, rtol=1e-9, atol=1e-12)


def test_without_faults_every_junction_is_as_the_weights_want_it():
    assert not wrong(programmed()).any()


@pytest.mark.parametrize("share", [0.01, 0.2])
def test_write_errors_leave_their_share_of_junctions_in_the_other_state(share):
    assert wrong(programmed(write_error=share)).mean() == pytest.approx(share, rel=0.1)


def test_stuck_junctions_ignore_the_weights():
    held = programmed(stuck_parallel=0.1, stuck_antiparallel=0.05).parallel
    wanted = np.array([WEIGHTS >= 0, WEIGHTS <= 0])
    assert held[~wanted].mean() == pytest.approx(0.1, abs=0.01)
    assert (~held)[wanted].mean() == pytest.approx(0.05, abs=0.01)
    assert programmed(stuck_parallel=1.0).parallel.all()


def test_a_fault_does_not_change_the_draws_of_another():
    only = wrong(programmed(write_error=0.1))
    both = wrong(programmed(write_error=0.1, stuck_parallel=0.05))
    assert (only & both).sum() > 0.85 * only.sum()


def test_retention_follows_neel_and_arrhenius():
    # lifetime 1 ns x exp(20) = 0.485 s; after a tenth of it (1 - exp(-0.2)) / 2 = 9.06 % flipped
    config = FaultConfig(thermal_stability=20, age_s=0.0485165195)
    assert flip_probability(config, 300.0) == pytest.approx((1 - exp(-0.2)) / 2, rel=1e-6)


def test_a_barrier_of_60_keeps_a_bit_for_ten_years():
    # lifetime 1 ns x exp(60) = 1.1e17 s; ten years are 3.2e8 s
    assert flip_probability(FaultConfig(age_s=3.2e8), 300.0) < 3e-9


def test_heat_shortens_the_lifetime():
    config = FaultConfig(thermal_stability=40, age_s=1e6)
    assert flip_probability(config, 320.0) > 5 * flip_probability(config, 300.0)


def test_in_the_end_half_of_the_states_are_lost():
    config = FaultConfig(thermal_stability=10, age_s=1e6)
    assert flip_probability(config, 300.0) == pytest.approx(0.5)


def test_no_spread_and_no_faults_draw_nothing():
    def never(path):
        raise AssertionError(path)

    program(WEIGHTS, NOMINAL, 0.8, never)
