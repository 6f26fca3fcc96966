"""Training: all steps on real digits, and what is refused. Needs TensorFlow."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cosim.errors import ConfigError, CosimError, DataError
from scenarios.networks import asked_training, images, lenet5, recipes, training, weights
from scenarios.networks.augmenting import augmented, mirrored
from scenarios.networks.fitting import Listener
from scenarios.networks.images import Dataset
from scenarios.networks.recipes import RECIPES, Recipe
from scenarios.networks.training import Training, train
from scenarios.scenario import untold

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings("ignore"),  # TensorFlow's own imports warn
]

SHORT = {"epochs": 2, "teacher_epochs": 2, "binary_epochs": 3, "batch": 16, "held_out": 20}


@pytest.fixture(scope="module")
def dataset():
    """The hundred digits: eighty to train with, twenty to test with."""
    pixels, labels, _ = images.load_images(lenet5.NETWORK)
    return Dataset(pixels[:80], labels[:80], pixels[80:], labels[80:])


def short(name: str = "lenet5", **changes) -> Recipe:
    known = RECIPES[name]
    return replace(known, config=known.config.model_copy(update=SHORT | changes))


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    lines: list[str] = []
    folder = tmp_path_factory.mktemp("trained") / "w.training"
    asked = Training(short(), dataset, 5, told=Listener(lines.append, untold))
    return train(asked, folder), lines, folder


def quietly(recipe: Recipe, dataset: Dataset, folder: Path, seed: int = 5, **more):
    asked = Training(recipe, dataset, seed, told=Listener(lambda _: None, untold), **more)
    return train(asked, folder / "w.training")


def test_training_gives_signs_gains_a_teacher_and_a_record(trained, dataset):
    found = trained[0].weights
    for layer, real in zip(found.binarised, found.teacher, strict=True):
        assert set(np.unique(layer.weights)) == {-1, 1}
        assert layer.gain == 0.25
        assert np.abs(real.weights).max() <= 1
    record = found.record
    assert record["seed"] == 5
    assert record["data"] == dataset.digest()
    assert record["config"]["held_out"] == 20
    assert set(record["versions"]) == {"python", "numpy", "tensorflow", "keras"}
    steps = ("full_precision", "teacher", "student")
    assert [len(record[step]) for step in steps] == [2, 2, 3]
    assert set(record["test"]) == {"full_precision", "ideal", "analog", "adc"}
    assert record["test_images"] == 20


def test_progress_tells_every_epoch_of_all_steps(trained):
    told = [line.partition(":")[0] for line in trained[1]]
    assert told[:7] == [
        "full precision, epoch 1", "full precision, epoch 2", "teacher, epoch 1",
        "teacher, epoch 2", "student, epoch 1", "student, epoch 2", "student, epoch 3",
    ]  # fmt: skip
    assert told[7].startswith("trained in ")


def test_a_training_that_ended_leaves_no_notebook(trained):
    assert not trained[2].exists()


def test_trained_weights_pass_through_their_file_unchanged(trained, tmp_path):
    found = trained[0].weights
    weights.save(tmp_path / "w.npz", found)
    again = weights.load(lenet5.NETWORK, tmp_path / "w.npz")
    for name, layer in found.affine.items():
        assert np.array_equal(again.affine[name].weights, layer.weights)
    for ours, theirs in zip(again.teacher, found.teacher, strict=True):
        assert np.array_equal(ours.weights, theirs.weights)
    assert again.record == found.record


@pytest.mark.slow
def test_the_same_seed_gives_the_same_network_and_another_seed_another(trained, dataset, tmp_path):
    same, other = (quietly(short(), dataset, tmp_path / str(seed), seed) for seed in (5, 6))
    first = trained[0].weights
    assert np.array_equal(same.weights.affine["conv1"].weights, first.affine["conv1"].weights)
    assert np.array_equal(same.weights.binarised[0].weights, first.binarised[0].weights)
    kernel = other.weights.affine["conv1"].weights
    assert not np.array_equal(kernel, first.affine["conv1"].weights)


def test_weights_of_another_training_take_the_place_of_the_first_step(trained, dataset, tmp_path):
    weights.save(tmp_path / "start.npz", trained[0].weights)
    found = quietly(short(), dataset, tmp_path, start=tmp_path / "start.npz").weights
    assert found.record["full_precision"] == []
    assert found.record["start"] == "start.npz (lenet5)"
    assert ", full precision from start.npz (lenet5): full precision " in found.described
    for name, layer in trained[0].weights.affine.items():
        assert np.array_equal(found.affine[name].weights, layer.weights)


def test_weights_kept_as_bytes_say_what_rounding_cost(dataset, tmp_path):
    found = quietly(short(storage="int8", epochs=1), dataset, tmp_path).weights
    for layer in found.affine.values():
        filters = layer.weights.reshape(-1, layer.weights.shape[-1])
        assert max(len(np.unique(one)) for one in filters.T) <= 255
    assert (
        abs(found.record["full_precision_unrounded"] - found.record["test"]["full_precision"]) < 1
    )


@pytest.mark.slow
def test_a_perceptron_and_a_tanh_network_train_the_same_way(dataset, tmp_path):
    for name, alphabet in (("mlp", {0, 1}), ("lenet5_tanh", {-1, 1})):
        found = quietly(short(name, epochs=1, binary_epochs=1), dataset, tmp_path / name)
        assert set(np.unique(found.features.bits)) == alphabet


def test_a_student_may_be_taught_on_hardware(dataset, tmp_path):
    recipe = short("mlp", epochs=1, variation=0.2, adc_bits=3)
    found = quietly(recipe, dataset, tmp_path).weights
    assert found.record["config"]["variation"] == 0.2


def test_shifted_images_are_parts_of_the_reflected_ones():
    pixels = np.arange(2 * 6 * 6, dtype=np.uint8).reshape(2, 6, 6, 1)
    seen = [augmented(pixels, np.random.default_rng(seed)) for seed in range(200)]
    assert all(
        set(one.ravel()) <= set(whole.ravel()) for one, whole in zip(seen[0], pixels, strict=True)
    )
    still = [pixels[0].tobytes(), mirrored(pixels)[0].tobytes()]
    assert any(one[0].tobytes() in still for one in seen)
    assert len({one.tobytes() for one in seen}) > 100


def refusal(recipe: Recipe, dataset: Dataset, folder: Path, **more) -> str:
    with pytest.raises(CosimError) as refused:
        quietly(recipe, dataset, folder, **more)
    assert not folder.exists()
    return str(refused.value)


@pytest.mark.parametrize(
    ("changes", "more", "sentence"),
    [
        ({"held_out": 80}, {}, "held_out must be fewer than the 80 training images, not 80"),
        ({"gains": (0.25, 1.0)}, {},
         "gains must be one above 0, or one for each of the 3 dense layers, not 0.25, 1"),
        ({"variation": 0.1, "level": "ideal"}, {},
         "variation must have level virtual_ground, not ideal"),
        ({}, {"device": "GPU:7"}, "--device must be one of CPU:0, not GPU:7"),
    ],
)  # fmt: skip
def test_what_cannot_end_well_is_refused_before_any_work(
    dataset, tmp_path, changes, more, sentence
):
    assert refusal(short(**changes), dataset, tmp_path / "w", **more) == sentence


def test_a_network_nobody_can_train_is_refused_with_the_known_names():
    with pytest.raises(ConfigError) as refused:
        recipes.recipe("alexnet")
    assert str(refused.value) == (
        "train: network must be one of lenet5, lenet5_tanh, lenet5_arrays, lenet5_serial, mlp,"
        " vgg16, vgg16_slim, a .keras file or FILE.py:FUNCTION, not alexnet"
    )


def test_a_download_that_fails_says_what_to_give_instead(monkeypatch):
    import keras

    def fail(*arguments, **options):
        raise Exception("URL fetch failure")  # noqa: TRY002 - as Keras does

    monkeypatch.setattr(keras.utils, "get_file", fail)
    with pytest.raises(DataError) as refused:
        asked_training.dataset_of(lenet5.NETWORK, None, known=True)
    assert str(refused.value) == (
        "MNIST could not be downloaded (URL fetch failure); give the file with --data mnist.npz"
    )


def test_a_missing_tensorflow_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CosimError) as refused:
        training.require_tensorflow()
    assert str(refused.value) == (
        "training needs tensorflow, which is not installed; pip install tensorflow"
    )
