"""Instruction traces on a machine: `cosim replay`. Files in, the keys of `metrics.json` out.

Models:     the default machine without its co-processor (`soc`), or ChampSim's machine in one of
            its configurations. What is counted is what comes behind the warm-up.
Leaves out: which micro-operations a trace's instructions were; layers.
Source:     ChampSim 2025-05 for the meaning of warm-up and repetition.
Checked by: tests/scenarios/test_replay.py
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias, TypeVar, cast

from cosim import ConfigError, Simulator, names
from cosim.compiled import Records
from cosim.compiler import compile_seconds
from scenarios.measures.measuring import cache_metrics, memory_metrics
from scenarios.measures.metrics import (
    BranchMetrics,
    CachesMetrics,
    EnergyMetrics,
    HostMetrics,
    MemoryMetrics,
    Metrics,
    Record,
)
from scenarios.scenario import Advance, Mode, untold
from scenarios.soc import Soc, SocConfig
from scenarios.traces.champsim import ChampsimMachine
from scenarios.traces.champsim_configurations import CONFIGURATIONS, ChampsimConfig
from scenarios.traces.frames import Frames, as_they_are
from scenarios.traces.marks import between_marks
from scenarios.traces.trace_source import TraceSource

SOC = "soc"
"""The preset that is used unless another one is asked for."""

Machine: TypeAlias = Soc | ChampsimMachine


@dataclass(frozen=True)
class Replay:
    """What is replayed, on what: see `cosim replay --help`."""

    trace: Path
    preset: str = SOC
    warm_up: int = 0
    instructions: int | None = None
    mode: Mode = Mode.FAST

    def run(self, advance: Advance = untold) -> Metrics:
        """Replay the trace; raises ConfigError for an unknown preset, DataError for a bad file."""
        config = machine_config(self.preset)
        began_s, compiled_s = monotonic(), compile_seconds()
        with Simulator() as simulator:
            machine = _machine(simulator, config, self.mode)
            source = TraceSource(
                self.trace,
                _place(config),
                warm_up=self.warm_up,
                instructions=self.instructions,
                advance=advance,
            )
            warms_up = False
            if self.warm_up and isinstance(machine, ChampsimMachine):
                machine.warm_up()
                warms_up = True
            machine.core.load(source.chunks(), warms_up=warms_up)
            counts: list[Metrics] = []
            begin = machine.measure if isinstance(machine, ChampsimMachine) else _unchanged
            watch = between_marks(
                simulator,
                machine.core,
                begin,
                lambda now_ps, cycles: counts.append(_count(machine, now_ps, cycles)),
            )
            simulator.env.process(watch, "watch")
            simulator.run()
            found = _since(counts[1], counts[0])
        host = HostMetrics.measured(
            source.read, monotonic() - began_s, compile_seconds() - compiled_s
        )
        told = {"instructions": source.measured, "mode": self.mode.value, "host": host}
        return found.model_copy(
            update=told | {"trace": str(self.trace), "preset": self.preset, "warm_up": self.warm_up}
        )


def presets() -> Mapping[str, SocConfig | ChampsimConfig]:
    """Return the machines that traces can run on, by name."""
    ours = SocConfig()
    bare = ours.model_copy(update={"imac": ours.imac.model_copy(update={"enabled": False})})
    return {SOC: bare} | {f"champsim_{name}": one for name, one in CONFIGURATIONS.items()}


def machine_config(preset: str) -> SocConfig | ChampsimConfig:
    """Return the machine called `preset`; raises ConfigError with the nearest known name."""
    known = presets()
    if preset not in known:
        raise ConfigError(f"there is no preset {preset}{names.hint(preset, list(known))}")
    return known[preset]


def _machine(simulator: Simulator, config: SocConfig | ChampsimConfig, mode: Mode) -> Machine:
    if isinstance(config, SocConfig):
        return Soc("soc", simulator, config=config, mode=mode)
    return ChampsimMachine("soc", simulator, config=config, mode=mode)


def _place(config: SocConfig | ChampsimConfig) -> Callable[[Records], Records]:
    """Return what gives a trace's addresses their places in memory, where the machine does not."""
    if isinstance(config, ChampsimConfig):
        return as_they_are
    return Frames(config.memory.organisation.capacity_bytes).place


def _unchanged() -> None:
    """Let a machine go on as it is: it warms up at its own speed."""


def _count(machine: Machine, now_ps: int, cycles: int) -> Metrics:
    """Return everything counted until now, at a mark passed in so many cycles."""
    core = machine.core
    levels = {name: cache_metrics(getattr(machine, name)) for name in CachesMetrics.model_fields}
    return Metrics(
        scenario="replay",
        time_ps=now_ps,
        cycles=cycles,
        caches=CachesMetrics(**levels),
        branches=BranchMetrics(executed=core.branches.value, mispredicted=core.mispredicted.value),
        memory=_memory(machine, now_ps),
        energy_pj=EnergyMetrics(**(machine.energy_pj() if isinstance(machine, Soc) else {})),
    )


def _memory(machine: Machine, now_ps: int) -> MemoryMetrics:
    if isinstance(machine, Soc):
        return memory_metrics(machine.memory, now_ps)
    memory = machine.memory
    return MemoryMetrics(
        reads=memory.reads.value,
        writes=memory.writes.value,
        row_hits=memory.row_hits.value,
        row_misses=memory.row_misses.value,
        refreshes=memory.refreshes.value,
    )


def _since(after: Metrics, before: Metrics) -> Metrics:
    """Return what was counted after `before`; rates become those of that time."""
    counted = _difference(after, before)
    whole, early, between = after.memory, before.memory, counted.memory
    moved = whole.bandwidth_bytes_per_s * after.time_ps
    moved -= early.bandwidth_bytes_per_s * before.time_ps
    waited = whole.mean_read_latency_ps * whole.reads - early.mean_read_latency_ps * early.reads
    rates = {
        "bandwidth_bytes_per_s": moved / counted.time_ps if counted.time_ps else 0.0,
        "mean_read_latency_ps": waited / between.reads if between.reads else 0.0,
    }
    return counted.model_copy(update={"memory": between.model_copy(update=rates)})


Counted = TypeVar("Counted")


def _difference(after: Counted, before: Any) -> Counted:
    """Return numbers less those before, in records and dictionaries alike; the rest stays."""
    found: Any = after
    if isinstance(after, Record):
        pairs = {name: (getattr(after, name), getattr(before, name)) for name in after.__dict__}
        found = after.model_copy(
            update={name: _difference(one, other) for name, (one, other) in pairs.items()}
        )
    elif isinstance(after, dict):
        found = {name: _difference(value, before.get(name, 0)) for name, value in after.items()}
    elif isinstance(after, int | float):
        found = after - before
    return cast(Counted, found)
