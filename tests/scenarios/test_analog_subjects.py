"""What the analog studies look at."""

import numpy as np
import pytest

from cosim import ConfigError, DataError
from scenarios.analog.subjects import random_subarray, subject


def written(path, **changed):
    """Write a 12-5-3 network; return the file's name."""
    random = np.random.default_rng(1)
    arrays = {
        "gains": np.array([0.5, 1.0], np.float32),
        "W0": random.choice([-1, 1], (12, 5)).astype(np.int8),
        "B0": random.choice([-1, 1], 5).astype(np.int8),
        "W1": random.choice([-1, 1], (5, 3)).astype(np.int8),
        "B1": random.choice([-1, 1], 3).astype(np.int8),
        **changed,
    }
    np.savez(path, **arrays)
    return str(path)


def test_lenet5_comes_with_ten_thousand_digits():
    found = subject("lenet5")
    assert found.shape == "400-120-84-10"
    assert found.drives.shape == (10_000, 400)
    assert set(np.unique(found.drives)) == {0.0, 1.0}
    assert found.first(7).labels.shape == (7,)


def test_a_file_of_layers_is_driven_by_random_signs(tmp_path):
    found = subject(written(tmp_path / "net.npz"))
    assert (found.name, found.shape) == ("net", "12-5-3")
    assert found.drives.shape == (100, 12)
    assert len(found.labels) == 0


def test_a_data_set_drives_a_file_s_layers_with_its_pixels(tmp_path):
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) * 10
    np.savez(tmp_path / "data.npz", x_test=pixels, y_test=np.array([1, 2], np.uint8))
    found = subject(written(tmp_path / "net.npz"), tmp_path / "data.npz")
    np.testing.assert_allclose(found.drives[0], np.arange(12) * 10 / 255)
    assert found.labels.tolist() == [1, 2]


def test_pixels_that_do_not_fit_are_refused(tmp_path):
    np.savez(tmp_path / "data.npz", x_test=np.zeros((2, 9), np.uint8), y_test=np.zeros(2, np.uint8))
    with pytest.raises(DataError, match="x_test must have 12 pixels an image, not 9"):
        subject(written(tmp_path / "net.npz"), tmp_path / "data.npz")


def test_layers_that_do_not_join_are_refused(tmp_path):
    with pytest.raises(DataError, match="W1 must have the shape 5 x any, not 4 x 3"):
        subject(written(tmp_path / "net.npz", W1=np.ones((4, 3), np.int8)))


def test_weights_beyond_the_signs_are_refused(tmp_path):
    with pytest.raises(DataError, match="W0 must hold -1 and [+]1 only"):
        subject(written(tmp_path / "net.npz", W0=np.full((12, 5), 2, np.int8)))


def test_an_unknown_network_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="there is no network lenet.*lenet5"):
        subject("lenet")


def test_a_random_subarray_counts_its_bias_column():
    found = random_subarray(8, 6, seed=3)
    assert (found.layers[0].inputs, found.layers[0].outputs) == (7, 6)


def test_a_network_with_images_of_its_own_takes_no_data_set(tmp_path):
    with pytest.raises(ConfigError) as refused:
        subject("lenet5", tmp_path / "mnist.npz")
    assert str(refused.value) == (
        "lenet5 must be without --data: it brings its own images; --data is for an .npz"
    )
