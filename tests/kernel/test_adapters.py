"""Adapters between blocking and non-blocking transport."""

import pytest

from cosim import (
    Module,
    Phase,
    ProtocolError,
    Response,
    Simulator,
    Steps,
    Sync,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)


class Blocking(Module):
    """Serves blocking calls: waits 4 ns and annotates 1 ns."""

    bus = target_socket("one at a time or many")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        heard.append((self.now_ps, "b_transport", transaction.address))
        yield 4_000
        transaction.delay_ps += 1_000
        transaction.response = Response.OK


class Phased(Module):
    """Serves phases: END_REQ 2 ns after a request, BEGIN_RESP 6 ns after it, 1 ns annotated."""

    bus = target_socket("requests")
    answer = Sync.ACCEPTED
    phase = Phase.BEGIN_REQ

    @bus.on_forward
    def accept(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        heard.append((self.now_ps, phase.name, transaction.address))
        if phase is Phase.BEGIN_REQ and self.answer is Sync.ACCEPTED:
            self.spawn(self.respond(transaction))
        elif phase is Phase.BEGIN_REQ:
            transaction.phase, transaction.delay_ps = self.phase, 3_000
            if self.phase is Phase.END_REQ:
                self.spawn(self.respond(transaction))
            return self.answer
        return Sync.ACCEPTED

    def respond(self, transaction: Transaction) -> Steps:
        yield 2_000
        if self.answer is Sync.ACCEPTED:
            self.bus.nb_transport_bw(transaction, Phase.END_REQ, 0)
        yield 4_000
        answer = self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 1_000)
        heard.append((self.now_ps, f"BEGIN_RESP {answer.name}", transaction.address))


class Caller(Module):
    """Makes blocking calls from as many processes as there are addresses."""

    mem = initiator_socket("the target")
    delay_ps = 0

    def call(self, address: int) -> Steps:
        transaction = Transaction(address)
        transaction.delay_ps = self.delay_ps
        yield from self.mem.transport(transaction)
        heard.append((self.now_ps, "returned", address))


class Pipelined(Module):
    """Sends phases."""

    mem = initiator_socket("the target")
    answer = Sync.COMPLETED

    @mem.on_backward
    def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        heard.append((self.now_ps, phase.name, transaction.address))
        return self.answer

    @process
    def run(self) -> Steps:
        for address in (0, 1):
            answer = self.mem.nb_transport_fw(Transaction(address), Phase.BEGIN_REQ, 500)
            heard.append((self.now_ps, f"BEGIN_REQ {answer.name}", address))
        yield from ()


heard: list[tuple[int, str, int]] = []


@pytest.fixture(autouse=True)
def fresh():
    heard.clear()


def blocking_into_phases(addresses: tuple[int, ...] = (0,), **settings: object) -> Phased:
    sim = Simulator()
    caller, phased = Caller("caller", sim), Phased("phased", sim)
    caller.mem.bind(phased.bus)
    for name, value in settings.items():
        setattr(caller if name == "delay_ps" else phased, name, value)
    sim.elaborate()
    for address in addresses:
        caller.spawn(caller.call(address))
    sim.run()
    return phased


def test_a_blocking_call_becomes_a_request_and_returns_after_the_response():
    blocking_into_phases()
    assert heard == [
        (0, "BEGIN_REQ", 0),
        (6_000, "BEGIN_RESP COMPLETED", 0),
        (7_000, "returned", 0),  # 6 ns later, and the annotated 1 ns
    ]


def test_the_delay_of_a_blocking_call_is_waited_before_the_request():
    blocking_into_phases(delay_ps=300)
    assert heard[0] == (300, "BEGIN_REQ", 0)
    assert heard[-1] == (7_300, "returned", 0)


def test_the_next_request_waits_until_the_one_before_has_ended():
    blocking_into_phases((0, 1))
    requests = [(when, address) for when, what, address in heard if what == "BEGIN_REQ"]
    assert requests == [(0, 0), (2_000, 1)]  # END_REQ of the first comes at 2 ns
    assert [one for one in heard if one[1] == "returned"] == [
        (7_000, "returned", 0),
        (9_000, "returned", 1),
    ]


def test_end_of_request_may_come_on_the_return_path():
    blocking_into_phases((0, 1), answer=Sync.UPDATED, phase=Phase.END_REQ)
    requests = [(when, address) for when, what, address in heard if what == "BEGIN_REQ"]
    assert requests == [(0, 0), (3_000, 1)]
    assert (7_000, "returned", 0) in heard


def test_a_response_may_overtake_the_end_of_its_request():
    class Hasty(Module):
        bus = target_socket("requests")

        @bus.on_forward
        def accept(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
            self.spawn(self.respond(transaction))
            transaction.phase, transaction.delay_ps = Phase.END_REQ, 3_000
            return Sync.UPDATED

        def respond(self, transaction: Transaction) -> Steps:
            yield 2_500
            self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 1_000)

    sim = Simulator()
    caller, hasty = Caller("caller", sim), Hasty("hasty", sim)
    caller.mem.bind(hasty.bus)
    sim.elaborate()
    caller.spawn(caller.call(0))
    sim.run()
    assert heard == [(3_500, "returned", 0)]


