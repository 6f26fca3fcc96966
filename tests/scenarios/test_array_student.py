"""The student on the arrays computes what the arrays compute. Needs TensorFlow."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.errors import ConfigError
from scenarios.networks import lenet5, reference, unrolled
from scenarios.networks.fitting import Listener
from scenarios.networks.images import Dataset, load_images
from scenarios.networks.recipes import RECIPES
from scenarios.networks.training import Training, train
from scenarios.networks.weights import Weights
from scenarios.scenario import untold

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings("ignore"),  # TensorFlow's own imports warn
]

SHORT = {"epochs": 1, "binary_epochs": 2, "batch": 16, "held_out": 20, "level": "ideal"}


def training(name: str, **changes) -> Training:
    pixels, labels, _ = load_images(lenet5.NETWORK)
    dataset = Dataset(pixels[:80], labels[:80], pixels[80:], labels[80:])
    known = RECIPES[name]
    recipe = replace(known, config=known.config.model_copy(update=SHORT | changes))
    return Training(recipe, dataset, 5, told=Listener(lambda _: None, untold))


@pytest.mark.parametrize("name", ["lenet5_arrays", "lenet5_serial"])
def test_the_student_s_outputs_are_those_of_plain_arithmetic(name: str) -> None:
    from scenarios.networks.array_student import array_network, convolutions_of
    from scenarios.networks.binary_student import Awareness, signs_of

    network = RECIPES[name].network
    conv_gains, gains = (0.5, 0.25), (0.25, 0.25, 0.25)
    model = array_network(network, gains, conv_gains, Awareness())
    pixels = load_images(network).pixels[:20]
    convolved = convolutions_of(model, network, conv_gains)
    weights = Weights(network, {}, signs_of(model, (*conv_gains, *gains))[2:], convolved=convolved)
    bits = unrolled.features(weights, pixels, unrolled.plain(convolved))
    ours = reference.analog_outputs(weights, bits)
    theirs = model.predict(pixels.astype(np.float32), verbose=0)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert 0 < bits.mean() < 1


def test_training_gives_signs_gains_and_a_record_and_the_same_again(tmp_path) -> None:
    outcome = train(training("lenet5_arrays"), tmp_path / "w.training")
    found = outcome.weights
    assert [layer.weights.shape for layer in found.convolved] == [(25, 6), (150, 16)]
    assert [layer.gain for layer in found.convolved] == [0.5, 0.25]
    assert all(set(np.unique(layer.weights)) == {-1, 1} for layer in found.convolved)
    assert len(found.record["student"]) == 2
    assert set(found.record["test"]) == {"full_precision", "ideal", "analog", "adc"}
    again = train(training("lenet5_arrays"), tmp_path / "again.training").weights
    for ours, theirs in zip(found.convolved, again.convolved, strict=True):
        np.testing.assert_array_equal(ours.weights, theirs.weights)


def test_gains_of_another_number_of_convolutions_are_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match="conv_gains must be one for each of the 2 convolutions"):
        train(training("lenet5_arrays", conv_gains=(0.5,)), tmp_path / "w.training")
