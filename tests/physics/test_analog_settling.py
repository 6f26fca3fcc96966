"""Settling of a 128-input row, its amplifier and its neuron, against ngspice."""

from functools import lru_cache
from math import log, pi

import numpy as np
import pytest

from components.analog import AmplifierConfig, Circuit, Crossbar, SettlingConfig
from components.analog.settling import Stage, estimate, transient
from tests.physics.ngspice_golden import NOMINAL, VDD_V, golden

CASE = golden("tran.json")
RUNS = {"ideal_amp": (None, 190.0), "amp_3GHz": (3e9, 2000.0), "amp_1GHz": (1e9, 4000.0)}
LSB_3_BITS_V = VDD_V / 8


def stage(bandwidth_hz, load_ff=12.8):
    return Stage(1500.0, AmplifierConfig(bandwidth_hz=int(bandwidth_hz)), 4, load_ff)


@lru_cache
def simulated(run):
    bandwidth_hz, end_ps = RUNS[run]
    weights = np.array(CASE["w"], np.int8)[:, None]
    made = np.full((2, 128, 1), NOMINAL.parallel_usiemens)
    circuit = Circuit(Crossbar(weights, NOMINAL, VDD_V, made), (2.0, 2.0))
    volts = np.array(CASE["on"]) * VDD_V
    return transient(
        circuit, SettlingConfig(), stage(bandwidth_hz or 1e9), volts, end_ps,
        bit_cells=128, is_ideal=bandwidth_hz is None,
    )  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
def test_settling_times_are_those_of_ngspice(run):
    found, expected = simulated(run), CASE[run]
    one_percent = expected["settle_1pct_s"] * 1e12
    half_lsb = expected["settle_0p5lsb3bit_s"] * 1e12
    assert found.settled_ps(0.01 * VDD_V) == pytest.approx(one_percent, rel=0.05)
    assert found.settled_ps(LSB_3_BITS_V / 2) == pytest.approx(half_lsb, rel=0.05)


@pytest.mark.parametrize("run", RUNS)
def test_outputs_start_and_end_where_those_of_ngspice_do(run):
    found = simulated(run)
    assert found.output_v[0, 0] == pytest.approx(CASE[run]["v0"], abs=1e-6)
    assert found.output_v[-1, 0] == pytest.approx(CASE[run]["v_final"], abs=1e-6)


@pytest.mark.parametrize("run", ["amp_3GHz", "amp_1GHz"])
def test_the_estimate_is_never_shorter_than_the_circuit(run):
    bandwidth_hz = RUNS[run][0]
    after = stage(bandwidth_hz)
    parts = estimate(SettlingConfig(), 128, 1, (2.0, 2.0), after, NOMINAL, VDD_V)
    assert parts.total_ps >= simulated(run).settled_ps(0.01 * VDD_V)


def test_the_amplifier_takes_4_6_time_constants():
    parts = estimate(SettlingConfig(), 32, 32, (2.0, 2.0), stage(1e9), NOMINAL, VDD_V)
    assert parts.amplifier == pytest.approx(log(100) / (2 * pi * 1e9) * 1e12)


def test_wires_take_longer_the_longer_they_are():
    # 0.1 fF x 2 ohm x 32 x 33 / 2 for each of the two lines: 211 fF ohm, 4.6 times
    parts = estimate(SettlingConfig(), 32, 32, (2.0, 2.0), stage(1e9), NOMINAL, VDD_V)
    assert parts.wire == pytest.approx(211.2e-3 * log(100))


def test_two_layers_settle_in_40_cycles_at_3_7_gigahertz():
    parts = estimate(
        SettlingConfig(), 32, 16, (2.0, 2.0),
        Stage(530.0, AmplifierConfig(), 4, 1.0), NOMINAL, VDD_V,
    )  # fmt: skip
    assert 0.95 * 40 / 3.7e9 < 2 * parts.total_ps * 1e-12 < 40 / 3.7e9
