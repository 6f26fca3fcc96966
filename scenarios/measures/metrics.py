"""What every run measures, under the keys that `metrics.json` keeps.

A key once here stays; others may be added. Sums and ratios are computed, never given, so they
cannot disagree with their parts. A part that a scenario does not have keeps its zeros.
"""

import json
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field

from cosim.errors import DataError
from cosim.units import PS_PER_S

KIB = 1024
"""bytes; the unit in which Linux tells the resident set (man 2 getrusage, man 5 proc)."""

STATUS = Path("/proc/self/status")


class Record(BaseModel):
    """A group of measured numbers; keys that a later version added are ignored when read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LayerMetrics(Record):
    """One layer of one image."""

    name: str
    engine: str
    start_ps: int
    end_ps: int
    cycles: int
    instructions: int = 0
    macs: int = 0
    energy_pj: float = 0.0
    image: int = 0


class CacheMetrics(Record):
    """One cache level."""

    accesses: int = 0
    hits: int = 0
    misses: int = 0
    writebacks: int = 0
    prefetches: int = 0


class CachesMetrics(Record):
    """All cache levels."""

    l1i: CacheMetrics = CacheMetrics()
    l1d: CacheMetrics = CacheMetrics()
    l2: CacheMetrics = CacheMetrics()
    llc: CacheMetrics = CacheMetrics()


class BranchMetrics(Record):
    """Branches of the core."""

    executed: int = 0
    mispredicted: int = 0


class MemoryMetrics(Record):
    """The LPDDR3 channel."""

    reads: int = 0
    writes: int = 0
    row_hits: int = 0
    row_misses: int = 0
    row_conflicts: int = 0
    activates: int = 0
    precharges: int = 0
    refreshes: int = 0
    bandwidth_bytes_per_s: float = 0.0
    mean_read_latency_ps: float = 0.0


class ImacMetrics(Record):
    """The co-processor and its hand-off."""

    jobs: int = 0
    stores: int = 0
    loads: int = 0
    transfer_ps: int = 0
    compute_ps: int = 0
    wait_ps: int = 0
    violations: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    level: str = ""
    level_error: str = ""
    signal_left: float = 1.0
    settling_ps: tuple[int, ...] = ()
    peak_power_mw: float = 0.0
    ties: int = 0
    warnings: tuple[str, ...] = ()


class ConvolverMetrics(Record):
    """Convolutions on the arrays; `unlike` are loads that brought other codes than expected."""

    strips: int = 0
    shots: int = 0
    stores: int = 0
    loads: int = 0
    rewrites: int = 0
    arrays: int = 0
    filled: float = 0.0
    words: int = 0
    unlike: int = 0
    violations: tuple[str, ...] = ()


class PimMetrics(Record):
    """The bit-wise accelerator: what its records count, and how well its rows are used."""

    row_ands: int = 0
    sums: int = 0
    sensed_rows: int = 0
    counted_rows: int = 0
    bank_reads: int = 0
    row_writes: int = 0
    written_bits: int = 0
    moved_bits: int = 0
    accumulations: int = 0
    corrections: int = 0
    comparisons: int = 0
    windows: int = 0
    bus_waits_ps: int = 0
    sub_arrays: int = 0
    weight_rows: int = 0
    used: float = 0.0


class EnergyMetrics(Record):
    """Energy in pJ: for each component its parts and their "total"; `total` sums them all."""

    core: dict[str, float] = Field(default_factory=dict)
    l1i: dict[str, float] = Field(default_factory=dict)
    l1d: dict[str, float] = Field(default_factory=dict)
    l2: dict[str, float] = Field(default_factory=dict)
    llc: dict[str, float] = Field(default_factory=dict)
    bus: dict[str, float] = Field(default_factory=dict)
    memory: dict[str, float] = Field(default_factory=dict)
    coprocessor_bus: dict[str, float] = Field(default_factory=dict)
    imac: dict[str, float] = Field(default_factory=dict)
    convolver: dict[str, float] | None = None
    pim: dict[str, float] | None = None

    def model_post_init(self, _: object) -> None:
        """Add up each component's parts."""
        for parts in self.components().values():
            parts["total"] = sum(pj for name, pj in parts.items() if name != "total")

    def components(self) -> Mapping[str, dict[str, float]]:
        """Return each component's parts; a convolver's and an accelerator's if there is one."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: parts for name, parts in found.items() if parts is not None}

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def total(self) -> float:
        """Energy of all components, in pJ."""
        return sum(parts["total"] for parts in self.components().values())


class IntervalMetrics(Record):
    """A number with the constants' own values, and where 90 % of the draws of these put it."""

    nominal: float
    low: float
    high: float


