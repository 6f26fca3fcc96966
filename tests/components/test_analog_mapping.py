import numpy as np
import pytest

from components.analog import (
    DenseLayer,
    GeometryConfig,
    MappingError,
    layer_columns,
    map_layers,
    placed_weights,
)
from cosim import ConfigError


def layer(inputs, outputs, name="fc", seed=0):
    generator = np.random.default_rng(seed)
    signs = np.array([-1, 1], np.int8)
    return DenseLayer(
        name, generator.choice(signs, (inputs, outputs)), generator.choice(signs, outputs), 0.25
    )


LENET = [layer(400, 120, "fc1"), layer(120, 84, "fc2"), layer(84, 10, "fc3")]
VGG = [layer(512, 512, "fc1"), layer(512, 10, "fc2")]
MLP = [layer(784, 16, "fc1"), layer(16, 10, "fc2")]


@pytest.mark.parametrize(
    ("layers", "with_column", "without"), [(LENET, 3, 3), (VGG, 4, 2), (MLP, 3, 3)]
)
def test_networks_take_the_subarrays_that_the_partition_rule_gives(layers, with_column, without):
    assert len(map_layers(layers, GeometryConfig())) == with_column
    assert len(map_layers(layers, GeometryConfig(bias="row_circuit"))) == without


def test_the_513th_column_takes_a_subarray_of_its_own():
    first, second = map_layers([layer(512, 512)], GeometryConfig())
    assert (first.columns, second.columns) == (slice(0, 512), slice(512, 513))
    assert not first.has_neurons
    assert second.has_neurons


def test_outputs_beyond_the_rows_take_another_row_of_subarrays():
    placements = map_layers([layer(10, 700)], GeometryConfig())
    assert [placed.rows for placed in placements] == [slice(0, 512), slice(512, 700)]
    assert all(placed.has_neurons for placed in placements)


def test_subarrays_hold_every_weight_and_bias_once():
    dense = layer(70, 45, seed=4)
    geometry = GeometryConfig(columns=32, rows=20, subarrays=9)
    matrix = np.zeros((71, 45), int)
    for placed in map_layers([dense], geometry):
        matrix[placed.columns, placed.rows] += placed_weights(dense, placed)
    np.testing.assert_array_equal(matrix[:70], dense.weights)
    np.testing.assert_array_equal(matrix[70], dense.biases)


def test_biases_in_the_row_circuit_take_no_column():
    assert layer_columns(LENET[0], GeometryConfig()) == 401
    assert layer_columns(LENET[0], GeometryConfig(bias="row_circuit")) == 400


def test_too_many_subarrays_are_refused_with_what_would_fit():
    with pytest.raises(MappingError) as refused:
        map_layers(VGG, GeometryConfig(subarrays=3))
    assert str(refused.value) == (
        "the layers fc1 512x512, fc2 512x10 must fit 3 subarrays of 512x512, not 4;"
        " 4 subarrays would fit, and so would bias = row_circuit"
    )


def test_layers_that_do_not_join_are_refused():
    with pytest.raises(ConfigError, match="layer b must take the 120 outputs of a, not 84 inputs"):
        map_layers([layer(400, 120, "a"), layer(84, 10, "b")], GeometryConfig())


def test_no_layers_are_refused():
    with pytest.raises(ConfigError, match="one layer at least"):
        map_layers([], GeometryConfig())


@pytest.mark.parametrize(
    ("weights", "biases", "gain", "message"),
    [
        (np.ones((3, 2)), np.ones(3), 1.0, "one per output"),
        (np.full((3, 2), 2), np.ones(2), 1.0, "-1, 0 or [+]1"),
        (np.ones((3, 2)), np.ones(2), 0.0, "gain must be above 0"),
    ],
)
def test_layers_of_other_shape_or_value_are_refused(weights, biases, gain, message):
    with pytest.raises(ConfigError, match=message):
        DenseLayer("fc", weights, biases, gain)
