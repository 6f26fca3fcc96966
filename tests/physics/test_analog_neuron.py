from pathlib import Path

import numpy as np
import pytest

from components.analog import Mtj, MtjConfig, NeuronConfig, feedback_ohm, measured_v, neuron_v

CURVE = np.genfromtxt(
    Path(__file__).parent / "ngspice" / "neuron_vtc.csv", delimiter=",", names=True
)
VDD_V = 0.8
MEASURED = NeuronConfig(form="measured")


def test_output_falls_as_the_sum_grows():
    outputs = neuron_v(NeuronConfig(), np.linspace(-20, 20, 41), 0.25, VDD_V)
    assert (np.diff(outputs) < 0).all()


def test_no_sum_gives_half_the_supply():
    assert float(neuron_v(NeuronConfig(), np.array(0.0), 0.25, VDD_V)) == 0.4


def test_sum_of_four_at_gain_one_quarter_gives_the_logistic_value():
    # 0.8 V / (1 + e) = 0.21515 V
    assert float(neuron_v(NeuronConfig(), np.array(4.0), 0.25, VDD_V)) == pytest.approx(
        0.2151531, abs=1e-6
    )


def test_huge_sums_saturate_without_a_warning():
    outputs = neuron_v(NeuronConfig(), np.array([-1e6, 1e6]), 1.0, VDD_V)
    np.testing.assert_allclose(outputs, [0.8, 0.0], atol=1e-12)


def test_measured_form_follows_ngspice_within_one_percent_of_the_supply():
    error = measured_v(MEASURED, CURVE["vin"], VDD_V) - CURVE["vout"]
    assert np.abs(error).max() < 0.01 * VDD_V
    assert error.std() < 0.005 * VDD_V


def test_measured_form_reaches_neither_rail():
    low, high = neuron_v(MEASURED, np.array([1e3, -1e3]), 1.0, VDD_V)
    # 0.0237 * 0.8 V and (0.0237 + 0.950) * 0.8 V
    assert low == pytest.approx(0.01896)
    assert high == pytest.approx(0.77896)


def test_both_forms_agree_within_the_fit_error_of_the_logistic_one():
    sums = np.linspace(-10, 10, 201)
    logistic = neuron_v(NeuronConfig(), sums, 0.25, VDD_V)
    measured = neuron_v(MEASURED, sums, 0.25, VDD_V)
    assert np.abs(logistic - measured).max() < 0.035 * VDD_V


def test_mean_power_of_the_simulated_neuron_is_that_of_the_paper():
    # supply and input power over a uniform sweep: 60.3 + 4.4 = 64.7 uW; the paper has 64 uW
    power_uw = (VDD_V * CURVE["i_vdd"] + CURVE["vin"] * CURVE["i_in"]).mean() * 1e6
    assert power_uw == pytest.approx(NeuronConfig().power_uw, rel=0.02)


def test_unit_gain_takes_a_feedback_of_2_1_kiloohm():
    # one unit moves the neuron by 1/11.3 V = 88.5 mV; 88.5 mV / 41.75 uA = 2.12 kohm
    mtj = Mtj(MtjConfig())
    assert feedback_ohm(NeuronConfig(), 1.0, mtj, VDD_V) == pytest.approx(2120, abs=1)
    assert feedback_ohm(NeuronConfig(), 0.25, mtj, VDD_V) == pytest.approx(530, abs=1)
