"""ChampSim's machine: traces in, its statistics out, for comparison with its results.

Models:     the anchor configuration of four-wide Skylake class with 2 MiB pages; frames are given
            to pages in the order in which they are touched.
Leaves out: page walks and TLBs, so pages of 4 KiB; warm-up without dependencies: a warm run is the
            same trace run before.
Source:     ChampSim master 2ff2501 (2025-05-09) and a configuration file of the i7-8550U class.
Checked by: tests/physics/test_champsim_golden.py
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from components.banked_memory import BankedMemory, BankedMemoryConfig
from components.cache import (
    Cache,
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
)
from components.cpu import Core, CoreConfig, Island, champsim_trace, presets
from components.cpu.program import INSTRUCTION, LAYER, NO_ADDRESS
from cosim import Clock, Config, Module, Simulator, Steps, param
from cosim.compiled import Records
from scenarios.scenario import Mode

PAGE_BITS = 21
"""Pages of 2 MiB: what is compared with has no page walks to speak of."""

FIRST_FRAME = 64
"""Frame of the first page of data; code keeps its addresses, which are below."""

ANCHOR = {"miss_cycles": 1, "stores_refresh": False}
"""What ChampSim's caches do differently at every level."""


class ChampsimConfig(Config):
    """Core, caches and memory of ChampSim's anchor configuration `i7_w4_bigpage`."""

    core: CoreConfig = param(presets.champsim(), doc="core")
    l1i: InstructionCacheConfig = param(
        InstructionCacheConfig(hit_cycles=4, tags_per_cycle=2, **ANCHOR),
        doc="first-level instruction cache",
    )
    l1d: CacheConfig = param(
        CacheConfig(hit_cycles=2, stores_answer_early=True, targets=256, **ANCHOR),
        doc="first-level data cache",
    )
    l2: SecondLevelConfig = param(SecondLevelConfig(**ANCHOR), doc="second-level cache")
    llc: LastLevelConfig = param(
        LastLevelConfig(size_bytes=2 << 20, hit_cycles=26, **ANCHOR), doc="last-level cache"
    )
    memory: BankedMemoryConfig = param(BankedMemoryConfig(), doc="memory")


class ChampsimMachine(Module):
    """A core, three levels of cache, and a banked memory."""

    config: ChampsimConfig

    def __init__(
        self, name: str, simulator: Simulator, *, config: ChampsimConfig, mode: Mode = Mode.FAST
    ) -> None:
        self.mode = mode
        super().__init__(name, simulator, config=config, clock=Clock(config.core.clock_hz))

    def build(self) -> None:
        """Make the parts and bind them."""
        config = self.config
        self.core = Core("core", self, config=config.core)
        self.l1i = Cache("l1i", self, config=config.l1i)
        self.l1d = Cache("l1d", self, config=config.l1d)
        self.l2 = Cache("l2", self, config=config.l2)
        self.llc = Cache("llc", self, config=config.llc)
        self.memory = BankedMemory("memory", self, config=config.memory)
        self.core.instruction.bind(self.l1i.above)
        self.core.data.bind(self.l1d.above)
        self.l1i.below.bind(self.l2.above)
        self.l1d.below.bind(self.l2.above)
        self.l2.below.bind(self.llc.above)
        self.llc.below.bind(self.memory.bus)
        if self.mode is Mode.FAST:
            parts = (self.l1i, self.l1d, self.l2, self.llc, self.memory)
            self.island = Island("island", self, core=self.core, parts=parts)


@dataclass(frozen=True)
class Statistics:
    """What ChampSim prints: counts of the measured part of a run; misses count merged ones."""

    instructions: int
    cycles: int
    mispredicted: int
    l1d_misses: int
    l2_misses: int
    llc_misses: int
    row_hits: int
    row_misses: int

    @property
    def ipc(self) -> float:
        """Instructions per cycle."""
        return self.instructions / self.cycles

    def __sub__(self, before: "Statistics") -> "Statistics":
        """Return what has been counted since `before`."""
        return Statistics(
            **{name: count - getattr(before, name) for name, count in vars(self).items()}
        )


