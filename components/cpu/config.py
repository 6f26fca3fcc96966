"""Parameters of the core; the defaults are those of an i7-8550U class core at turbo.

Energies are McPAT 1.3 (commit 74d4759) for a Kaby-Lake-like core at 22 nm, 0.8 V, 350 K: what one
operation more takes, part by part, scaled to 14 nm (technology.py); leakage is left at 22 nm, for
which there is no factor.
"""

from typing import Literal, Self

from pydantic import model_validator

from components.technology import SCALING, scaled
from cosim import Config, ConfigError, param
from cosim.spread import spread

CHAMPSIM = "ChampSim 2025-05"
INTEL = "Intel 64 and IA-32 Optimization Reference Manual (248966-046)"
WIKICHIP = "WikiChip, Skylake (client)"
AGNER = "Agner Fog, Instruction tables, Skylake"
MCPAT = "McPAT 1.3 at 22 nm, scaled to 14 nm"

MODELS = (
    SCALING,
    spread(
        0.25, 2.5,
        "estimate: 70 pJ an instruction at 45 nm (Horowitz, ISSCC 2014) is a fifth of it, 1 nJ an"
        " instruction at 15 W three times",
        "McPAT's core",
    ),
)  # fmt: skip
"""How well McPAT's core is known: a bias of the model moves all its energies."""


class LatencyConfig(Config):
    """Cycles from issue to the first cycle in which a dependent instruction can issue."""

    alu_cycles: int = param(
        1, doc="integer add, compare, move", low=1, high=30, source=f"{AGNER}: ADD r,r: 1"
    )
    multiply_cycles: int = param(
        3, doc="integer multiply", low=1, high=30, source=f"{AGNER}: IMUL r,r: 3"
    )
    fp_add_cycles: int = param(
        4, doc="floating-point add", low=1, high=30, source=f"{AGNER}: ADDSS, VADDPS: 4"
    )
    fp_multiply_cycles: int = param(
        4, doc="floating-point multiply", low=1, high=30, source=f"{AGNER}: MULSS, VMULPS: 4"
    )
    fma_cycles: int = param(
        4, doc="fused multiply-add", low=1, high=30, source=f"{AGNER}: VFMADD...: 4"
    )
    branch_cycles: int = param(
        1, doc="branch, until its outcome is known", low=1, high=30, source=f"{AGNER}: Jcc: 1"
    )
    store_cycles: int = param(
        1, doc="store, until its data can be forwarded", low=1, high=30,
        source="estimate: the rest is in forward_cycles, measured from store to load",
    )  # fmt: skip


class PortConfig(Config):
    """Which ports take an operation, as digits."""

    alu: str = param("0156", doc="integer add, compare, move", source=f"{AGNER}: ADD: p0156")
    multiply: str = param("1", doc="integer multiply", source=f"{AGNER}: IMUL: p1")
    vector: str = param("01", doc="floating-point operations", source=f"{AGNER}: VFMADD: p01")
    load: str = param("23", doc="loads", source=f"{AGNER}: MOV r,m: p23")
    store: str = param("4", doc="stores", source=f"{AGNER}: MOV m,r: p4, address on p237")
    branch: str = param("06", doc="branches", source=f"{AGNER}: Jcc: p06")


