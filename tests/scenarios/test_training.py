"""Training: both steps on real digits, and what is refused. Needs TensorFlow."""

import importlib.util

import numpy as np
import pytest

from cosim.errors import ConfigError, CosimError, DataError
from scenarios.networks import images, lenet5, reference, training, weights
from scenarios.networks.binary_student import binary_student, output_cross_entropy
from scenarios.networks.files import write_npz
from scenarios.networks.images import Dataset
from scenarios.networks.layers import Dense
from scenarios.networks.training import TrainingConfig

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings("ignore"),  # TensorFlow's own imports warn
]

SHORT = TrainingConfig(epochs=2, binary_epochs=3, batch=16, held_out=20)


@pytest.fixture(scope="module")
def keras():
    training.require_tensorflow()
    import keras

    return keras


@pytest.fixture(scope="module")
def dataset():
    """The hundred digits: eighty to train with, twenty to test with."""
    pixels, labels, _ = images.load_images(lenet5.NETWORK)
    return Dataset(pixels[:80], labels[:80], pixels[80:], labels[80:])


@pytest.fixture(scope="module")
def trained(dataset):
    lines: list[str] = []
    build = lenet5.keras_model
    found = training.train_model(lenet5.NETWORK, build, dataset, 5, SHORT, lines.append)
    return found, lines


def test_training_gives_signs_gains_and_a_record(trained, dataset):
    found, _ = trained
    for layer in found.binarised:
        assert set(np.unique(layer.weights)) == {-1, 1}
        assert layer.gain == 0.25
    record = found.record
    assert record["seed"] == 5
    assert record["data_sha256"] == dataset.digest()
    assert record["config"]["held_out"] == 20
    assert set(record["versions"]) == {"python", "numpy", "tensorflow", "keras"}
    assert [len(record[step]) for step in ("full_precision", "binary")] == [2, 3]
    assert record["test"] == reference.accuracy(found, dataset.test_pixels, dataset.test_labels)


def test_the_student_kept_is_the_epoch_best_on_held_out_digits(trained, dataset):
    found, _ = trained
    held_out = slice(60, 80)
    bits = reference.signs(reference.features(found, dataset.train_pixels[held_out]))
    kept = reference.binarised_accuracy(found, bits, dataset.train_labels[held_out])
    best = max(row["held_out"] for row in found.record["binary"])
    assert kept["adc3"] == pytest.approx(best)


def test_trained_weights_pass_through_their_file_unchanged(trained, tmp_path):
    found, _ = trained
    weights.save(tmp_path / "w.npz", found)
    again = weights.load(lenet5.NETWORK, tmp_path / "w.npz")
    for name, layer in found.affine.items():
        assert np.array_equal(again.affine[name].weights, layer.weights)
    assert again.record == found.record


def test_the_same_seed_gives_the_same_network_and_another_seed_another(trained, dataset):
    build = lenet5.keras_model
    same, other = (
        training.train_model(lenet5.NETWORK, build, dataset, seed, SHORT, lambda line: None)
        for seed in (5, 6)
    )
    first = trained[0].affine["conv1"].weights
    assert np.array_equal(same.affine["conv1"].weights, first)
    assert np.array_equal(same.binarised[0].weights, trained[0].binarised[0].weights)
    assert not np.array_equal(other.affine["conv1"].weights, first)


def test_progress_tells_every_epoch_of_both_steps(trained):
    lines = trained[1]
    assert [line.partition(":")[0] for line in lines[:5]] == [
        "full precision, epoch 1",
        "full precision, epoch 2",
        "binary, epoch 1",
        "binary, epoch 2",
        "binary, epoch 3",
    ]
    assert lines[5].startswith("trained in ")


def test_shadow_weights_stay_within_one_and_gradients_pass_the_sign(keras):
    student = binary_student((Dense("d", 3, 2),), gain=1.0)
    layer = student.layers[0]
    layer.set_weights([np.full((3, 2), 0.9, np.float32), np.zeros(2, np.float32)])
    # Far from sign(0.9) = 1: only if the gradient passes straight through do weights move, and
    # only if they are clipped do they stay within one.
    student.compile(keras.optimizers.SGD(100.0), output_cross_entropy(8.0))
    student.fit(np.ones((4, 3), np.float32), np.zeros(4, np.int64), verbose=0)
    found = layer.get_weights()[0]
    assert found[:, 0].tolist() == [-1, -1, -1]  # class 0 wants a larger output: smaller sums
    assert found[:, 1].tolist() == [1, 1, 1]


def test_a_network_nobody_can_train_is_refused_with_the_known_names():
    with pytest.raises(ConfigError, match="^train: network must be one of lenet5, not alexnet$"):
        training.train("alexnet")


def test_data_of_the_wrong_shape_are_refused_before_training(tmp_path):
    path = tmp_path / "wrong.npz"
    write_npz(path, {"x_train": np.zeros((5, 27, 28), np.uint8)})
    with pytest.raises(DataError) as refusal:
        training.train("lenet5", path)
    assert str(refusal.value) == (
        f"{path}: x_train must have the shape any x 28 x 28, not 5 x 27 x 28"
    )


def test_too_few_images_for_the_held_out_part_are_refused(dataset):
    config = TrainingConfig(held_out=80)
    with pytest.raises(DataError) as refusal:
        training.train_model(
            lenet5.NETWORK, lenet5.keras_model, dataset, 0, config, lambda line: None
        )
    assert str(refusal.value) == ("held_out must be fewer than the 80 training images, not 80")


def test_a_download_that_fails_says_what_to_give_instead(keras, monkeypatch):
    def fail(*arguments, **options):
        raise Exception("URL fetch failure")  # noqa: TRY002  (as Keras does)

    monkeypatch.setattr(keras.utils, "get_file", fail)
    with pytest.raises(DataError) as refusal:
        training.train("lenet5")
    assert str(refusal.value) == (
        "MNIST could not be downloaded (URL fetch failure); give the file with --data mnist.npz"
    )


def test_a_missing_tensorflow_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CosimError) as refusal:
        training.train("lenet5")
    assert str(refusal.value) == (
        "training needs tensorflow, which is not installed; pip install tensorflow"
    )
