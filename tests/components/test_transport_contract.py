"""Cache, bus and memory keep the base protocol on every link; bugs in the shell are named."""

import pytest

from components.cache import Cache
from components.interconnect import Bus
from components.lpddr3 import Lpddr3
from cosim import (
    Clock,
    Module,
    Phase,
    ProtocolError,
    Simulator,
    Steps,
    Sync,
    TargetSocket,
    Transaction,
    initiator_socket,
)
from cosim.messages import READ, WRITE
from cosim.sockets import Socket
from cosim.stepping import Stepping

LINE_BYTES = 64


class Reader(Module):
    """Has several accesses under way at once."""

    mem = initiator_socket("a cache")

    def build(self) -> None:
        """Have done nothing."""
        self.done = 0

    def access(self, address: int, kind: int) -> Steps:
        """Read or write a word."""
        transaction = Transaction(address, kind=kind, size_bytes=8)
        yield from self.mem.transport(transaction)
        assert transaction.is_ok
        self.done += 1


class Machine:
    """Two readers with a cache each, a bus and a memory; every link is checked."""

    def __init__(self) -> None:
        self.sim = Simulator(clock=Clock(1_000_000_000))
        self.memory, self.bus = Lpddr3("memory", self.sim), Bus("bus", self.sim)
        self.bus.map(0, 1 << 20, self.memory.bus)
        self.readers = [Reader(f"reader[{index}]", self.sim) for index in range(2)]
        for index, reader in enumerate(self.readers):
            cache = Cache(f"cache[{index}]", self.sim)
            reader.mem.bind(cache.above)
            cache.below.bind(self.bus.initiators)
        for module in self.sim.modules():
            for socket in module.parts_of(Socket):
                socket.checked = True

    def run(self) -> None:
        """Read and write many lines, so that all kinds of answers come."""
        self.sim.elaborate()
        for index, reader in enumerate(self.readers):
            for access in range(40):
                address = (17 * access + 5 * index) % 600 * LINE_BYTES
                reader.spawn(reader.access(address, WRITE if access % 3 else READ))
        self.sim.run(until_ps=20_000_000)
        assert [reader.done for reader in self.readers] == [40, 40]


def test_caches_bus_and_memory_keep_the_base_protocol() -> None:
    Machine().run()


def test_a_reply_that_is_given_twice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    once = TargetSocket.tell_phase

    def twice(
        self: TargetSocket, transaction: Transaction, phase: Phase, delay_ps: int, port: int = 0
    ) -> Sync:
        once(self, transaction, phase, delay_ps, port)
        return once(self, transaction, phase, delay_ps, port)

    monkeypatch.setattr(TargetSocket, "tell_phase", twice)
    with pytest.raises(ProtocolError, match="bus.targets to memory.bus: BEGIN_RESP of .* by target "
                                            "at [0-9]+ ps in IDLE is not legal"):  # fmt: skip
        Machine().run()


def test_a_request_whose_end_is_never_said_holds_up_the_next_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = Stepping.forward

    def forward(
        self: Stepping, socket: TargetSocket, transaction: Transaction, phase: Phase, delay_ps: int
    ) -> Sync:
        answered(self, socket, transaction, phase, delay_ps)
        return Sync.ACCEPTED

    monkeypatch.setattr(Stepping, "forward", forward)
    with pytest.raises(ProtocolError, match="bus.targets to memory.bus: BEGIN_REQ of .* must wait; "
                                            "one at a time may be in REQUEST"):  # fmt: skip
        Machine().run()


def test_a_response_whose_end_is_never_said_holds_up_the_next_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = Stepping.backward

    def backward(self: Stepping, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        answered(self, transaction, phase, delay_ps)
        return Sync.ACCEPTED

    monkeypatch.setattr(Stepping, "backward", backward)
    with pytest.raises(ProtocolError, match="BEGIN_RESP of .* must wait; one at a time may be in "
                                            "RESPONSE, .* legal there: END_RESP"):  # fmt: skip
        Machine().run()
