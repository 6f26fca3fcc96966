"""The mobile SoC: joins core, caches, bus, memory and co-processor. No behaviour of its own.

Source:     arXiv:2105.13904, section V: an i7-8550U class core with LPDDR3 and an IMAC
            co-processor of four subarrays; sizes as each configuration says.
Checked by: tests/scenarios/test_soc.py, tests/modes/test_equal_lenet5.py
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Protocol

from components.analog import DenseLayer
from components.cache import (
    Cache,
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
    TlbConfig,
)
from components.coprocessor import COPROCESSORS, Poll
from components.cpu import Core, CoreConfig, Island
from components.faults import Faults, FaultsConfig, FaultyBus, FaultyLine
from components.imac import Imac, ImacConfig
from components.imac.convolver import ConvolvedLayer, Convolver, ConvolverConfig
from components.interconnect import Bus, BusConfig, CoprocessorBus, CoprocessorBusConfig
from components.lpddr3.controller import Lpddr3
from components.lpddr3.parameters import Lpddr3Config
from components.mmu import Walker, WalkerConfig
from cosim import (
    Clock,
    Config,
    ConfigError,
    Gauge,
    InitiatorSocket,
    Module,
    ModuleSignal,
    Register,
    Signal,
    TargetSocket,
    param,
)
from cosim.activity import Term
from cosim.module import Scope
from scenarios.scenario import Mode

IMAC_ADDRESSES = 1 << 12
"""Addresses of the co-processor's space: READY, payload, timer, and room to grow."""

CONVOLVER_ADDRESS = 2 * IMAC_ADDRESSES
"""Where the convolver's space begins, behind that of a co-processor beside."""


class MmuConfig(Config):
    """Look-aside buffers and page walks; without them addresses are those of the memory."""

    enabled: bool = param(
        False, doc="whether addresses are translated",
        source="estimate: the programs' few MB lie in one page of a large size",
    )  # fmt: skip
    itlb: TlbConfig = param(
        TlbConfig(entries=128, ways=8), doc="translations of instruction addresses"
    )
    dtlb: TlbConfig = param(TlbConfig(), doc="translations of data addresses")
    stlb: TlbConfig = param(
        TlbConfig(entries=1536, ways=12, tags_per_cycle=1, fills_per_cycle=1, hit_cycles=8),
        doc="translations of both, second level",
    )
    walker: WalkerConfig = param(
        WalkerConfig(memory_bytes=1 << 30), doc="page tables and their walker"
    )


class Consumer(Protocol):
    """A part that takes energy."""

    @property
    def name(self) -> str:
        """Its name, which is that of its parameters too."""
        ...

    def activity(self) -> list[Term]:
        """Return what it did."""
        ...

    def energy_pj(self) -> dict[str, float]:
        """Return what that took, by cause."""
        ...


class SocConfig(Config):
    """The whole machine."""

    core: CoreConfig = param(CoreConfig(), doc="core")
    l1i: InstructionCacheConfig = param(
        InstructionCacheConfig(), doc="first-level instruction cache"
    )
    l1d: CacheConfig = param(CacheConfig(), doc="first-level data cache")
    l2: SecondLevelConfig = param(SecondLevelConfig(), doc="second-level cache")
    llc: LastLevelConfig = param(LastLevelConfig(), doc="last-level cache")
    mmu: MmuConfig = param(MmuConfig(), doc="virtual memory")
    bus: BusConfig = param(BusConfig(), doc="memory bus")
    memory: Lpddr3Config = param(Lpddr3Config(), doc="LPDDR3 controller and device")
    coprocessor_bus: CoprocessorBusConfig = param(
        CoprocessorBusConfig(), doc="path between core and co-processor"
    )
    imac: ImacConfig = param(ImacConfig(), doc="in-memory analog co-processor")
    convolver: ConvolverConfig = param(
        ConvolverConfig(), doc="convolutions on the arrays, at 0x2000 of the co-processors' space"
    )
    beside: str = param(
        "", doc="a co-processor of one's own beside it, at 0x1000 of their space: the name of an"
        " installed one, or its file; empty for none", source="the user's choice",
    )  # fmt: skip
    faults: FaultsConfig = param(FaultsConfig(), doc="faults that strike the co-processor")


