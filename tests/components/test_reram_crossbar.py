"""The ReRAM accelerator: exact sums, steps counted by hand, both forms equal, what is refused."""

import numpy as np
import pytest

from components.low_bit import tables
from components.reram_crossbar import ReramAccelerator, ReramConfig, ReramMachine
from components.reram_crossbar.placement import complemented, place
from cosim import ConfigError, Module, Simulator, Steps, Transaction, initiator_socket
from cosim.activity import amount
from tests.components.low_bit_networks import computed, images, network

SMALL = ReramConfig(tiles=1)


class Host(Module):
    """Asks for the class of each image."""

    bus = initiator_socket("images out, classes in")

    def ask(self, pixels) -> Steps:
        found = []
        for image in pixels:
            job = Transaction(0, data=bytearray(image.tobytes()))
            yield from self.bus.transport(job)
            found.append((job.value, self.now_ps))
        return found


def detailed(held, config, pixels):
    with Simulator() as simulator:
        part = ReramAccelerator("reram", simulator, machine=ReramMachine(held, config))
        host = Host("host", simulator)
        host.bus.bind(part.bus)
        asked = host.spawn(host.ask(pixels))
        simulator.run()
    return part, asked.value


@pytest.mark.parametrize("precision", ["fixed", "layer"])
@pytest.mark.parametrize("encoding", ["unsigned", "dorefa", "twos_complement"])
@pytest.mark.parametrize("weight_bits", [1, 3, 8])
def test_sums_are_those_of_products_in_integers(encoding, precision, weight_bits):
    held = network(encoding=encoding, weight_bits=weight_bits)
    machine = ReramMachine(held, ReramConfig(tiles=1, precision=precision))
    for image in images(held):
        machine.inference.infer(image)
        assert machine.memory.tables.answer.tolist() == computed(held, image)
    assert machine.memory.state[0].saturated == 0


def test_both_forms_have_equal_classes_times_and_counters():
    held = network()
    pixels = images(held, 3)
    part, answers = detailed(held, SMALL, pixels)
    machine, now_ps = ReramMachine(held, SMALL), 0
    for image, told in zip(pixels, answers, strict=True):
        found, now_ps = machine.inference.infer(image, now_ps)
        assert told == (found, now_ps)
    assert part.state.tobytes() == machine.memory.state.tobytes()
    assert part.images.value == 3


def test_energy_that_waves_show_is_the_energy_that_is_told():
    held = network()
    part, _ = detailed(held, SMALL, images(held, 1))
    assert part.spent.value == pytest.approx(sum(part.energy_pj().values()))


def test_steps_of_one_copy_are_counted_by_hand():
    held = network(weight_bits=8, input_bits=3)
    placed, _ = place(tables(held), ReramConfig(tiles=1, crossbars=11))
    # cells of 2 bits: 4 slices. conv1: 18 x 20 cells, 72 positions; conv2: 20 x 160 beside each
    # other in 2, 2 x 2 positions; fc1: 160 x 28 in 2 blocks; fc2: 7 x 16. Six crossbars hold them
    # once; the other five hold copies of conv1, whose 72 positions cost most.
    assert [one.crossbars for one in placed] == [1, 2, 2, 1]
    assert [one.copies for one in placed] == [6, 1, 1, 1]
    assert [one.steps for one in placed] == [12 * 8, 4 * 8, 8, 8]


def test_time_is_steps_and_pipeline_fills_times_the_longer_of_read_and_conversions():
    held = network(weight_bits=8, input_bits=3)
    config = ReramConfig(tiles=1, crossbars=11, conversion_ps=1_000)
    machine = ReramMachine(held, config)
    _, done_ps = machine.inference.infer(images(held)[0])
    # conv2 has 128 columns and the one of ones in a crossbar: 129 ns a step, the others read: 100
    slow, fast = 32 + 6, 96 + 8 + 8 + 3 * 6
    assert done_ps == slow * 129_000 + fast * 100_000
    assert machine.image_ps(config) == done_ps


@pytest.mark.parametrize(("read_ps", "conversion_ps"), [(50_000, 833), (150_000, 583), (10, 10)])
def test_time_with_other_constants_is_that_of_a_machine_that_has_them(read_ps, conversion_ps):
    held = network(weight_bits=8, input_bits=3)
    other = SMALL.model_copy(update={"read_ps": read_ps, "conversion_ps": conversion_ps})
    _, done_ps = ReramMachine(held, other).inference.infer(images(held)[0])
    assert ReramMachine(held, SMALL).image_ps(other) == done_ps


def test_conversions_and_driven_rows_are_counted_by_hand():
    held = network(weight_bits=8, input_bits=3)
    machine = ReramMachine(held, ReramConfig(tiles=1, crossbars=11))
    machine.inference.infer(images(held)[0])
    state = machine.memory.state[0]
    # every position, 8 bits: columns of all blocks, and one of ones for each crossbar
    assert state.conversions == 8 * (72 * (20 + 1) + 4 * (160 + 2) + (2 * 28 + 2) + (16 + 1))
    assert state.driven == 8 * (72 * 18 + 4 * 20 * 2 + 160 + 7)
    assert state.reads == 8 * (72 + 4 * 2 + 2 + 1)
    assert state.bits_fetched == 8 * (72 * 18 + 4 * 20 + 160 + 7)
    assert state.bits_kept == 8 * (72 * 5 + 4 * 40 + 7 + 4)


def test_no_column_of_complements_exceeds_half_of_full_scale():
    cells = np.random.default_rng(0).integers(0, 4, (300, 50)).astype(np.uint8)
    written, marks = complemented(cells, ReramConfig())
    assert marks.shape == (3, 50)
    for block, mark in enumerate(marks):
        rows = slice(128 * block, 128 * block + 128)
        assert (written[rows].sum(axis=0) * 2 <= 3 * len(written[rows])).all()
        assert np.array_equal(np.where(mark, 3 - written[rows], written[rows]), cells[rows])


def test_a_converter_of_too_few_bits_saturates_and_says_so():
    held = network(encoding="unsigned", weight_bits=8)
    machine = ReramMachine(held, ReramConfig(tiles=1, adc_bits=2))
    machine.inference.infer(images(held)[0])
    assert machine.memory.state[0].saturated > 0


def test_a_layer_that_is_wider_than_the_engine_is_refused():
    with pytest.raises(ConfigError) as told:
        ReramMachine(network(weight_bits=8), ReramConfig(weight_bits=4))
    assert str(told.value) == (
        "reram.input_bits and reram.weight_bits must be at least 3 and 8 for this network, not 8"
        " and 4; set them, or precision=layer"
    )


def test_a_network_that_is_larger_than_its_tiles_is_refused():
    with pytest.raises(ConfigError) as told:
        ReramMachine(network(weight_bits=8), ReramConfig(tiles=1, crossbars=5))
    assert str(told.value) == "reram.tiles must be at least 2 for this network, not 1"


def test_area_is_that_of_whole_tiles():
    machine = ReramMachine(network(), ReramConfig(tiles=2))
    # 192 crossbars with converter, registers and 128 drivers each, and the rest of two tiles
    each = 2.5e-5 + 1.2e-3 + 1.56e-3 + 128 * 1.67e-7
    found = sum(amount(term, machine.config) for term in machine.area())
    assert found == pytest.approx(192 * each + 2 * 0.21)
