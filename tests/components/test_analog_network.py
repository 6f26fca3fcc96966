from functools import partial

import numpy as np
import pytest

from components.analog import AnalogConfig, AnalogNetwork, DenseLayer, classify, drive_v
from cosim import ConfigError, override
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


def test_inputs_beyond_the_rails_are_refused_by_name_and_place(layers, images):
    volts = drive_v(images, VDD_V)
    volts[3, 17] = 1.3
    with pytest.raises(ConfigError) as refused:
        network(layers, AnalogConfig()).forward_v(volts)
    assert str(refused.value) == (
        "fc1: inputs must lie within the rails, -0.8 to 0.8 V, not at 1.3 V (input 17)"
    )


def test_inputs_that_are_no_numbers_are_refused(layers, images):
    volts = drive_v(images, VDD_V)
    volts[0, 0] = np.nan
    with pytest.raises(ConfigError, match="not at nan V"):
        network(layers, AnalogConfig()).forward_v(volts)


def test_inputs_of_another_number_are_refused(layers):
    with pytest.raises(ConfigError, match="fc1 must be given 60 input voltages, not 59"):
        network(layers, AnalogConfig()).forward_v(np.zeros((2, 59)))


def test_an_uncancelled_neuron_is_on_without_a_signal(layers, images):
    # at 0 V the neuron gives its high level, whatever the sign of the sum
    plain, bare = (
        network(layers, override(AnalogConfig(), "amplifier.reference_v", value)).output_v(
            1, np.zeros(10)
        )
        for value in ("0.4", "0.0")
    )
    np.testing.assert_allclose(plain, 0.4)
    np.testing.assert_allclose(bare, 0.4)  # the logistic form is told where its middle is
    config = override(override(AnalogConfig(), "neuron.form", "ekv"), "amplifier.reference_v", "0")
    assert (network(layers, config).output_v(1, np.zeros(10)) > 0.7).all()


def test_neurons_that_drive_ten_rows_keep_half_of_their_level(layers):
    config = override(override(AnalogConfig(), "neuron.form", "ekv"), "neuron.drive", "direct")
    made = network(layers, config)
    # measured with ngspice: 45 % left at -0.4 V; the rail here is -0.8 V, which drives harder
    assert 0.42 < made.level_left(0) < 0.52
    assert made.level_left(1) == 1.0
    many = override(config, "neuron.fins", "256")
    assert network(layers, many).level_left(0) > 0.97


def test_direct_drive_over_several_rows_of_subarrays_is_refused(layers):
    config = override(override(AnalogConfig(), "neuron.form", "ekv"), "neuron.drive", "direct")
    small = config.model_copy(update={"geometry": {"columns": 64, "rows": 8, "subarrays": 16}})
    with pytest.raises(ConfigError, match="every layer's outputs in one subarray"):
        network(layers, small)


def test_the_authors_amplifier_needs_a_bias_column(layers):
    config = override(AnalogConfig(level="netlist"), "geometry.bias", "row_circuit")
    with pytest.raises(ConfigError, match="level netlist must have geometry.bias = column"):
        network(layers, config)


def test_a_given_settling_time_takes_the_place_of_the_estimate(layers):
    free, given = (network(layers, AnalogConfig(layer_ps=value)) for value in (None, 7_000))
    assert given.layers_ps == (7_000, 7_000)
    # 4.6 time constants of 140 MHz: 5.235 ns, and at most 0.1 ns of wires and neuron
    assert all(5_235 < layer_ps < 5_335 for layer_ps in free.layers_ps)