def _check_mmu(path: str, config: SocConfig) -> None:
    """Raise ConfigError unless all parts agree on the page, and the memory holds all frames."""
    page_bytes, memory = config.mmu.walker.page_bytes, config.memory.organisation.capacity_bytes
    for name in ("mmu.itlb", "mmu.dtlb", "mmu.stlb", "l1i", "l1d"):
        found = attrgetter(name)(config).page_bytes
        if found != page_bytes:
            raise ConfigError(
                f"{path}.{name}.page_bytes must be that of {path}.mmu.walker, {page_bytes} bytes,"
                f" not {found}; set all of them"
            )
    if config.mmu.walker.memory_bytes > memory:
        raise ConfigError(
            f"{path}.mmu.walker.memory_bytes must be at most the {memory} bytes of "
            f"{path}.memory, not {config.mmu.walker.memory_bytes}"
        )


def _check_faults(path: str, config: SocConfig) -> None:
    """Raise ConfigError for faults of what is not there."""
    faults, present = config.faults, config.imac.analog.geometry.subarrays
    if faults.is_active and not config.imac.enabled:
        raise ConfigError(
            f"{path}.faults strike the co-processor; there is none: set {path}.imac.enabled=true"
        )
    if faults.stuck_subarray is not None and faults.stuck_subarray >= present:
        raise ConfigError(
            f"{path}.faults.stuck_subarray must be 0 to {present - 1}, not {faults.stuck_subarray}"
        )


def _held(imac: Imac) -> list[Gauge]:
    """Return what the co-processor holds beside the buffer, as far as it decides what happens."""
    modules = (imac, *imac.descendants())
    registers = [one.gauge for module in modules for one in module.parts_of(Register)]
    results = [bank.ready.has_result for bank in imac.banks]
    return [*registers, *results, imac.timer.count, imac.timer.reload]


