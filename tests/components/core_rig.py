"""A core on a clock of 1 ns whose caches and co-processor are played by the test."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from components.cpu import CoreConfig
from components.cpu.behaviour import step
from components.cpu.program import (
    ALU,
    BRANCH,
    END,
    INSTRUCTION,
    LAYER,
    LOAD,
    NO_ADDRESS,
    NO_REGISTER,
    STORE,
)
from components.cpu.supply import Supply
from components.cpu.tables import Tables
from cosim import Clock
from cosim.compiled import Records
from tests.components.rig import Rig, Sent

NS = 1000
"""ps"""

CODE = 0x1000
"""Address of the first instruction."""

FETCH_NS, DATA_NS, IMAC_NS = 3, 3, 7
"""Arrival of a request to arrival of its reply."""

INSTRUCTIONS, DATA, COPROCESSOR = 0, 1, 2
"""Ports."""

FIRST_NS = 1 + FETCH_NS + 9
"""The first instruction issues after the way to the cache, the fetch, and decode_cycles."""


def op(
    code: int,
    dst: int = NO_REGISTER,
    *sources: int,
    address: int = NO_ADDRESS,
    size: int = 4,
    value: int = 0,
    ip: int | None = None,
) -> dict[str, Any]:
    """Return one instruction; it follows the one before it unless `ip` is given."""
    a, b, c = (*sources, NO_REGISTER, NO_REGISTER, NO_REGISTER)[:3]
    return {
        "op": code, "dst": dst, "dst_b": NO_REGISTER,
        "src_a": a, "src_b": b, "src_c": c, "src_d": NO_REGISTER, "ip": ip,
        "address": address, "size_bytes": size, "value": value,
    }  # fmt: skip


def alu(dst: int, *sources: int, ip: int | None = None) -> dict[str, Any]:
    """Return an integer operation."""
    return op(ALU, dst, *sources, ip=ip)


def load(dst: int, address: int, *sources: int, size: int = 4) -> dict[str, Any]:
    """Return a load."""
    return op(LOAD, dst, *sources, address=address, size=size)


def store(source: int, address: int, size: int = 4) -> dict[str, Any]:
    """Return a store."""
    return op(STORE, NO_REGISTER, source, address=address, size=size)


def branch(taken: bool) -> dict[str, Any]:
    """Return a branch; what follows it says where it went."""
    return op(BRANCH, value=int(taken))


def mark(number: int = 0) -> dict[str, Any]:
    """Return a LAYER mark."""
    return op(LAYER, value=number)


def assemble(*instructions: dict[str, Any]) -> Records:
    """Return a program, closed with END; instructions are 4 bytes long."""
    program: Records = np.zeros(len(instructions) + 1, INSTRUCTION)
    ip = CODE
    for place, instruction in enumerate((*instructions, op(END))):
        if instruction["ip"] is not None:
            ip = instruction["ip"]
        for name, value in {**instruction, "ip": ip}.items():
            program[place][name] = value
        if instruction["op"] not in (LAYER, END):
            ip += 4
    return program


def chunks(program: Records, size: int) -> Iterator[Records]:
    """Yield a program in pieces."""
    for first in range(0, len(program), size):
        yield program[first : first + size]


class CoreRig(Rig):
    """A core that runs one program. `data_ns` may say the time of each address."""

    def __init__(
        self,
        program: Records | Iterable[Records],
        *,
        data_ns: int | dict[int, int] = DATA_NS,
        ports: int = 3,
        **changes: Any,
    ) -> None:
        self.clock = Clock(1_000_000_000)
        self.core = Tables(CoreConfig(**changes), self.clock)
        self.data_ns = data_ns
        super().__init__(step, (self.core.state, *self.core.arrays), ports, self._reply)
        self.supply = Supply("core", self.core.state, self.core.program, self.core.operations)
        self.supply.begin([program] if isinstance(program, np.ndarray) else program)
        self.core.start(0, self.clock)

    def call(self, now_ps: int) -> None:
        """Step once, refilling as often as the core is hungry."""
        super().call(now_ps)
        while self.state[0].hungry:
            self.supply.refill()
            super().call(now_ps)

    def _reply(self, sent: Sent) -> tuple[int, int]:
        if sent.port == INSTRUCTIONS:
            return FETCH_NS * NS, 0
        if sent.port == COPROCESSOR:
            return IMAC_NS * NS, 40 + sent.address
        time_ns = self.data_ns
        return (time_ns if isinstance(time_ns, int) else time_ns[sent.address]) * NS, 0

    def to(self, port: int) -> list[tuple[float, int, int]]:
        """Return what was sent to a port: arrival in ns, address, size."""
        return [
            (sent.when_ps / NS, sent.address, sent.size_bytes)
            for sent in self.sent
            if sent.port == port
        ]

    def marks_ns(self) -> list[float]:
        """Return when the marks were passed, in ns, which are cycles."""
        return [int(one.start_ps) / NS for one in self.core.marks[: self.count("marks_made")]]

    def waits(self) -> dict[str, int]:
        """Return the cycles by what the core waited for, those that are not 0."""
        waits = self.core.attribution
        return {name: int(waits[0][name]) for name in waits.dtype.names or () if waits[0][name]}

    def count(self, name: str) -> int:
        """Return a counter of the core."""
        return int(self.state[0][name])


def between_marks(*instructions: dict[str, Any], **changes: Any) -> int:
    """Return how many cycles lie between a mark before and a mark behind some instructions."""
    return between(instructions, **changes)[-1]


def between(instructions: Sequence[dict[str, Any]], **changes: Any) -> list[int]:
    """Return the cycles between consecutive marks, with one before and one behind all."""
    core = CoreRig(assemble(mark(), *instructions, mark()), **changes)
    core.run()
    times = core.marks_ns()
    assert sum(core.waits().values()) == core.count("cycles")
    return [int(end - begin) for begin, end in pairwise(times)]
