"""The rules of non-blocking transport as a contract, checked on one link as calls are made.

`initiator_socket("...", checked=True)`, or the same on the target, puts a check between the two.

Models:     order of the phases of a transaction, who may send which, request exclusion (the next
            BEGIN_REQ waits for END_REQ or BEGIN_RESP) and response exclusion (the next BEGIN_RESP
            waits for END_RESP), completion by either side's answer.
Leaves out: exclusion between annotated times: calls are checked in the order they are made; that
            every request is answered: posted ones never are.
Source:     IEEE 1666-2011, 15.2 (base protocol).
Checked by: tests/kernel/test_phase_check.py, tests/kernel/test_protocol_phases.py,
            tests/kernel/test_protocol_exercise.py, tests/components/test_transport_contract.py
"""

from collections.abc import Callable

from cosim.payload_check import PayloadCheck, Request
from cosim.protocol import Contract, Owner, Role, event, role, state
from cosim.transaction import Phase, Sync, Transaction, check_answer

Transport = Callable[[Transaction, Phase, int], Sync]


class BaseProtocol(Contract, each="transaction"):
    """The four phases of a transaction between an initiator and a target."""

    initiator = role("calls forward, answers backward calls")
    target = role("calls backward, answers forward calls")

    IDLE = state("not under way")
    REQUEST = state("the request is being sent", alone=True)
    PENDING = state("the target has the request and prepares the response")
    RESPONSE = state("the response is being sent", alone=True)

    BEGIN_REQ = event("the request begins", IDLE >> REQUEST, by=initiator)
    END_REQ = event("the request ends, another may begin", REQUEST >> PENDING, by=target)
    BEGIN_RESP = event("the response begins, and ends the request if nothing did before",
                       REQUEST >> RESPONSE, PENDING >> RESPONSE, by=target)  # fmt: skip
    END_RESP = event("the response ends, another may begin", RESPONSE >> IDLE, by=initiator)
    COMPLETED_FORWARD = event("COMPLETED in answer to BEGIN_REQ, or to END_RESP, where it is idle",
                              REQUEST >> IDLE, IDLE.stays, by=target)  # fmt: skip
    COMPLETED_BACKWARD = event("COMPLETED in answer to BEGIN_RESP", RESPONSE >> IDLE, by=initiator)
    UNINITIALIZED = event("no phase at all; never legal")


EVENTS = {
    Phase.UNINITIALIZED: BaseProtocol.UNINITIALIZED,
    Phase.BEGIN_REQ: BaseProtocol.BEGIN_REQ,
    Phase.END_REQ: BaseProtocol.END_REQ,
    Phase.BEGIN_RESP: BaseProtocol.BEGIN_RESP,
    Phase.END_RESP: BaseProtocol.END_RESP,
}
"""Event of the contract that each phase is."""


class PhaseCheck:
    """Follows every transaction on one link, which errors call `path`."""

    def __init__(self, path: str, owner: Owner) -> None:
        self.path = path
        self.protocol = BaseProtocol(owner, "phases", path=path)
        self.payload = PayloadCheck(path)
        self._sent: dict[int, Request] = {}

    def forward(self, call: Transport) -> Transport:
        """Return the forward call with its phases, and those of its answers, checked."""
        return self._checked(call, self.protocol.initiator, self.protocol.target)

    def backward(self, call: Transport) -> Transport:
        """Return the backward call with its phases, and those of its answers, checked."""
        return self._checked(call, self.protocol.target, self.protocol.initiator)

    def _checked(self, call: Transport, caller: Role, callee: Role) -> Transport:
        protocol, path = self.protocol, self.path
        is_forward = caller is BaseProtocol.initiator
        over = BaseProtocol.COMPLETED_FORWARD if is_forward else BaseProtocol.COMPLETED_BACKWARD

        def checked(transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
            now_ps = protocol.owner.now_ps
            protocol.tell(EVENTS[phase], by=caller, of=transaction, at_ps=now_ps + delay_ps)
            self._look(transaction, phase)
            answer = call(transaction, phase, delay_ps)
            check_answer(path, answer, phase)
            then_ps = now_ps + transaction.delay_ps
            if answer is Sync.UPDATED:
                answered = EVENTS[transaction.phase]
                protocol.tell(answered, by=callee, of=transaction, at_ps=then_ps)
                self._look(transaction, transaction.phase)
            elif answer is Sync.COMPLETED:
                protocol.tell(over, by=callee, of=transaction, at_ps=then_ps)
                self._look(transaction, Phase.BEGIN_RESP)
            return answer

        return checked

    def _look(self, transaction: Transaction, phase: Phase) -> None:
        """Check the payload where it is sent, and where it is first answered."""
        if phase is Phase.BEGIN_REQ:
            self._sent[id(transaction)] = self.payload.sent(transaction)
        elif phase is Phase.BEGIN_RESP and id(transaction) in self._sent:
            self.payload.answered(transaction, self._sent.pop(id(transaction)))
