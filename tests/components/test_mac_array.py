"""Other co-processors on the same port: a digital array, a toy, and both at once."""

import numpy as np
import pytest

from components.coprocessor import Host
from components.interconnect import CoprocessorBus
from components.mac_array import (
    INPUTS_ADDRESS,
    LAYER_ADDRESS,
    RESULTS_ADDRESS,
    START_ADDRESS,
    STATUS_ADDRESS,
    MacArray,
    MacArrayConfig,
    packed,
)
from cosim import Clock, ConfigError, ProtocolError, Simulator
from tests.components.popcount import Popcount

CYCLE_PS = 1_000

FIRST = np.array([[1, -1, 2], [3, 1, 0], [-2, 1, 1], [1, 1, 1], [100, -100, 0]], np.int8)
SECOND = np.array([[1], [-1], [1]], np.int8)
INPUTS = np.array([1, 2, -3, 4, 127], np.int8)
SUMS = [
    1 * 1 + 2 * 3 + 3 * 2 + 4 * 1 + 127 * 100,
    -1 + 2 - 3 + 4 - 127 * 100,
    2 + 0 - 3 + 4 + 0,
]


class System:
    """A host, the bus, an array at 0x1000 and a toy at 0x2000, all at 1 GHz."""

    def __init__(self, **config):
        self.sim = Simulator(clock=Clock(10**9))
        self.bus = CoprocessorBus("bus", self.sim)
        self.hosts = [Host(f"host[{index}]", self.sim) for index in range(2)]
        self.array = MacArray(
            "array", self.sim, layers=(FIRST, SECOND), config=MacArrayConfig(**config)
        )
        self.toy = Popcount("toy", self.sim)
        for host in self.hosts:
            host.bus.bind(self.bus.core)
        self.bus.map(0x1000, 0x800, self.array.bus)
        self.bus.map(0x2000, 0x10, self.toy.bus)

    def run(self, *scripts):
        """Run one script per host; return what each returned."""
        found = [None] * len(scripts)

        def play(index, script):
            found[index] = yield from script(self.hosts[index])

        for index, script in enumerate(scripts):
            self.sim.env.process(play(index, script))
        self.sim.run()
        return found


def multiply(host, layer=0, inputs=INPUTS, outputs=3):
    yield from host.store(0x1000 + LAYER_ADDRESS, layer)
    for place, word in enumerate(packed(inputs)):
        yield from host.store(0x1000 + INPUTS_ADDRESS + place, word)
    yield from host.store(0x1000 + START_ADDRESS, 1)
    sums = []
    for place in range(outputs):
        sums += [(yield from host.load(0x1000 + RESULTS_ADDRESS + place))]
    return sums


def count(host):
    for word in (0b1011, 0xFFFF_FFFF, 0):
        yield from host.store(0x2000, word)
    return (yield from host.load(0x2000))


def test_sums_are_exact():
    system = System()
    assert system.run(multiply) == [SUMS]
    assert system.array.products.value == 15
    assert system.array.spent.value == pytest.approx(15 * (0.3 + 1.25))


def test_four_inputs_go_over_in_a_store():
    assert packed(np.array([1, -1, 2, 0, 5], np.int8)) == [0x0002_FF01, 0x0000_0005]


def test_layers_are_chosen_one_after_the_other():
    system = System()

    def both(host):
        sums = yield from multiply(host)
        small = np.array([value % 7 for value in sums], np.int8)
        return small, (yield from multiply(host, 1, small, 1))

    ((small, (last,)),) = system.run(both)
    assert last == int(small[0]) - int(small[1]) + int(small[2])


def test_a_layer_takes_its_products_by_lanes_and_the_pipeline():
    # 15 products at 4 a cycle, and 4 cycles; a load waits for them, then takes its turn
    system = System(lanes=4)

    def timed(host):
        yield from host.store(0x1000 + LAYER_ADDRESS, 0)
        yield from host.store(0x1000 + START_ADDRESS, 1)
        yield from host.load(0x1000 + RESULTS_ADDRESS)

    system.run(timed)
    assert system.array.job.total_ps == (4 + 4) * CYCLE_PS


def test_the_status_can_be_polled():
    system = System(lanes=1)

    def poll(host):
        yield from host.store(0x1000 + LAYER_ADDRESS, 0)
        yield from host.store(0x1000 + START_ADDRESS, 1)
        seen: list[int] = []
        while not seen or seen[-1] != 2:
            seen += [(yield from host.load(0x1000 + STATUS_ADDRESS))]
        return seen

    ((seen),) = system.run(poll)
    assert seen[:-1] == [1] * (len(seen) - 1)
    assert len(seen) > 2


@pytest.mark.parametrize(
    ("accesses", "told"),
    [
        ([(START_ADDRESS, 1)], "start"),
        ([(LAYER_ADDRESS, 0), (START_ADDRESS, 1), (START_ADDRESS, 1)], "start"),
        ([(LAYER_ADDRESS, 0), (START_ADDRESS, 1), (INPUTS_ADDRESS, 1)], "store_inputs"),
        ([(LAYER_ADDRESS, 0), (START_ADDRESS, 1), (LAYER_ADDRESS, 1)], "choose"),
        ([(RESULTS_ADDRESS, None)], "load_sum"),
    ],
)
def test_the_contract_refuses_what_is_out_of_order(accesses, told):
    def script(host):
        for address, value in accesses:
            if value is None:
                yield from host.load(0x1000 + address)
            else:
                yield from host.store(0x1000 + address, value)

    with pytest.raises(ProtocolError, match=told):
        System(lanes=1).run(script)


@pytest.mark.parametrize("address", [0x1000 + INPUTS_ADDRESS + 2, 0x1000 + 0x003, 0x3000])
def test_an_address_without_anything_is_answered_with_an_error(address):
    def script(host):
        yield from host.store(0x1000 + LAYER_ADDRESS, 0)
        yield from host.store(address, 1)

    with pytest.raises(ProtocolError, match="ADDRESS_ERROR"):
        System().run(script)


def test_a_layer_without_addresses_is_refused():
    sim = Simulator(clock=Clock(10**9))
    with pytest.raises(ConfigError, match="layer 0 must have at most 3072 inputs and 1024 outputs"):
        MacArray("array", sim, layers=(np.zeros((3_073, 1), np.int8),))


def test_a_toy_counts_ones_and_its_contract_refuses_an_empty_read():
    assert System().run(count) == [2 + 1 + 32]
    with pytest.raises(ProtocolError, match="load"):
        System().run(lambda host: host.load(0x2000))


def test_two_coprocessors_work_at_once_for_two_initiators():
    alone = System()
    alone.run(multiply)
    system = System()
    assert system.run(multiply, count) == [SUMS, 2 + 1 + 32]
    # they share the bus, one access at a time; nothing else
    shared = system.bus.accesses.value
    assert shared == alone.bus.accesses.value + 4
