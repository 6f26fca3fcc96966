"""Digital computing near memory: bits of rows, counters, times and energies by hand."""

from itertools import pairwise

import numpy as np
import pytest

from components.near_memory import (
    BitArray,
    DigitalUnit,
    NearMemoryConfig,
    Sequencer,
    SignedLayer,
)
from cosim import ConfigError, Module, Simulator, Steps, Transaction, initiator_socket

LOGIC_PS, WRITE_PS = 1_250, 5_000


class Host(Module):
    """Asks for classes."""

    bus = initiator_socket("images out")

    def classify(self, images) -> Steps:
        """Return (class, time it took) of each image."""
        found = []
        for bits in images:
            began_ps = self.now_ps
            job = Transaction(0, data=bytearray(np.packbits(bits)))
            yield from self.bus.transport(job)
            found.append((job.value, self.now_ps - began_ps))
        return found


def layers(*sizes, seed=1):
    random = np.random.default_rng(seed)
    signs = np.array([-1, 1], np.int8)
    return [
        SignedLayer(f"fc{n}", random.choice(signs, (a, b)), random.choice(signs, b))
        for n, (a, b) in enumerate(pairwise(sizes))
    ]


def run(made, images, **config):
    """Return what the host found, and the array."""
    chosen = NearMemoryConfig.model_validate(config)
    with Simulator() as simulator:
        array = BitArray("array", simulator, config=chosen.array)
        unit = DigitalUnit("unit", simulator, config=chosen.digital)
        sequencer = Sequencer("sequencer", simulator, layers=made, config=chosen)
        host = Host("host", simulator)
        host.bus.bind(sequencer.bus)
        sequencer.array.bind(array.port)
        sequencer.digital.bind(unit.port)
        asked = host.spawn(host.classify(images))
        simulator.run()
    return asked.value, array, unit


def expected(made, bits):
    """Return the class by integers."""
    x = np.asarray(bits, int)
    for layer in made:
        y = x @ layer.weights.astype(int) + layer.biases
        x = (y < 0).astype(int)
    return int(y.argmin())


def images_of(inputs, count):
    return np.random.default_rng(7).integers(0, 2, (count, inputs)).astype(np.uint8)


@pytest.mark.parametrize("sizes", [(5, 3), (20, 6, 4), (33, 17, 10)])
def test_classes_are_those_of_integer_arithmetic(sizes):
    made, images = layers(*sizes), images_of(sizes[0], 6)
    found, _, _ = run(made, images)
    assert [one for one, _ in found] == [expected(made, bits) for bits in images]


def test_an_image_takes_the_operations_of_bit_serial_counting():
    # 5 inputs count up to 5 in 3 bits: 3 clears, 5 x (1 product + 3 additions), 3 reads, 1 cycle
    found, _, _ = run(layers(5, 3), images_of(5, 2))
    clears, products, additions, reads = 3, 5, 15, 3
    expected_ps = clears * WRITE_PS + (products + additions + reads) * LOGIC_PS
    expected_ps += additions * WRITE_PS + LOGIC_PS
    assert found[1][1] == expected_ps


def test_the_weights_are_written_before_the_first_image():
    found, _, _ = run(layers(5, 3), images_of(5, 2))
    assert found[0][1] - found[1][1] == 5 * WRITE_PS


def test_zeros_take_no_time_if_they_are_skipped():
    dark = np.zeros(5, np.uint8)
    bright = np.ones(5, np.uint8)
    found, _, _ = run(layers(5, 3), [dark, dark, bright], skips_zeros=True)
    assert found[2][1] - found[1][1] == 5 * (LOGIC_PS + 3 * (LOGIC_PS + WRITE_PS))


def test_energy_is_that_of_rows_and_arithmetic():
    _, array, unit = run(layers(5, 3), images_of(5, 1), array={"columns": 16, "rows": 8})
    # 5 products, 15 additions, 3 reads of 16 bits; 5 weights, 3 clears, 15 sums written
    assert array.senses.value == 23
    assert array.writes.value == 23
    assert array.energy_pj() == pytest.approx(
        {"sensing": 23 * 16 * 0.025, "writing": 23 * 16 * 0.55}
    )
    assert unit.energy_pj() == pytest.approx({"arithmetic": 2 * 3 * 0.1})
    # what the probes show is what was counted
    assert array.sensing.value + array.writing.value == pytest.approx(
        sum(array.energy_pj().values())
    )
    assert unit.arithmetic.value == pytest.approx(0.6)


def test_layers_that_do_not_fit_are_refused():
    with pytest.raises(ConfigError, match="must fit 8 rows of 16 bits, not 23 of 3"):
        run(layers(18, 3), [], array={"columns": 16, "rows": 8})
