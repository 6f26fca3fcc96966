"""Levels and tiles of a programmed subarray."""

from functools import partial

import numpy as np
import pytest

from components.analog import (
    READERS,
    WIRED,
    DifferenceAmplifier,
    Mtj,
    MtjConfig,
    ProgrammedArray,
    SpreadConfig,
    WireConfig,
    column_ua,
    program,
    read,
)
from components.analog.wires import cut
from cosim import ConfigError
from cosim.seeds import generator

NOMINAL = Mtj(MtjConfig())
FAST = [level for level in READERS if level != "spice"]


def array(columns=40, rows=24, sigma=0.0, **wires):
    weights = np.random.default_rng(5).choice(np.array([-1, 1], np.int8), (columns, rows))
    spread = SpreadConfig(cell=sigma)
    crossbar = program(weights, NOMINAL, 0.8, partial(generator, 1), spread=spread)
    return ProgrammedArray(crossbar, WireConfig.model_validate({"tile": 16, **wires}))


def ternary(count=12, columns=40):
    return np.random.default_rng(6).integers(-1, 2, (count, columns)) * 0.8


def rms(error, of):
    return float(np.sqrt((error**2).mean() / (of**2).mean()))


def test_presets_are_none_two_and_ten_ohm():
    assert WireConfig(preset="none").ohms == (0.0, 0.0)
    assert WireConfig().ohms == (2.0, 2.0)
    assert WireConfig(preset="pessimistic", sense_ohm=11.55).ohms == (10.0, 11.55)


def test_tiles_cover_an_array_once():
    covered = np.zeros((40, 24), int)
    for columns, rows in cut(40, 24, 16):
        covered[columns, rows] += 1
    assert (covered == 1).all()
    assert len(cut(40, 24, 16)) == 3 * 2
    assert len(cut(40, 24, 0)) == 1


def test_an_array_without_lines_is_refused():
    with pytest.raises(ConfigError, match="one line at least|at least one line"):
        cut(0, 3, 16)


@pytest.mark.parametrize("level", [level for level in FAST if level != "netlist"])
def test_without_wires_every_level_gives_the_exact_sums(level):
    one, volts = array(preset="none"), ternary()
    expected = volts / 0.8 @ one.crossbar.weights.astype(float)
    np.testing.assert_allclose(read(one, level, volts), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("level", "bound"), [("virtual_ground", 0.05), ("merged", 0.02), ("one_correction", 2e-4)]
)
def test_levels_come_closer_to_the_mesh_the_more_they_know(level, bound):
    one, volts = array(), ternary()
    exact = read(one, "mesh", volts)
    assert bound / 20 < rms(read(one, level, volts) - exact, exact) < bound


@pytest.mark.parametrize("level", FAST)
def test_every_vector_of_a_batch_is_computed_alone(level):
    one, volts = array(), np.random.default_rng(1).uniform(0, 0.8, (2, 3, 40))
    batch = read(one, level, volts)
    assert batch.shape == (2, 3, 24)
    np.testing.assert_allclose(batch[1, 2], read(one, level, volts[1, 2]), rtol=1e-4, atol=1e-4)


def test_smaller_tiles_keep_more_of_the_signal():
    volts = ternary()
    kept = []
    for tile in (8, 16, 40):
        one = array(tile=tile)
        ideal = read(one, "ideal", volts)
        kept.append((read(one, "mesh", volts) * ideal).sum() / (ideal**2).sum())
    assert kept == sorted(kept, reverse=True)


def test_currents_of_tiles_in_a_row_add_up():
    one, volts = array(columns=32, rows=16), ternary(columns=32)
    halves = [
        ProgrammedArray(one.crossbar.part(part, slice(0, 16)), one.wires)
        for part in (slice(0, 16), slice(16, 32))
    ]
    parts = read(halves[0], "mesh", volts[:, :16]) + read(halves[1], "mesh", volts[:, 16:])
    np.testing.assert_allclose(read(one, "mesh", volts), parts, rtol=1e-4, atol=1e-6)


def test_difference_amplifiers_of_a_row_are_averaged():
    one, volts = array(columns=32, rows=16), ternary(columns=32)
    halves = [
        ProgrammedArray(one.crossbar.part(part, slice(0, 16)), one.wires, DifferenceAmplifier())
        for part in (slice(0, 16), slice(16, 32))
    ]
    parts = [
        read(half, "netlist", volts[:, at : at + 16])
        for half, at in zip(halves, (0, 16), strict=True)
    ]
    np.testing.assert_allclose(read(one, "netlist", volts), sum(parts) / 2, atol=1e-4)


def test_wires_lower_what_the_drivers_give():
    volts = ternary()
    one, free = array(), array(preset="none")
    for level in WIRED:
        if level not in {"spice", "netlist"}:
            with_wires, without = (column_ua(a, level, volts) for a in (one, free))
            assert 0.9 < np.abs(with_wires).sum() / np.abs(without).sum() < 0.99
    np.testing.assert_array_equal(column_ua(one, "ideal", volts), column_ua(free, "ideal", volts))


def test_spread_scatters_the_signal():
    volts = ternary()
    exact = read(array(), "mesh", volts)
    errors = [rms(read(array(sigma=sigma), "mesh", volts) - exact, exact) for sigma in (0.02, 0.1)]
    # 2.58 times the spread at full drive
    assert errors == pytest.approx([2.58 * 0.02, 2.58 * 0.1], rel=0.3)
