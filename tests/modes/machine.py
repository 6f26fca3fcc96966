"""A whole machine in either shell, and what is compared between the two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.cache import Cache, CacheConfig
from components.cpu import Core, CoreConfig, Island
from components.interconnect import Bus, BusConfig
from components.lpddr3 import Lpddr3, Lpddr3Config
from cosim import (
    Clock,
    Command,
    Module,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    signal,
    target_socket,
)
from cosim.compiled import Records
from cosim.messages import READ, STORE_IMAC, WRITE
from cosim.module import Scope
from tests.components.core_rig import chunks

MEMORY_BYTES = 1 << 28
TINY: dict[str, Any] = {"size_bytes": 1024, "ways": 2, "mshrs": 2, "targets": 2, "write_backs": 1}
"""A cache that misses often and is full soon."""


@dataclass(frozen=True)
class Design:
    """What a machine is made of; every default is small, so that limits are reached."""

    core_hz: int = 4_000_000_000
    llc_hz: int = 4_000_000_000
    bus_hz: int = 2_000_000_000
    core: Mapping[str, Any] = field(default_factory=dict)
    l1: Mapping[str, Any] = field(default_factory=lambda: TINY)
    l2: Mapping[str, Any] = field(default_factory=lambda: {**TINY, "size_bytes": 4096})
    llc: Mapping[str, Any] = field(default_factory=lambda: {**TINY, "size_bytes": 16384})
    imac_ps: int = 3_000
    timer_ps: int = 40_000
    others: tuple[tuple[int, int, bool], ...] = ()
    """Accesses of a second initiator: gap in ps, address, whether it writes."""
    interrupts: tuple[int, ...] = ()
    """ps between requests for an interrupt."""


class Coprocessor(Module):
    """Answers co-processor accesses after a time; a store to 0 starts a timer."""

    bus = target_socket("store_imac and load_imac")
    zero = signal("1 when the timer has run out", reset=1, many_writers=True)

    def __init__(self, name: str, parent: Scope, *, access_ps: int, timer_ps: int) -> None:
        self.access_ps, self.timer_ps = access_ps, timer_ps
        self.log: list[tuple[int, int, int, int]] = []
        super().__init__(name, parent)

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Take an access."""
        arrival_ps = self.now_ps + transaction.delay_ps
        yield transaction.delay_ps + self.access_ps
        transaction.delay_ps = 0
        self.log.append((arrival_ps, transaction.kind, transaction.address, transaction.value))
        transaction.value = 100 + transaction.address
        if transaction.kind == STORE_IMAC and transaction.address == 0:
            self.zero.write(0)
            self.spawn(self.count())

    def count(self) -> Steps:
        """Run the timer down."""
        yield self.timer_ps
        self.zero.write(1)


class Other(Module):
    """A second initiator: reads and writes memory at its own times."""

    bus = initiator_socket("memory bus")

    def __init__(
        self, name: str, parent: Scope, *, accesses: tuple[tuple[int, int, bool], ...]
    ) -> None:
        self.accesses = accesses
        self.done_ps: list[int] = []
        super().__init__(name, parent)

    @process
    def run(self) -> Steps:
        """Make one access after the other."""
        for gap_ps, address, writes in self.accesses:
            yield gap_ps
            command, kind = (Command.WRITE, WRITE) if writes else (Command.READ, READ)
            access = Transaction(address, command=command, size_bytes=64, kind=kind)
            yield from self.bus.transport(access)
            self.done_ps.append(self.now_ps)


class Line(Module):
    """Asks for interrupts at its own times."""

    out = signal("interrupt line")

    def __init__(self, name: str, parent: Scope, *, gaps_ps: tuple[int, ...]) -> None:
        self.gaps_ps = gaps_ps
        super().__init__(name, parent)

    @process
    def run(self) -> Steps:
        """Rise after each gap, for a picosecond."""
        for gap_ps in self.gaps_ps:
            yield gap_ps
            self.out.write(1)
            yield 1
            self.out.write(0)