class CoreConfig(Config):
    """The out-of-order core."""

    clock_hz: int = param(
        4_000_000_000, doc="core clock", low=1_000, high=10**12,
        source="i7-8550U, maximum turbo frequency (WikiChip, Kaby Lake R)",
    )  # fmt: skip
    latency: LatencyConfig = param(LatencyConfig(), doc="latencies")
    ports: PortConfig = param(PortConfig(), doc="ports of the scheduler")
    fetch_width: int = param(
        6, doc="instructions fetched per cycle", unit="1/cycle", low=1, high=16,
        source=f"{WIKICHIP}, front end: 6 from the micro-op cache",
    )  # fmt: skip
    dispatch_width: int = param(
        4, doc="instructions entering the reorder buffer per cycle", unit="1/cycle", low=1, high=16,
        source=f"{WIKICHIP}, pipeline: 4 fused operations renamed per cycle",
    )  # fmt: skip
    retire_width: int = param(
        4, doc="instructions retired per cycle", unit="1/cycle", low=1, high=16,
        source=f"{WIKICHIP}, pipeline: 4 fused operations",
    )  # fmt: skip
    complete_width: int = param(
        512, doc="results per cycle, oldest first", unit="1/cycle", low=1, high=512,
        source=f"estimate: no limit but the ports; {CHAMPSIM}: as many as can be issued",
    )  # fmt: skip
    reorder_entries: int = param(
        224, doc="instructions from dispatch to retirement", unit="1", low=1, high=512,
        source=f"{WIKICHIP}, pipeline: reorder buffer",
    )  # fmt: skip
    scheduler_entries: int = param(
        97, doc="instructions waiting to issue", unit="1", low=1, high=512,
        source=f"{WIKICHIP}, pipeline: unified scheduler",
    )  # fmt: skip
    rename_registers: int = param(
        348, doc="physical registers", unit="1", low=64, high=4096,
        source=f"{WIKICHIP}, pipeline: 180 integer and 168 vector registers",
    )  # fmt: skip
    loads: int = param(
        72, doc="entries of the load queue", unit="1", low=1, high=512,
        source=f"{WIKICHIP}, pipeline: load buffer",
    )  # fmt: skip
    stores: int = param(
        56, doc="entries of the store queue", unit="1", low=1, high=512,
        source=f"{WIKICHIP}, pipeline: store buffer",
    )  # fmt: skip
    load_width: int = param(
        2, doc="loads to the data cache", unit="1/cycle", low=1, high=16,
        source=f"{AGNER}: ports 2 and 3",
    )  # fmt: skip
    store_width: int = param(
        2, doc="steps of stores per cycle: each is executed, later written", unit="1/cycle",
        low=1, high=16, source=f"{AGNER}: one store per cycle; two steps each, as {CHAMPSIM}",
    )  # fmt: skip
    fetch_bytes: int = param(
        64, doc="block of the instruction cache fetched at once", low=4, high=64,
        source=f"{CHAMPSIM}: one line; what limits is the decoder",
    )  # fmt: skip
    fetch_ahead: int = param(
        96, doc="instructions fetched and not dispatched", unit="1", low=1, high=512,
        source=f"{CHAMPSIM}: fetch buffer of 64, decoded buffer of 32",
    )  # fmt: skip
    decoded_ahead: int = param(
        32, doc="of these, those that wait decoded; none while the oldest has not come", unit="1",
        low=0, high=512, source=f"{CHAMPSIM}: decoded buffer of 32",
    )  # fmt: skip
    decode_width: int = param(
        16, doc="instructions from decoders and micro-op cache to dispatch", unit="1/cycle", low=1,
        high=16, source=f"{WIKICHIP}, front end: 6, more than are renamed; {CHAMPSIM}: 5",
    )  # fmt: skip
    decoded_sets: int = param(
        32, doc="sets of the micro-op cache, a power of two", unit="1", low=1, high=4096,
        source=f"{INTEL}, section 2.5.2.2: 32 sets of 8 ways",
    )  # fmt: skip
    decoded_ways: int = param(
        8, doc="ways of the micro-op cache; 0: there is none", unit="1", low=0, high=64,
        source=f"{INTEL}, section 2.5.2.2: 32 sets of 8 ways",
    )  # fmt: skip
    decoded_bytes: int = param(
        32, doc="code of one entry of the micro-op cache", low=4, high=64,
        source=f"{INTEL}, section 2.5.2.2: windows of 32 bytes",
    )  # fmt: skip
    front_cycles: int = param(
        4, doc="fetch from the micro-op cache to dispatch", low=1, high=100,
        source=f"{CHAMPSIM}: 6 from trace to execution, 2 of them behind dispatch",
    )  # fmt: skip
    fetch_cycles: int = param(
        3, doc="fetch to arrival at the instruction cache", low=1, high=100,
        source=f"{CHAMPSIM}: after the look-up in the micro-op cache",
    )  # fmt: skip
    decode_cycles: int = param(
        2, doc="arrival of code to dispatch", low=1, high=100,
        source=f"{CHAMPSIM}: one cycle to decode, one to dispatch",
    )  # fmt: skip
    redirect_cycles: int = param(
        10, doc="end of a wrongly predicted branch to fetch of the right path", low=0, high=100,
        source="Agner Fog, Microarchitecture, section 11 (Skylake): 15 to 20 cycles; 16 in all",
        spread=spread(0.9, 1.4, "Agner Fog: 15 to 20 cycles in all; 16 are 10 here"),
    )  # fmt: skip
    predictor: str = param(
        "hashed_perceptron",
        doc="direction of branches: bimodal, gshare, hashed_perceptron, or a plug-in's name",
        source="estimate: Intel does not tell; the best of those in ChampSim",
    )  # fmt: skip
    predictor_entries: int = param(
        16_381, doc="two-bit counters of bimodal and gshare", unit="1", low=1, high=1 << 20,
        source=f"{CHAMPSIM}, bimodal",
    )  # fmt: skip
    target_sets: int = param(
        1024, doc="sets of the branch target buffer, a power of two", unit="1", low=1,
        high=1 << 16, source=f"{CHAMPSIM}, basic_btb",
    )  # fmt: skip
    target_ways: int = param(
        8, doc="ways of the branch target buffer", unit="1", low=1, high=64,
        source=f"{CHAMPSIM}, basic_btb",
    )  # fmt: skip
    address_cycles: int = param(
        0, doc="issue of a load to its turn at the data cache", low=0, high=30,
        source=f"{WIKICHIP}, memory hierarchy: 4 cycles from load to use, 3 of them in the cache",
    )  # fmt: skip
    return_cycles: int = param(
        0, doc="arrival of data to use", low=0, high=30,
        source=f"{WIKICHIP}, memory hierarchy: 4 cycles from load to use, 3 of them in the cache",
    )  # fmt: skip
    forward_cycles: int = param(
        4, doc="store queue to load", low=1, high=30,
        source="Agner Fog, Microarchitecture, section 11 (Skylake), store forwarding: 4 to 5",
    )  # fmt: skip
    writes_under_way: int = param(
        8, doc="stores sent to the data cache and not yet done", unit="1", low=1, high=64,
        source="estimate: one per cycle for hits, and a few misses at once",
    )  # fmt: skip
    splits_fused: bool = param(
        True, doc="the load of a load-and-operate waits for its address only",
        source=f"{INTEL}, section 2.5.2.3: micro-fusion",
    )  # fmt: skip
    splits_lines: bool = param(
        True, doc="an access across two lines is two accesses",
        source=f"{INTEL}, section 3.6.4",
    )  # fmt: skip
    exact_forwarding: bool = param(
        False, doc="a store meets only loads that begin at the same address",
        source=f"{CHAMPSIM}; by default ranges are compared",
    )  # fmt: skip
    slotted_loads: bool = param(
        False, doc="a load takes the first free slot of its queue and leaves it with its data; "
        "loads go to the cache by slot; a line that comes ends all loads sent for it",
        source=f"{CHAMPSIM}; by default a ring: oldest first, left at retirement",
    )  # fmt: skip
    recounts_registers: bool = param(
        False, doc="renaming stops while fewer registers are free than any older instruction in "
        "the reorder buffer has sources and results",
        source=f"{CHAMPSIM}, which takes the physical numbers of renamed sources for names of "
        "registers, most of which hold nothing; by default only its own results hold one up",
    )  # fmt: skip
    stores_leave_early: bool = param(
        False, doc="a store leaves its queue when it is sent, not when it is done",
        source=f"{CHAMPSIM}; by default when it is done",
    )  # fmt: skip
    imac_cycles: int = param(
        1, doc="issue of a co-processor access to its arrival at the bus", low=1, high=1000,
        source="estimate: a port of its own, like a store port",
        spread=spread(1.0, 3.0, "estimate: up to three, through the store buffer"),
    )  # fmt: skip
    imac_stores_posted: bool = param(
        False, doc="a store_imac retires when it is sent; the next access waits for its reply",
        source="estimate: strongly ordered, as x86 accesses to devices that are not cached",
    )  # fmt: skip
    coprocessor_errors: Literal["trap", "ignore"] = param(
        "trap", doc="an access to a co-processor is answered with an error: machine check, or the"
        " core goes on with what came",
        source="estimate: as an external abort of Arm cores (Arm ARM, DDI 0487, exceptions)"
    )  # fmt: skip
    interrupt_entry_cycles: int = param(
        200, doc="boundary at which an interrupt is taken to the end of its handler", low=1,
        high=1 << 30,
        source="estimate: microcode that reads the gate and saves five words; a handler that only"
        " notes the interrupt",
    )  # fmt: skip
    interrupt_exit_cycles: int = param(
        100, doc="end of the handler to the next fetch", low=0, high=1 << 30,
        source="estimate: microcode that loads five words and checks them",
    )  # fmt: skip
    instruction_pj: float = param(
        scaled(112.0), doc="energy of every instruction: decoding, renaming, registers, order",
        low=0, high=1e6, source=f"{MCPAT}: 112 pJ, without instruction cache and execution",
        spread=MODELS,
    )  # fmt: skip
    integer_pj: float = param(
        scaled(77.0), doc="execution of an integer operation", low=0, high=1e6,
        source=f"{MCPAT}: 77 pJ, 30 of them in the ALU", spread=MODELS,
    )  # fmt: skip
    multiply_pj: float = param(
        scaled(112.0), doc="execution of an integer multiply", low=0, high=1e6,
        source=f"{MCPAT}: 35 pJ more than an addition", spread=MODELS,
    )  # fmt: skip
    fp_pj: float = param(
        scaled(139.7), doc="execution of a floating-point operation, scalar or vector", low=0,
        high=1e6, source=f"{MCPAT}: 62.7 pJ more than an addition",
        spread=(SCALING, spread(0.4, 3.0, "McPAT knows no width: eight lanes take more than one")),
    )  # fmt: skip
    load_pj: float = param(
        scaled(68.6), doc="queues and look-aside buffer of a load", low=0, high=1e6,
        source=f"{MCPAT}: 57.5 pJ in load and store queue, the rest around them", spread=MODELS,
    )  # fmt: skip
    store_pj: float = param(
        scaled(68.6), doc="queues and look-aside buffer of a store", low=0, high=1e6,
        source=f"{MCPAT}: 57.5 pJ in load and store queue, the rest around them", spread=MODELS,
    )  # fmt: skip
    branch_pj: float = param(
        scaled(53.4), doc="execution and prediction of a branch", low=0, high=1e6,
        source=f"{MCPAT}: 23 pJ in predictor and target buffer, 30 in the ALU", spread=MODELS,
    )  # fmt: skip
    active_cycle_pj: float = param(
        scaled(149.0), doc="energy per cycle, except asleep at the co-processor", low=0, high=1e6,
        source=f"{MCPAT}: 149 pJ with no instruction", spread=MODELS,
    )  # fmt: skip
    leakage_mw: float = param(
        375.0, doc="static power", low=0, high=1e6,
        source="McPAT 1.3 at 22 nm, 350 K: 417 mW with, 42 mW for the second-level cache",
        spread=spread(
            0.25, 2.5, "McPAT: 1.2 W at 32 nm; a tenth to six times between 300 and 380 K"
        ),
    )  # fmt: skip

    @model_validator(mode="after")
    def _waits_for_one_line(self) -> Self:
        if self.slotted_loads and self.splits_lines:
            raise ConfigError(
                "CoreConfig.splits_lines must be false with slotted_loads, for a slot waits for "
                "one line, not true; set one of them to false"
            )
        return self
