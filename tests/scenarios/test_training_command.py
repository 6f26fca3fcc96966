"""`cosim train`: networks of one's own, what cannot be mapped, what is refused; needs Keras."""

import json
from typing import Any

import numpy as np
import pytest

from components.analog import AnalogConfig
from scenarios.accuracy.evaluating import Hardware, examine
from scenarios.accuracy.examined import read
from scenarios.cli import dispatch
from scenarios.networks import catalogue
from scenarios.networks.files import write_npz
from scenarios.networks.weights import FOLDER

pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore")]

MODEL = """
def classifier():
    from keras import Sequential, layers
    return Sequential([
        layers.Input((28, 28, 1)),
        layers.AveragePooling2D(4),
        layers.Conv2D(4, 3, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(20, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])

def strange():
    from keras import Sequential, layers
    return Sequential([
        layers.Input((28, 28, 1)),
        layers.Conv2D(4, (3, 1), name="oblong"),
        layers.UpSampling2D(2, name="larger"),
        layers.Flatten(),
        layers.Dense(10),
    ])

def broad():
    from keras import Sequential, layers
    return Sequential([
        layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(2000), layers.Dense(10),
    ])

def nothing():
    return None
"""

FAST = ["--epochs", "1", "--set", "held_out=20", "--set", "batch=16"]


@pytest.fixture
def files(tmp_path):
    """A module of models, and the hundred digits as a data set in Keras' layout."""
    (tmp_path / "models.py").write_text(MODEL)
    digits = np.load(FOLDER / "mnist_100.npz")
    pixels, labels = digits["images"], digits["labels"]
    write_npz(
        tmp_path / "digits.npz",
        {"x_train": pixels[:80], "y_train": labels[:80], "x_test": pixels[80:],
         "y_test": labels[80:]},
    )  # fmt: skip
    return tmp_path


def train(files, network, *options):
    data = ["--data", str(files / "digits.npz")] if "--data" not in options else []
    return dispatch(["train", network, *data, "--out", str(files / "w.npz"), *FAST, *options])


def refused(capsys, files, network, *options):
    assert train(files, network, *options) == 2
    assert not (files / "w.npz").exists()
    assert not (files / "w.training").exists()
    return capsys.readouterr().err.strip().rpartition("cosim: ")[2]


def test_a_function_s_model_trains_and_its_accuracy_is_told(files, capsys):
    assert train(files, f"{files / 'models.py'}:classifier") == 0
    held = catalogue.find(str(files / "w.npz"))
    assert held.network.name == "classifier"
    assert [type(layer).__name__ for layer in held.network.spatial] == ["AveragePool", "Conv2D"]
    capsys.readouterr()
    asked = ["accuracy", str(files / "w.npz"), "--data", str(files / "digits.npz")]
    assert dispatch(asked) == 0
    assert "behind the converters" in capsys.readouterr().out


def test_a_network_of_one_s_own_says_that_it_needs_images(files, capsys):
    assert train(files, f"{files / 'models.py'}:classifier") == 0
    capsys.readouterr()
    assert dispatch(["accuracy", str(files / "w.npz")]) == 2
    said = capsys.readouterr().err
    assert said == "cosim: classifier must be given a file of images; it brings none\n"


@pytest.mark.slow  # the first run of a checkout compiles the machine
def test_a_network_of_one_s_own_runs_on_the_machine(files, capsys):
    assert train(files, f"{files / 'models.py'}:classifier") == 0
    given = ["--set", f"weights={files / 'w.npz'}", "--set", f"data={files / 'digits.npz'}"]
    assert dispatch(["run", "own", *given, "--out", str(files / "runs"), "--images", "3"]) == 0
    metrics = json.loads((files / "runs" / "own" / "latest" / "metrics.json").read_text())
    held = catalogue.find(str(files / "w.npz"))
    examined = read(held, files / "digits.npz", 3)
    outcome = examine(held, examined, Hardware(AnalogConfig()))
    assert metrics["predictions"] == outcome.rungs[-1].classes[0].tolist()


def test_a_keras_file_trains_the_same_way(files):
    import keras

    namespace: dict[str, Any] = {}
    exec(MODEL, namespace)
    namespace["classifier"]().save(files / "mine.keras")
    assert train(files, str(files / "mine.keras")) == 0
    assert catalogue.find(str(files / "w.npz")).network.name == "mine"
    assert keras.backend.backend() == "tensorflow"


def test_what_cannot_be_mapped_is_said_layer_by_layer(files, capsys):
    said = refused(capsys, files, f"{files / 'models.py'}:strange")
    assert "oblong: a Conv2D of this form cannot be lowered" in said
    assert "larger: there is no code for a UpSampling2D" in said
    assert "\n" not in said


def test_layers_that_no_subarrays_hold_are_refused(files, capsys):
    said = refused(capsys, files, f"{files / 'models.py'}:broad")
    assert said.startswith("the layers dense")
    assert "must fit 4 subarrays of 512x512, not 12" in said


@pytest.mark.parametrize(
    ("network", "options", "sentence"),
    [
        ("lenet5", (), "digits.npz: training images of lenet5 must be those of mnist, sha256 edc0"),
        ("lenet5", ("--gains", "a"), "--gains must be numbers with commas between, not 'a'"),
        ("lenet5", ("--set", "level"), "--set must be PATH=VALUE, not 'level'"),
        ("vgg16", (), "digits.npz: x_train must have the shape any x 32 x 32 x 3, not 80 x 28 x"),
        ("lenet5", ("--data", "none.npz"), "none.npz must be an .npz file; there is no such file"),
        ("none.keras", (), "none.keras must be a Keras model; there is no such file"),
        ("none.py:model", (), "none.py must be a Python file; there is no such file"),
        ("lenet5", ("--other-data", "--from", "none.npz"), "none.npz must be an .npz file; there"),
    ],
)
def test_what_was_given_wrongly_is_refused_with_one_sentence(
    files, capsys, network, options, sentence
):
    assert sentence in refused(capsys, files, network, *options)


def test_a_function_that_makes_no_model_is_refused(files, capsys):
    said = refused(capsys, files, f"{files / 'models.py'}:nothing")
    assert said.endswith("models.py:nothing must return a Keras model, not None")
    said = refused(capsys, files, f"{files / 'models.py'}:missing")
    assert said.endswith("models.py must hold a function missing that returns a Keras model")