class Machine:
    """Core, caches, bus, LPDDR3, co-processor and perhaps a second initiator."""

    def __init__(self, design: Design, *, fast: bool) -> None:
        self.sim = sim = Simulator(clock=Clock(design.core_hz))
        self.core = Core("core", sim, config=CoreConfig(clock_hz=design.core_hz, **design.core))
        llc_clock = Clock(design.llc_hz)
        self.l1i = Cache("l1i", sim, config=CacheConfig(**design.l1))
        self.l1d = Cache("l1d", sim, config=CacheConfig(**design.l1))
        self.l2 = Cache("l2", sim, config=CacheConfig(**design.l2))
        self.llc = Cache("llc", sim, config=CacheConfig(**design.llc), clock=llc_clock)
        self.bus = Bus("bus", sim, config=BusConfig(), clock=Clock(design.bus_hz))
        self.memory = Lpddr3("memory", sim, config=Lpddr3Config())
        self.imac = Coprocessor("imac", sim, access_ps=design.imac_ps, timer_ps=design.timer_ps)
        self.caches = (self.l1i, self.l1d, self.l2, self.llc)
        self.bind()
        self.other = None
        if design.others:
            self.other = Other("other", sim, accesses=design.others)
            self.other.bus.bind(self.bus.initiators)
        if design.interrupts:
            line = Line("line", sim, gaps_ps=design.interrupts)
            self.core.interrupt.bind(line.out)
        self.island = None
        if fast:
            parts = (*self.caches, self.bus, self.memory)
            self.island = Island("island", sim, core=self.core, parts=parts)

    def bind(self) -> None:
        """Join the parts."""
        self.core.instruction.bind(self.l1i.above)
        self.core.data.bind(self.l1d.above)
        self.core.coprocessor.bind(self.imac.bus)
        self.core.completion.bind(self.imac.zero)
        self.l1i.below.bind(self.l2.above)
        self.l1d.below.bind(self.l2.above)
        self.l2.below.bind(self.llc.above)
        self.llc.below.bind(self.bus.initiators)
        self.bus.map(0, MEMORY_BYTES, self.memory.bus)

    def run(self, *programs: Records, chunk: int = 500, idle_ps: int = 12_345) -> "Machine":
        """Run programs one after the other, each followed by some idle time, then stop."""
        self.sim.env.process(self.story(programs, chunk, idle_ps), "story")
        with self.sim as sim:
            sim.run()
        return self

    def story(self, programs: tuple[Records, ...], chunk: int, idle_ps: int = 12_345) -> Steps:
        """Load each program when the one before it has ended."""
        for program in programs:
            self.core.load(chunks(program, chunk))
            yield self.core.finished
            yield idle_ps
        self.sim.stop()

    def arrays(self) -> Iterator[tuple[str, Records]]:
        """Yield the records of every part."""
        yield "core.state", _without(self.core.state, "cursor", "fetched", "loaded")
        yield "core.passed", self.core.passed
        yield "core.results", self.core.results
        for number, array in enumerate(self.core.tables.arrays[1:-2]):  # marks and results are last
            yield f"core.{number}", array
        for cache in self.caches:
            for number, array in enumerate((cache.state, *cache.stepping.arrays)):
                yield f"{cache.name}.{number}", array
        for part in (self.bus.stepping, self.memory.stepping):
            for number, array in enumerate((part.state, *part.arrays)):
                yield f"{part.module.name}.{number}", array

    def outcome(self) -> dict[str, Any]:
        """Return all that must be equal in both shells."""
        records = {name: array.tolist() for name, array in self.arrays()}
        return {
            **records,
            "finish_ps": self.core.finish_ps,
            "imac": self.imac.log,
            "other": self.other.done_ps if self.other else [],
            "energy": [part.energy_pj() for part in (self.core, *self.caches)],
        }


def lines(cache: Cache) -> set[int]:
    """Return the numbers of the lines that a cache holds."""
    return {int(tag) for tag in cache.tables.tags if tag >= 0}


def _without(array: Records, *names: str) -> Records:
    kept = [name for name in array.dtype.names or () if name not in names]
    return np.array([[record[name] for name in kept] for record in array])


def differences(one: Machine, two: Machine) -> list[str]:
    """Return what two machines disagree about."""
    first, second = one.outcome(), two.outcome()
    return [name for name, value in first.items() if value != second[name]]
