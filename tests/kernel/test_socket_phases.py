"""Phases on sockets: who hears them, when, and how answers find their way back."""

from typing import Any

import numpy as np
import pytest

from cosim import (
    BindingError,
    Module,
    Phase,
    ProtocolError,
    Simulator,
    Steps,
    Sync,
    TimeError,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)


@pytest.fixture
def sim() -> Simulator:
    return Simulator()


class Phased(Module):
    """A target of several initiators that answers every request 7 ns later."""

    bus = target_socket("requests", many=True)

    def build(self) -> None:
        self.ports: list[int] = []

    @bus.on_forward
    def accept(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.ports.append(transaction.port)
        self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, delay_ps + 7_000)
        return Sync.ACCEPTED


class Hub(Module):
    """Passes phases on in both directions and keeps nothing."""

    into = target_socket("initiators", many=True)
    out = initiator_socket("the target")

    @into.on_forward
    def down(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return self.out.nb_transport_fw(transaction, phase, delay_ps + 100)

    @out.on_backward
    def up(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return self.into.nb_transport_bw(transaction, phase, delay_ps + 100)


class Caller(Module):
    """Sends one request and notes the answer."""

    mem = initiator_socket("the target")

    def build(self) -> None:
        self.heard: list[tuple[Transaction, Phase, int]] = []

    @mem.on_backward
    def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.heard.append((transaction, phase, delay_ps))
        return Sync.COMPLETED


def test_a_response_finds_its_way_back_through_sockets_of_many(sim):
    callers = [Caller(f"caller[{n}]", sim) for n in range(2)]
    hub, phased, direct = Hub("hub", sim), Phased("phased", sim), Caller("direct", sim)
    direct.mem.bind(phased.bus)
    for caller in callers:
        caller.mem.bind(hub.into)
    hub.out.bind(phased.bus)
    sim.elaborate()
    for caller in callers:
        caller.mem.nb_transport_fw(Transaction(0), Phase.BEGIN_REQ, 0)
    assert phased.ports == [1, 1]
    assert direct.heard == []
    for caller in callers:
        [(_, phase, delay_ps)] = caller.heard
        assert (phase, delay_ps) == (Phase.BEGIN_RESP, 100 + 7_000 + 100)


class Later(Module):
    """Hears phases when they arrive and answers a request with a response 2 ns later."""

    bus = target_socket("requests", many=True)

    def build(self) -> None:
        self.heard: list[tuple[int, int, str]] = []

    @bus.on_phase
    def hear(self, transaction: Transaction, phase: Phase) -> None:
        self.heard.append((self.now_ps, transaction.port, phase.name))
        if phase is Phase.BEGIN_REQ:
            self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 2_000)


class Sender(Module):
    """Sends a request of 1 ns at 0 ps, and ends the response when it arrives."""

    mem = initiator_socket("the target")

    def build(self) -> None:
        self.heard: list[tuple[int, str]] = []

    @process
    def run(self) -> Steps:
        answer = self.mem.nb_transport_fw(Transaction(0), Phase.BEGIN_REQ, 1_000)
        assert answer is Sync.ACCEPTED
        yield from ()

    @mem.on_phase
    def hear(self, transaction: Transaction, phase: Phase) -> None:
        self.heard.append((self.now_ps, phase.name))
        self.mem.nb_transport_fw(transaction, Phase.END_RESP, 0)


def test_phases_can_be_heard_when_their_delay_has_passed(sim):
    later, senders = Later("later", sim), [Sender(f"sender[{n}]", sim) for n in range(2)]
    for sender in senders:
        sender.mem.bind(later.bus)
    sim.run()
    assert later.heard == [
        (1_000, 0, "BEGIN_REQ"),
        (1_000, 1, "BEGIN_REQ"),
        (3_000, 0, "END_RESP"),
        (3_000, 1, "END_RESP"),
    ]
    assert [sender.heard for sender in senders] == 2 * [[(3_000, "BEGIN_RESP")]]


def test_phases_are_taken_in_one_way_only(sim):
    class Torn(Later):
        bus = target_socket("requests")

        @bus.on_forward
        def take(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
            return Sync.ACCEPTED

        @bus.on_phase
        def hear(self, transaction: Transaction, phase: Phase) -> None:
            """Hear."""

    Sender("sender", sim).mem.bind(Torn("torn", sim).bus)
    with pytest.raises(BindingError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "torn.bus must take phases in one way; it has a method on_forward and a method on_phase; "
        "remove one"
    )


def test_an_only_link_has_port_0_alone(sim):
    class Alone(Later):
        bus = target_socket("requests")

    alone, sender = Alone("alone", sim), Sender("sender", sim)
    sender.mem.bind(alone.bus)
    sim.elaborate()
    with pytest.raises(BindingError, match=r"alone.bus must be told port 0, its only one, not 1"):
        sender.mem.nb_transport_fw(Transaction(0), Phase.BEGIN_REQ, 0, 1)


class Silent(Module):
    """A target that forgets to answer."""

    bus = target_socket("requests")

    @bus.on_forward
    def accept(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        answers: dict[Phase, Sync] = {}
        return answers.get(phase)  # type: ignore[return-value]  # what the test is about


class Asking(Module):
    """An initiator that looks at answers if it is `checked`, and calls the two ways."""

    mem = initiator_socket("requests", optional=True)
    watched = initiator_socket("requests, with a check", checked=True, optional=True)

    @process
    def run(self) -> Steps:
        """Make a blocking call if there is a target for it."""
        if self.mem.links:
            yield from self.mem.transport(Transaction(0))

    def tell(self) -> None:
        """Make a call of the other kind."""
        self.watched.nb_transport_fw(Transaction(0), Phase.BEGIN_REQ, 0)


@pytest.mark.parametrize("name", ["mem", "watched"])
def test_a_phase_that_is_not_answered_is_refused(sim: Simulator, name: str) -> None:
    core = Asking("core", sim)
    getattr(core, name).bind(Silent("t", sim).bus)
    sim.elaborate()
    if name == "watched":
        sim.env.method(core.tell)
    with pytest.raises(ProtocolError) as refused:
        sim.run()
    assert "BEGIN_REQ must be answered by a Sync, not by None" in str(refused.value)


class Plain(Module):
    """An initiator that does nothing by itself."""

    mem = initiator_socket("requests")


class Timed(Module):
    """Hears phases when their time has come."""

    bus = target_socket("requests")

    def build(self) -> None:
        self.heard: list[Phase] = []

    @bus.on_phase
    def hear(self, _: Transaction, phase: Phase) -> None:
        self.heard.append(phase)


def test_a_delay_that_is_no_whole_number_is_refused_and_leaves_nothing(sim: Simulator) -> None:
    core, target = Plain("core", sim), Timed("t", sim)
    core.mem.bind(target.bus)
    sim.elaborate()
    delay_ps: Any = 1.5
    with pytest.raises(TimeError) as refused:
        core.mem.nb_transport_fw(Transaction(0), Phase.BEGIN_REQ, delay_ps)
    assert str(refused.value).startswith("a delay of t.bus must be a whole number of ps")
    core.mem.nb_transport_fw(Transaction(0), Phase.BEGIN_REQ, np.int64(2_000))
    sim.run()
    assert (sim.now_ps, target.heard) == (2_000, [Phase.BEGIN_REQ])
