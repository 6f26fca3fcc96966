"""Drives the compiled memory controller over bare rings and keeps its command log."""

from typing import Any, NamedTuple

import numpy as np

from components.lpddr3.behaviour import step
from components.lpddr3.parameters import (
    Lpddr3Config,
    PowerSaving,
    Refreshing,
    Scheduling,
    new_memory,
)
from components.lpddr3.records import COMMAND_NAMES, Memory
from components.lpddr3.timing import Organisation, SpeedGrade
from cosim.bundle import Bundle
from cosim.config import Config
from cosim.messages import PORT, READ, WRITE, arrival_ps, head, new_wires, pop, send

CLOCK_PS = 1250
"""ps; tCK of LPDDR3-1600."""

LINE_BYTES = 64
ROW_BYTES = 8 * 8192
"""bytes; from one row of a bank to the next: 8 banks of an 8 KiB page."""
BANK_BYTES = 8192

KINDS: dict[str, type[Config]] = {
    "scheduling": Scheduling,
    "refresh": Refreshing,
    "power": PowerSaving,
    "organisation": Organisation,
}
"""Parts of the configuration whose parameters have names of their own."""


class Issued(NamedTuple):
    """One command of the log."""

    cycle: int
    command: str
    bank: int
    row: int


class Reply(NamedTuple):
    """One reply, in memory clocks."""

    cycle: int
    tag: int


def config(speed: dict[str, Any] | None = None, **given: Any) -> Lpddr3Config:
    """Return a configuration with some parameters changed."""
    parts: dict[str, dict[str, Any]] = {part: {} for part in KINDS}
    for name, value in given.items():
        (part,) = (part for part, kind in KINDS.items() if name in kind.model_fields)
        parts[part][name] = value
    made: dict[str, Any] = {part: kind(**parts[part]) for part, kind in KINDS.items()}
    return Lpddr3Config(speed=SpeedGrade(**(speed or {})), **made)


def place(row: int, bank: int = 0, column: int = 0) -> int:
    """Return the address of a line by row, bank and column burst; of one rank."""
    return row * ROW_BYTES + bank * BANK_BYTES + column * LINE_BYTES


def place_of_two(row: int, rank: int, bank: int = 0, column: int = 0) -> int:
    """Return the address of a line of a memory with two ranks."""
    return place(2 * row + rank, bank, column)


class Channel:
    """A controller with its rings."""

    def __init__(self, config: Lpddr3Config, ports: int = 1) -> None:
        self.memory: Memory = new_memory(config, initiators=ports)
        self.ports = np.zeros(ports, PORT)
        self.ports["inbox"], self.ports["outbox"] = range(ports), range(ports, 2 * ports)
        self.wires = new_wires(2 * ports, 4096)
        self.bundle = Bundle((self.memory[0], self.ports, self.wires, *self.memory[1:]))
        self.log: list[Issued] = []
        self.replies: list[Reply] = []
        self.next_ps = 0

    @property
    def state(self) -> Any:
        """The record of the channel."""
        return self.memory.channel[0]

    @property
    def rank(self) -> Any:
        """The record of the first rank."""
        return self.memory.ranks[0]

    def request(
        self, at_ps: int, address: int, *, write: bool = False, tag: int = 0, port: int = 0
    ) -> None:
        """Let a request arrive; must be before the controller has run past it."""
        kind = WRITE if write else READ
        send(self.wires, port, at_ps, kind, address, LINE_BYTES, tag, 0)
        self.next_ps = min(self.next_ps, at_ps)

    def read(self, cycle: int, address: int, tag: int = 0, port: int = 0) -> None:
        """Let a read arrive at a memory clock."""
        self.request(cycle * CLOCK_PS, address, tag=tag, port=port)

    def write(self, cycle: int, address: int, tag: int = -1) -> None:
        """Let a write arrive at a memory clock."""
        self.request(cycle * CLOCK_PS, address, write=True, tag=tag)

    def step(self, now_ps: int) -> int:
        """Step once; note the command and the replies."""
        before = int(self.state.commands)
        next_ps = step(self.bundle.address, now_ps)
        state = self.state
        if int(state.commands) != before:
            name = COMMAND_NAMES[int(state.command)]
            row, bank = int(state.command_row), int(state.command_bank)
            self.log.append(Issued(int(state.command_cycle), name, bank, row))
        for outbox in self.ports["outbox"].tolist():
            while self.wires.links[outbox].count:
                reply = head(self.wires, outbox)
                self.replies.append(Reply(int(reply.when_ps) // CLOCK_PS, int(reply.tag)))
                pop(self.wires, outbox)
        return int(next_ps)

    def run(self, until_cycle: int) -> None:
        """Run up to and including a memory clock."""
        while self.next_ps <= until_cycle * CLOCK_PS:
            now_ps = self.next_ps
            next_ps = self.step(now_ps)
            arrivals = [arrival_ps(self.wires, inbox) for inbox in self.ports["inbox"].tolist()]
            self.next_ps = min([next_ps, *(when for when in arrivals if when > now_ps)])

    def commands(self) -> list[str]:
        """Return the names of the commands so far."""
        return [one.command for one in self.log]

    def completion(self, tag: int) -> int:
        """Return the clock of the only reply with a tag."""
        (found,) = [reply.cycle for reply in self.replies if reply.tag == tag]
        return found
