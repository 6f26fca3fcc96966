"""The perceptron: classes and times on the machine, with and without the co-processor."""

from pathlib import Path

import numpy as np
import pytest

from cosim import override
from scenarios import mlp
from scenarios.measures.metrics import Metrics
from scenarios.mlp import MlpConfig
from scenarios.networks import images, reference, weights
from scenarios.networks.mlp import NETWORK
from scenarios.scenario import Mode, RunOptions, Trace

IMAC, CORE = "true", "false"
DIGITS = 20


def run(folder: Path, imac: str, mode: Mode = Mode.FAST, count: int = 1) -> Metrics:
    config = override(MlpConfig(), "soc.imac.enabled", imac)
    return mlp.run(RunOptions(config, folder, mode, Trace.NONE, images=count)).metrics


@pytest.fixture(scope="module")
def digits():
    return images.load_images(NETWORK)


@pytest.fixture(scope="module")
def held():
    return weights.load(NETWORK)


def test_the_layers_are_those_of_the_paper(held):
    assert [(layer.inputs, layer.outputs) for layer in NETWORK.dense] == [(784, 16), (16, 10)]
    assert NETWORK.macs == 784 * 16 + 16 * 10
    assert [layer.gain for layer in held.binarised] == [0.25, 1.0]


def test_pixels_above_one_half_are_ones(held):
    pixels = np.array([127, 128, 0, 255], np.uint8).repeat(196).reshape(1, 28, 28, 1)
    assert reference.features(held, pixels)[0][::196].tolist() == [0, 1, 0, 1]


def test_both_networks_classify_most_of_the_hundred_digits(held, digits):
    found = reference.accuracy(held, digits.pixels, digits.labels)
    assert found["full_precision"] > 0.85
    assert found["analog"] > 0.85


def test_twenty_digits_give_the_classes_of_numpy_and_most_are_right(held, digits, tmp_path) -> None:
    metrics = run(tmp_path, IMAC, count=DIGITS)
    assert metrics.imac.jobs == DIGITS
    assert metrics.imac.stores == DIGITS * (784 + 2)  # ready 0, the pixels, ready 1
    assert metrics.correct >= 17
    bits = reference.signs(reference.features(held, digits.pixels[:DIGITS]))
    ideal = reference.analog_outputs(held, bits)
    expected = reference.classes(reference.codes(ideal))
    # The junctions' bias law moves hidden voltages a little: a few codes, hardly a class.
    assert np.mean(np.array(metrics.predictions) == expected) >= 0.9
    alone = run(tmp_path, CORE, count=DIGITS)
    logits = reference.logits(held, reference.features(held, digits.pixels[:DIGITS]))
    assert alone.predictions == tuple(reference.classes(logits).tolist())


@pytest.mark.parametrize("imac", [IMAC, CORE])
def test_both_shells_give_equal_metrics(tmp_path, imac) -> None:
    ignored = {"host", "mode"}
    fast, detailed = (run(tmp_path, imac, mode, count=2) for mode in Mode)
    assert fast.model_dump(exclude=ignored) == detailed.model_dump(exclude=ignored)


def test_two_layers_take_the_time_of_two_layers_and_a_conversion(tmp_path) -> None:
    layers = {layer.name: layer for layer in run(tmp_path, IMAC).layers}
    # 5 ns a layer; before the first, the store of ready 1 comes to its end.
    assert layers["fc2"].end_ps - layers["fc1"].end_ps == pytest.approx(5_000, abs=250)
    assert layers["fc1"].macs + layers["fc2"].macs == 12_704
