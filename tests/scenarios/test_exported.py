"""Full-precision weights of another training: batch norm folded, bytes instead of numbers."""

from pathlib import Path

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import exported, vgg16, weights
from scenarios.networks.files import write_npz
from scenarios.networks.layers import Shape, stack
from scenarios.networks.weights import Affine, stored

NETWORK = stack("tiny", Shape(4, 4, 1), "2@3v", (3, 2))
SLIM = Path(__file__).parents[3] / "shared" / "data" / "vgg_slim_cifar10.npz"


def arrays():
    random = np.random.default_rng(1)
    found = {
        f"conv0_{name}": random.uniform(0.5, 2, 2).astype(np.float32)
        for name in ("gamma", "beta", "mean", "var")
    }
    found["conv0_w"] = random.normal(size=(3, 3, 1, 2)).astype(np.float16)
    for at, layer in enumerate(NETWORK.dense):
        found[f"fc{at}_w"] = random.normal(size=layer.weight_shape).astype(np.float16)
        found[f"fc{at}_b"] = random.normal(size=layer.outputs).astype(np.float32)
    return found


def test_batch_norm_is_folded_into_the_convolution_before_it(tmp_path):
    held = arrays()
    write_npz(tmp_path / "e.npz", held)
    found = exported.read(NETWORK, tmp_path / "e.npz")["conv1"]
    window = np.random.default_rng(2).normal(size=(3, 3, 1))
    sums = np.tensordot(window, held["conv0_w"].astype(float), 3)
    deviation = np.sqrt(held["conv0_var"] + 1e-3)
    expected = held["conv0_gamma"] * (sums - held["conv0_mean"]) / deviation + held["conv0_beta"]
    assert np.tensordot(window, found.weights, 3) + found.biases == pytest.approx(
        expected, rel=1e-4
    )


def test_a_file_of_our_own_is_read_as_it_is(tmp_path):
    made = weights.untrained(NETWORK, 1)
    weights.save(tmp_path / "own.npz", made)
    found = exported.read(NETWORK, tmp_path / "own.npz")
    assert np.array_equal(found["fc2"].weights, stored(made.affine["fc2"], "float16").weights)


def test_an_export_of_another_network_is_refused_by_its_array(tmp_path):
    write_npz(tmp_path / "e.npz", arrays())
    with pytest.raises(
        DataError, match="conv0_w must have the shape 3 x 3 x 3 x 64, not 3 x 3 x 1"
    ):
        exported.read(vgg16.NETWORK, tmp_path / "e.npz")


def test_bytes_are_within_half_a_step_and_change_no_more():
    random = np.random.default_rng(3)
    kernel = (random.normal(size=(3, 3, 8, 5)) * [1e-3, 1, 30, 0, 1e-2]).astype(np.float32)
    affine = Affine(kernel, np.ones(5, np.float32))
    once = stored(affine, "int8")
    steps = np.abs(kernel).reshape(-1, 5).max(axis=0) / 127
    error = np.abs(once.weights - kernel).reshape(-1, 5).max(axis=0)
    assert (error <= 0.501 * steps * (1 + 2**-10) + 1e-9).all()
    again = stored(once, "int8")
    assert np.array_equal(again.weights, once.weights)


def test_bytes_come_back_from_their_file_as_they_went_in(tmp_path):
    made = weights.untrained(NETWORK, 1)
    affine = {name: stored(one, "int8") for name, one in made.affine.items()}
    held = weights.Weights(NETWORK, affine, made.binarised)
    weights.save(tmp_path / "w.npz", held, "int8")
    again = weights.load(NETWORK, tmp_path / "w.npz")
    for name, one in affine.items():
        assert np.array_equal(again.affine[name].weights, one.weights)
        assert np.array_equal(again.affine[name].biases, one.biases)