def test_calls_that_wait_for_the_request_phase_are_served_as_they_came():
    blocking_into_phases((0, 1, 2, 3))
    requests = [(when, address) for when, what, address in heard if what == "BEGIN_REQ"]
    assert requests == [(0, 0), (2_000, 1), (4_000, 2), (6_000, 3)]


def test_a_response_on_the_return_path_is_ended_by_the_adapter():
    blocking_into_phases(answer=Sync.UPDATED, phase=Phase.BEGIN_RESP)
    assert heard == [(0, "BEGIN_REQ", 0), (3_000, "END_RESP", 0), (3_000, "returned", 0)]


def test_an_early_completion_returns_after_its_delay():
    blocking_into_phases(answer=Sync.COMPLETED)
    assert heard == [(0, "BEGIN_REQ", 0), (3_000, "returned", 0)]


def test_a_phase_of_a_transaction_that_is_not_under_way_is_refused():
    phased = blocking_into_phases()
    with pytest.raises(ProtocolError) as refused:
        phased.bus.nb_transport_bw(Transaction(9), Phase.BEGIN_RESP, 0)
    assert str(refused.value) == (
        "caller.mem was told BEGIN_RESP of Transaction(READ 4 bytes at 0x9, INCOMPLETE), which "
        "it has not sent or which is over; mark a method @on_backward to take phases"
    )


def phases_into_blocking(answer: Sync, kind: type[Pipelined] = Pipelined) -> Pipelined:
    sim = Simulator()
    pipelined, blocking = kind("pipelined", sim), Blocking("blocking", sim)
    pipelined.answer = answer
    pipelined.mem.bind(blocking.bus)
    sim.run(on_hang="ignore")
    return pipelined


def test_phases_are_accepted_and_served_in_processes_of_their_own():
    phases_into_blocking(Sync.COMPLETED)
    assert heard == [
        (0, "BEGIN_REQ ACCEPTED", 0),
        (0, "BEGIN_REQ ACCEPTED", 1),
        (500, "b_transport", 0),  # the annotated delay first
        (500, "b_transport", 1),
        (5_500, "BEGIN_RESP", 0),  # 4 ns waited and 1 ns annotated
        (5_500, "BEGIN_RESP", 1),
    ]


def test_the_next_response_waits_for_the_end_of_the_one_before():
    class Polite(Pipelined):
        """Ends each response 2 ns after it began."""

        def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
            self.spawn(self.end(transaction))
            return super().hear(transaction, phase, delay_ps)

        def end(self, transaction: Transaction) -> Steps:
            yield 2_000
            answer = self.mem.nb_transport_fw(transaction, Phase.END_RESP, 100)
            heard.append((self.now_ps, f"END_RESP {answer.name}", transaction.address))

    phases_into_blocking(Sync.ACCEPTED, Polite)
    assert heard[4:] == [
        (5_500, "BEGIN_RESP", 0),
        (7_500, "END_RESP COMPLETED", 0),
        (7_600, "BEGIN_RESP", 1),  # the end itself was annotated 0.1 ns
        (9_600, "END_RESP COMPLETED", 1),
    ]


def test_the_end_of_a_response_that_is_not_under_way_is_refused():
    pipelined = phases_into_blocking(Sync.ACCEPTED)
    assert [one for one in heard if one[1] == "BEGIN_RESP"] == [(5_500, "BEGIN_RESP", 0)]
    first = Transaction(7)
    with pytest.raises(ProtocolError) as refused:
        pipelined.mem.nb_transport_fw(first, Phase.END_RESP, 0)
    assert str(refused.value) == (
        "blocking.bus must be told BEGIN_REQ, or END_RESP of the response under way; it was told "
        "END_RESP of Transaction(READ 4 bytes at 0x7, INCOMPLETE)"
    )


def test_who_is_killed_while_it_waits_for_its_turn_passes_it_on():
    class Calls(Module):
        mem = initiator_socket("three calls at once")
        done: list[int]

        def start_of_simulation(self) -> None:
            self.done = []
            self.started = [self.spawn(self.call(number)) for number in range(3)]

        def call(self, number: int) -> Steps:
            yield from self.mem.transport(Transaction(4 * number))
            self.done.append(number)

    class Slow(Module):
        bus = target_socket("ends a request after 3 ns")

        @bus.on_phase
        def heard(self, transaction: Transaction, phase: Phase) -> None:
            self.spawn(self.answer(transaction))

        def answer(self, transaction: Transaction) -> Steps:
            yield 3_000
            self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 0)

    with Simulator() as sim:
        calls = Calls("calls", sim)
        calls.mem.bind(Slow("slow", sim).bus)
        sim.run(1_000)
        calls.started[1].kill()
        sim.run()
    assert calls.done == [0, 2]
