"""ChampSim's machine: traces in, its statistics out, for comparison with its results.

Models:     core, caches, look-aside buffers, page walks and memory of one of its configurations.
            During warm-up registers and wrong predictions hold nothing up, look-ups end in the
            cycle in which they begin, and memory answers at once; a first touch costs what it does.
Leaves out: what passes several parts in one cycle of warm-up: a message takes one to each.
Source:     ChampSim master 2ff2501 (2025-05-09).
Checked by: tests/physics/test_champsim_golden.py
"""

from dataclasses import dataclass
from pathlib import Path

from components.banked_memory import BankedMemory
from components.cache import Cache
from components.cpu import Core, Island
from components.mmu import Walker
from cosim import Clock, Module, Simulator
from scenarios.scenario import Mode
from scenarios.traces.champsim_configurations import CONFIGURATIONS, ChampsimConfig
from scenarios.traces.frames import as_they_are
from scenarios.traces.marks import between_marks
from scenarios.traces.trace_source import TraceSource

LEVELS = ("l1i", "l1d", "l2", "llc", "itlb", "dtlb", "stlb")
"""Caches and look-aside buffers of the machine."""

ANCHOR = CONFIGURATIONS["i7_w4_bigpage"]
"""What a machine without virtual memory is compared with."""


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
        self.itlb = Cache("itlb", self, config=config.itlb)
        self.dtlb = Cache("dtlb", self, config=config.dtlb)
        self.stlb = Cache("stlb", self, config=config.stlb)
        self.walker = Walker("walker", self, config=config.walker)
        self.memory = BankedMemory("memory", self, config=config.memory)
        self._bind()
        if self.mode is Mode.FAST:
            parts = (*(getattr(self, name) for name in LEVELS), self.walker, self.memory)
            self.island = Island("island", self, core=self.core, parts=parts)

    def warm_up(self) -> None:
        """Take as little time as possible, from now on."""
        for name in LEVELS:
            state = getattr(self, name).state[0]
            state.hit_cycles = state.fill_cycles = 1
        self.core.state[0].address_cycles = 0
        self.memory.state[0].is_instant = 1

    def measure(self) -> None:
        """Take the time that is configured, from now on."""
        for name in LEVELS:
            level = getattr(self, name)
            state, config = level.state[0], level.config
            state.hit_cycles, state.fill_cycles = config.hit_cycles, config.fill_cycles
        self.core.state[0].address_cycles = self.config.core.address_cycles
        self.memory.state[0].is_instant = 0

    def _bind(self) -> None:
        """Join the parts; a port that is bound first is served first."""
        self.core.instruction.bind(self.l1i.above)
        self.core.data.bind(self.l1d.above)
        self.walker.below.bind(self.l1d.above)
        self.l1i.below.bind(self.l2.above)
        self.l1d.below.bind(self.l2.above)
        self.l2.below.bind(self.llc.above)
        self.llc.below.bind(self.memory.bus)
        self.l1i.translator.bind(self.itlb.above)
        self.l1d.translator.bind(self.dtlb.above)
        self.itlb.below.bind(self.stlb.above)
        self.dtlb.below.bind(self.stlb.above)
        self.stlb.below.bind(self.walker.above)


Counts = dict[str, dict[str, int]]
"""Look-ups by type and outcome; misses include those that merged into an MSHR."""


@dataclass(frozen=True)
class Statistics:
    """What ChampSim prints: counts of the measured part of a run."""

    instructions: int
    cycles: int
    mispredicted: int
    levels: dict[str, Counts]
    row_hits: int
    row_misses: int
    miss_cycles: dict[str, float]
    """Mean cycles from MSHR to fill, by level, prefetches left out, of the whole run."""

    @property
    def ipc(self) -> float:
        """Instructions per cycle."""
        return self.instructions / self.cycles

    def misses(self, level: str, merged: bool = True) -> int:
        """Return the misses of a level, with or without those that merged into an MSHR."""
        types = self.levels[level].values()
        return sum(one["misses"] - (0 if merged else one["merges"]) for one in types)

    def since(self, before: "Statistics", instructions: int) -> "Statistics":
        """Return what `instructions` have counted since `before`."""
        return Statistics(
            instructions=instructions,
            cycles=self.cycles - before.cycles,
            mispredicted=self.mispredicted - before.mispredicted,
            levels={name: _less(self.levels[name], before.levels[name]) for name in LEVELS},
            row_hits=self.row_hits - before.row_hits,
            row_misses=self.row_misses - before.row_misses,
            miss_cycles=self.miss_cycles,
        )


def _less(after: Counts, before: Counts) -> Counts:
    """Return the difference of counts."""
    return {
        type_: {name: count - before[type_][name] for name, count in counts.items()}
        for type_, counts in after.items()
    }


def replay(
    trace: Path,
    config: ChampsimConfig = ANCHOR,
    *,
    warm_up: int = 0,
    instructions: int | None = None,
    mode: Mode = Mode.FAST,
) -> Statistics:
    """Run `instructions` of a trace after the first `warm_up` of it; it repeats at its end."""
    with Simulator() as simulator:
        machine = ChampsimMachine("soc", simulator, config=config, mode=mode)
        source = TraceSource(trace, as_they_are, warm_up=warm_up, instructions=instructions)
        if warm_up:
            machine.warm_up()
        machine.core.load(source.chunks(), warms_up=warm_up > 0)
        seen: list[Statistics] = []
        watch = between_marks(
            simulator,
            machine.core,
            machine.measure,
            lambda _, cycles: seen.append(statistics(machine, cycles)),
        )
        simulator.env.process(watch, "watch")
        simulator.run()
        return seen[1].since(seen[0], source.measured)


def statistics(machine: ChampsimMachine, cycles: int) -> Statistics:
    """Return what a machine has counted until now, at a mark passed in so many cycles."""
    core, memory = machine.core, machine.memory
    levels = {name: getattr(machine, name) for name in LEVELS}
    return Statistics(
        instructions=core.instructions.value,
        cycles=cycles,
        mispredicted=core.mispredicted.value,
        levels={name: cache.by_type for name, cache in levels.items()},
        row_hits=memory.row_hits.value,
        row_misses=memory.row_misses.value,
        miss_cycles={name: cache.mean_miss_cycles for name, cache in levels.items()},
    )
