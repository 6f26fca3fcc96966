"""`cosim train --quantised`: what it writes, and what it refuses. Needs TensorFlow."""

import numpy as np
import pytest

from scenarios.cli import dispatch
from scenarios.networks import lenet5
from scenarios.networks.files import write_npz
from scenarios.networks.quantised.parameters import load
from scenarios.networks.weights import FOLDER

pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore")]

FAST = ["--other-data", "--set", "held_out=20", "--set", "estimated_on=40"]


@pytest.fixture
def digits(tmp_path):
    """The hundred digits as a data set in Keras' layout."""
    held = np.load(FOLDER / "mnist_100.npz")
    pixels, labels = held["images"], held["labels"]
    file = tmp_path / "digits.npz"
    write_npz(
        file,
        {"x_train": pixels, "y_train": labels, "x_test": pixels[:20], "y_test": labels[:20]},
    )
    return file


def train(*arguments) -> int:
    return dispatch(["train", *map(str, arguments)])


def test_full_precision_weights_are_quantised_with_one_command(digits, tmp_path, capfd):
    file = tmp_path / "w.npz"
    command = ["lenet5", "--quantised", "2:2", "--epochs", 0, "--data", digits, "--out", file]
    assert train(*command, *FAST) == 0
    assert f"kept in {file}" in capfd.readouterr().out.replace("\n", "")
    found = load(file, lenet5.NETWORK)
    assert str(found.width) == "2:2"
    assert found.record["identical"] == 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lenet5", "--quantised", "4"], "a width must be I:W, bits of activations and weights"),
        (["lenet5_tanh", "--quantised", "4:1"], "lenet5_tanh.tanh1 cannot be quantised"),
        (["lenet5", "--quantised", "4:1", "--gains", "1"], "--gains must not be given with"),
        (["lenet5", "--quantised", "4:1", "--out", "w.txt"], "--out must be an .npz file"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(arguments, sentence, digits, capfd):
    assert train(*arguments, "--data", digits) == 2
    assert sentence in capfd.readouterr().err
