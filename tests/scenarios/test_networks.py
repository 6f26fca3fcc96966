"""Shapes and multiply-accumulates of the networks, against the layer tables of the papers."""

import math

import pytest

from cosim.errors import DataError
from scenarios.networks import lenet5, vgg16
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Network, Padding, Shape, stack


def macs(network):
    return {layer.name: layer.macs for layer in (*network.spatial, *network.dense)}


def test_lenet5_has_the_macs_of_its_layer_table():
    assert macs(lenet5.NETWORK) == {
        "conv1": 28 * 28 * 6 * 5 * 5 * 1,  # 117,600
        "pool1": 0,
        "conv2": 10 * 10 * 16 * 5 * 5 * 6,  # 240,000
        "pool2": 0,
        "fc1": 400 * 120,
        "fc2": 120 * 84,
        "fc3": 84 * 10,
    }
    assert lenet5.NETWORK.macs == 357_600 + 58_920


def test_vgg16_has_thirteen_convolutions_and_the_macs_of_its_layer_table():
    layers = vgg16.NETWORK.convolutions
    assert [layer.macs for layer in layers] == [
        1_769_472, 37_748_736, 18_874_368, 37_748_736, 18_874_368, 37_748_736, 37_748_736,
        18_874_368, 37_748_736, 37_748_736, 9_437_184, 9_437_184, 9_437_184,
    ]  # fmt: skip
    assert vgg16.NETWORK.macs == 313_196_544 + 267_264


@pytest.mark.parametrize(
    ("network", "features", "parameters"),
    [(lenet5.NETWORK, 400, 2_572 + 59_134), (vgg16.NETWORK, 512, 14_714_688 + 267_786)],
    ids=lambda value: getattr(value, "name", None),
)
def test_features_fit_the_buffer_and_parameters_are_those_of_the_table(
    network, features, parameters
):
    found = sum(
        math.prod(layer.weight_shape) + layer.weight_shape[-1] for layer in network.weighted
    )
    assert network.features == features
    assert features <= 512
    assert found == parameters


def test_same_padding_of_a_5x5_kernel_is_two_on_every_side():
    layer = Conv2D("c", Shape(28, 28, 1), filters=6, kernel=5, same=True)
    assert layer.padding == Padding(2, 2, 2, 2)
    assert layer.outputs == Shape(28, 28, 6)


def test_same_padding_with_stride_two_puts_the_odd_zero_below_and_right():
    layer = Conv2D("c", Shape(28, 28, 1), filters=6, kernel=3, same=True, stride=2)
    # 14 outputs span (14 - 1) * 2 + 3 = 29 rows: one more than 28.
    assert layer.padding == Padding(0, 1, 0, 1)
    assert layer.outputs == Shape(14, 14, 6)


def test_pooling_drops_an_incomplete_window():
    assert MaxPool("p", Shape(7, 6, 3)).outputs == Shape(3, 3, 3)


def test_a_stack_of_words_builds_the_same_layers_as_the_long_form():
    network = stack("tiny", Shape(6, 6, 1), "2@3v pool", (5, 3))
    assert network == Network(
        "tiny",
        Shape(6, 6, 1),
        (
            Conv2D("conv1", Shape(6, 6, 1), filters=2, kernel=3, same=False),
            MaxPool("pool1", Shape(4, 4, 2)),
        ),
        (Dense("fc1", 2 * 2 * 2, 5), Dense("fc2", 5, 3, "linear")),
    )


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (
            lambda: Network("n", Shape(4, 4, 1), (MaxPool("p", Shape(6, 6, 1)),), ()),
            "n.p must take 4x4x1, not 6x6x1",
        ),
        (
            lambda: Network("n", Shape(4, 4, 1), (), (Dense("d", 15, 2),)),
            "n.d must take 16 numbers, not 15",
        ),
        (lambda: Network("n", Shape(4, 4, 1), (), ()), "n must end in a dense layer; it has none"),
        (
            lambda: Conv2D("c", Shape(4, 4, 1), filters=1, kernel=5, same=False),
            "c: a 5x5 kernel without padding needs inputs at least as large, not 4x4x1",
        ),
        (
            lambda: MaxPool("p", Shape(1, 4, 1)),
            "p: a 2x2 window needs inputs at least as large, not 1x4x1",
        ),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_are_refused(build, sentence):
    with pytest.raises(DataError) as refusal:
        build()
    assert str(refusal.value) == sentence
