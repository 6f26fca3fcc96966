"""The interconnect under several initiators: phases, blocking calls, policies."""

from collections.abc import Callable
from typing import Any

import pytest

from cosim import (
    AddressError,
    Command,
    Event,
    Interconnect,
    Module,
    Phase,
    ProtocolError,
    Response,
    Simulator,
    Steps,
    Sync,
    Transaction,
    fixed_priority,
    initiator_socket,
    process,
    round_robin,
    target_socket,
    weighted,
)
from cosim.arbiter import Policy
from cosim.module import Scope

NS = 1_000
SPACING = 0x100
"""Addresses from one target to the next."""


class Target(Module):
    """Memory, and what it saw: when, and at which address."""

    def build(self) -> None:
        self.bytes = bytearray(SPACING)
        self.seen: list[tuple[int, int]] = []


class Phased(Target):
    """Serves phases; ends the request after 1 ns, begins the response after 5 ns."""

    bus = target_socket("requests", checked=True)

    @bus.on_phase
    def heard(self, transaction: Transaction, phase: Phase) -> None:
        if phase is Phase.BEGIN_REQ:
            self.seen.append((self.now_ps, transaction.address))
            self.spawn(self.serve(transaction))

    def serve(self, transaction: Transaction) -> Steps:
        yield 1 * NS
        self.bus.nb_transport_bw(transaction, Phase.END_REQ, 0)
        yield 4 * NS
        transaction.access(self.bytes)
        self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 0)


class Ready(Target):
    """Answers on the return path: with the response, if there is none under way, or the end."""

    bus = target_socket("requests", checked=True)

    def build(self) -> None:
        super().build()
        self.responds = False

    @bus.on_forward
    def forward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        if phase is Phase.END_RESP:
            self.responds = False
            return Sync.COMPLETED
        self.seen.append((self.now_ps, transaction.address))
        transaction.access(self.bytes)
        transaction.delay_ps = delay_ps + 3 * NS
        if self.responds:
            return Sync.COMPLETED
        self.responds = True
        transaction.phase = Phase.BEGIN_RESP
        return Sync.UPDATED


class Blocking(Target):
    """Serves blocking calls in 4 ns."""

    bus = target_socket("requests", checked=True)

    @bus.on_transport
    def call(self, transaction: Transaction) -> Steps:
        self.seen.append((self.now_ps, transaction.address))
        yield 4 * NS
        transaction.access(self.bytes)


class Sender(Module):
    """Sends writes in phases, the next as soon as the protocol lets it."""

    mem = initiator_socket("the bus", checked=True)

    def __init__(self, name: str, parent: Scope, addresses: list[int], answer: Sync) -> None:
        self.addresses, self.answer = addresses, answer
        self.done: list[tuple[int, Response]] = []
        super().__init__(name, parent)

    def build(self) -> None:
        self.request_over = Event(self.env, f"{self.path}.request_over")
        self.requesting: Transaction | None = None

    @process
    def run(self) -> Steps:
        for address in self.addresses:
            transaction = Transaction(
                address, command=Command.WRITE, data=bytearray([address % 251] * 4)
            )
            self.requesting = transaction
            answer = self.mem.nb_transport_fw(transaction, Phase.BEGIN_REQ, 0)
            assert answer is Sync.ACCEPTED
            yield self.request_over

    @mem.on_backward
    def backward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        if transaction is self.requesting:
            self.requesting = None
            self.request_over.notify_after(delay_ps)
        if phase is Phase.END_REQ:
            return Sync.ACCEPTED
        self.done.append((transaction.address, transaction.response))
        if self.answer is Sync.ACCEPTED:
            self.spawn(self.end(transaction, delay_ps + 2 * NS))
        elif self.answer is Sync.UPDATED:
            transaction.phase, transaction.delay_ps = Phase.END_RESP, delay_ps + 1 * NS
        return self.answer

    def end(self, transaction: Transaction, delay_ps: int) -> Steps:
        yield delay_ps
        self.mem.nb_transport_fw(transaction, Phase.END_RESP, 0)


def joined(sim: Simulator, policy: Callable[[], Policy] | None, kinds: list[Any]) -> Any:
    """Return an interconnect with targets of these kinds, one after the other, and the targets."""
    bus = Interconnect("bus", sim, policy=policy)
    targets = [kind(f"target[{number}]", sim) for number, kind in enumerate(kinds)]
    for number, target in enumerate(targets):
        bus.map(number * SPACING, SPACING, target.bus)
    return bus, targets


