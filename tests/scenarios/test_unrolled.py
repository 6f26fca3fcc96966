"""What a network gives whose convolutions are on the arrays: by hand, and by the arrays' model."""

from dataclasses import replace

import numpy as np
import pytest

from components.analog import AnalogConfig
from cosim.errors import DataError
from scenarios.networks import lenet5, unrolled
from scenarios.networks.images import load_images
from scenarios.networks.layers import Conv2D, MaxPool, Network, Shape, stack
from scenarios.networks.weights import Binarised, Weights, load, save, untrained

TINY = replace(stack("tiny", Shape(4, 4, 1), "1@3v pool", (2,)), planes=2)


def weights_of(network: Network, seed: int = 7) -> Weights:
    return untrained(network, seed)


def test_planes_are_the_highest_bits_first_with_zeros_around() -> None:
    layer = Conv2D("conv", Shape(1, 2, 1), 1, 3, same=True)
    values = np.array([[[[0b1010_0000], [0b0111_1111]]]])
    planes = unrolled.cut(layer, values, 8, 3)
    assert planes.shape == (1, 3, 3, 4, 1)
    assert planes[0, :, 1, :, 0].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0], [0, 1, 1, 0]]
    assert not planes[0, :, [0, 2]].any()


@pytest.mark.parametrize(("planes", "bits"), [(1, 3), (2, 5), (3, 6), (4, 7)])
def test_sums_of_planes_have_so_many_bits(planes: int, bits: int) -> None:
    # 7, 7 + 14 = 21, 21 + 28 = 49, 49 + 56 = 105 at most
    assert unrolled.sum_bits(planes) == bits


@pytest.mark.parametrize(("planes", "offset"), [(1, 0), (2, 4), (3, 4), (4, 4)])
def test_middle_codes_lie_on_the_threshold_of_the_highest_bit(planes: int, offset: int) -> None:
    # 4 - 4, 16 - 12, 32 - 28, 64 - 60
    assert unrolled.offset(planes) == offset


def test_a_tiny_network_by_hand() -> None:
    ones = np.ones((9, 1), np.int8)
    convolved = (Binarised(-ones, np.array([1], np.int8), 1.0),)
    weights = replace(weights_of(TINY), convolved=convolved)
    pixels = np.zeros((1, 4, 4, 1), np.uint8)
    pixels[0, 1, 1] = 0b1100_0000
    pixels[0, 0, 3] = 0b0100_0000
    found = unrolled.trace(weights, pixels, unrolled.plain(convolved))
    # y = 1 - active. Highest plane: all four windows see (1, 1): y = 0, o = 1/2, code 4.
    # Lower plane: those on the right see (0, 3) in the upper row as well: y = -1, o = 0.731, 5
    assert found.codes[0][0, :, :, :, 0].tolist() == [[[4, 4], [4, 4]], [[4, 5], [4, 4]]]
    # twice the first plane, the second, and 4, which makes 16 of two middle codes
    added = unrolled.added(found.codes[0])[0, :, :, 0]
    assert added.tolist() == [[2 * 4 + 4 + 4, 2 * 4 + 5 + 4], [16, 16]]
    # the largest is 17 of 5 bits, whose highest is 1
    assert found.bits.tolist() == [[1]]


def test_the_arrays_give_what_arithmetic_gives() -> None:
    network = lenet5.SERIAL
    weights, pixels = weights_of(network), load_images(network).pixels[:2]
    plain = unrolled.trace(weights, pixels, unrolled.plain(weights.convolved))
    arrays = unrolled.engine(weights, AnalogConfig(level="ideal")).codes
    built = unrolled.trace(weights, pixels, arrays)
    for ours, theirs in zip(plain.codes, built.codes, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(plain.bits, built.bits)
    assert 0 < plain.bits.mean() < 1


def test_strips_are_the_windows_of_one_column_each() -> None:
    network = lenet5.ARRAYS
    pixels = load_images(network).pixels[:1]
    asked: list[np.ndarray] = []

    def codes(number: int, windows: np.ndarray) -> np.ndarray:
        asked.append(windows)
        filters = network.convolutions[number].filters
        return np.full((len(windows), filters), len(asked) % 8)

    jobs = [[(0, 20), (20, 8)], [(0, 10)]]
    by_strips = unrolled.by_strips(network, codes, jobs)
    found = unrolled.trace(weights_of(network), pixels, by_strips)
    assert [len(part) for part in asked] == [20, 8] * 28 + [10] * 10
    image = np.pad(pixels[0, :, :, 0] >= 128, 2)
    # the strip of column 13, window 17: rows 17 to 21 and columns 13 to 17 of the padded image
    np.testing.assert_array_equal(asked[2 * 13][17], image[17:22, 13:18].ravel())
    assert found.codes[0][0, 0, 20, 3].tolist() == [8 % 8] * 6  # the eighth strip was asked for


def test_weights_on_the_arrays_are_kept_and_found_again(tmp_path) -> None:
    weights = weights_of(lenet5.ARRAYS)
    save(tmp_path / "w.npz", weights)
    found = load(lenet5.ARRAYS, tmp_path / "w.npz")
    for ours, theirs in zip(weights.convolved, found.convolved, strict=True):
        np.testing.assert_array_equal(ours.weights, theirs.weights)
        assert theirs.gain == pytest.approx(ours.gain)
    steps = [(layer.name, layer.matrix.inputs, layer.step) for layer in found.unrolled]
    assert steps == [("conv1", 25, 5), ("conv2", 150, 30)]
    with pytest.raises(DataError, match="must hold weights of lenet5_serial; it holds those of"):
        load(lenet5.SERIAL, tmp_path / "w.npz")


def test_other_layers_than_maxima_between_convolutions_are_refused() -> None:
    network = replace(lenet5.TANH, planes=1)
    with pytest.raises(DataError, match="must have convolutions on the arrays with a maximum"):
        unrolled.check(network)
    assert isinstance(lenet5.ARRAYS.spatial[1], MaxPool)
    unrolled.check(lenet5.ARRAYS)
