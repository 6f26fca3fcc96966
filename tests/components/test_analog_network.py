from functools import partial

import numpy as np
import pytest

from components.analog import AnalogConfig, AnalogNetwork, DenseLayer, classify, drive_v
from cosim import override
from cosim.seeds import generator

VDD_V = 0.8


def dense(name, random, inputs, outputs, gain):
    signs = np.array([-1, 1], np.int8)
    return DenseLayer(
        name, random.choice(signs, (inputs, outputs)), random.choice(signs, outputs), gain
    )


@pytest.fixture
def layers():
    random = np.random.default_rng(11)
    return [dense("fc1", random, 60, 30, 0.25), dense("fc2", random, 30, 10, 0.5)]


@pytest.fixture
def images():
    return np.random.default_rng(12).integers(-1, 2, (25, 60)).astype(np.int8)


def network(layers, config, seed=0):
    return AnalogNetwork(layers, config, partial(generator, seed))


def test_ideal_level_is_the_trained_network(layers, images):
    outputs = images.astype(float)
    for layer in layers:
        sums = outputs @ layer.weights.astype(float) + layer.biases
        outputs = 1 / (1 + np.exp(layer.gain * sums))
    made = network(layers, AnalogConfig(level="ideal")).forward_v(drive_v(images, VDD_V))
    np.testing.assert_allclose(made, outputs * VDD_V, rtol=1e-12)


def test_virtual_ground_bends_hidden_voltages_by_the_bias_law(layers, images):
    def phi(volts):  # v (G_P - G_AP(v)) in units of G_P
        tmr = 2 / (1 + (volts / 0.65) ** 2)
        return volts * (1 - 1 / (1 + tmr))

    first, second = layers
    hidden = 0.8 / (1 + np.exp(0.25 * (images @ first.weights.astype(int) + first.biases)))
    sums = phi(hidden) / phi(0.8) @ second.weights.astype(int) + second.biases
    made = network(layers, AnalogConfig()).forward_v(drive_v(images, VDD_V))
    np.testing.assert_allclose(made, 0.8 / (1 + np.exp(0.5 * sums)), rtol=1e-10)


@pytest.mark.parametrize("level", ["ideal", "virtual_ground"])
@pytest.mark.parametrize("bias", ["column", "row_circuit"])
def test_partitions_do_not_change_the_sums(layers, images, level, bias):
    config = override(AnalogConfig(level=level), "geometry.bias", bias)
    whole = network(layers, config).forward_v(drive_v(images, VDD_V))
    small = {"columns": 16, "rows": 8, "subarrays": 64, "bias": bias}
    parts = network(layers, config.model_copy(update={"geometry": small}))
    assert len(parts.placements) > 10
    np.testing.assert_allclose(parts.forward_v(drive_v(images, VDD_V)), whole, rtol=1e-9)


def test_the_same_seed_makes_the_same_junctions(layers, images):
    config = override(AnalogConfig(), "spread.cell", 0.1)
    volts = drive_v(images, VDD_V)
    one, same, other = (network(layers, config, seed).forward_v(volts) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.01


def test_codes_and_classes_follow_the_outputs(layers):
    volts = np.resize([0.05, 0.45, 0.79], 10)
    found = network(layers, AnalogConfig()).codes(volts)
    np.testing.assert_array_equal(found, np.resize([0, 4, 7], 10))


def test_a_tie_goes_to_the_lowest_class():
    assert classify(np.array([3, 7, 7, 1])) == 1


def test_latency_is_one_settling_per_layer_and_one_conversion(layers):
    config = AnalogConfig(layer_ps=5_000)
    assert network(layers, config).latency_ps == 2 * 5_000 + 1_000
