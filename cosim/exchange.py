"""Transactions of stepped parts, seen from outside: when each arrives, and when its answer does.

A part that asks has an exchange for each target of its sockets. In the detailed shell it hears of
a message when that is sent; the loop of the fast shell, in which no message is sent through
Python, keeps those that arrive in a ring (`overhear`), which is emptied between SimPy events. Both
tell the same messages with the same times. With nobody who listens neither costs anything.

Models:     arrival at the target, arrival of the answer; both ends drawn as text.
Leaves out: transactions of initiators that are no stepped parts.
Checked by: tests/modes/test_equal_exchanges.py
"""

from array import array
from functools import partial
from typing import NamedTuple

import numpy as np

from cosim.compiled import Records, compiled, record
from cosim.declaration import Declaration
from cosim.messages import INVALIDATE, KIND_NAMES, REPLY, Wires, peek
from cosim.module import Module
from cosim.observing import Observed
from cosim.probes import Gauge
from cosim.sockets import InitiatorSocket

HEARD = record("when_ps", "number", "kind", "address", "tag")
"""A message that arrived in the fast shell; `number` is that of its exchange."""

EAR = record("link", "number")
"""A ring of messages, and the number of its exchange."""

TAPE = record("count", "until_ps", "last_only")
"""How many messages were heard, and until when; with `last_only` each link has one row."""

UP = frozenset((REPLY, INVALIDATE))
"""Kinds of message that come from the target."""

ROWS, SPARE = 8_192, 2_048
"""Messages that a ring holds, and how many may arrive at one instant: four full links."""


class Message(NamedTuple):
    """One message: when it arrives, what it is, the address and number of its transaction."""

    when_ps: int
    kind: int
    address: int
    tag: int

    @property
    def goes_up(self) -> bool:
        """Whether it comes from the target."""
        return self.kind in UP

    def __str__(self) -> str:
        return f"{KIND_NAMES[self.kind]} {self.address:#x} #{self.tag}"


_message = partial(tuple.__new__, Message)
"""Makes a message of its fields; half of the time of a call of the class."""


class LastMessage(Gauge):
    """The last message of one direction; listeners get it as it is, not as the text it shows."""

    kind = "message"

    @property
    def value(self) -> str:
        """The message as text; empty before the first."""
        return str(self._last)

    @value.setter
    def value(self, last: Message | str) -> None:
        self._last = last

    def draw(self, when_ps: int, message: Message) -> None:
        """Draw a message when time has come to it."""
        self._last = message
        for listener in self.listeners:
            listener(when_ps, message)


class Book(NamedTuple):
    """Where an exchange keeps its messages: `number` and the fields of each, up to a length."""

    number: int
    rows: "array[int]"
    most: int

    def keep(self, when_ps: int, kind: int, address: int, tag: int) -> None:
        """Write a message down unless the book is full."""
        if len(self.rows) < self.most:
            self.rows.extend((self.number, when_ps, kind, address, tag))


class Exchange:
    """The transactions between one end of an initiator socket and its target.

    If there is a `book` every message is kept there when it is heard, in whatever order. One that
    `remembers` knows its last messages even if nobody listens.
    """

    def __init__(self, module: Module, socket: InitiatorSocket, index: int) -> None:
        self.module = module
        self._pulses = module.pulses
        self.path = socket.path
        self.target = socket.links[index].target.path
        self.book: Book | None = None
        self.remembers = False
        place = f"[{index}]" if len(socket.links) > 1 else ""
        self.begin = self._drawn(f"{socket.name}_begin{place}", f"request for {self.target}")
        self.end = self._drawn(f"{socket.name}_end{place}", f"answer from {self.target}")

    def _drawn(self, name: str, doc: str) -> LastMessage:
        def made(owner: Observed, name: str) -> LastMessage:
            return LastMessage(owner, name, f"last {doc}", text=True, level="full")

        return self.module.declare(name, Declaration(f"last {doc}", made))

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self.book or self.begin.listeners or self.end.listeners or self.remembers)

    def hear(self, when_ps: int, kind: int, address: int, tag: int) -> None:
        """Tell of a message that arrives now or later."""
        book = self.book
        if book is not None:
            book.keep(when_ps, kind, address, tag)
        if self.begin.listeners or self.end.listeners or self.remembers:
            drawn = self.end if kind in UP else self.begin
            self._pulses.add(when_ps, drawn.draw, _message((when_ps, kind, address, tag)))

    def recall(self, now_ps: int, message: Message) -> None:
        """Draw the last message of a time that nobody watched."""
        drawn = self.end if message.goes_up else self.begin
        if drawn.value != str(message):
            drawn.draw(now_ps, message)


class Ring:
    """What the compiled loop heard, until it is told."""

    def __init__(self) -> None:
        self.heard: Records = np.zeros(0, HEARD)
        self.tape: Records = np.zeros(1, TAPE)
        self.ears: Records = np.zeros(0, EAR)

    def listen(self, ears: list[tuple[int, int]], now_ps: int, *, last_only: bool) -> None:
        """Hear these links, pairs of link and number, from now on; none is to hear nothing."""
        self.ears = np.array(ears, EAR)
        self.tape[0] = (0, now_ps, last_only)
        self.heard = np.zeros(ROWS if ears else 0, HEARD)

    def take(self) -> list[tuple[int, int, int, int, int]]:
        """Return what was heard since the last time, as in HEARD, in the order of arrival."""
        if not self.tape["count"][0]:
            return []
        rows = self.heard[: int(self.tape["count"][0])]
        rows = rows[np.argsort(rows["when_ps"], kind="stable")]
        self.tape["count"] = 0
        found: list[tuple[int, int, int, int, int]] = rows.tolist()
        return found

    @property
    def last(self) -> list[tuple[int, int, int, int, int]]:
        """The last message of each link that had one, as in HEARD, if only these were kept."""
        rows = self.heard[: len(self.ears) if self.tape["last_only"][0] else 0]
        found: list[tuple[int, int, int, int, int]] = rows[rows["when_ps"] > 0].tolist()
        return found


@compiled
def overhear(wires: Wires, ears: Records, tape: Records, heard: Records, now_ps: int) -> None:
    """Keep the messages that have arrived until now, before anybody takes them, or the last."""
    state = tape[0]
    for place in range(ears.shape[0]):
        link = ears[place].link
        ring = wires.links[link]
        if ring.count == 0 or ring.last_ps <= state.until_ps or ring.first_ps > now_ps:
            continue
        for number in range(ring.count):
            message = peek(wires, link, number)
            if message.when_ps > now_ps:
                break
            if message.when_ps > state.until_ps:
                row = heard[place if state.last_only else state.count]
                row.when_ps, row.number = message.when_ps, ears[place].number
                row.kind, row.address, row.tag = message.kind, message.address, message.tag
                state.count += 1 - state.last_only
    state.until_ps = now_ps
