"""The rules of non-blocking transport, checked on one link as calls are made.

`initiator_socket("...", checked=True)`, or the same on the target, puts a check between the two.

Models:     order of the phases of a transaction, who may send which, request exclusion (the next
            BEGIN_REQ waits for END_REQ or BEGIN_RESP) and response exclusion (the next BEGIN_RESP
            waits for END_RESP).
Leaves out: exclusion between annotated times: calls are checked in the order they are made.
Source:     IEEE 1666-2011, 15.2 (base protocol).
Checked by: tests/kernel/test_phase_check.py
"""

from collections.abc import Callable

from cosim.errors import ProtocolError
from cosim.transaction import Phase, Sync, Transaction

Transport = Callable[[Transaction, Phase, int], Sync]

BEFORE = {
    Phase.BEGIN_REQ: (Phase.UNINITIALIZED,),
    Phase.END_REQ: (Phase.BEGIN_REQ,),
    Phase.BEGIN_RESP: (Phase.BEGIN_REQ, Phase.END_REQ),
    Phase.END_RESP: (Phase.BEGIN_RESP,),
}
"""Where a transaction must stand for a phase to follow."""

BY_INITIATOR = (Phase.BEGIN_REQ, Phase.END_RESP)
BY_TARGET = (Phase.END_REQ, Phase.BEGIN_RESP)


class PhaseCheck:
    """What is under way on one link, which errors name by `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._stands: dict[int, Phase] = {}
        self._requesting: Transaction | None = None
        self._responding: Transaction | None = None

    def wrap(self, call: Transport, allowed: tuple[Phase, ...]) -> Transport:
        """Return `call` with its phases, and those of its answers, checked."""
        answers = BY_TARGET if allowed is BY_INITIATOR else BY_INITIATOR

        def checked(transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
            self.move(transaction, phase, allowed)
            answer = call(transaction, phase, delay_ps)
            if answer is Sync.UPDATED:
                self.move(transaction, transaction.phase, answers)
            elif answer is Sync.COMPLETED:
                self._end(transaction)
            return answer

        return checked

    def move(self, transaction: Transaction, phase: Phase, allowed: tuple[Phase, ...]) -> None:
        """Note a phase; raises ProtocolError if it must not come now, or not from this side."""
        stands = self._stands.get(id(transaction), Phase.UNINITIALIZED)
        if phase not in allowed:
            raise self._broken(transaction, phase, f"this side sends {_names(allowed)} only")
        if stands not in BEFORE[phase]:
            raise self._broken(
                transaction, phase, f"it must follow {_names(BEFORE[phase])}, not {stands.name}"
            )
        if phase is Phase.BEGIN_REQ:
            if self._requesting is not None:
                raise self._broken(
                    transaction, phase, f"it must wait for END_REQ of {self._requesting!r}"
                )
            self._requesting = transaction
        elif self._requesting is transaction:
            self._requesting = None
        if phase is Phase.BEGIN_RESP:
            if self._responding is not None:
                raise self._broken(
                    transaction, phase, f"it must wait for END_RESP of {self._responding!r}"
                )
            self._responding = transaction
        self._stands[id(transaction)] = phase
        if phase is Phase.END_RESP:
            self._end(transaction)

    def _end(self, transaction: Transaction) -> None:
        self._stands.pop(id(transaction), None)
        if self._requesting is transaction:
            self._requesting = None
        if self._responding is transaction:
            self._responding = None

    def _broken(self, transaction: Transaction, phase: Phase, rule: str) -> ProtocolError:
        return ProtocolError(f"{self.path}: {phase.name} of {transaction!r} was refused; {rule}")


def _names(phases: tuple[Phase, ...]) -> str:
    return " or ".join(phase.name for phase in phases)
