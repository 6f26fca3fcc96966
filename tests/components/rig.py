"""Drives one compiled step by hand: messages in, messages out, nothing in between."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cosim.bundle import Bundle
from cosim.messages import FOREVER, PORT, POSTED, REPLY, head, new_wires, peek, pop, send

MOST_STEPS = 1_000_000
"""Steps after which a rig that never rests is given up."""


class Sent(NamedTuple):
    """A message as it left, by the time at which it arrives."""

    port: int
    when_ps: int
    kind: int
    address: int
    size_bytes: int
    tag: int
    value: int


class Rig:
    """A behaviour with its rings. `answer` may reply to what it sends, with (delay, value)."""

    def __init__(
        self,
        step: Callable[..., int],
        arrays: Sequence[Any],
        ports: int,
        answer: Callable[[Sent], tuple[int, int] | None] = lambda sent: None,
    ) -> None:
        self.step = step
        self.state, *self.tables = arrays
        self.ports = np.zeros(ports, PORT)
        self.ports["inbox"] = 2 * np.arange(ports)
        self.ports["outbox"] = 2 * np.arange(ports) + 1
        self.wires = new_wires(2 * ports, 256)
        self.bundle = Bundle((self.state, self.ports, self.wires, *self.tables))
        self.answer = answer
        self.sent: list[Sent] = []
        self.next_ps = 0
        self.now_ps = 0

    def deliver(
        self,
        port: int,
        when_ps: int,
        kind: int,
        address: int,
        tag: int,
        *,
        size: int = 8,
        value: int = 0,
    ) -> None:
        """Let a message arrive at a port."""
        send(self.wires, 2 * port, when_ps, kind, address, size, tag, value)

    def call(self, now_ps: int) -> None:
        """Step once at a time and take what came out."""
        self.now_ps = now_ps
        self.next_ps = self.step(self.bundle.address, now_ps)
        for port in range(len(self.ports)):
            outbox = 2 * port + 1
            while self.wires.links[outbox].count:
                message = head(self.wires, outbox).item()
                pop(self.wires, outbox)
                self._take(Sent(port, *message))

    def _take(self, sent: Sent) -> None:
        assert sent.when_ps > self.now_ps, "a message arrives later than it is sent"
        self.sent.append(sent)
        reply = None if sent.kind == REPLY or sent.tag == POSTED else self.answer(sent)
        if reply is not None:
            delay_ps, value = reply
            when_ps = sent.when_ps + delay_ps
            inbox = 2 * sent.port
            send(self.wires, inbox, when_ps, REPLY, sent.address, sent.size_bytes, sent.tag, value)

    def due_ps(self) -> int:
        """Return when the behaviour must run next."""
        arrivals: list[int] = [
            peek(self.wires, 2 * port, place).when_ps
            for port in range(len(self.ports))
            for place in range(self.wires.links[2 * port].count)
        ]
        coming = [when_ps for when_ps in arrivals if when_ps > self.now_ps]
        return min([self.next_ps, *coming])

    def run(self, until_ps: int = FOREVER) -> None:
        """Step whenever something is due, until nothing is or until a time."""
        for _ in range(MOST_STEPS):
            due_ps = self.due_ps()
            if due_ps >= until_ps:
                return
            self.call(due_ps)
        raise AssertionError(f"still running at {self.now_ps} ps after {MOST_STEPS} steps")

    def snapshot(self) -> list[bytes]:
        """Return everything the behaviour and its rings remember."""
        return [array.tobytes() for array in (self.state, *self.tables, *self.wires)]
