"""Training with few bits, and Keras beside the integers. Needs TensorFlow."""

import numpy as np
import pytest

from cosim.errors import ConfigError, DataError
from scenarios.accuracy.examined import whole_set
from scenarios.networks import images, lenet5, vgg16, weights
from scenarios.networks.fitting import Listener
from scenarios.networks.images import Dataset
from scenarios.networks.quantised import integers, keras_model
from scenarios.networks.quantised.catalogue import find
from scenarios.networks.quantised.recipes import QuantisedConfig
from scenarios.networks.quantised.stages import TRAINED, read_width
from scenarios.networks.quantised.training import QuantisedTraining, train
from scenarios.scenario import untold

pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore")]

SHORT = QuantisedConfig(epochs=2, batch=16, held_out=20, estimated_on=60)


@pytest.fixture(scope="module")
def dataset():
    """The hundred digits: eighty to train with, twenty to test with."""
    pixels, labels, _ = images.load_images(lenet5.NETWORK)
    return Dataset(pixels[:80], labels[:80], pixels[80:], labels[80:])


def quietly(dataset, folder, width="4:1", config=SHORT, **more):
    told = Listener(more.pop("line", lambda _: None), untold)
    asked = QuantisedTraining(
        lenet5.NETWORK, read_width(width), config, dataset, 5, told=told, **more
    )
    return train(asked, folder / "w.training")


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    lines: list[str] = []
    folder = tmp_path_factory.mktemp("quantised")
    return quietly(dataset, folder, line=lines.append), lines, folder


def test_training_tells_every_epoch_and_leaves_a_record(trained, dataset):
    found, lines, folder = trained
    assert [line.partition(":")[0] for line in lines[:2]] == [
        "few bits, epoch 1", "few bits, epoch 2",
    ]  # fmt: skip
    record = found.record
    assert record["quantised"] == "4:1"
    assert record["data"] == dataset.digest()
    assert len(record["history"]) == 2
    assert record["identical"] == record["test_images"] == 20
    assert not (folder / "w.training").exists()


def test_the_same_seed_trains_the_same_network(trained, dataset, tmp_path):
    again = quietly(dataset, tmp_path)
    for name, held in trained[0].parameters.items():
        assert np.array_equal(again.parameters[name].codes, held.codes)
        assert np.array_equal(again.parameters[name].scale, held.scale)
        assert np.array_equal(again.parameters[name].offset, held.offset)


def test_full_precision_weights_are_a_good_beginning(dataset, tmp_path):
    start = weights.FOLDER / "lenet5.npz"
    config = SHORT.model_copy(update={"epochs": 1, "rate": 0.0})
    begun = quietly(dataset, tmp_path / "begun", "8:8", config, start=start)
    as_it_is = quietly(
        dataset, tmp_path / "as_it_is", "8:8", SHORT.model_copy(update={"epochs": 0}), start=start
    )
    assert as_it_is.record["test"] >= 0.9
    assert as_it_is.record["history"] == []
    for name, held in as_it_is.parameters.items():
        off = np.abs(begun.parameters[name].codes.astype(int) - held.codes)
        assert off.max() <= 1  # a share halfway between two codes, through tanh and back
        assert off.mean() < 1e-3


def test_nothing_to_begin_with_and_no_epochs_are_refused(dataset, tmp_path):
    with pytest.raises(ConfigError, match=r"epochs must be above 0 without full-precision"):
        quietly(dataset, tmp_path, config=SHORT.model_copy(update={"epochs": 0}))


def test_all_images_held_out_are_refused(dataset, tmp_path):
    with pytest.raises(DataError, match=r"held_out must be fewer than the 80 training"):
        quietly(dataset, tmp_path, config=SHORT.model_copy(update={"held_out": 80}))


@pytest.mark.parametrize("width", TRAINED)
def test_keras_and_the_integers_agree_on_every_sample(width):
    quantised, pixels = find("lenet5", width), images.load_images(lenet5.NETWORK).pixels
    keras = keras_model.classes(keras_model.fixed(quantised), pixels)
    assert np.array_equal(keras, integers.classes(quantised.machine, pixels))


@pytest.mark.parametrize("width", TRAINED)
@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_keras_and_the_integers_agree_on_mnist(width, count):
    quantised = find("lenet5", width)
    pixels = images.load_images(lenet5.NETWORK, whole_set(lenet5.NETWORK)).pixels[:count]
    keras = keras_model.classes(keras_model.fixed(quantised), pixels)
    assert np.array_equal(keras, integers.classes(quantised.machine, pixels))


@pytest.mark.slow
@pytest.mark.parametrize("width", TRAINED)
def test_keras_and_the_integers_agree_on_vgg16(width):
    quantised = find("vgg16", width)
    pixels = images.load_images(vgg16.NETWORK).pixels[:20]
    keras = keras_model.classes(keras_model.fixed(quantised), pixels)
    assert np.array_equal(keras, integers.classes(quantised.machine, pixels))
