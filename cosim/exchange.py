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
from collections.abc import Callable, Sequence
from operator import mod
from typing import TypeAlias

import numpy as np

from cosim.compiled import Records, compiled, record
from cosim.declaration import Declaration
from cosim.messages import FOREVER, INVALIDATE, KIND_NAMES, REPLY, Wires, peek
from cosim.module import Module
from cosim.observing import Audience, Observed
from cosim.probes import Gauge, Printing
from cosim.sockets import InitiatorSocket

HEARD = record("when_ps", "number", "kind", "address", "tag")
"""A message that arrived in the fast shell; `number` is that of its exchange."""

EAR = record("link", "number")
"""A link, and the number of its exchange."""

TAPE = record("count", "until_ps", "last_only")
"""How many messages were heard, and until when; with `last_only` each link has one row."""

UP = frozenset((REPLY, INVALIDATE))
"""Kinds of message that come from the target."""

ROWS, SPARE = 8_192, 2_048
"""Messages that a ring holds, and how many may arrive at one instant: four full links."""


Message: TypeAlias = tuple[int, int, int, int]
"""When it arrives, its kind, the address and the number of its transaction."""

SHOWN = tuple(f"{name} %#x #%d" for name in KIND_NAMES)
"""How a message of each kind is shown: its address and the number of its transaction."""


def texts(numbers: Sequence[int]) -> list[str]:
    """Return how messages are shown, from the numbers of one behind those of the other."""
    _, kinds, addresses, tags = (numbers[field::4] for field in range(4))
    return list(map(mod, map(SHOWN.__getitem__, kinds), zip(addresses, tags, strict=True)))


class LastMessage(Gauge):
    """The last message of one direction; listeners get its numbers, not the text it shows."""

    kind = "message"
    printing = Printing(4, texts)

    @property
    def value(self) -> str:
        """The message as text; empty before the first."""
        return self._last if isinstance(self._last, str) else texts(self._last)[0]

    @value.setter
    def value(self, last: Message | str) -> None:
        self._last = last

    def draw(self, when_ps: int, message: Message) -> None:
        """Draw a message when time has come to it."""
        self._last = message
        for listener in self.listeners:
            listener(when_ps, message)


Keep: TypeAlias = Callable[[int, int, int, int], None]
"""Called as `keep(when_ps, kind, address, tag)`."""


def book(number: int, rows: "array[int]", most: int) -> Keep:
    """Return what writes messages down, each behind a number, unless `rows` has `most` numbers."""
    write = rows.extend

    def keep(when_ps: int, kind: int, address: int, tag: int) -> None:
        if len(rows) < most:
            write((number, when_ps, kind, address, tag))

    return keep


class Exchange:
    """The transactions between one end of an initiator socket and its target.

    It may keep every message in a book when it is heard, in whatever order, and remember its last
    ones even if nobody listens.
    """

    def __init__(self, module: Module, socket: InitiatorSocket, index: int) -> None:
        self.module = module
        self._pulses = module.pulses
        self.path = socket.path
        self.target = socket.links[index].target.path
        self._keep: Keep | None = None
        place = f"[{index}]" if len(socket.links) > 1 else ""
        self.begin = self._drawn(f"{socket.name}_begin{place}", f"request for {self.target}")
        self.end = self._drawn(f"{socket.name}_end{place}", f"answer from {self.target}")
        self.audience = self.begin.audience = self.end.audience = Audience()
        """All who listen; to remember and to keep a book is to listen too."""

    def _drawn(self, name: str, doc: str) -> LastMessage:
        def made(owner: Observed, name: str) -> LastMessage:
            return LastMessage(owner, name, f"last {doc}", text=True, level="full")

        return self.module.declare(name, Declaration(f"last {doc}", made))

    def keep_in(self, book: Keep) -> None:
        """Keep every message in a book from now on."""
        self._keep = book
        self.audience.size += 1

    def remember(self) -> None:
        """Know the last messages from now on."""
        self.audience.size += 1

    def hear(self, when_ps: int, kind: int, address: int, tag: int) -> None:
        """Tell of a message that arrives now or later."""
        keep = self._keep
        if keep is not None:
            keep(when_ps, kind, address, tag)
            if self.audience.size == 1:
                return
        drawn = self.end if kind in UP else self.begin
        self._pulses.add(when_ps, drawn.draw, (when_ps, kind, address, tag))

    def recall(self, now_ps: int, message: Message) -> None:
        """Draw the last message of a time that nobody watched."""
        _, kind, *_ = message
        drawn = self.end if kind in UP else self.begin
        if drawn.value != texts(message)[0]:
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
        queue = wires.links[link]
        if queue.count == 0 or queue.last_ps <= state.until_ps or queue.first_ps > now_ps:
            continue
        for number in range(queue.count):
            message = peek(wires, link, number)
            if message.when_ps > now_ps:
                break
            if message.when_ps > state.until_ps:
                row = heard[place if state.last_only else state.count]
                row.when_ps, row.number = message.when_ps, ears[place].number
                row.kind, row.address, row.tag = message.kind, message.address, message.tag
                state.count += 1 - state.last_only
    state.until_ps = now_ps


@compiled
def first_unheard(wires: Wires, ears: Records, tape: Records) -> int:
    """Return when the next message comes that nobody has heard yet, FOREVER if none is on its way.

    Who takes it may be due later: a bus whose channel is busy.
    """
    until_ps, next_ps = tape[0].until_ps, FOREVER
    for place in range(ears.shape[0]):
        link = ears[place].link
        queue = wires.links[link]
        if queue.count == 0 or queue.last_ps <= until_ps:
            continue
        for number in range(queue.count):
            when_ps = peek(wires, link, number).when_ps
            if when_ps > until_ps:
                next_ps = min(next_ps, when_ps)
                break
    return next_ps