def replay(
    trace: Path,
    config: ChampsimConfig | None = None,
    *,
    warm_up: int = 0,
    instructions: int | None = None,
    mode: Mode = Mode.FAST,
) -> Statistics:
    """Run `instructions` of a trace after the first `warm_up` of it; it repeats at its end."""
    with Simulator() as simulator:
        machine = ChampsimMachine("soc", simulator, config=config or ChampsimConfig(), mode=mode)
        frames = Frames()
        mark = np.zeros(1, INSTRUCTION)
        mark["op"], mark["address"] = LAYER, NO_ADDRESS
        whole = None if instructions is None else warm_up + instructions
        records = _cut(map(frames.place, _repeated(trace, whole)), warm_up)
        before, after = next(records), chain([mark], next(records))
        machine.core.load(champsim_trace.program(chain(before, after)))
        seen: list[Statistics] = []
        simulator.env.process(_watch(simulator, machine, seen), "watch")
        simulator.run()
        return statistics(machine) - seen[0]


def _watch(simulator: Simulator, machine: ChampsimMachine, seen: list[Statistics]) -> Steps:
    """Note the statistics at the mark; end the simulation with the program."""
    yield machine.core.marked
    seen.append(statistics(machine, at_mark=True))
    if not machine.core.state[0].finished:
        yield machine.core.finished
    simulator.stop()


def statistics(machine: ChampsimMachine, at_mark: bool = False) -> Statistics:
    """Return what a machine has counted until now; cycles are those of the last mark if asked."""
    core, memory = machine.core, machine.memory
    cycles, instructions = core.cycle_count.value, core.instructions.value
    if at_mark:
        cycles, instructions = (int(core.passed[-1][name]) for name in ("cycles", "instructions"))
    levels = (machine.l1d, machine.l2, machine.llc)
    misses = [cache.misses.value + cache.merges.value for cache in levels]
    return Statistics(
        instructions=instructions,
        cycles=cycles,
        mispredicted=core.mispredicted.value,
        l1d_misses=misses[0],
        l2_misses=misses[1],
        llc_misses=misses[2],
        row_hits=memory.row_hits.value,
        row_misses=memory.row_misses.value,
    )


class Frames:
    """Frames of memory, given to pages in the order of first touch."""

    def __init__(self) -> None:
        self._frames: dict[int, int] = {}

    def place(self, chunk: Records) -> Records:
        """Replace the addresses of a chunk by those in memory."""
        used = chunk["address"] != NO_ADDRESS
        pages, first, where = np.unique(
            chunk["address"][used] >> PAGE_BITS, return_index=True, return_inverse=True
        )
        for page in pages[np.argsort(first)].tolist():
            self._frames.setdefault(page, FIRST_FRAME + len(self._frames))
        frames = np.array([self._frames[page] for page in pages.tolist()], np.int64)
        offsets = chunk["address"][used] & ((1 << PAGE_BITS) - 1)
        if len(frames):
            chunk["address"][used] = (frames[where] << PAGE_BITS) + offsets
        return chunk


def _repeated(trace: Path, most: int | None) -> Iterator[Records]:
    """Yield a trace once, or over and over until there are `most` instructions."""
    left = most
    while True:
        for chunk in champsim_trace.read(trace):
            part = chunk if left is None else chunk[:left]
            yield part
            if left is not None:
                left -= len(part)
                if left == 0:
                    return
        if left is None:
            return


def _cut(chunks: Iterable[Records], first: int) -> Iterator[Iterator[Records]]:
    """Yield the first instructions, then all others, each as chunks."""
    source = iter(chunks)
    rest: list[Records] = []

    def head() -> Iterator[Records]:
        left = first
        while left:
            chunk = next(source)
            yield chunk[:left]
            if len(chunk) > left:
                rest.append(chunk[left:])
            left -= min(left, len(chunk))

    yield head()
    yield chain(_later(rest), source)


def _later(chunks: list[Records]) -> Iterator[Records]:
    """Yield what the list holds when asked, not before."""
    yield from chunks
