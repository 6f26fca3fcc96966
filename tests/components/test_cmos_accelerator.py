"""The CMOS accelerator: exact sums, cycles counted by hand, both forms equal, what is refused."""

import pytest

from components.cmos_accelerator import CmosAccelerator, CmosConfig, CmosMachine
from cosim import ConfigError, Simulator
from cosim.activity import amount
from tests.components.low_bit_networks import computed, images, network
from tests.components.test_reram_crossbar import Host

PIECES = CmosConfig(filters=3, held_bits=72)
"""A core so small that layers come in pieces."""


@pytest.mark.parametrize("config", [CmosConfig(), PIECES], ids=["whole", "pieces"])
@pytest.mark.parametrize("encoding", ["unsigned", "dorefa", "twos_complement"])
@pytest.mark.parametrize("weight_bits", [1, 3, 8])
def test_sums_are_those_of_products_in_integers(encoding, config, weight_bits):
    held = network(encoding=encoding, weight_bits=weight_bits)
    machine = CmosMachine(held, config)
    for image in images(held):
        machine.inference.infer(image)
        assert machine.memory.tables.answer.tolist() == computed(held, image)


def test_both_forms_have_equal_classes_times_and_counters():
    held = network()
    pixels = images(held, 3)
    with Simulator() as simulator:
        part = CmosAccelerator("cmos", simulator, machine=CmosMachine(held, PIECES))
        host = Host("host", simulator)
        host.bus.bind(part.bus)
        asked = host.spawn(host.ask(pixels))
        simulator.run()
    machine, now_ps = CmosMachine(held, PIECES), 0
    for image, told in zip(pixels, asked.value or (), strict=True):
        found, now_ps = machine.inference.infer(image, now_ps)
        assert told == (found, now_ps)
    assert part.state.tobytes() == machine.memory.state.tobytes()
    assert part.spent.value == pytest.approx(sum(part.energy_pj().values()))


def test_cycles_are_counted_by_hand():
    held = network(weight_bits=2)
    machine = CmosMachine(held, CmosConfig())
    _, done_ps = machine.inference.infer(images(held)[0])
    # weights, a word of 256 bits a cycle: conv1 5 x 18 x 2 bits, conv2 32 and 8 x 20 x 2,
    # fc1 7 x 160 x 2, fc2 4 x 7 x 2
    loads = 1 + (5 + 2) + 9 + 1
    # positions, 49 products a cycle, two bits of weights: 72 of 18, twice 4 of 20, 160, 7
    sums = 2 * (72 * 1 + 2 * 4 * 1 + 4 + 1)
    assert machine.memory.state[0].cycles == loads + sums
    assert done_ps == (loads + sums) * 2_077
    assert sum(amount(term, machine.config) for term in machine.delays()) == done_ps


def test_memory_traffic_is_counted_by_hand():
    held = network(weight_bits=2)
    machine = CmosMachine(held, CmosConfig())
    machine.inference.infer(images(held)[0])
    state = machine.memory.state[0]
    assert state.weight_bits == 2 * (5 * 18 + 40 * 20 + 7 * 160 + 4 * 7)
    # every activation once for each group of 32 filters; conv2 has two groups, and its stride of
    # 2 leaves no row of four out
    assert state.input_bits == 8 * (9 * 8 * 2 + 2 * 4 * 4 * 5 + 160 + 7)
    assert state.code_bits == 8 * (72 * 5 + 4 * 40 + 7 + 4)
    assert state.products == 2 * (72 * 18 * 5 + 4 * 20 * 40 + 160 * 7 + 7 * 4)
    assert state.sum_bits == 0


def test_pieces_of_a_layer_hand_their_sums_on_through_memory():
    held = network(weight_bits=2)
    machine = CmosMachine(held, CmosConfig(held_bits=72))
    # 72 bits of an output are 36 inputs of fc1's 160; the windows of 9 and 4 fit with all channels
    assert machine.memory.laid["pieces"].tolist() == [1, 1, 5, 1]
    machine.inference.infer(images(held)[0])
    # seven sums of 24 bits, written four times and read four times
    assert machine.memory.state[0].sum_bits == 8 * 7 * 24


def test_a_window_that_the_core_cannot_hold_is_refused():
    with pytest.raises(ConfigError) as told:
        CmosMachine(network(weight_bits=8), CmosConfig(held_bits=64))
    assert str(told.value) == ("cmos.held_bits must be at least 72 for conv1 of small, not 64")


def test_area_is_the_core_and_whole_banks():
    machine = CmosMachine(network(), CmosConfig())
    found = sum(amount(term, machine.config) for term in machine.area())
    # 1.9 mm2 of 65 nm are 0.46 mm2 of 32 nm
    assert found == pytest.approx(0.4605 + 0.083, rel=1e-3)