class HostMetrics(Record):
    """What the run cost the machine it ran on; all other metrics are repeatable."""

    wall_s: float = 0.0
    compile_s: float = 0.0
    simulated_mips: float = 0.0
    peak_rss_bytes: int = 0

    @classmethod
    def measured(cls, instructions: int, wall_s: float, compile_s: float = 0.0) -> "HostMetrics":
        """Return the cost of a run that took `wall_s`, of which `compile_s` was compiling."""
        busy_s = wall_s - compile_s
        mips = instructions / busy_s / 1e6 if busy_s > 0 else 0.0
        return cls(
            wall_s=wall_s, compile_s=compile_s, simulated_mips=mips,
            peak_rss_bytes=peak_rss_bytes(),
        )  # fmt: skip


def peak_rss_bytes() -> int:
    """Return the most memory that this program has held.

    Linux tells that of the process: what it held before it became this program counts for rusage.
    """
    try:
        told = STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
    highest = next(line for line in told if line.startswith("VmHWM:"))
    return int(highest.split()[1]) * KIB


class Metrics(Record):
    """All of `metrics.json`."""

    scenario: str
    network: str = ""
    trace: str = ""
    preset: str = ""
    warm_up: int = 0
    notes: tuple[str, ...] = ()
    mode: Literal["fast", "detailed"] = "fast"
    images: int = 0
    predictions: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    seed: int = 0
    time_ps: int = 0
    cycles: int = 0
    instructions: int = 0
    layers: tuple[LayerMetrics, ...] = ()
    caches: CachesMetrics = CachesMetrics()
    branches: BranchMetrics = BranchMetrics()
    memory: MemoryMetrics = MemoryMetrics()
    imac: ImacMetrics = ImacMetrics()
    convolver: ConvolverMetrics | None = None
    pim: PimMetrics | None = None
    energy_pj: EnergyMetrics = Field(default_factory=EnergyMetrics)
    intervals: dict[str, IntervalMetrics] = Field(default_factory=dict)
    figures: dict[str, float] = Field(default_factory=dict)
    """What a study computed from several runs, by name."""
    host: HostMetrics = HostMetrics()

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def ipc(self) -> float:
        """Instructions a cycle of the core."""
        return self.instructions / self.cycles if self.cycles else 0.0

    @property
    def correct(self) -> int:
        """How many predictions are the label."""
        return sum(p == label for p, label in zip(self.predictions, self.labels, strict=True))

    @property
    def mean_power_mw(self) -> float:
        """Energy over time: 1 pJ in 1 ps is 1 W."""
        return self.energy_pj.total / self.time_ps * 1e3 if self.time_ps else 0.0

    @property
    def images_per_s(self) -> float:
        """Images in a second of simulated time."""
        return self.images * PS_PER_S / self.time_ps if self.time_ps else 0.0

    @property
    def subject(self) -> Mapping[str, str]:
        """What was run, in words."""
        said = {"network": self.network, "trace": self.trace, "preset": self.preset}
        return {what: name for what, name in said.items() if name}

    def to_json(self) -> str:
        """Return `metrics.json`."""
        return self.model_dump_json(indent=2) + "\n"


def read_metrics(path: Path) -> Metrics:
    """Read a `metrics.json`; raises DataError if it is missing or of another kind."""
    try:
        return Metrics.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(f"{path} must be the metrics of a run: {error.strerror}") from None
    except (ValueError, ValidationError):
        raise DataError(f"{path} must be a metrics.json that cosim wrote; it is not") from None
