"""Two layers with amplifiers and neurons, 16-8-4: our chain against ngspice's."""

from functools import partial

import numpy as np
import pytest

from components.analog import AnalogConfig, AnalogNetwork, Crossbar, DenseLayer, ProgrammedArray
from cosim import ConfigError
from cosim.seeds import generator
from tests.physics.ngspice_golden import NOMINAL, VDD_V, golden

CASE = golden("mlp_16_8_4.json")
INPUTS = np.array(CASE["v"])


def network(drive="buffered", form="ekv", level="mesh", r_wire=CASE["r_wire"]):
    """Return the network of the golden deck, with its junctions."""
    stored = [np.array(layer, np.int8).T for layer in CASE["w"]]
    layers = [
        DenseLayer(f"fc{number}", weights[:-1], weights[-1], 1.0)
        for number, weights in enumerate(stored)
    ]
    given = {
        "level": level,
        "neuron": {"form": form, "drive": drive},
        "wires": {"bit_ohm": r_wire, "sense_ohm": r_wire, "tolerance": 1e-9},
    }
    made = AnalogNetwork(layers, AnalogConfig.model_validate(given), partial(generator, 0))
    arrays = []
    for number, weights in enumerate(stored):
        usiemens = np.array(CASE["gp"][number]).transpose(0, 2, 1) * 1e6
        array = Crossbar(weights, NOMINAL, VDD_V, usiemens)
        arrays.append(ProgrammedArray(array, made.config.wires))
    made.arrays = tuple(arrays)
    # the case names its resistors
    made.feedback_ohm = CASE["rf"].__getitem__  # type: ignore[method-assign]
    return made


def hidden_and_out(made):
    hidden = made.layer_v(0, INPUTS)
    return hidden, made.layer_v(1, hidden)


@pytest.mark.parametrize(
    ("drive", "run"), [("buffered", "mlp_16_8_4"), ("direct", "mlp_16_8_4_unbuffered")]
)
def test_both_layers_are_those_of_ngspice(drive, run):
    hidden, out = hidden_and_out(network(drive))
    np.testing.assert_allclose(hidden, CASE[run]["hidden"], atol=1e-6)
    np.testing.assert_allclose(out, CASE[run]["out"], atol=1e-6)


def test_amplifiers_are_those_of_ngspice():
    made = network()
    signal = made.row_signal(0, made.column_v(0, INPUTS))
    np.testing.assert_allclose(made.amplifier_v(0, signal), CASE["mlp_16_8_4"]["amp1"], atol=1e-6)


@pytest.mark.parametrize("form", ["ekv", "measured"])
def test_both_layers_are_within_two_percent_of_bsim_cmg(form):
    expected = CASE["mlp_16_8_4_bsimcmg"]
    hidden, out = hidden_and_out(network(form=form))
    assert np.abs(hidden - expected["hidden"]).max() < 0.02 * VDD_V
    assert np.abs(out - expected["out"]).max() < 0.02 * VDD_V
    np.testing.assert_array_equal(out.argmax(1), np.argmax(expected["out"], 1))


def test_neurons_that_drive_the_next_layer_themselves_droop():
    # measured with ngspice: 26 % of VDD on average
    buffered, direct = (hidden_and_out(network(drive))[0] for drive in ("buffered", "direct"))
    assert np.abs(buffered - direct).mean() / VDD_V == pytest.approx(0.26, abs=0.02)


def test_direct_drive_needs_a_neuron_that_can_be_loaded():
    with pytest.raises(ConfigError, match="drive = direct must have form ekv.*not logistic"):
        network("direct", form="logistic")
