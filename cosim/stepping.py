"""The detailed shell: one SimPy process per state machine, every message a transaction.

A part's behaviour is a compiled `step(address, now_ps) -> next_ps`: `address` is that of a bundle
of its state, ports, wires and tables. Here its queues are joined to the sockets of its module: what
the step sends goes out as a transaction with its delay annotated, what a socket receives waits in
the inbox until it is due. The fast shell shares the same queues between parts and uses this
file only at its border; it can take the parts over (`capture`) and give them back (`release`) at
any instant.

Models:     TLM-2.0 approximately-timed transport with timing annotation (BEGIN_REQ, BEGIN_RESP).
Leaves out: END_REQ and END_RESP: back-pressure is a bound on what an initiator has outstanding.
Checked by: tests/kernel/test_stepping.py, tests/modes/
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from cosim.bundle import Bundle
from cosim.compiled import Records, direct
from cosim.display import NO_SIGHTS, Display
from cosim.errors import ProtocolError
from cosim.event import Event
from cosim.exchange import Exchange
from cosim.messages import (
    FOREVER,
    INVALIDATE,
    MESSAGE,
    PORT,
    POSTED,
    REPLY,
    STORE_IMAC,
    WRITE,
    WRITE_BACK,
    Wires,
    arrival_ps,
    new_wires,
    send,
)
from cosim.module import Module
from cosim.outbox import CHANGED, collect
from cosim.process import Steps
from cosim.sockets import InitiatorSocket, Socket, TargetSocket
from cosim.transaction import Command, Phase, Response, Sync, Transaction

WRITES = (WRITE, WRITE_BACK, STORE_IMAC)
"""Kinds of message that write at their address."""

COMMANDS = (Command.READ, Command.WRITE)
"""What a message that does not write is, and one that does."""

BEGIN_REQ, END_REQ, BEGIN_RESP = Phase.BEGIN_REQ, Phase.END_REQ, Phase.BEGIN_RESP
ACCEPTED, UPDATED, COMPLETED, OK = Sync.ACCEPTED, Sync.UPDATED, Sync.COMPLETED, Response.OK
"""The members needed at every message: CPython finds a name faster than an enumeration's member."""

MESSAGE_FIELDS = len(MESSAGE.names or ())
"""numbers in a message."""

NEVER_PS = -1
"""ps; before the first step."""

ROWS = 32
"""messages taken out of the queues at once."""

ARRIVAL = 1
"""place of the time of arrival in such a row."""

SOONEST_PS = 1
"""ps; a message from outside arrives at least this much later, so that order cannot matter."""


