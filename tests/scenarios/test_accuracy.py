"""`cosim accuracy`: figures, causes, and what is refused before any work."""

import json

import numpy as np
import pytest

from components.analog import AnalogConfig
from scenarios.accuracy import evaluating
from scenarios.accuracy.evaluating import Hardware, configured, examine
from scenarios.accuracy.examined import read
from scenarios.cli import dispatch
from scenarios.networks import lenet5, reference, weights
from scenarios.networks.files import write_npz

LENET = weights.load(lenet5.NETWORK)


@pytest.fixture(scope="module")
def digits():
    return read(LENET, None, 300)


def told(tmp_path, *options):
    """Run the command on LeNet-5; return what it keeps."""
    file = tmp_path / "found.json"
    assert dispatch(["accuracy", "lenet5", "--json", str(file), *options]) == 0
    return json.loads(file.read_text())


def test_the_command_tells_every_share_with_an_interval_and_a_ledger(tmp_path, capsys):
    found = told(tmp_path, "--images", "400", "--variation", "0.1", "--seeds", "3")
    printed = capsys.readouterr().out
    assert "full precision" in printed and "device variation" in printed
    for key in ("full_precision", "ideal", "analog", "adc"):
        low, high = found["interval_95"][key]
        assert 0.9 < low < found[key] < high <= 1
    assert (found["images"], found["chips"], found["level"]) == (400, 3, "virtual_ground")
    assert len(found["by_chip"]["adc"]) == 3
    assert len(set(found["by_chip"]["analog"])) > 1  # each chip has junctions of its own
    charged = sum(entry["lost"] - entry["gained"] for entry in found["ledger"].values())
    assert charged == found["difference"]
    assert charged == pytest.approx(1200 * (found["full_precision"] - found["adc"]))
    assert np.sum(found["confusion"]) == 1200
    assert np.trace(found["confusion"]) == pytest.approx(1200 * found["adc"])


def test_the_same_seed_gives_the_same_figures_and_another_seed_other_chips(tmp_path):
    first, again, other = (
        told(tmp_path, "--images", "200", "--variation", "0.3", "--seed", seed)
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first["confusion"] != other["confusion"]


def test_ideal_hardware_is_what_plain_numpy_computes(digits):
    found = examine(LENET, digits, Hardware(AnalogConfig(level="ideal")))
    outputs = reference.analog_outputs(LENET, digits.signs)
    codes = reference.codes(outputs)
    assert found.rungs[-2].classes.tolist() == [reference.classes(outputs).tolist()]
    assert found.rungs[-1].classes.tolist() == [reference.classes(codes).tolist()]
    largest = codes == codes.max(axis=1, keepdims=True)
    assert found.ties == (largest.sum(axis=1) > 1).sum()


@pytest.mark.parametrize(
    ("options", "causes"),
    [
        (("ideal", None, None, False), ["binarisation"]),
        (("virtual_ground", None, None, False), ["binarisation", "bias law"]),
        (("virtual_ground", 0.1, None, False), ["binarisation", "bias law", "device variation"]),
        (("virtual_ground", None, None, True), ["binarisation", "bias law", "wire resistance"]),
        (
            ("mesh", 0.1, 2, False),
            ["binarisation", "bias law", "device variation", "wire resistance"],
        ),
        (("netlist", None, None, False), ["binarisation", "bias law"]),
    ],
)
def test_each_cause_that_is_switched_on_has_a_rung(digits, options, causes):
    few = read(LENET, None, 10)
    found = examine(LENET, few, Hardware(configured(AnalogConfig(), *options)))
    taught = [evaluating.SIGN] if LENET.teacher else []
    assert [rung.cause for rung in found.rungs] == ["full precision", *taught, *causes, "ADC"]


def test_fewer_bits_lose_images_to_the_converters_only(digits):
    fine, coarse = (
        examine(LENET, digits, Hardware(configured(AnalogConfig(), "ideal", None, bits, False)))
        for bits in (8, 1)
    )
    assert coarse.shares("ADC") < fine.shares("ADC")
    assert coarse.ties > fine.ties
    assert coarse.ledger.entries[:-1] == fine.ledger.entries[:-1] or (
        coarse.shares("binarisation") == fine.shares("binarisation")
    )


def refused(capsys, *options):
    assert dispatch(["accuracy", *options]) == 2
    return capsys.readouterr().err.removeprefix("cosim: ").strip()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("lenet6",), "there is no network lenet6; did you mean lenet5?, or give an .npz"),
        (("lenet5", "--images", "0"), "--images must be a number above 0, or all, not '0'"),
        (("lenet5", "--images", "10001"), "--images must be at most the 10000 images of the"),
        (("lenet5", "--analog", "ideal", "--ir-drop"), "--ir-drop must have a level with wires"),
        (("lenet5", "--variation", "2"), "SpreadConfig.cell must be"),
        (("lenet5", "--adc-bits", "0"), "AdcConfig.bits must be"),
        (("lenet5", "--data", "none.npz"), "none.npz must be an .npz file; there is no such file"),
        (("lenet5", "--json", "/dev/null/x"), "/dev/null must be a folder that can be written"),
        (("lenet5", "--set", "geometry.subarrays=2"), "the layers fc1 400x120, fc2 120x84"),
    ],
)
def test_what_cannot_be_done_is_refused_with_one_sentence(capsys, options, sentence):
    said = refused(capsys, *options)
    assert said.startswith(sentence)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x_test": np.zeros((5, 27, 28), np.uint8)}, "x_test must have the shape any x 28 x 28"),
        ({"x_test": np.zeros((5, 28, 28))}, "x_test must hold integers from 0 to 255"),
        ({"x_test": np.full((5, 28, 28), 300)}, "x_test must hold integers from 0 to 255"),
    ],
)
def test_data_of_another_kind_are_refused_by_their_array(capsys, tmp_path, arrays, sentence):
    write_npz(tmp_path / "data.npz", {"y_test": np.zeros(5, np.uint8), **arrays})
    assert sentence in refused(capsys, "lenet5", "--data", str(tmp_path / "data.npz"))
