"""Phases that wait in a socket's inbox for a process."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import (
    BindingError,
    CosimError,
    DeadlockError,
    Module,
    Phase,
    Process,
    Simulator,
    Steps,
    Sync,
    Transaction,
    Unwind,
    initiator_socket,
    method,
    process,
    target_socket,
)

BEGIN_REQ, END_REQ = Phase.BEGIN_REQ, Phase.END_REQ
BEGIN_RESP, END_RESP = Phase.BEGIN_RESP, Phase.END_RESP

Heard = list[tuple[int, int, Phase]]
"""When, the address of the transaction, the phase."""


class Teller(Module):
    """A target that tells phases at the delays of its script; it accepts what it hears."""

    bus = target_socket("requests")
    script: tuple[tuple[int, Phase], ...] = ((1_000, END_REQ), (3_000, BEGIN_RESP))

    @bus.on_phase
    def hear(self, transaction: Transaction, phase: Phase) -> None:
        if phase is BEGIN_REQ:
            for delay_ps, answer in self.script:
                self.bus.nb_transport_bw(transaction, answer, delay_ps)


class Asker(Module):
    """Sends one request, and takes phases with as many processes as are asked for."""

    mem = initiator_socket("the target", inbox=True)

    def build(self) -> None:
        self.heard: Heard = []
        self.sent = Transaction(0x40)

    @process
    def send(self) -> Steps:
        self.mem.nb_transport_fw(self.sent, BEGIN_REQ, 0)
        yield 0

    def take(self, count: int, first_ps: int = 0) -> Steps:
        """Take so many phases."""
        if first_ps:
            yield first_ps
        for _ in range(count):
            transaction, phase = yield self.mem.inbox
            self.heard.append((self.now_ps, transaction.address, phase))


def joined(**script: Any) -> tuple[Simulator, Asker, Teller]:
    sim = Simulator()
    asker, teller = Asker("asker", sim), Teller("teller", sim)
    vars(teller).update(script)
    asker.mem.bind(teller.bus)
    return sim, asker, teller


def test_a_process_takes_phase_after_phase_when_their_delays_have_passed():
    sim, asker, _ = joined()
    sim.env.process(asker.take(2))
    sim.run()
    assert asker.heard == [(1_000, 0x40, END_REQ), (3_000, 0x40, BEGIN_RESP)]


def test_phases_wait_for_a_process_the_oldest_first():
    sim, asker, _ = joined()
    sim.env.process(asker.take(2, first_ps=9_000))
    sim.run(until_ps=8_000)
    assert len(asker.mem.inbox) == 2
    sim.run()
    assert asker.heard == [(9_000, 0x40, END_REQ), (9_000, 0x40, BEGIN_RESP)]
    assert len(asker.mem.inbox) == 0
    assert asker.mem.inbox.get() is None


def test_a_process_that_took_all_that_was_kept_waits_for_what_comes():
    sim, asker, _ = joined()
    sim.env.process(asker.take(2, first_ps=2_000))
    sim.run()
    assert [when_ps for when_ps, _, _ in asker.heard] == [2_000, 3_000]


def test_who_waits_longest_is_first():
    sim, asker, _ = joined(script=((1_000, END_REQ), (1_000, BEGIN_RESP)))
    names: list[tuple[str, Phase]] = []

    def taker(name: str) -> Steps:
        _, phase = yield asker.mem.inbox
        names.append((name, phase))

    for name in ("one", "two"):
        sim.env.process(taker(name))
    sim.run()
    assert names == [("one", END_REQ), ("two", BEGIN_RESP)]


def test_a_wait_for_a_phase_can_be_given_up():
    sim, asker, _ = joined()
    found: list[Any] = []

    def patient() -> Steps:
        inbox = asker.mem.inbox
        for _ in range(4):
            yield inbox.arrived.within(1_500)
            found.append((asker.now_ps, inbox.get()))

    sim.env.process(patient())
    sim.run()
    assert found == [
        (1_000, (asker.sent, END_REQ)),
        (2_500, None),
        (3_000, (asker.sent, BEGIN_RESP)),
        (4_500, None),
    ]


class Server(Module):
    """A target whose one process serves request after request."""

    bus = target_socket("requests", inbox=True)

    @process
    def serve(self) -> Steps:
        while True:
            transaction, phase = yield self.bus.inbox
            if phase is BEGIN_REQ:
                yield 5_000
                transaction.value = transaction.address + 1
                self.bus.nb_transport_bw(transaction, BEGIN_RESP, 0)


def served() -> tuple[Asker, Server]:
    """Return an initiator whose request was answered, and its server."""
    sim = Simulator()
    asker, server = Asker("asker", sim), Server("server", sim)
    asker.mem.bind(server.bus)
    sim.env.process(asker.take(1))
    sim.run()
    return asker, server


def test_a_target_may_serve_with_a_process():
    asker, _ = served()
    assert asker.heard == [(5_000, 0x40, BEGIN_RESP)]
    assert asker.sent.value == 0x41


def test_a_blocking_call_reaches_a_server_with_an_inbox():
    class Caller(Module):
        mem = initiator_socket("the target")

        @process
        def run(self) -> Steps:
            self.read = Transaction(0x10)
            yield from self.mem.transport(self.read)
            self.ended_ps = self.now_ps

    sim = Simulator()
    caller, server = Caller("caller", sim), Server("server", sim)
    caller.mem.bind(server.bus)
    sim.run()
    assert (caller.ended_ps, caller.read.value) == (5_000, 0x11)


class Methodical(Module):
    """Hears of phases in a method, as `Asker` does in a process."""

    mem = initiator_socket("the target")

    def build(self) -> None:
        self.heard: Heard = []
        self.sent = Transaction(0x40)

    send = Asker.send

    @mem.on_phase
    def hear(self, transaction: Transaction, phase: Phase) -> None:
        self.heard.append((self.now_ps, transaction.address, phase))


@given(
    st.lists(
        st.tuples(st.integers(0, 4).map(lambda ns: 1_000 * ns), st.sampled_from(Phase)), max_size=8
    )
)
def test_a_process_hears_what_a_method_would_and_when(script):
    sim, asker, _ = joined(script=tuple(script))
    sim.env.process(asker.take(len(script)))
    sim.run()
    other = Simulator()
    methodical, teller = Methodical("asker", other), Teller("teller", other)
    teller.script = tuple(script)
    methodical.mem.bind(teller.bus)
    other.run()
    assert asker.heard == methodical.heard
    assert len(asker.heard) == len(script)


def waiting(sim: Simulator, asker: Asker, until_ps: int = 500) -> Process:
    """Return a process that waits for phases, at a time before the first one."""
    taker: Process = sim.env.process(asker.take(2))
    sim.run(until_ps=until_ps)
    return taker


@pytest.mark.parametrize("end", [Process.kill, lambda one: one.throw(Unwind(is_reset=False))])
def test_who_was_ended_takes_no_phase(end):
    sim, asker, _ = joined()
    end(waiting(sim, asker))
    sim.env.process(asker.take(1))
    sim.run()
    assert asker.heard == [(1_000, 0x40, END_REQ)]
    assert len(asker.mem.inbox) == 1


def test_who_is_suspended_gets_its_phase_when_it_goes_on():
    sim, asker, _ = joined(script=((1_000, END_REQ),))
    taker = waiting(sim, asker)
    taker.suspend()
    sim.run(until_ps=2_000)
    assert asker.heard == []
    taker.resume()
    sim.run(until_ps=2_500)
    assert asker.heard == [(2_000, 0x40, END_REQ)]


def test_who_waits_for_a_phase_cannot_be_made_deaf():
    sim, asker, _ = joined()
    with pytest.raises(CosimError, match=r"must wait for events only .* asker\.mem\.inbox.* lost"):
        waiting(sim, asker).disable()


def test_a_method_cannot_be_triggered_by_an_inbox():
    class Methodical(Asker):
        @method
        def look(self) -> None:
            self.env.next_trigger(self.mem.inbox)

    sim = Simulator()
    asker, teller = Methodical("asker", sim), Teller("teller", sim)
    asker.mem.bind(teller.bus)
    with pytest.raises(
        CosimError, match=r"not by asker\.mem\.inbox.* use asker\.mem\.inbox\.arrived"
    ):
        sim.run()


def test_a_socket_without_an_inbox_says_how_to_get_one():
    sim, _, teller = joined()
    with pytest.raises(BindingError, match=r"teller\.bus must be declared with inbox=True"):
        _ = teller.bus.inbox
    assert sim.now_ps == 0


def test_phases_are_taken_in_one_way():
    class Both(Asker):
        mem = initiator_socket("the target", inbox=True)

        @mem.on_backward
        def hear(self, _: Transaction, __: Phase, ___: int) -> Sync:
            return Sync.ACCEPTED

    sim = Simulator()
    both, teller = Both("both", sim), Teller("teller", sim)
    both.mem.bind(teller.bus)
    with pytest.raises(BindingError, match="it has a method on_backward and inbox=True; remove"):
        sim.elaborate()


class Silent(Teller):
    """Takes requests and never answers."""

    script = ()


def test_a_response_that_never_comes_is_told_with_who_owes_it():
    class Waiting(Module):
        mem = initiator_socket("the target", inbox=True)

        @process
        def run(self) -> Steps:
            request = Transaction(0x40)
            self.mem.nb_transport_fw(request, BEGIN_REQ, 0)
            yield self.mem.inbox

    sim = Simulator()
    asker, silent = Waiting("asker", sim), Silent("silent", sim)
    asker.mem.bind(silent.bus)
    with pytest.raises(DeadlockError, match="the response to .* which silent owes"):
        sim.run()


def test_a_phase_that_never_comes_is_told_with_who_could_tell_it():
    class Waiting(Module):
        mem = initiator_socket("the target", inbox=True)

        @process
        def run(self) -> Steps:
            yield self.mem.inbox

    sim = Simulator()
    asker, silent = Waiting("asker", sim), Silent("silent", sim)
    asker.mem.bind(silent.bus)
    with pytest.raises(DeadlockError, match=r"a phase in asker\.mem\.inbox, which silent tells"):
        sim.run()


def test_a_server_with_an_inbox_may_wait_for_ever():
    _, server = served()
    assert server.processes["serve"].waiting