class Soc(Module):
    """A core with three levels of cache, memory, and a co-processor if it is enabled.

    `layers` are what the co-processor computes, `unrolled` convolutions what a convolver does. In
    fast mode the core and all that only it uses run as one compiled island; else each part is a
    process and every message a transaction.
    """

    config: SocConfig

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        config: SocConfig,
        layers: Sequence[DenseLayer] = (),
        unrolled: Sequence[ConvolvedLayer] = (),
        mode: Mode = Mode.DETAILED,
    ) -> None:
        self.layers, self.unrolled = tuple(layers), tuple(unrolled)
        self.mode = mode
        super().__init__(name, parent, config=config, clock=Clock(config.core.clock_hz))

    def build(self) -> None:
        """Make the parts and bind them."""
        config = self.config
        self.core = Core("core", self, config=config.core)
        self.l1i = Cache("l1i", self, config=config.l1i)
        self.l1d = Cache("l1d", self, config=config.l1d)
        self.l2 = Cache("l2", self, config=config.l2)
        self.llc = Cache("llc", self, config=config.llc)
        self.caches = (self.l1i, self.l1d, self.l2, self.llc)
        self.bus = Bus("bus", self, config=config.bus)
        self.memory = Lpddr3("memory", self, config=config.memory)
        self._bind_memory(config.memory.organisation.capacity_bytes)
        self.translation = self._build_mmu() if config.mmu.enabled else ()
        self.faults: Faults | None = None
        _check_faults(self.path, config)
        self.imac = self._build_imac() if config.imac.enabled else None
        has_convolver = config.imac.enabled and config.convolver.enabled
        self.convolver = self._build_convolver() if has_convolver else None
        self.island: Island | None = None
        if self.mode is Mode.FAST:
            parts = (*self.caches, *self.translation, self.bus, self.memory)
            self.island = Island("island", self, core=self.core, parts=parts)

    def _bind_memory(self, size_bytes: int) -> None:
        self.core.instruction.bind(self.l1i.above)
        self.core.data.bind(self.l1d.above)
        self.l1i.below.bind(self.l2.above)
        self.l1d.below.bind(self.l2.above)
        self.l2.below.bind(self.llc.above)
        self.llc.below.bind(self.bus.initiators)
        self.bus.map(0, size_bytes, self.memory.bus)

    def _build_mmu(self) -> tuple[Cache | Walker, ...]:
        """Put look-aside buffers beside the first-level caches, and a walker behind them."""
        mmu = self.config.mmu
        _check_mmu(self.path, self.config)
        itlb = Cache("itlb", self, config=mmu.itlb)
        dtlb = Cache("dtlb", self, config=mmu.dtlb)
        stlb = Cache("stlb", self, config=mmu.stlb)
        walker = Walker("walker", self, config=mmu.walker)
        self.l1i.translator.bind(itlb.above)
        self.l1d.translator.bind(dtlb.above)
        itlb.below.bind(stlb.above)
        dtlb.below.bind(stlb.above)
        stlb.below.bind(walker.above)
        walker.below.bind(self.l1d.above)
        return itlb, dtlb, stlb, walker

    def _build_imac(self) -> Imac:
        self.coprocessor_bus = CoprocessorBus(
            "coprocessor_bus", self, config=self.config.coprocessor_bus
        )
        imac = Imac("imac", self, layers=self.layers, config=self.config.imac)
        self.core.coprocessor.bind(self.coprocessor_bus.core)
        bus, line = imac.bus, imac.completion
        if self.config.faults.is_active:
            bus, line = self._build_faults(imac)
        self.coprocessor_bus.map(0, IMAC_ADDRESSES, bus)
        if self.config.beside:
            self.coprocessor_bus.map(IMAC_ADDRESSES, IMAC_ADDRESSES, self._build_beside())
        for memory in imac.protocol.parts_of(InitiatorSocket):
            memory.bind(self.l1d.above)
        self.core.completion.bind(line)
        if imac.protocol.interrupts:
            self.core.interrupt.bind(line)
        return imac

    def _build_convolver(self) -> Convolver:
        convolver = Convolver("convolver", self, layers=self.unrolled, config=self.config.convolver)
        self.coprocessor_bus.map(CONVOLVER_ADDRESS, IMAC_ADDRESSES, convolver.bus)
        return convolver

    def _build_beside(self) -> TargetSocket:
        """Make the co-processor beside the analog one; return where it is reached.

        Raises ConfigError for one that needs more than a name and a parent, or has no socket.
        """
        kind: Any = COPROCESSORS.find(self.config.beside)
        try:
            own = kind("beside", self)
        except TypeError as error:
            raise ConfigError(
                f"{self.path}.beside must be made as {kind.__name__}(name, parent); {error}"
            ) from error
        bus = getattr(own, "bus", None)
        if not isinstance(bus, TargetSocket):
            raise ConfigError(
                f"{self.path}.beside must have a target socket called bus, which {kind.__name__} "
                "has not; declare bus = target_socket(...)"
            )
        return bus

    def _build_faults(self, imac: Imac) -> tuple[TargetSocket, ModuleSignal]:
        """Make what spoils the co-processor; return its bus and its line as the core sees them."""
        config = self.config.faults
        bus, line = imac.bus, imac.completion
        bits = [bank.buffer.bits for bank in imac.banks]
        self.faults = faults = Faults(
            "faults", self, config=config, buffer=bits, registers=_held(imac)
        )
        if config.strikes_bus:
            saboteur = FaultyBus("bus", faults, config=config, faults=faults)
            saboteur.target.bind(bus)
            bus = saboteur.bus
        if config.strikes_line:
            on_line = FaultyLine("line", faults, config=config, faults=faults)
            on_line.line.bind(line)
            line = on_line.out
        if config.stuck_subarray is not None:
            subarray = imac.subarrays[config.stuck_subarray]
            volts = {"low": 0.0, "high": imac.config.analog.vdd_v, "silent": None}
            subarray.stick(volts[config.stuck_at])
            faults.note("stuck", f"{subarray.path} stuck {config.stuck_at}")
        return bus, line

    @property
    def longest_wait_ps(self) -> int:
        """Longest time that the core waits for codes that come, late or seen late ones included."""
        if self.imac is None:
            return 0
        faults, steps = self.config.faults, self.config.imac.hand_off.steps()
        late_ps = faults.late_ps if faults.late_completions else 0
        periods = [step.period_cycles for step in steps if isinstance(step, Poll)]
        told_ps = max(self.imac.longest_ps, self.imac.needed_ps)
        return told_ps + late_ps + self.cycles(max(periods, default=0))

    @property
    def consumers(self) -> tuple[Consumer, ...]:
        """The parts that take energy; look-aside buffers do so in the core."""
        shared = (self.core, *self.caches, self.bus, self.memory)
        if self.imac is None:
            return shared
        own = (self.imac,) if self.convolver is None else (self.imac, self.convolver)
        return (*shared, self.coprocessor_bus, *own)

    def energy_pj(self) -> dict[str, dict[str, float]]:
        """Return the energy spent until now, in pJ, by part and cause."""
        return {part.name: part.energy_pj() for part in self.consumers}

    @property
    def power_edges(self) -> tuple[Signal, ...]:
        """Signals at whose changes the power of a part changes most."""
        return () if self.imac is None else (self.imac.controller.computing,)

    def activity(self) -> dict[str, list[Term]]:
        """Return what each part has done until now, with constants by their path in `config`."""
        return {
            part.name: [term.below(part.name) for term in part.activity()]
            for part in self.consumers
        }

    def delays(self) -> list[Term]:
        """Return by how much constants have delayed the program until now, in ps."""
        parts = (self.core,) if self.imac is None else (self.core, self.coprocessor_bus, self.imac)
        return [term.below(part.name) for part in parts for term in part.delays()]