POLICIES: list[Callable[[], Policy] | None] = [
    None,
    lambda: round_robin(3),
    lambda: weighted([1, 2, 3]),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_write_in_phases_arrives_once_whatever_targets_and_initiators_answer(policy):
    with Simulator() as sim:
        bus, targets = joined(sim, policy, [Phased, Ready, Blocking])
        senders = []
        for port, answer in enumerate(Sync):
            addresses = [SPACING * ((n + port) % 3) + 0x40 * port + 4 * n for n in range(12)]
            senders.append(Sender(f"sender[{port}]", sim, addresses, answer))
            senders[-1].mem.bind(bus.initiators)
        sim.run()
        for sender in senders:
            assert sorted(sender.done) == sorted((one, Response.OK) for one in sender.addresses)
            for address in sender.addresses:
                memory, at = targets[address // SPACING].bytes, address % SPACING
                assert memory[at : at + 4] == bytes([address % 251] * 4)


def test_an_address_that_nobody_answers_is_an_address_error_in_phases_too():
    with Simulator() as sim:
        bus, _ = joined(sim, None, [Phased])
        sender = Sender("sender", sim, [0x10, 0x999, SPACING - 2], Sync.COMPLETED)
        sender.mem.bind(bus.initiators)
        sim.run()
    assert sorted(sender.done) == [
        (0x10, Response.OK),
        (SPACING - 2, Response.ADDRESS_ERROR),
        (0x999, Response.ADDRESS_ERROR),
    ]


class Caller(Module):
    """Makes blocking calls one after the other; the last two hex digits of an address are its."""

    mem = initiator_socket("the bus")

    def __init__(self, name: str, parent: Scope, mark: int, calls: int) -> None:
        self.mark, self.calls = mark, calls
        super().__init__(name, parent)

    @process
    def run(self) -> Steps:
        for _ in range(self.calls):
            transaction = Transaction(self.mark)
            yield from self.mem.transport(transaction)
            assert transaction.is_ok
            assert transaction.address == self.mark


def order_of(policy: Callable[[], Policy] | None, calls: int = 4) -> list[int]:
    """Let three callers use a target that takes 4 ns a call; return whose calls it saw."""
    with Simulator() as sim:
        bus, (target,) = joined(sim, policy, [Blocking])
        for port in range(3):
            Caller(f"caller[{port}]", sim, 16 * port, calls).mem.bind(bus.initiators)
        sim.run()
    return [address // 16 for _, address in target.seen]


def test_a_policy_chooses_whose_blocking_call_is_next():
    assert order_of(lambda: fixed_priority) == [0] * 4 + [1] * 4 + [2] * 4
    assert order_of(lambda: round_robin(3)) == [0, 1, 2] * 4
    first_round = order_of(lambda: weighted([1, 1, 2]))[:4]
    assert sorted(first_round) == [0, 1, 2, 2]


def test_without_a_policy_blocking_calls_are_passed_on_at_once():
    assert sorted(order_of(None, calls=1)) == [0, 1, 2]
    with Simulator() as sim:
        bus, (target,) = joined(sim, None, [Blocking])
        for port in range(3):
            Caller(f"caller[{port}]", sim, 16 * port, 1).mem.bind(bus.initiators)
        sim.run()
    assert [when_ps for when_ps, _ in target.seen] == [0, 0, 0]


def test_each_target_has_a_turn_of_its_own():
    with Simulator() as sim:
        bus, targets = joined(sim, lambda: fixed_priority, [Blocking, Blocking])
        for port in range(2):
            Caller(f"caller[{port}]", sim, SPACING * port, 2).mem.bind(bus.initiators)
        sim.run()
    assert [target.seen for target in targets] == [[(0, 0), (4 * NS, 0)]] * 2


def test_who_is_killed_in_the_middle_of_a_call_leaves_the_target_free():
    with Simulator() as sim:
        bus, (target,) = joined(sim, lambda: fixed_priority, [Blocking])
        callers = [Caller(f"caller[{port}]", sim, 16 * port, 1) for port in range(3)]
        for caller in callers:
            caller.mem.bind(bus.initiators)
        sim.run(2 * NS)
        callers[0].processes["run"].kill()
        callers[1].processes["run"].kill()
        sim.run()
    assert target.seen == [(0, 0), (2 * NS, 32)]


def test_a_phase_of_a_transaction_that_is_not_under_way_is_refused():
    with Simulator() as sim:
        bus, _ = joined(sim, None, [Phased])
        sender = Sender("sender", sim, [], Sync.COMPLETED)
        sender.mem.bind(bus.initiators)
        sim.elaborate()
        with pytest.raises(ProtocolError) as refused:
            bus.asked(Transaction(0), Phase.END_RESP)
    assert str(refused.value) == (
        "bus must be told END_RESP of a transaction under way; "
        "Transaction(READ 4 bytes at 0x0, INCOMPLETE) is not: it never began, or is over"
    )


def test_ranges_that_overlap_are_refused():
    bus, (target,) = joined(Simulator(), None, [Phased])
    with pytest.raises(AddressError, match="must not overlap"):
        bus.map(0x80, 0x100, target.bus)
