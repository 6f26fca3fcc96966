"""LeNet-5 through the subarrays: the sign features of all 10,000 MNIST test digits."""

from functools import partial

import numpy as np
import pytest

from components.analog import AnalogConfig, AnalogNetwork, classify, drive_v
from cosim.seeds import generator
from scenarios.accuracy.examined import read
from scenarios.networks.lenet5 import NETWORK
from scenarios.networks.weights import load

WEIGHTS = load(NETWORK)
FEATURES = read(WEIGHTS, None, None)
LAYERS = WEIGHTS.programmed


def accuracy(**analog):
    """Return how many percent are classified rightly: by voltages, by 3-bit codes."""
    config = AnalogConfig.model_validate(analog)
    network = AnalogNetwork(LAYERS, config, partial(generator, 1))
    volts = network.forward_v(drive_v(FEATURES.signs, 0.8))
    return [
        100 * float(np.mean(classify(outputs) == FEATURES.labels))
        for outputs in (volts, network.codes(volts))
    ]


def test_ideal_level_has_the_accuracy_of_the_training_record():
    # plain numpy: 97.97 analog, 97.84 behind the converters
    assert accuracy(level="ideal") == pytest.approx([97.97, 97.84], abs=0.011)
    measured = [100 * WEIGHTS.record["test"][key] for key in ("analog", "adc")]
    assert accuracy() == pytest.approx(measured, abs=0.011)


def test_bias_law_costs_less_than_a_quarter_of_a_point():
    assert accuracy() == pytest.approx(accuracy(level="ideal"), abs=0.25)


def test_the_measured_neuron_costs_less_than_a_quarter_of_a_point():
    assert accuracy(neuron={"form": "measured"}) == pytest.approx(accuracy(), abs=0.25)


def test_spread_costs_accuracy_only_beyond_a_tenth():
    # differential rows average 400 junction pairs: 5 % is free, 20 % is not
    by_sigma = [accuracy(spread={"cell": sigma})[1] for sigma in (0.0, 0.05, 0.2)]
    assert by_sigma[1] == pytest.approx(by_sigma[0], abs=0.4)
    assert by_sigma[2] < by_sigma[0] - 0.5


def test_wrong_sign_of_the_sigmoid_would_lose_everything():
    network = AnalogNetwork(LAYERS, AnalogConfig(level="ideal"), partial(generator, 1))
    volts = network.forward_v(drive_v(FEATURES.signs, 0.8))
    assert np.mean(classify(0.8 - volts) == FEATURES.labels) < 0.15


def test_mean_array_power_is_half_of_full_drive():
    # 57 % of the features are 1 and hidden neurons sit between the rails
    network = AnalogNetwork(LAYERS, AnalogConfig(), partial(generator, 1))
    inputs_v = drive_v(FEATURES.signs[:1000], 0.8)
    power_w = 0.0
    for layer in range(3):
        columns_v = network.column_v(layer, inputs_v)
        power_w += float(network.power_uw(layer, columns_v).mean()) / 1e6
        inputs_v = network.layer_v(layer, inputs_v)
    assert 0.4 * 6.92 < power_w < 0.65 * 6.92
