"""Adapters between the two transports, one per link.

Blocking to non-blocking: the call waits its annotated delay, sends BEGIN_REQ when the request
before it has ended, and returns after BEGIN_RESP, which it answers COMPLETED.
Non-blocking to blocking: BEGIN_REQ is accepted, the delay passes, the server runs in a process of
its own, and BEGIN_RESP goes back; there is no END_REQ.
Source:     IEEE 1666-2011, 16.1.2 (simple sockets).
Checked by: tests/kernel/test_adapters.py
"""

from collections import deque
from collections.abc import Callable

from cosim.environment import Environment
from cosim.errors import ProtocolError
from cosim.event import Event
from cosim.phase_queues import Transport
from cosim.process import Steps
from cosim.transaction import Phase, Sync, Transaction, check_answer

Serve = Callable[[Transaction], Steps | None]


class BlockingToPhases:
    """Carries blocking calls out with the four phases; `backward` hears the target's phases."""

    def __init__(self, env: Environment, path: str, forward: Transport) -> None:
        self.env = env
        self.path = path
        self.forward = forward
        self._requesting: Transaction | None = None
        self._is_busy = False
        self._queue: deque[Event] = deque()
        self._request_over = Event(env, f"{path}.request_over")
        self._open: dict[int, Event] = {}
        env.method(self._release, [self._request_over], name=f"{path}.release", initialize=False)

    def serves(self, transaction: Transaction) -> bool:
        """Whether the transaction is one of the blocking calls under way."""
        return id(transaction) in self._open

    def b_transport(self, transaction: Transaction) -> Steps:
        """Carry a transaction out and return when its response has begun."""
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        yield delay_ps
        if self._is_busy:
            yield from self._wait_for_turn()
        self._is_busy, self._requesting = True, transaction
        done = self._open[id(transaction)] = Event(self.env, f"{self.path}.response")
        transaction.phase = Phase.BEGIN_REQ
        answer = self.forward(transaction, Phase.BEGIN_REQ, 0)
        if answer is Sync.UPDATED and transaction.phase is Phase.END_REQ:
            self._request_over.notify_after(transaction.delay_ps)
            answer = Sync.ACCEPTED
        if answer is Sync.ACCEPTED:
            yield done
        else:
            yield from self._returned(transaction, answer)

    def _wait_for_turn(self) -> Steps:
        """Wait behind the calls before; who is killed meanwhile passes its turn on."""
        turn = Event(self.env, f"{self.path}.turn")
        self._queue.append(turn)
        try:
            yield turn
        except BaseException:
            if turn in self._queue:
                self._queue.remove(turn)
            else:
                self._release()
            raise

    def _returned(self, transaction: Transaction, answer: Sync) -> Steps:
        """Go on from a response, or the end, on the return path."""
        check_answer(self.path, answer, Phase.BEGIN_REQ)
        self._open.pop(id(transaction))
        if answer is Sync.COMPLETED:
            self._release()
        else:
            yield transaction.delay_ps
            transaction.phase, transaction.delay_ps = Phase.END_RESP, 0
            self.forward(transaction, Phase.END_RESP, 0)
            self._release()
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        yield delay_ps

    def backward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take END_REQ or BEGIN_RESP of a blocking call."""
        if not self.serves(transaction):
            raise ProtocolError(
                f"{self.path} was told {phase.name} of {transaction!r}, which it has not sent or "
                "which is over; mark a method @on_backward to take phases"
            )
        if self._requesting is transaction:
            self._request_over.notify_delta()
        if phase is Phase.END_REQ:
            return Sync.ACCEPTED
        transaction.delay_ps = 0
        self._open.pop(id(transaction)).notify_after(delay_ps)
        return Sync.COMPLETED

    def _release(self) -> None:
        """End the request phase; the next call in the queue has its turn."""
        self._requesting = None
        self._is_busy = bool(self._queue)
        if self._queue:
            self._queue.popleft().notify()


class PhasesToBlocking:
    """Carries the four phases out with blocking calls; `backward` tells the initiator."""

    def __init__(self, env: Environment, path: str, serve: Serve, backward: Transport) -> None:
        self.env = env
        self.path = path
        self.serve = serve
        self.backward = backward
        self._responding: Transaction | None = None
        self._free = Event(env, f"{path}.response_free")

    def forward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take BEGIN_REQ or END_RESP of the initiator."""
        if phase is Phase.BEGIN_REQ:
            self.env.process(self._carry_out(transaction, delay_ps), f"{self.path}.serve")
            return Sync.ACCEPTED
        if phase is Phase.END_RESP and self._responding is transaction:
            self._end_response(delay_ps)
            return Sync.COMPLETED
        raise ProtocolError(
            f"{self.path} must be told BEGIN_REQ, or END_RESP of the response under way; "
            f"it was told {phase.name} of {transaction!r}"
        )

    def _carry_out(self, transaction: Transaction, delay_ps: int) -> Steps:
        transaction.delay_ps = 0
        yield delay_ps
        steps = self.serve(transaction)
        if steps is not None:
            yield from steps
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        yield delay_ps
        while self._responding is not None:
            yield self._free
        self._responding = transaction
        transaction.phase = Phase.BEGIN_RESP
        answer = self.backward(transaction, Phase.BEGIN_RESP, 0)
        check_answer(self.path, answer, Phase.BEGIN_RESP)
        if answer is not Sync.ACCEPTED:
            self._end_response(transaction.delay_ps if answer is Sync.UPDATED else 0)

    def _end_response(self, delay_ps: int) -> None:
        self._responding = None
        self._free.notify_after(delay_ps)
