"""A training that was interrupted ends as if it had not been. Needs TensorFlow."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import images, lenet5
from scenarios.networks.fitting import Listener, is_stale
from scenarios.networks.images import Dataset
from scenarios.networks.notebook import Notebook, Page
from scenarios.networks.recipes import RECIPES
from scenarios.networks.training import Training, train
from scenarios.scenario import untold

pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore")]

CONFIG = {
    "epochs": 3, "teacher_epochs": 1, "binary_epochs": 3, "batch": 16, "held_out": 20,
    "variation": 0.1,
}  # fmt: skip


class Interrupted(Exception):
    """Ctrl-C, as the test presses it."""


@pytest.fixture(scope="module")
def dataset():
    pixels, labels, _ = images.load_images(lenet5.NETWORK)
    return Dataset(pixels[:80], labels[:80], pixels[80:], labels[80:])


def training(dataset, line, **changes):
    known = RECIPES["lenet5"]
    recipe = replace(known, config=known.config.model_copy(update=CONFIG | changes))
    return Training(recipe, dataset, 3, told=Listener(line, untold))


def until(last: str, lines: list[str]):
    def line(text: str) -> None:
        lines.append(text)
        if text.startswith(last):
            raise Interrupted

    return line


def test_a_training_that_was_interrupted_twice_ends_in_the_same_weights(dataset, tmp_path):
    whole = train(training(dataset, lambda _: None), tmp_path / "whole").weights
    lines: list[str] = []
    for last in ("full precision, epoch 3", "student, epoch 3"):
        with pytest.raises(Interrupted):
            train(training(dataset, until(last, lines)), tmp_path / "parts")
    found = train(training(dataset, lines.append), tmp_path / "parts").weights
    # The epoch that was interrupted while it was told is trained again, and no other.
    assert "full precision: goes on after epoch 2" in lines
    assert "student: goes on after epoch 2" in lines
    assert sum(line.startswith("full precision, epoch 1:") for line in lines) == 1
    for name, layer in whole.affine.items():
        assert np.array_equal(found.affine[name].weights, layer.weights)
    for ours, theirs in zip(found.binarised, whole.binarised, strict=True):
        assert np.array_equal(ours.weights, theirs.weights)
    for step in ("full_precision", "teacher", "student", "test"):
        assert found.record[step] == whole.record[step]


def test_another_training_in_the_same_place_is_refused_until_it_is_told_to_forget(
    dataset, tmp_path
):
    with pytest.raises(Interrupted):
        train(training(dataset, until("full precision, epoch 1", [])), tmp_path / "w")
    with pytest.raises(DataError) as refusal:
        train(training(dataset, lambda _: None, rate=0.1), tmp_path / "w")
    assert str(refusal.value) == (
        f"{tmp_path / 'w'} must be of the same training; its config differ: add --restart to forget"
        " it, or choose another --out"
    )
    first = until("full precision, epoch 1", [])
    with pytest.raises(Interrupted):
        train(training(dataset, first, rate=0.1), tmp_path / "w", restart=True)


def test_what_was_computed_once_is_not_computed_again(tmp_path):
    book = Notebook(tmp_path / "b", {"seed": 1})
    assert book.once("features") is None
    book.keep("features", {"signs": np.array([1, 0], np.int8)})
    book.turn("student", Page([np.array(2.0)], [np.array([3])], [{"held_out": 0.5}]))
    again = Notebook(tmp_path / "b", {"seed": 1})
    held = again.once("features")
    assert held is not None and held["signs"].tolist() == [1, 0]
    page = again.page("student")
    assert page is not None
    assert float(page.variables[0]) == 2.0
    assert page.best[0].tolist() == [3]
    assert page.history == [{"held_out": 0.5}]


@pytest.mark.parametrize(
    ("shares", "ends"),
    [
        ([0.5, 0.6], False),
        ([0.6, 0.5], False),
        ([0.6, 0.5, 0.6], True),  # two epochs brought nothing better
        ([0.6, 0.5, 0.7], False),
    ],
)
def test_a_step_ends_when_patience_brought_nothing_better(shares, ends):
    assert is_stale([{"held_out": share} for share in shares], 2) == ends
