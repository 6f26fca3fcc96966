"""The rules of non-blocking transport, on a checked link."""

from collections.abc import Callable

import pytest

from cosim import (
    Module,
    Phase,
    ProtocolError,
    Response,
    Simulator,
    Sync,
    Transaction,
    initiator_socket,
    target_socket,
)


class Core(Module):
    mem = initiator_socket("the memory", checked=True)
    answer = Sync.ACCEPTED

    @mem.on_backward
    def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return self.answer


class Memory(Module):
    bus = target_socket("the core")
    answer = Sync.ACCEPTED
    phase = Phase.END_REQ

    @bus.on_forward
    def accept(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        if self.answer is not Sync.ACCEPTED:
            transaction.response = Response.OK
        if self.answer is Sync.UPDATED:
            transaction.phase = self.phase
        return self.answer


class Machine:
    """A core and a memory, and short names for the phases each side sends."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self.core, self.memory = Core("core", self.sim), Memory("memory", self.sim)
        self.core.mem.bind(self.memory.bus)
        self.sim.elaborate()
        self.first, self.second = Transaction(0), Transaction(1)

    def begin_req(self, transaction: Transaction) -> None:
        transaction.response = Response.INCOMPLETE
        self.core.mem.nb_transport_fw(transaction, Phase.BEGIN_REQ, 0)

    def end_req(self, transaction: Transaction) -> None:
        self.memory.bus.nb_transport_bw(transaction, Phase.END_REQ, 0)

    def begin_resp(self, transaction: Transaction) -> None:
        transaction.response = Response.OK
        self.memory.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 0)

    def end_resp(self, transaction: Transaction) -> None:
        self.core.mem.nb_transport_fw(transaction, Phase.END_RESP, 0)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_two_overlapping_transactions_in_four_phases_are_allowed(machine):
    first, second = machine.first, machine.second
    machine.begin_req(first)
    machine.end_req(first)
    machine.begin_req(second)
    machine.begin_resp(first)
    machine.end_resp(first)
    machine.begin_resp(second)  # implies END_REQ
    machine.end_resp(second)
    machine.begin_req(first)  # the object may be used again


def test_short_cuts_on_the_return_path_are_allowed(machine):
    machine.memory.answer, machine.memory.phase = Sync.UPDATED, Phase.BEGIN_RESP
    machine.begin_req(machine.first)
    machine.memory.answer = Sync.COMPLETED
    machine.end_resp(machine.first)
    machine.begin_req(machine.first)  # completed at once
    machine.memory.answer, machine.memory.phase = Sync.UPDATED, Phase.END_REQ
    machine.begin_req(machine.second)
    machine.core.answer = Sync.COMPLETED
    machine.begin_resp(machine.second)
    machine.begin_req(machine.first)


def request_before_end(machine: Machine) -> None:
    machine.begin_req(machine.first)
    machine.begin_req(machine.second)


def response_before_end(machine: Machine) -> None:
    for transaction in (machine.first, machine.second):
        machine.begin_req(transaction)
        machine.begin_resp(transaction)


def response_without_request(machine: Machine) -> None:
    machine.begin_resp(machine.first)


def end_twice(machine: Machine) -> None:
    machine.begin_req(machine.first)
    machine.end_req(machine.first)
    machine.end_req(machine.first)


def end_of_no_response(machine: Machine) -> None:
    machine.begin_req(machine.first)
    machine.end_resp(machine.first)


def request_twice(machine: Machine) -> None:
    machine.begin_req(machine.first)
    machine.end_req(machine.first)
    machine.begin_req(machine.first)


def wrong_side(machine: Machine) -> None:
    machine.begin_req(machine.first)
    machine.core.mem.nb_transport_fw(machine.first, Phase.END_REQ, 0)


def wrong_answer(machine: Machine) -> None:
    machine.memory.answer, machine.memory.phase = Sync.UPDATED, Phase.END_RESP
    machine.begin_req(machine.first)


def completed_request(machine: Machine) -> None:
    machine.core.answer = Sync.COMPLETED
    machine.begin_req(machine.first)
    machine.end_req(machine.first)


def no_phase(machine: Machine) -> None:
    machine.core.mem.nb_transport_fw(machine.first, Phase.UNINITIALIZED, 0)


FIRST = "Transaction(READ 4 bytes at 0x0, INCOMPLETE)"
SECOND = "Transaction(READ 4 bytes at 0x1, INCOMPLETE)"
FIRST_DONE, SECOND_DONE = (one.replace("INCOMPLETE", "OK") for one in (FIRST, SECOND))
IN_IDLE = "in IDLE is not legal; legal there: BEGIN_REQ by initiator; COMPLETED_FORWARD by target"
IN_REQUEST = "legal there: END_REQ, BEGIN_RESP, COMPLETED_FORWARD by target"
IN_PENDING = "in PENDING is not legal; legal there: BEGIN_RESP by target"
IN_RESPONSE = "legal there: END_RESP, COMPLETED_BACKWARD by initiator"


@pytest.mark.parametrize(
    ("breach", "message"),
    [
        (
            request_before_end,
            f"BEGIN_REQ of {SECOND} by initiator at 0 ps in IDLE must wait; "
            f"one at a time may be in REQUEST, and {FIRST} is; {IN_REQUEST}",
        ),
        (
            response_before_end,
            f"BEGIN_RESP of {SECOND_DONE} by target at 0 ps in REQUEST must wait; "
            f"one at a time may be in RESPONSE, and {FIRST_DONE} is; {IN_RESPONSE}",
        ),
        (response_without_request, f"BEGIN_RESP of {FIRST_DONE} by target at 0 ps {IN_IDLE}"),
        (end_twice, f"END_REQ of {FIRST} by target at 0 ps {IN_PENDING}"),
        (
            end_of_no_response,
            f"END_RESP of {FIRST} by initiator at 0 ps in REQUEST is not legal; {IN_REQUEST}",
        ),
        (request_twice, f"BEGIN_REQ of {FIRST} by initiator at 0 ps {IN_PENDING}"),
        (
            wrong_side,
            f"END_REQ of {FIRST} by initiator at 0 ps in REQUEST is not legal; {IN_REQUEST}",
        ),
        (
            wrong_answer,
            f"END_RESP of {FIRST_DONE} by target at 0 ps in REQUEST is not legal; {IN_REQUEST}",
        ),
        (completed_request, f"COMPLETED_BACKWARD of {FIRST} by initiator at 0 ps {IN_PENDING}"),
        (no_phase, f"UNINITIALIZED of {FIRST} by initiator at 0 ps {IN_IDLE}"),
    ],
)
def test_a_breach_of_the_base_protocol_is_refused_with_the_rule(
    machine: Machine, breach: Callable[[Machine], None], message: str
):
    with pytest.raises(ProtocolError) as refused:
        breach(machine)
    assert str(refused.value) == f"core.mem to memory.bus: {message}"


def test_a_breach_is_told_with_the_time_at_which_the_phase_would_have_begun(machine):
    with pytest.raises(ProtocolError, match=r"END_RESP .* at 2500 ps in IDLE"):
        machine.core.mem.nb_transport_fw(machine.first, Phase.END_RESP, 2_500)
