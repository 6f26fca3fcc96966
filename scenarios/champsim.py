"""ChampSim's machine: traces in, its statistics out, for comparison with its results.

Models:     the anchor configuration of four-wide Skylake class with 2 MiB pages; frames are given
            to pages in the order in which they are touched.
Leaves out: page walks and TLBs, so pages of 4 KiB; warm-up without dependencies: a warm run is the
            same trace run before.
Source:     ChampSim master 2ff2501 (2025-05-09) and a configuration file of the i7-8550U class.
Checked by: tests/physics/test_champsim_golden.py
"""

from dataclasses import dataclass, replace
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
from components.cpu import Core, CoreConfig, Island, presets
from components.cpu.program import NO_ADDRESS
from cosim import Clock, Config, DataError, Module, Simulator, Steps, param
from cosim.compiled import Records
from scenarios.scenario import Mode
from scenarios.trace_source import TraceSource

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


CONFIGURATIONS = {"i7_w4_bigpage": ChampsimConfig()}
"""ChampSim's configurations by name; `cosim replay --preset champsim_<name>` runs one."""


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
        config = config or ChampsimConfig()
        machine = ChampsimMachine("soc", simulator, config=config, mode=mode)
        place = Frames(config.memory.capacity_bytes).place
        source = TraceSource(trace, place, warm_up=warm_up, instructions=instructions)
        machine.core.load(source.chunks())
        seen: list[Statistics] = []
        simulator.env.process(_watch(simulator, machine, seen), "watch")
        simulator.run()
        return replace(statistics(machine) - seen[0], instructions=source.measured)


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
    """Frames of a memory of `capacity_bytes`, given to pages in the order of first touch."""

    def __init__(self, capacity_bytes: int) -> None:
        self._frames: dict[int, int] = {}
        self._most = (capacity_bytes >> PAGE_BITS) - FIRST_FRAME

    def place(self, chunk: Records) -> Records:
        """Replace the addresses of a chunk by those in memory.

        Raises DataError when there are more pages than frames.
        """
        used = chunk["address"] != NO_ADDRESS
        chunk["address"][used] = self._placed(chunk["address"][used])
        above = (chunk["ip"] < 0) | (chunk["ip"] >> PAGE_BITS >= FIRST_FRAME)
        if above.any():
            chunk["ip"][above] = self._placed(chunk["ip"][above])
        return chunk

    def _placed(self, addresses: Records) -> Records:
        """Return where addresses lie."""
        pages, first, where = np.unique(
            addresses >> PAGE_BITS, return_index=True, return_inverse=True
        )
        for page in pages[np.argsort(first)].tolist():
            self._frames.setdefault(page, FIRST_FRAME + len(self._frames))
        if len(self._frames) > self._most:
            raise DataError(
                f"a trace must touch at most {self._most} pages of {1 << PAGE_BITS >> 20} MiB,"
                f" as many as fit the memory, not {len(self._frames)}; replay fewer instructions"
            )
        frames = np.array([self._frames[page] for page in pages.tolist()], np.int64)
        return (frames[where] << PAGE_BITS) + (addresses & ((1 << PAGE_BITS) - 1))
