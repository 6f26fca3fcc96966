"""The co-processor bus: hops, decoding, order, and several co-processors on one port."""

from typing import Any

import pytest

from components.interconnect import CoprocessorBus, CoprocessorBusConfig
from cosim import (
    AddressError,
    Clock,
    Command,
    Module,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    target_socket,
)
from cosim.messages import LOAD_IMAC, STORE_IMAC, WAIT_IMAC

CYCLE_PS = 250


class Device(Module):
    """Takes an access in one cycle of 250 ps and notes it."""

    bus = target_socket("accesses")

    def build(self) -> None:
        """Have nothing yet."""
        self.seen: list[tuple[int, int, int]] = []

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Note the access; loads give the address plus 100."""
        self.seen.append((self.now_ps // CYCLE_PS, transaction.address, transaction.value))
        yield CYCLE_PS
        if transaction.kind == LOAD_IMAC:
            transaction.value = transaction.address + 100
        transaction.response = Response.OK


class Core(Module):
    """Makes accesses one after the other."""

    coprocessor = initiator_socket("the bus")

    def build(self) -> None:
        """Have no answers yet."""
        self.answers: list[tuple[int, int]] = []

    def access(self, kind: int, address: int, value: int = 0) -> Steps:
        """Make one access and note when it was over and what it gave."""
        command = Command.READ if kind == LOAD_IMAC else Command.WRITE
        one = Transaction(address, command=command, kind=kind, value=value)
        yield from self.coprocessor.transport(one)
        assert one.address == address
        self.answers.append((self.now_ps // CYCLE_PS, one.value if one.is_ok else one.response))


def machine(cores: int = 1, **config: int) -> tuple[Any, ...]:
    sim = Simulator(clock=Clock(4_000_000_000))
    bus = CoprocessorBus("bus", sim, config=CoprocessorBusConfig(**config))
    near, far = Device("near", sim), Device("far", sim)
    bus.map(0, 0x1000, near.bus)
    bus.map(0x1000, 0x1000, far.bus)
    every = [Core(f"core[{number}]", sim) for number in range(cores)]
    for core in every:
        core.coprocessor.bind(bus.core)
    return sim, bus, near, far, *every


def test_a_store_takes_two_cycles_there_one_in_the_device_and_two_back() -> None:
    sim, bus, near, _, core = machine()
    core.spawn(core.access(STORE_IMAC, 0x001, value=1))
    sim.run()
    assert near.seen == [(2, 0x001, 1)]
    assert core.answers == [(5, 1)]
    assert bus.accesses.value == 1


def test_a_load_brings_the_value_of_the_device() -> None:
    sim, _, _, _, core = machine(request_cycles=1, response_cycles=7)
    core.spawn(core.access(LOAD_IMAC, 0x003))
    sim.run()
    assert core.answers == [(1 + 1 + 7, 103)]


def test_every_device_sees_its_addresses_from_zero() -> None:
    sim, _, near, far, core = machine()
    core.spawn(core.access(STORE_IMAC, 0x1005))
    sim.run()
    assert near.seen == []
    assert far.seen == [(2, 0x005, 0)]


def test_accesses_do_not_overlap() -> None:
    sim, _, near, _, one, other = machine(cores=2)
    other.spawn(other.access(STORE_IMAC, 2))
    one.spawn(one.access(STORE_IMAC, 1))
    sim.run()
    assert near.seen == [(2, 1, 0), (7, 2, 0)]  # port order inside an instant
    assert (one.answers, other.answers) == ([(5, 0)], [(10, 0)])


def test_an_address_that_nobody_answers_is_an_address_error() -> None:
    sim, _, _, _, core = machine()
    core.spawn(core.access(LOAD_IMAC, 0x2000))
    sim.run()
    assert core.answers == [(0, Response.ADDRESS_ERROR)]


def test_waiting_for_the_co_processor_does_not_take_the_bus() -> None:
    sim, bus, near, _, core = machine()
    core.spawn(core.access(WAIT_IMAC, 0x400))
    sim.run()
    assert near.seen == [(0, 0x400, 0)]
    assert bus.accesses.value == 0


def test_operation_address_and_valid_are_seen() -> None:
    sim, bus, _, _, core = machine()
    changes: list[tuple[int, Any]] = []
    for probe in (bus.operation, bus.address, bus.valid):
        probe.listen(lambda when_ps, value: changes.append((when_ps // CYCLE_PS, value)))
    core.spawn(core.access(STORE_IMAC, 0x123))
    sim.run()
    assert set(changes) == {(0, "STORE_IMAC"), (0, 0x123), (0, 1), (5, "IDLE"), (5, 0)}


def test_overlapping_devices_are_refused() -> None:
    _, bus, near, _, _ = machine()
    with pytest.raises(AddressError, match="must not overlap"):
        bus.map(0x800, 0x10, near.bus)
