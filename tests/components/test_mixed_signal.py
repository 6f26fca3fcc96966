"""Mixed-signal computing: products, codes, pipeline and energies by hand."""

from itertools import pairwise

import numpy as np
import pytest

from components.mixed_signal import Crossbar, MixedSignalConfig, Neurons, RealLayer, Tile, parts
from cosim import ConfigError, Module, Simulator, Steps, Transaction, initiator_socket

READ_PS, CONVERSION_PS, SIGMOID_PS = 100_000, 833, 4_000


class Host(Module):
    """Asks for classes."""

    bus = initiator_socket("images out")

    def classify(self, images) -> Steps:
        """Return (class, time it took) of each image."""
        found = []
        for pixels in images:
            began_ps = self.now_ps
            job = Transaction(0, data=bytearray(np.asarray(pixels, "<i4").tobytes()))
            yield from self.bus.transport(job)
            found.append((job.value, self.now_ps - began_ps))
        return found


def layers(*sizes, seed=1):
    random = np.random.default_rng(seed)
    signs = np.array([-1, 1], np.int8)
    return [
        RealLayer(f"fc{n}", random.choice(signs, (a, b)), random.choice(signs, b), 0.5)
        for n, (a, b) in enumerate(pairwise(sizes))
    ]


def run(made, images, **config):
    """Return what the host found, the crossbars and the neurons."""
    chosen = MixedSignalConfig.model_validate(config)
    with Simulator() as simulator:
        tile = Tile("tile", simulator, layers=made, config=chosen)
        neurons = Neurons(
            "neurons", simulator, layers=made, full=2**chosen.input_bits - 1,
            config=chosen.neurons,
        )  # fmt: skip
        host = Host("host", simulator)
        host.bus.bind(tile.bus)
        tile.neurons.bind(neurons.port)
        pieces = [piece for layer in made for piece in parts(layer, chosen.crossbar.rows)]
        crossbars = [
            Crossbar(f"crossbar[{at}]", simulator, weights=piece, config=chosen.crossbar)
            for at, piece in enumerate(pieces)
        ]
        for crossbar in crossbars:
            tile.crossbars.bind(crossbar.port)
        asked = host.spawn(host.classify(images))
        simulator.run()
    return asked.value, crossbars, neurons


def images_of(inputs, count, full=255):
    return np.random.default_rng(3).integers(0, full + 1, (count, inputs))


def expected(made, pixels, full=255):
    """Return the class with exact products and activations rounded to the inputs' width."""
    x = np.asarray(pixels)
    for layer in made:
        y = x @ layer.weights.astype(int) / full + layer.biases
        x = np.rint(full / (1 + np.exp(layer.gain * y))).astype(int)
    return int(x.argmax())


@pytest.mark.parametrize("sizes", [(9, 4), (100, 8, 5), (300, 12, 10)])
def test_classes_are_those_of_exact_products(sizes):
    made, images = layers(*sizes), images_of(sizes[0], 5)
    found, _, _ = run(made, images)
    assert [one for one, _ in found] == [expected(made, pixels) for pixels in images]


def test_conversions_hide_behind_reads_but_for_the_last():
    # 8 reads, 4 conversions of the last, a sigmoid
    found, _, _ = run(layers(9, 4), images_of(9, 2))
    assert found[1][1] == 8 * READ_PS + 4 * CONVERSION_PS + SIGMOID_PS


def test_inputs_of_one_bit_take_one_read():
    found, _, _ = run(layers(9, 4), images_of(9, 1, 1), input_bits=1)
    assert found[0][1] == READ_PS + 4 * CONVERSION_PS + SIGMOID_PS


def test_a_layer_of_many_inputs_reads_its_crossbars_at_once():
    found, crossbars, _ = run(layers(300, 4), images_of(300, 1))
    assert len(crossbars) == 3  # 128 + 128 + 44
    assert found[0][1] == 8 * READ_PS + 4 * CONVERSION_PS + SIGMOID_PS


def test_energy_is_that_of_reads_rows_conversions_and_neurons():
    _, (crossbar,), neurons = run(layers(9, 4), images_of(9, 1))
    # 8 reads of 0.3 mW x 100 ns, 9 rows each, 4 conversions each
    assert crossbar.energy_pj() == pytest.approx(
        {"array": 8 * 30.0, "drivers": 8 * 9 * 0.417, "converter": 8 * 4 * 1.67}
    )
    probes = (crossbar.array, crossbar.drivers, crossbar.converter)
    assert [probe.value for probe in probes] == pytest.approx([*crossbar.energy_pj().values()])
    assert neurons.energy_pj() == pytest.approx({"adding": 8 * 4 * 0.021, "activating": 4 * 4.6})


def test_a_coarse_converter_loses_what_is_beyond_its_range():
    weights = np.ones((128, 2), np.int8)
    weights[:14, 1] = -1  # sums of 128 and 100
    made = [RealLayer("fc", weights, np.array([-1, 1], np.int8), 0.01)]
    white = [[255] * 128]
    # sigmoid(-y) is larger for 100 + 1 than for 128 - 1 (clipped to 127 - 1)
    assert run(made, white)[0][0][0] == 1
    # two bits are -128, -64, 0 and 64: both sums are 64, and -1 makes the first the smaller
    assert run(made, white, crossbar={"adc_bits": 2})[0][0][0] == 0


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ConfigError, match="must fit 128 inputs and 64 outputs, not 9 and 65"):
        run(layers(9, 65), [])
