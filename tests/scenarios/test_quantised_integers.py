"""The integer reference: windows, encodings, thresholds, maxima, counted by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from components.cmos_accelerator import CmosConfig, CmosMachine
from components.pim.network import QuantisedLayer, QuantisedNetwork, Shape
from components.reram_crossbar import ReramConfig, ReramMachine
from scenarios.networks import vgg16
from scenarios.networks.images import load_images
from scenarios.networks.quantised import integers
from scenarios.networks.quantised.catalogue import find


def conv(weights, **changes: Any):
    layer = QuantisedLayer("conv", "conv", np.array(weights), 2, 8, "unsigned", "same")
    return replace(layer, **changes)


@pytest.mark.parametrize(
    ("encoding", "meant"),
    [("unsigned", [0, 1, 2, 3]), ("dorefa", [-3, -1, 1, 3]), ("twos_complement", [0, 1, -2, -1])],
)
def test_codes_of_two_bits_stand_for_these_steps(encoding, meant):
    layer = conv(np.arange(4).reshape(1, 1, 1, 4), encoding=encoding)
    assert integers.steps(layer).ravel().tolist() == meant


def test_a_same_convolution_sees_zeros_around_the_image():
    layer = conv(np.ones((3, 3, 1, 1), np.int64))
    image = np.array([[1, 2], [4, 8]]).reshape(1, 2, 2, 1)
    assert integers.sums(layer, image).ravel().tolist() == [15, 15, 15, 15]


def test_an_even_window_is_padded_below_and_to_the_right():
    layer = conv(np.array([[1, 0], [0, 2]]).reshape(2, 2, 1, 1))
    image = np.array([[1, 2], [4, 8]]).reshape(1, 2, 2, 1)
    # at (0, 0): 1 + 2 * 8; at (0, 1) the right column is padding: 2
    assert integers.sums(layer, image).ravel().tolist() == [17, 2, 4, 8]


def test_sums_beyond_float32_are_exact():
    inputs = 2_000  # 2,000 x 255 x 255 needs 27 bits, float32 has 24
    layer = QuantisedLayer(
        "fc", "dense", np.full((inputs, 1), 255), 8, 8, "unsigned",
    )  # fmt: skip
    codes = np.full((1, inputs), 255)
    codes[0, 0] = 254
    assert integers.sums(layer, codes).item() == (inputs - 1) * 255 * 255 + 254 * 255


def test_a_code_is_the_number_of_thresholds_reached_or_not_exceeded():
    layer = conv(
        np.ones((1, 1, 1, 2), np.int64), output_bits=2,
        thresholds=np.array([[1, 5, 9], [1, 5, 9]]), flip=np.array([False, True]),
    )  # fmt: skip
    sums = np.array([0, 1, 5, 8, 9]).reshape(1, 5, 1, 1) * np.ones(2, np.int64)
    assert integers.codes(layer, sums)[0, :, 0].tolist() == [
        [0, 3], [1, 3], [2, 2], [2, 1], [3, 1],
    ]  # fmt: skip


def test_maxima_leave_an_odd_row_out():
    layer = conv(np.ones((1, 1, 1, 1), np.int64), pool=2, output_bits=1, thresholds=np.array([[1]]))
    codes = np.arange(15).reshape(1, 3, 5, 1)
    assert integers.maxima(layer, codes).ravel().tolist() == [6, 8]


def test_the_class_is_the_first_largest_of_the_scaled_sums():
    layer = QuantisedLayer(
        "fc", "dense", np.array([[1, 3, 1]]), 2, 8, "unsigned",
        scale=np.array([3.0, 1.0, 1.0]), offset=np.array([0.0, 0.0, 0.0]),
    )  # fmt: skip
    network = QuantisedNetwork("small", (layer,), Shape(1, 1, 1))
    assert integers.classes(network, np.full((1, 1, 1, 1), 7, np.uint8)).tolist() == [0]


@pytest.mark.slow
def test_vgg16_is_exact_in_reram_and_in_cmos():
    network = find("vgg16", "4:1").machine
    (image,) = load_images(vgg16.NETWORK).part(0, 1).pixels
    *_, last = integers.layers(network, image[None])
    for machine in (ReramMachine(network, ReramConfig()), CmosMachine(network, CmosConfig())):
        machine.inference.infer(image)
        assert machine.memory.tables.answer.tolist() == last.sums.ravel().tolist()
