"""Files of weights, digits and features: what comes with the package, and what is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import images, lenet5, weights
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.layers import Shape, stack

NETWORK = stack("tiny", Shape(4, 4, 1), "2@3v", (3, 2))


def tiny_arrays():
    random = np.random.default_rng(1)
    arrays: dict[str, Any] = {
        "gains": np.array([0.5, 0.25], np.float32),
        "record": np.array('{"seed": 7}'),
    }
    for layer in NETWORK.weighted:
        arrays[f"fp_{layer.name}_w"] = random.normal(size=layer.weight_shape).astype(np.float16)
        arrays[f"fp_{layer.name}_b"] = np.zeros(layer.weight_shape[-1], np.float16)
    for at, layer in enumerate(NETWORK.dense):
        arrays[f"W{at}"] = random.choice([-1, 1], layer.weight_shape).astype(np.int8)
        arrays[f"B{at}"] = np.ones(layer.outputs, np.int8)
    return arrays


def write(path, **changes):
    arrays = tiny_arrays() | changes
    write_npz(path, {key: value for key, value in arrays.items() if value is not None})
    return path


def test_the_weights_that_come_with_the_package_fit_lenet5_and_say_how_good_they_are():
    found = weights.load(lenet5.NETWORK)
    assert found.affine["conv2"].weights.shape == (5, 5, 6, 16)
    assert found.binarised[0].weights.shape == (400, 120)
    assert [layer.gain for layer in found.binarised] == [0.25, 0.25, 0.25]
    assert found.record["seed"] == 3
    assert found.record["test"] == pytest.approx(
        {"full_precision": 0.9907, "ideal": 0.9797, "analog": 0.9801, "adc": 0.9786}
    )
    assert len(found.teacher) == 3


def test_the_files_that_come_with_the_package_are_small():
    sizes = {path.name: path.stat().st_size for path in weights.FOLDER.glob("*.npz")}
    assert sizes["lenet5.npz"] < 300_000
    large = {"vgg16.npz": 14_000_000, "vgg16_slim.npz": 7_000_000, "mnist_test.npz": 1_700_000}
    assert all(sizes.pop(name, 0) < most for name, most in large.items())
    assert sum(sizes.values()) < 2_000_000


def test_the_hundred_digits_are_ten_of_each_class():
    digits = images.load_images(lenet5.NETWORK)
    assert digits.pixels.shape == (100, 28, 28, 1)
    assert np.bincount(digits.labels).tolist() == [10] * 10
    assert len(set(digits.indices.tolist())) == 100


def test_the_hundred_digits_are_from_the_test_set_that_comes_with_the_package():
    digits = images.load_images(lenet5.NETWORK)
    whole = images.load_images(lenet5.NETWORK, weights.FOLDER / "mnist_test.npz")
    assert whole.pixels.shape == (10_000, 28, 28, 1)
    assert np.array_equal(whole.pixels[digits.indices], digits.pixels)
    assert np.array_equal(whole.labels[digits.indices], digits.labels)


def test_weights_come_back_from_their_file_as_they_went_in(tmp_path):
    path = write(tmp_path / "tiny.npz")
    first = weights.load(NETWORK, path)
    weights.save(tmp_path / "again.npz", first)
    again = weights.load(NETWORK, tmp_path / "again.npz")
    assert again.record == {"seed": 7}
    for name, layer in first.affine.items():
        assert np.array_equal(again.affine[name].weights, layer.weights)
    for before, after in zip(first.binarised, again.binarised, strict=True):
        assert np.array_equal(before.weights, after.weights)
        assert before.gain == after.gain


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"W0": None}, "must hold the array W0; it holds B0, B1, W1,"),
        ({"W1": np.ones((3, 3), np.int8)}, "W1 must have the shape 3 x 2, not 3 x 3"),
        ({"W1": np.zeros((3, 2), np.int8)}, "W1 must hold -1 and +1 only"),
        ({"B0": np.array([1, -1, 2], np.int8)}, "B0 must hold -1 and +1 only"),
        ({"gains": np.array([0.5, 0.0])}, "gains must be positive, not [0.5, 0.0]"),
        ({"gains": np.array([0.5])}, "gains must have the shape 2, not 1"),
        ({"fp_fc1_b": np.full(3, np.nan)}, "fp_fc1_b must hold finite numbers only"),
        ({"record": np.array("no json")}, "record must be a JSON object; train the network again"),
    ],
)
def test_weights_that_do_not_fit_the_network_are_refused(tmp_path, changes, sentence):
    path = write(tmp_path / "tiny.npz", **changes)
    with pytest.raises(DataError) as refusal:
        weights.load(NETWORK, path)
    assert str(refusal.value).startswith(str(path))
    assert sentence in str(refusal.value)


def test_a_missing_file_is_refused_by_name(tmp_path):
    path = tmp_path / "none.npz"
    with pytest.raises(DataError) as refusal:
        weights.load(NETWORK, path)
    assert str(refusal.value) == f"{path} must be an .npz file; there is no such file"


@pytest.mark.parametrize("kept", [0, 10, 200, -1], ids=lambda kept: f"{kept} bytes kept")
def test_a_truncated_file_is_refused(tmp_path, kept):
    path = write(tmp_path / "tiny.npz")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match="must be a complete .npz file; it is truncated"):
        weights.load(NETWORK, path)


def test_a_file_with_a_damaged_array_is_refused(tmp_path):
    path = write(tmp_path / "tiny.npz")
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match="must be a complete .npz file"):
        weights.load(NETWORK, path)


def test_a_single_array_is_no_weights_file(tmp_path):
    path = tmp_path / "array.npz"
    with path.open("wb") as stream:
        np.save(stream, np.zeros(3))
    with pytest.raises(DataError, match="must be a complete .npz file"):
        NpzFile(path)


def test_pickled_objects_are_not_loaded(tmp_path):
    path = tmp_path / "objects.npz"
    np.savez(path, W0=np.array([object()]))
    with pytest.raises(DataError, match="must be a complete .npz file"):
        NpzFile(path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"images": np.zeros((2, 4, 5), np.uint8)},
            "images must have the shape any x 4 x 4, not 2 x 4 x 5",
        ),
        (
            {"images": np.zeros((2, 4, 4, 3), np.uint8)},
            "images must have the shape any x 4 x 4 x 1",
        ),
        ({"images": np.zeros((2, 4, 4))}, "images must hold integers from 0 to 255"),
        ({"images": np.full((2, 4, 4), -1)}, "images must hold integers from 0 to 255"),
        ({"labels": np.array([0, 2])}, "labels must hold classes 0 to 1; it holds 2"),
        ({"labels": np.array([0])}, "labels must have the shape 2, not 1"),
        (
            {"images": np.zeros((0, 4, 4), np.uint8)},
            "images must hold at least one image; it holds none",
        ),
    ],
)
def test_images_that_do_not_fit_the_network_are_refused(tmp_path, changes, sentence):
    path = tmp_path / "images.npz"
    arrays = {
        "images": np.zeros((2, 4, 4), np.uint8),
        "labels": np.array([0, 1]),
        "indices": np.array([5, 6]),
    }
    write_npz(path, arrays | changes)
    with pytest.raises(DataError) as refusal:
        images.load_images(NETWORK, path)
    assert sentence in str(refusal.value)


def test_images_come_back_from_their_file_with_a_channel_axis(tmp_path):
    random = np.random.default_rng(2)
    pixels = random.integers(0, 256, (6, 4, 4, 1), np.uint8)
    labels = np.array([0, 1, 0, 1, 0, 1])
    dataset = images.Dataset(pixels, labels, pixels, labels)
    drawn = images.draw_images(dataset, per_class=2, seed=0)
    images.save_images(tmp_path / "drawn.npz", drawn)
    again = images.load_images(NETWORK, tmp_path / "drawn.npz")
    assert np.bincount(again.labels).tolist() == [2, 2]
    assert np.array_equal(again.pixels, pixels[again.indices])


def test_features_come_back_from_their_file(tmp_path):
    bits = np.random.default_rng(3).integers(0, 2, (5, NETWORK.features)).astype(np.int8)
    labels = np.array([0, 1, 1, 0, 1])
    images.save_features(tmp_path / "f.npz", images.Features(bits, labels, 1 - labels))
    again = images.load_features(NETWORK, tmp_path / "f.npz")
    assert np.array_equal(again.bits, bits)
    assert again.labels.tolist() == labels.tolist()
    assert again.digital.tolist() == [1, 0, 0, 1, 0]


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "kept.npz"
    write_npz(path, {"a": np.arange(3)})
    with pytest.raises(RuntimeError, match="no array"):
        write_npz(path, {"a": Unwritable()})
    assert np.array_equal(NpzFile(path).take("a", (3,)), np.arange(3))
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.npz"]


class Unwritable:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(DataError, match="must be in a folder that can be written"):
        write_npz(blocker / "weights.npz", {"a": np.zeros(1)})


def test_loading_weights_and_writing_a_program_never_imports_tensorflow():
    source = (
        "import sys; from scenarios.networks import images, lenet5, lowering, weights;"
        "found = weights.load(lenet5.NETWORK); digits = images.load_images(lenet5.NETWORK);"
        "lowering.program(found, digits.pixels[:1]);"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    root = Path(weights.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_data_set_in_keras_layout_gives_its_test_images(tmp_path):
    pixels = np.arange(3 * 28 * 28, dtype=np.uint8).reshape(3, 28, 28)
    labels = np.array([7, 2, 1], np.uint8)
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=pixels[:1], y_train=labels[:1], x_test=pixels, y_test=labels)
    loaded = images.load_images(lenet5.NETWORK, path)
    assert loaded.labels.tolist() == [7, 2, 1]
    assert loaded.indices.tolist() == [0, 1, 2]
    assert (loaded.pixels[..., 0] == pixels).all()
