"""Strikes: single bits that flip, and the log of every fault of a machine.

Models:     a flip changes one bit of what a part holds, at a moment of a Poisson process or at one
            that is given; every bit of a group is as likely as any other. What is held is what the
            part's gauge shows, so the part goes on with the flipped value.
Leaves out: several bits at once; bits of caches, core and memory; repair.
Source:     injection of single bits at random times and places: H. Ziade, R. Ayoubi, R. Velazco,
            "A survey on fault injection techniques", IAJIT 1 (2), 2004.
Checked by: tests/components/test_faults.py
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

from components.faults.config import FaultsConfig
from cosim import Clock, Gauge, Module, Steps, counter, gauge, process
from cosim.module import Scope
from cosim.units import PS_PER_S

FaultKind = Literal[
    "none", "buffer_flip", "register_flip", "stuck", "lost_completion", "late_completion",
    "bus_error",
]  # fmt: skip

FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


class Fault(NamedTuple):
    """One fault as it struck."""

    kind: FaultKind
    at_ps: int
    what: str

    def __str__(self) -> str:
        return f"{self.what} at {self.at_ps} ps"


class Faults(Module):
    """Flips bits of `buffer` and `registers`, and keeps what else struck."""

    config: FaultsConfig

    last = gauge("fault that struck last", states=FAULT_KINDS)
    struck = counter("faults that struck")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        config: FaultsConfig,
        buffer: Sequence[Gauge] = (),
        registers: Sequence[Gauge] = (),
        clock: Clock | None = None,
    ) -> None:
        self.buffer = tuple(buffer)
        self.registers = tuple(registers)
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Start with an empty log and a stream of random numbers for each kind of flip."""
        self.log: list[Fault] = []

    @process
    def strike_buffer(self) -> Steps:
        """Flip bits of the buffer."""
        config = self.config
        yield from self._strike(
            "buffer_flip", self.buffer, config.buffer_flips_hz, config.buffer_flip_ps
        )

    @process
    def strike_registers(self) -> Steps:
        """Flip bits of registers."""
        config = self.config
        yield from self._strike(
            "register_flip", self.registers, config.register_flips_hz, config.register_flip_ps
        )

    def note(self, kind: FaultKind, what: str) -> None:
        """Keep a fault that struck now."""
        self.log.append(Fault(kind, self.now_ps, what))
        self.last.set(kind)
        self.struck.add()

    def keep(self) -> dict[str, Any]:
        """Return the log."""
        return {"log": [list(fault) for fault in self.log]}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.log[:] = [Fault(*fields) for fields in kept["log"]]

    def _strike(
        self, kind: FaultKind, group: Sequence[Gauge], rate_hz: float, once_ps: int | None
    ) -> Steps:
        random = self.sim.rng(f"{self.path}.{kind}")
        if once_ps is not None:
            yield max(once_ps - self.now_ps, 0)
            self._flip(kind, group, int(random.integers(_bits(group))))
        while rate_hz:
            yield max(round(random.exponential(PS_PER_S / rate_hz)), 1)
            self._flip(kind, group, int(random.integers(_bits(group))))

    def _flip(self, kind: FaultKind, group: Sequence[Gauge], place: int) -> None:
        """Flip bit `place` of all bits of a group, counted from its first gauge on."""
        for held in group:
            if place < held.width_bits:
                held.set(flipped(held.value, place, held.width_bits, held.low < 0))
                self.note(kind, f"bit {place} of {held.path} flipped")
                return
            place -= held.width_bits


def flipped(value: int, bit: int, width_bits: int, signed: bool) -> int:
    """Return a value with one bit changed, in two's complement if it is signed."""
    pattern = (value & (1 << width_bits) - 1) ^ 1 << bit
    return pattern - (1 << width_bits) if signed and pattern >> width_bits - 1 else pattern


def _bits(group: Sequence[Gauge]) -> int:
    return sum(held.width_bits for held in group)
