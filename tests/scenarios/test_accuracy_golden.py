"""The accuracy path against the simulated hardware: sign unit, buffer, arrays, converters.

Both see the same features: one as a whole batch, the other store by store over the co-processor's
bus. Every code must be the same bit for bit, so the classes are too.
"""

import numpy as np
import pytest

from components.analog import AnalogConfig
from cosim.errors import DataError
from scenarios.accuracy.evaluating import Hardware, chips, drive, examine
from scenarios.accuracy.examined import Examined, read
from scenarios.networks import catalogue, reference
from scenarios.networks.weights import Weights, shipped
from tests.components.imac_host import System

BYTES = {"mlp": 98}
"""Buffers larger than 64 bytes: 784 inputs of one bit."""

NAMES = [name for name, network in catalogue.NETWORKS.items() if shipped(network)]


def simulated(held: Weights, examined: Examined, encoding: str) -> list[list[int]]:
    """Return the codes of every image, as a host gets them from the co-processor."""
    config = {
        "encoding": encoding,
        "configuration": "preloaded",
        "buffer": {"size_bytes": BYTES.get(held.network.name, 64)},
    }
    system = System(held.programmed, config)
    classes = held.network.classes

    def play(host):
        found: list[list[int]] = []
        for signs in examined.signs:
            found += [(yield from host.infer(signs.tolist(), classes))]
        return found

    codes: list[list[int]] = system.run(play)[0]
    return codes


def compare(name: str, images: int) -> None:
    held = catalogue.find(name)
    try:
        examined = read(held, None, images)
    except DataError:  # of slim VGG-16 a hundred images come with the package
        examined = read(held, None, None)
    hardware = Hardware(AnalogConfig())
    (chip,) = chips(held.programmed, hardware.config, hardware)
    ours = chip.codes(chip.forward_v(drive(examined.signs, hardware.config)))
    encoding = "bipolar" if (examined.signs == -1).any() else "binary01"
    theirs = np.array(simulated(held, examined, encoding))
    np.testing.assert_array_equal(ours, theirs)
    outcome = examine(held, examined, hardware)
    assert outcome.rungs[-1].classes[0].tolist() == reference.classes(theirs).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_codes_are_those_of_the_simulated_co_processor_bit_by_bit(name):
    compare(name, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_images_have_the_codes_of_the_simulated_co_processor(name):
    compare(name, 1_000)
