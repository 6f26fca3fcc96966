"""Full-precision weights quantised as they are: what is lost, and what is not."""

import numpy as np
import pytest

from scenarios.networks import lenet5, reference, weights
from scenarios.networks.images import load_images
from scenarios.networks.quantised import integers
from scenarios.networks.quantised.estimating import codes_of, estimated, shares
from scenarios.networks.quantised.parameters import Quantised
from scenarios.networks.quantised.stages import read_width, stages


@pytest.fixture(scope="module")
def digits():
    return load_images(lenet5.NETWORK)


def quantised(width, pixels):
    network, bits = lenet5.NETWORK, read_width(width)
    affine = weights.load(network).affine
    return Quantised(network, bits, estimated(network, stages(network, bits), affine, pixels))


def test_one_bit_of_a_weight_is_its_sign():
    kernel = np.array([[-0.5, 2.0], [0.1, -3.0]])
    assert codes_of(shares(kernel, 1), 1).tolist() == [[0, 1], [1, 0]]


def test_a_filter_of_zeros_has_codes_in_the_middle():
    assert codes_of(shares(np.zeros((4, 1)), 8), 8).ravel().tolist() == [128] * 4  # 127.5, to even


def test_two_bits_of_a_normal_weight_cut_where_a_uniform_quantiser_does_best():
    kernel = np.random.default_rng(0).standard_normal((20_000, 1))
    found = codes_of(shares(kernel, 2), 2)
    # four uniform levels do best with a step of 0.9957 sigma (J. Max, 1960): 16 % lie beyond one
    assert (found == 3).mean() == pytest.approx(0.16, abs=0.03)
    assert (found == 0).mean() == pytest.approx(0.16, abs=0.03)


def test_eight_bits_find_the_classes_of_full_precision(digits):
    held = weights.load(lenet5.NETWORK)
    exact = reference.classes(reference.logits(held, reference.features(held, digits.pixels)))
    found = integers.classes(quantised("8:8", digits.pixels).machine, digits.pixels)
    assert (found == exact).mean() >= 0.98


def test_one_bit_without_training_still_knows_most_digits(digits):
    found = integers.classes(quantised("1:1", digits.pixels).machine, digits.pixels)
    assert (found == digits.labels).mean() >= 0.8
