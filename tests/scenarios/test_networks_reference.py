"""The numpy forward pass, against arithmetic done by hand and against the stored accuracies."""

import math

import numpy as np
import pytest

from scenarios.networks import images, lenet5, reference, vgg16, weights
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Shape, stack
from scenarios.networks.weights import Affine, Binarised, Weights


@pytest.fixture(scope="module")
def lenet():
    return weights.load(lenet5.NETWORK)


@pytest.fixture(scope="module")
def digits():
    return images.load_images(lenet5.NETWORK)


def test_a_kernel_of_ones_counts_the_pixels_under_it():
    layer = Conv2D("c", Shape(3, 4, 1), filters=1, kernel=3, same=True)
    ones = Affine(np.ones((3, 3, 1, 1), np.float32), np.zeros(1, np.float32))
    found = reference.convolve(layer, ones, np.ones((1, 3, 4, 1), np.float32))
    assert found[0, :, :, 0].tolist() == [[4, 6, 6, 4], [6, 9, 9, 6], [4, 6, 6, 4]]


def test_a_convolution_keeps_row_column_channel_and_filter_apart():
    layer = Conv2D("c", Shape(2, 2, 2), filters=2, kernel=2, same=False, relu=False)
    kernel = np.zeros((2, 2, 2, 2), np.float32)
    kernel[0, 1, 0, 0] = 10  # row 0, column 1, channel 0 into filter 0
    kernel[1, 0, 1, 1] = 100  # row 1, column 0, channel 1 into filter 1
    pixels = np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], np.float32)[None]
    found = reference.convolve(layer, Affine(kernel, np.array([1, 2], np.float32)), pixels)
    assert found.ravel().tolist() == [10 * 3 + 1, 100 * 6 + 2]


def test_relu_stops_negative_sums_only():
    layer = Conv2D("c", Shape(1, 2, 1), filters=1, kernel=1, same=False)
    affine = Affine(np.full((1, 1, 1, 1), -1, np.float32), np.zeros(1, np.float32))
    found = reference.convolve(layer, affine, np.array([2, -3], np.float32).reshape(1, 1, 2, 1))
    assert found.ravel().tolist() == [0, 3]


def test_stride_two_takes_every_second_window():
    layer = Conv2D("c", Shape(1, 5, 1), filters=1, kernel=1, same=True, stride=2)
    affine = Affine(np.ones((1, 1, 1, 1), np.float32), np.zeros(1, np.float32))
    row = np.arange(5, dtype=np.float32).reshape(1, 1, 5, 1)
    assert reference.convolve(layer, affine, row).ravel().tolist() == [0, 2, 4]


def test_pooling_takes_the_largest_of_each_window():
    rows = np.array([[1, 9, 2, 3], [4, 5, 8, 6]], np.float32).reshape(1, 2, 4, 1)
    assert reference.pool(MaxPool("p", Shape(2, 4, 1)), rows).ravel().tolist() == [9, 8]


@pytest.mark.parametrize(
    ("output", "code"), [(0, 0), (0.1249, 0), (0.125, 1), (0.5, 4), (0.9999, 7), (1, 7)]
)
def test_three_bit_codes_are_eighths_of_the_range(output, code):
    assert reference.codes(np.array([[output]], np.float32)).tolist() == [[code]]


def test_an_analog_neuron_is_the_falling_sigmoid_of_its_sum():
    network = stack("n", Shape(1, 4, 1), "", (1,))
    layer = Binarised(np.array([[1], [1], [-1], [1]], np.int8), np.array([1], np.int8), 0.25)
    found = reference.analog_outputs(
        Weights(network, {}, (layer,)), np.array([[1, 1, 0, 1]], np.int8)
    )
    assert found[0, 0] == pytest.approx(1 / (1 + math.e))  # sum 1 + 1 + 1 + 1 = 4, gain 1/4


def test_a_neuron_driven_far_beyond_its_range_gives_zero_without_overflow():
    network = stack("n", Shape(1, 512, 1), "", (1,))
    layer = Binarised(np.ones((512, 1), np.int8), np.ones(1, np.int8), 1.0)
    found = reference.analog_outputs(Weights(network, {}, (layer,)), np.ones((1, 512), np.int8))
    assert found[0, 0] == pytest.approx(0, abs=1e-30)


def test_ties_go_to_the_lowest_class():
    assert reference.classes(np.array([[3, 7, 7], [5, 5, 5]])).tolist() == [1, 0]


def test_a_dense_layer_adds_biases_before_relu():
    affine = Affine(np.array([[1, -2], [3, 1]], np.float32), np.array([-4, 1], np.float32))
    found = reference.dense(Dense("d", 2, 2), affine, np.array([[1, 1], [2, 1]], np.float32))
    assert found.tolist() == [[0, 0], [1, 0]]


def test_colour_pixels_enter_centred_on_their_mean():
    pixel = np.array([[[[255, 0, 51]]]], np.uint8)
    found = reference.scale(vgg16.NETWORK, pixel).ravel()
    assert found == pytest.approx(
        [(1 - 0.4914) / 0.2470, (0 - 0.4822) / 0.2435, (0.2 - 0.4465) / 0.2616],
        rel=1e-3,
    )


def test_lenet_classifies_98_of_its_100_digits_either_way(lenet, digits):
    found = reference.accuracy(lenet, digits.pixels, digits.labels)
    assert found == {"full_precision": 0.98, "analog": 0.98, "adc3": 0.98}


def test_features_after_relu_are_never_negative(lenet, digits):
    found = np.unique(reference.signs(reference.features(lenet, digits.pixels)))
    assert found.tolist() == [0, 1]


def test_accuracy_on_all_test_digits_is_the_recorded_one(lenet):
    whole = images.load_images(lenet5.NETWORK, weights.FOLDER / "mnist_test.npz")
    found = reference.accuracy(lenet, whole.pixels, whole.labels)
    assert found == {"full_precision": 0.9907, "analog": 0.9797, "adc3": 0.9784}
    assert found["analog"] == lenet.record["test"]["ideal"]


def test_features_do_not_depend_on_how_images_are_batched(lenet, digits, monkeypatch):
    together = reference.features(lenet, digits.pixels[:7])
    monkeypatch.setattr(reference, "BATCH", 3)
    apart = reference.features(lenet, digits.pixels[:7])
    rounding = np.finfo(np.float32).eps * together.max()
    assert np.abs(together - apart).max() <= 8 * rounding  # a batch decides the order of sums
