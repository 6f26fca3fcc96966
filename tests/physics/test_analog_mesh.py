"""The circuit of a tile: against ngspice, against itself, and against what physics demands."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.analog import (
    Circuit,
    ConvergenceError,
    Crossbar,
    DifferenceAmplifier,
    Mesh,
    Mtj,
    MtjConfig,
    SpreadConfig,
    program,
)
from cosim import CosimError
from cosim.seeds import generator
from tests.physics.ngspice_golden import NOMINAL, VDD_V, crossbar, golden, lines_ua

ROWS = [row for row in golden("rows.json") if row["r_wire"]]


def random_crossbar(columns, rows, seed=1, sigma=0.05, mtj=NOMINAL):
    weights = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (columns, rows))
    return program(weights, mtj, VDD_V, partial(generator, seed), spread=SpreadConfig(cell=sigma))


def mesh(columns, rows, ohm=2.0, **options):
    return Mesh(Circuit(random_crossbar(columns, rows, **options), (ohm, ohm)))


def ternary(count, columns, seed=2):
    return np.random.default_rng(seed).integers(-1, 2, (count, columns)) * VDD_V


def analog(count, columns, seed=3):
    return np.random.default_rng(seed).uniform(0, VDD_V, (count, columns))


def rms(error, of):
    return float(np.sqrt((error**2).mean() / (of**2).mean()))


def difference(lines):
    plus, minus = np.split(lines, 2, axis=1)
    return plus - minus


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"case {row['case']}")
def test_currents_of_a_row_are_those_of_ngspice(row):
    solved = Mesh(Circuit(crossbar(row), (row["r_wire"],) * 2))
    found = solved.exact(np.array([row["v"]]))
    np.testing.assert_allclose(found, lines_ua(row), rtol=1e-6)


@pytest.mark.parametrize("name", ["xbar8.json", "xbar128.json"])
def test_currents_of_a_crossbar_are_those_of_ngspice(name):
    case = golden(name)
    solved = Mesh(Circuit(crossbar(case), (case["r_wire"],) * 2), name)
    found = solved.exact(np.array(case["v"]))
    np.testing.assert_allclose(found, lines_ua(case), rtol=1e-6, atol=1e-6)


def test_difference_amplifiers_give_the_volts_of_ngspice():
    case = golden("damp.json")
    amplifier = DifferenceAmplifier(case["r1"], case["gain"])
    circuit = Circuit(crossbar(case), (case["r_wire"],) * 2, "difference", amplifier)
    found = Mesh(circuit).exact(np.array(case["v"]))
    np.testing.assert_allclose(found, case["v_out"], atol=1e-6)


def test_difference_amplifiers_without_wires_follow_the_divider_of_resistors():
    # one column of 1 at 0.8 V, constant resistors: 117.81 uS on I+, 39.27 uS on I-
    mtj = Mtj(MtjConfig(bias_law="constant"))
    one = Crossbar(np.array([[1]], np.int8), mtj, VDD_V, np.full((2, 1, 1), mtj.parallel_usiemens))
    found = Mesh(Circuit(one, (0.0, 0.0), "difference")).exact(np.array([[VDD_V]]))
    plus_v = 0.8 * 30_000 / (8_488.26 + 31_000)
    minus_a = (0.8 - plus_v) / (25_464.79 + 1_000)
    assert found[0, 0] == pytest.approx(plus_v - minus_a * 30_000, abs=1e-5)


@pytest.mark.parametrize("inputs", [ternary, analog])
def test_one_correction_is_within_half_a_percent_at_32_by_32_and_2_ohm(inputs):
    tile, volts = mesh(32, 32), inputs(40, 32)
    exact = difference(tile.exact(volts))
    assert rms(difference(tile.corrected(volts)) - exact, exact) < 0.005


@pytest.mark.parametrize(("inputs", "bound"), [(ternary, 0.04), (analog, 0.02)])
def test_the_merged_matrix_is_within_its_declared_error_at_32_by_32_and_2_ohm(inputs, bound):
    tile, volts = mesh(32, 32), inputs(40, 32)
    exact = difference(tile.exact(volts))
    response, bend = tile.merged
    found = volts @ response.T - tile.bend_v(volts) @ bend.T
    assert rms(difference(found) - exact, exact) < bound


@pytest.mark.parametrize("ohms", [(1e-4, 1e-4), (0.0, 1e-4), (1e-4, 0.0)])
def test_without_resistance_currents_are_those_of_ideal_wires(ohms):
    array, volts = random_crossbar(9, 7), analog(3, 9)
    found = Mesh(Circuit(array, ohms)).exact(volts)
    np.testing.assert_allclose(found, np.concatenate(array.line_currents_ua(volts), 1), rtol=1e-5)


@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 9), st.floats(0.1, 50))
@settings(max_examples=25, deadline=None)
def test_negated_weights_swap_the_two_lines(seed, columns, rows, ohm):
    one = random_crossbar(columns, rows, seed)
    other = Crossbar(-one.weights, one.mtj, VDD_V, one.usiemens[::-1])
    volts = analog(2, columns, seed)
    plus, minus = np.split(Mesh(Circuit(one, (ohm, ohm))).exact(volts), 2, axis=1)
    swapped = Mesh(Circuit(other, (ohm, ohm))).exact(volts)
    np.testing.assert_allclose(swapped, np.concatenate([minus, plus], 1), atol=1e-6)


@given(st.integers(0, 1000), st.integers(1, 10), st.integers(1, 10), st.floats(0.1, 30))
@settings(max_examples=25, deadline=None)
def test_currents_into_every_node_cancel(seed, columns, rows, ohm):
    tile = Mesh(Circuit(random_crossbar(columns, rows, seed), (ohm, ohm)), tolerance=1e-13)
    assert tile.residual_ua(ternary(3, columns, seed)) < 1e-8  # uA: 1e-14 A


def test_drivers_give_what_the_sense_lines_take():
    tile, volts = mesh(16, 12), analog(5, 16)
    np.testing.assert_allclose(tile.column_ua(volts).sum(1), tile.exact(volts).sum(1), rtol=1e-9)


def test_superposition_holds_for_constant_resistors_only():
    volts = analog(2, 12)
    for law, holds in (("constant", True), ("at_voltage", False)):
        tile = Mesh(Circuit(random_crossbar(12, 8, mtj=Mtj(MtjConfig(bias_law=law))), (2.0, 2.0)))
        parts, whole = tile.exact(volts), tile.exact(volts.sum(0, keepdims=True) / 2)
        assert np.allclose(parts.mean(0), whole[0], rtol=1e-9) == holds


def test_longer_wires_leave_less_signal():
    kept = []
    for ohm in (0.5, 2.0, 10.0, 50.0):
        array, volts = random_crossbar(16, 16, sigma=0), ternary(20, 16)
        ideal = array.currents_ua(volts)
        found = difference(Mesh(Circuit(array, (ohm, ohm))).exact(volts))
        kept.append((found * ideal).sum() / (ideal**2).sum())
    assert kept == sorted(kept, reverse=True)
    # measured with ngspice: gain 0.971 at 16 x 16 and 2 ohm, 0.864 at 10 ohm
    assert kept[1:3] == pytest.approx([0.971, 0.864], abs=0.006)


def test_error_grows_with_spread():
    volts = ternary(40, 24)
    exact = [difference(mesh(24, 16, sigma=sigma).exact(volts)) for sigma in (0, 0.02, 0.05, 0.1)]
    errors = [rms(found - exact[0], exact[0]) for found in exact[1:]]
    assert errors == sorted(errors)


def test_dense_matrices_do_not_change_the_solution():
    plain, fast, volts = mesh(20, 12), mesh(20, 12), analog(9, 20)
    assert fast.dense.junction.shape == (240, 20)
    np.testing.assert_allclose(fast.exact(volts), plain.exact(volts), rtol=1e-8)


def test_newton_s_method_finds_what_the_chord_method_finds(monkeypatch):
    tile, volts = mesh(16, 16, ohm=10.0), analog(3, 16)
    by_chord = tile.exact(volts)
    monkeypatch.setattr("components.analog.mesh.CHORD_STEPS", 0)
    np.testing.assert_allclose(tile.exact(volts), by_chord, rtol=1e-8)


def test_a_circuit_that_does_not_settle_says_where_and_what_to_change(monkeypatch):
    tile = Mesh(Circuit(random_crossbar(8, 8), (3000.0, 3000.0)), "imac.subarray[1].tile")
    monkeypatch.setattr("components.analog.mesh.CHORD_STEPS", 0)
    monkeypatch.setattr("components.analog.mesh.NEWTON_STEPS", 1)
    with pytest.raises(ConvergenceError) as refused:
        tile.exact(analog(1, 8))
    assert str(refused.value).startswith(
        "imac.subarray[1].tile must settle in 1 Newton steps at 3000 and 3000 ohm per cell, but"
    )
    assert str(refused.value).endswith("use smaller tiles or less wire resistance")


def test_dense_matrices_of_a_huge_tile_are_refused():
    with pytest.raises(CosimError, match="must have at most 16384 cells for dense matrices"):
        _ = mesh(200, 90).dense