class Stepping:
    """A behaviour joined to the sockets of its module.

    `step` is the compiled behaviour, `state` its record array, `arrays` its further tables: what
    its bundle holds, with ports and wires behind the state.
    `sockets` are in port order; a target socket takes one port per bound initiator.
    `capacity` bounds the messages waiting on one link. `after` runs after every step and returns
    whether the step must run again at the same instant; then `display` looks at the records.
    """

    _untold: Sequence[Records] = ()

    def __init__(
        self,
        module: Module,
        step: Callable[..., int],
        state: Records,
        arrays: Sequence[Records],
        sockets: Sequence[Socket],
        *,
        capacity: int = 256,
        after: Callable[[], bool] | None = None,
        display: Display | None = None,
    ) -> None:
        self.module = module
        self.step = step
        self.state = state
        self.arrays = tuple(arrays)
        self.sockets = tuple(sockets)
        self.capacity = capacity
        self.after = after
        self.display = display
        self._own_wake = Event(module.env, f"{module.path}.wake")
        self.wake = self._own_wake
        """Notified when it must step; an island changes it."""
        self.captured = False
        self.ends: list[tuple[Any, int]] = []
        """Socket and index of each port."""
        self.exchanges: list[Exchange | None] = []  # of each port that asks
        self.ports: Records = np.zeros(0, PORT)
        self.wires: Wires = new_wires(0, 0)
        self._first: dict[Socket, int] = {}
        self._rows = np.zeros((ROWS + 1, 7), np.int64)
        self.bundle = self.bundled(self.ports)
        self._asked: list[dict[int, Transaction]] = []
        self._sent: dict[Transaction, int] = {}
        self._emits: list[Callable[[list[int], int], None]] = []
        self._tags: list[int] = []
        self.inboxes: list[int] = []
        """Link of each port's messages; an island changes them."""
        self.stepped_ps = NEVER_PS
        self.due_ps = FOREVER

    @cached_property
    def _step(self) -> Callable[..., int]:
        return direct(self.step, self.bundle.address, 0)

    @cached_property
    def _collect(self) -> Callable[..., int]:
        return direct(collect, self.wires, self.ports, 0, self._rows, NO_SIGHTS)

    @cached_property
    def _send(self) -> Callable[..., None]:
        return direct(send, self.wires, *(0 for _ in range(1 + MESSAGE_FIELDS)))

    def connect(self) -> None:
        """Give every bound socket its ports and queues; called once, at the end of elaboration."""
        for socket in self.sockets:
            self._first[socket] = len(self.ends)
            self.ends += [(socket, index) for index in range(len(socket.links))]
        self.exchanges = [
            Exchange(self.module, socket, index) if isinstance(socket, InitiatorSocket) else None
            for socket, index in self.ends
        ]
        self._own_queues()
        self._emits = [
            self._request if isinstance(socket, InitiatorSocket) else self._reply
            for socket, _ in self.ends
        ]
        self._asked = [{} for _ in self.ends]
        self._tags = [0] * len(self.ends)

    def _own_queues(self) -> None:
        """Take queues that nobody shares, all empty."""
        count = len(self.ends)
        self.ports = np.zeros(count, PORT)
        self.wires = new_wires(2 * count, self.capacity)
        self.ports["inbox"] = 2 * np.arange(count)
        self.ports["outbox"] = 2 * np.arange(count) + 1
        self.inboxes = self.ports["inbox"].tolist()
        self.bundle = self.bundled(self.ports)

    def capture(
        self, wires: Wires, inboxes: Sequence[int], border: Mapping[int, int], wake: Event
    ) -> None:
        """Leave the stepping to an island, with its queues; what is on its way in goes along.

        `inboxes` are the links of all ports, `border` the outboxes of those that lead outside by
        number; the queues of the others are, for this side, one that is always empty.
        """
        under_way = self.pending()
        self.wires, self.inboxes = wires, list(inboxes)
        self.ports = np.zeros(len(self.ends), PORT)
        for number, outbox in border.items():
            self.ports[number] = (inboxes[number], outbox)
        for number, asked in enumerate(self._asked):
            if number not in border:
                asked.clear()
        self._sent = {one: number for one, number in self._sent.items() if number in border}
        self.captured, self.wake = True, wake
        self._own_wake.cancel()
        self.resume(under_way)

    def release(self) -> None:
        """Step in the process of the module again, from now on; all outboxes are empty."""
        under_way = self.pending()
        self._own_queues()
        self.captured, self.wake = False, self._own_wake
        self.resume(under_way)
        self.wake.notify()

    def bundled(self, ports: Records) -> Bundle:
        """Return what the behaviour works on, joined by `ports`."""
        return Bundle((self.state, ports, self.wires, *self.arrays))

    def run(self) -> Steps:
        """Step whenever the behaviour or a message asks for it, unless an island does it."""
        env, wake = self.module.env, self._own_wake
        was_captured = True
        while True:
            if was_captured and not self.captured and self.display is not None:
                self.display.begin(env._now)
            was_captured = self.captured
            if not self.captured:
                if self._untold:
                    self._hear()
                self.stepped_ps = now_ps = env._now
                self.due_ps = due_ps = self.advance(now_ps)
                if due_ps < FOREVER:
                    wake.notify_at(due_ps)
            yield wake

    def rests(self, now_ps: int) -> bool:
        """Return whether it neither ran nor will run at this instant, in a process of its own."""
        heads = (arrival_ps(self.wires, link) for link in self.inboxes)
        return self.captured or self.stepped_ps < now_ps < min(self.due_ps, *heads)

    def pending(self) -> list[Records]:
        """Return the messages on their way in, for each port (messages, 6) as in MESSAGE."""
        found = []
        for link in self.inboxes:
            queue = self.wires.links[link]
            messages = self.wires.slots[queue.first : queue.first + queue.count]
            found.append(messages.copy().view(np.int64).reshape(-1, MESSAGE_FIELDS))
        return found

    def resume(self, messages: Sequence[Records]) -> None:
        """Put messages back on their way in."""
        self._untold = () if self.captured else messages
        for link, rows in zip(self.inboxes, messages, strict=True):
            for row in rows:
                send(self.wires, link, *(int(number) for number in row))

    def _hear(self) -> None:
        """Tell of the messages that were put back on their way in, which were sent unheard."""
        untold, self._untold = self._untold, ()
        for (socket, index), rows in zip(self.ends, untold, strict=False):
            exchange = exchange_of(socket, index)
            if exchange is not None and exchange.audience.size:
                for when_ps, kind, address, _, tag, _ in rows.tolist():
                    exchange.hear(when_ps, kind, address, tag)

    def advance(self, now_ps: int) -> int:
        """Step once, send what came out; return when to step next."""
        while True:
            try:
                next_ps = self._step(self.bundle.address, now_ps)
            except ProtocolError as error:
                raise self.refused(error) from None
            if self.after is None or not self.after():
                return min(int(next_ps), self.drain(now_ps, self.display))

    def refused(self, error: ProtocolError) -> ProtocolError:
        """Return an error of the behaviour, which knows no names, as one that says whose it is."""
        return ProtocolError(f"{self.module.path}: {error}")

    def drain(self, now_ps: int, display: Display | None = None) -> int:
        """Send the outboxes' messages as transactions; return when the next one comes in.

        Before, `display` shows what the step that sent them has changed.
        """
        is_seen = display is not None and display.audience.size
        sights = display.sights if display is not None and is_seen else NO_SIGHTS
        rows = ROWS
        while rows == ROWS:
            rows = self._collect(self.wires, self.ports, now_ps, self._rows, sights)
            if rows >= CHANGED and display is not None:
                rows -= CHANGED
                display.look(now_ps)
            if rows:
                for row in self._rows[:rows].tolist():
                    self._emits[row[0]](row, now_ps)
        return self._rows.item(rows, ARRIVAL)

    def _request(self, row: list[int], now_ps: int) -> None:
        number, when_ps, kind, address, size_bytes, tag, value = row
        socket, index = self.ends[number]
        exchange = self.exchanges[number]
        if exchange is not None and exchange.audience.size:
            exchange.hear(when_ps, kind, address, tag)
        command = COMMANDS[kind in WRITES]
        transaction = Transaction(
            address, command=command, size_bytes=size_bytes, value=value, kind=kind, tag=tag
        )
        if tag != POSTED:
            self._sent[transaction] = number
        else:
            transaction.response = OK
        socket.nb_transport_fw(transaction, BEGIN_REQ, when_ps - now_ps, index)

    def _reply(self, row: list[int], now_ps: int) -> None:
        number, when_ps, kind, address, size_bytes, tag, value = row
        socket, index = self.ends[number]
        transaction = self._asked[number].pop(tag, None)
        if transaction is None:
            transaction = _unasked(socket, index, address, size_bytes, tag)
            transaction.kind = kind
        transaction.value = value
        transaction.response = OK
        socket.nb_transport_bw(transaction, BEGIN_RESP, when_ps - now_ps, index)

    def forward(
        self, socket: TargetSocket, transaction: Transaction, phase: Phase, delay_ps: int
    ) -> Sync:
        """Take a request that came in through a target socket; its END_REQ is the answer."""
        if phase is not BEGIN_REQ:
            return COMPLETED
        number = self._first[socket] + (transaction.port if socket.many else 0)
        tag = transaction.tag
        is_awaited = transaction.response is not OK and transaction.kind != WRITE_BACK
        if tag != POSTED or is_awaited:
            if tag == POSTED:
                tag = self._tags[number] = self._tags[number] + 1
            self._asked[number][tag] = transaction
        self._deliver(number, transaction, delay_ps, transaction.kind, tag)
        transaction.phase = END_REQ
        transaction.delay_ps = 0
        return UPDATED

    def backward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take the reply to a request that this part sent."""
        if phase is END_REQ:
            return ACCEPTED
        number = self._sent.pop(transaction)
        kind = INVALIDATE if transaction.kind == INVALIDATE else REPLY
        self._deliver(number, transaction, delay_ps, kind, transaction.tag)
        exchange = self.exchanges[number]
        if exchange is not None and exchange.audience.size:
            when_ps = self.module.env._now + max(delay_ps, SOONEST_PS)
            exchange.hear(when_ps, kind, transaction.address, transaction.tag)
        return COMPLETED

    def _deliver(
        self, number: int, transaction: Transaction, delay_ps: int, kind: int, tag: int
    ) -> None:
        when_ps = self.module.env._now + max(delay_ps, SOONEST_PS)
        inbox = self.inboxes[number]
        self._send(
            self.wires,
            inbox,
            when_ps,
            kind,
            transaction.address,
            transaction.size_bytes,
            tag,
            transaction.value,
        )
        self.wake.notify_at(when_ps)

    def exchange(self, socket: InitiatorSocket, index: int) -> Exchange | None:
        """Return what goes over one end of a socket of this part."""
        return self.exchanges[self._first[socket] + index] if socket in self._first else None

    def expect(self, transaction: Transaction, socket: Socket, index: int) -> None:
        """Hear from the target about a transaction that this part did not send."""
        self._sent[transaction] = self._first[socket] + index


def exchange_of(socket: Socket, index: int) -> Exchange | None:
    """Return what goes over one end of a socket, None if no stepped part asks there."""
    link = socket.links[index]
    asks = getattr(link.initiator.owner, "stepping", None)
    return None if asks is None else asks.exchange(link.initiator, link.index)


def _unasked(
    socket: TargetSocket, index: int, address: int, size_bytes: int, tag: int
) -> Transaction:
    """Return a transaction that the other side will hear of without having sent it.

    It is a request that was under way in a snapshot, or an invalidation, which answers none.
    """
    link = socket.links[index]
    sender: Any = link.initiator.owner
    transaction = Transaction(address, size_bytes=size_bytes, tag=tag)
    sender.stepping.expect(transaction, link.initiator, link.index)
    return transaction
