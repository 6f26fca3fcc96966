"""Hearing what goes through a socket from outside."""

import pytest

from cosim import (
    Module,
    ProtocolError,
    Simulator,
    Transaction,
    initiator_socket,
    target_socket,
)
from cosim.tapping import tap


class Core(Module):
    mem = initiator_socket("the memories", many=True)


class Memory(Module):
    """Waits 1 ns at odd addresses, answers at once at even ones, refuses address 7."""

    bus = target_socket("cores", many=True)

    @bus.on_transport
    def serve(self, transaction):
        if transaction.address == 7:
            raise ProtocolError("not seven")
        return self.wait() if transaction.address % 2 else None

    def wait(self):
        yield 1_000


class Machine:
    """Two cores on two memories, the second of which is tapped."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self.cores = [Core(f"core[{index}]", self.sim) for index in range(2)]
        self.memories = [Memory(f"memory[{index}]", self.sim) for index in range(2)]
        for core in self.cores:
            for memory in self.memories:
                core.mem.bind(memory.bus)
        self.sim.elaborate()
        self.heard: list[tuple[int, str, int, int]] = []
        tap(self.memories[1].bus, called=self.note("called"), served=self.note("served"))

    def note(self, what):
        return lambda transaction, port: self.heard.append(
            (self.sim.now_ps, what, transaction.address, port)
        )

    def run(self, core, address, port):
        self.sim.env.process(self.cores[core].mem.transport(Transaction(address), port))
        self.sim.run()


def test_a_tap_hears_when_a_transaction_comes_and_when_it_is_done():
    machine = Machine()
    machine.run(1, 3, port=1)
    machine.run(0, 4, port=1)
    assert machine.heard == [
        (0, "called", 3, 1), (1_000, "served", 3, 1),
        (1_000, "called", 4, 0), (1_000, "served", 4, 0),
    ]  # fmt: skip


def test_other_targets_are_not_heard():
    machine = Machine()
    machine.run(0, 3, port=0)
    assert machine.heard == []


def test_a_tap_on_the_first_target_is_heard_too():
    machine = Machine()
    tap(machine.memories[0].bus, served=machine.note("first"))
    machine.run(0, 4, port=0)
    machine.run(0, 3, port=0)
    assert machine.heard == [(0, "first", 4, 0), (1_000, "first", 3, 0)]


def test_what_a_target_refuses_has_been_called_but_not_served():
    machine = Machine()
    with pytest.raises(ProtocolError, match="not seven"):
        machine.run(1, 7, port=1)
    assert machine.heard == [(0, "called", 7, 1)]


def test_one_side_of_a_tap_is_enough():
    machine = Machine()
    tap(machine.memories[0].bus, called=machine.note("first"))
    machine.run(0, 4, port=0)
    machine.run(0, 3, port=0)
    assert [what for _, what, *_ in machine.heard] == ["first", "first"]
