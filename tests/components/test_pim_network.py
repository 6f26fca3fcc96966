"""Quantised networks as System B takes them: what is refused, and how shapes follow."""

from typing import Any

import numpy as np
import pytest

from components.pim import QuantisedLayer, QuantisedNetwork, Shape
from cosim import ConfigError

CONV: dict[str, Any] = {
    "name": "conv1",
    "kind": "conv",
    "weights": np.ones((3, 3, 2, 4), np.int64),
    "weight_bits": 1,
    "input_bits": 4,
    "encoding": "dorefa",
    "padding": "same",
    "output_bits": 2,
    "thresholds": np.tile(np.array([-3, 0, 5]), (4, 1)),
}


def conv(**changed: Any) -> QuantisedLayer:
    """Return a layer of four 3 x 3 filters over two channels, with some fields changed."""
    return QuantisedLayer(**(CONV | changed))


def dense(inputs: int, **changed: Any) -> QuantisedLayer:
    """Return a last layer of ten neurons."""
    weights = np.ones((inputs, 10), np.int64)
    fields: dict[str, Any] = {"input_bits": 2, "weight_bits": 1, "encoding": "unsigned"} | changed
    return QuantisedLayer("dense", "dense", weights, **fields)


def test_a_layer_knows_how_many_activations_meet():
    layer = conv()
    assert (layer.inputs, layer.outputs, layer.window) == (3 * 3 * 2, 4, (3, 3))
    assert dense(7).window == (1, 1)


@pytest.mark.parametrize(
    ("changed", "given", "found"),
    [
        ({"padding": "same"}, (5, 6, 2), (5, 6, 4)),
        ({"padding": "valid"}, (5, 6, 2), (3, 4, 4)),
        ({"padding": "same", "stride": 2}, (5, 6, 2), (3, 3, 4)),  # ceil(5 / 2), ceil(6 / 2)
        (
            {"padding": "valid", "stride": 2},
            (5, 6, 2),
            (2, 2, 4),
        ),  # (5 - 3) // 2 + 1, (6 - 3) // 2 + 1
        ({"padding": "same", "pool": 2}, (5, 6, 2), (2, 3, 4)),  # the fifth row is left out
    ],
)
def test_shapes_follow_padding_stride_and_pool(changed, given, found):
    assert conv(**changed).pooled(Shape(*given)) == Shape(*found)


def test_the_odd_margin_of_same_padding_is_below_and_to_the_right():
    # 6 columns at a stride of 2: the third window begins at 4 and lacks one column
    assert conv(stride=2).margins(Shape(5, 6, 2)) == (1, 0)
    assert conv().margins(Shape(5, 6, 2)) == (1, 1)
    assert conv(padding="valid").margins(Shape(5, 6, 2)) == (0, 0)


def test_a_dense_layer_takes_an_image_flattened():
    network = QuantisedNetwork("small", (conv(pool=2), dense(2 * 3 * 4)), Shape(5, 6, 2))
    assert network.shapes == [Shape(5, 6, 2), Shape(2, 3, 4), Shape(1, 1, 10)]
    assert network.classes == 10


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"input_bits": 9}, "conv1.input_bits must be 1 to 8 bits, not 9; quantise it"),
        ({"weight_bits": 0}, "conv1.weight_bits must be 1 to 8 bits, not 0; quantise it"),
        ({"output_bits": 12}, "conv1.output_bits must be 1 to 8 bits, not 12; quantise it"),
        ({"encoding": "xnor"},
         "conv1.encoding must be one of unsigned, dorefa, twos_complement, not xnor"),
        ({"pool": 3}, "conv1.pool must be one of 1, 2, not 3"),
        ({"stride": 0}, "conv1.stride must be at least 1, not 0"),
        ({"kind": "dense", "pool": 2}, "conv1.pool must be 1 in a dense layer, not 2"),
        ({"kind": "dense"}, "conv1.weights must have 2 axes that are not empty in a dense layer, "
         "not shape (3, 3, 2, 4)"),
        ({"weights": np.full((3, 3, 2, 4), -1)}, "conv1.weights must be codes of 0 to 1, not -1 to "
         "-1; give raw codes, not values"),
        ({"output_bits": 3}, "conv1.thresholds must be 4 x 7, not shape (4, 3)"),
        ({"thresholds": np.tile(np.array([-3, 5, 0]), (4, 1))},
         "conv1.thresholds must ascend; those of output 0 fall after number 1"),
        ({"thresholds": None, "pool": 2}, "conv1.pool must be 1 without thresholds, not 2"),
        ({"flip": np.zeros(3, np.bool_)},
         "conv1.flip must have one entry for each of the 4 outputs, not shape (3,)"),
    ],
)  # fmt: skip
def test_a_layer_that_contradicts_itself_is_refused_in_a_sentence(changed, sentence):
    with pytest.raises(ConfigError) as refused:
        conv(**changed)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("layers", "shape", "sentence"),
    [
        ((), (5, 6, 2), "small.layers must have at least one layer, not none"),
        ((conv(),), (5, 6, 3), "conv1 must take the 3 channels of the layer before, not 2"),
        ((conv(padding="valid"),), (2, 6, 2),
         "conv1 must leave at least 1 x 1 positions, not 0 x 4 of 2 x 6 activations"),
        ((conv(), dense(99)), (5, 6, 2),
         "dense must take the 120 activations of the layer before, not 99"),
        ((conv(), dense(120, input_bits=4)), (5, 6, 2),
         "dense.input_bits must be the 2 of conv1's output, not 4"),
        ((conv(thresholds=None), dense(120)), (5, 6, 2),
         "conv1.thresholds must be there in every layer but the last, and are not; dense follows"),
    ],
)  # fmt: skip
def test_layers_that_do_not_chain_are_refused_in_a_sentence(layers, shape, sentence):
    with pytest.raises(ConfigError) as refused:
        QuantisedNetwork("small", layers, Shape(*shape))
    assert str(refused.value) == sentence
