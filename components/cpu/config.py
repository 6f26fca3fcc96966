"""Parameters of the core; the defaults are those of an i7-8550U class core at turbo.

Energies are McPAT 1.3 (commit 74d4759) for a Kaby-Lake-like core at 22 nm, 0.8 V, 350 K, times 0.53
for 14 nm at 0.8 V (Stillmaker and Baas, Integration 58, 2017, tables 5 and 6); leakage is left at
22 nm, for which there is no factor.
"""

from cosim import Config, param

WIKICHIP = "WikiChip, Skylake (client)"
AGNER = "Agner Fog, Instruction tables, Skylake"
MCPAT = "McPAT 1.3 at 22 nm x 0.53 (14 nm at 0.8 V)"


class LatencyConfig(Config):
    """Cycles from issue to the first cycle in which a dependent instruction can issue."""

    alu_cycles: int = param(
        1, doc="integer add, compare, move", low=1, high=100, source=f"{AGNER}: ADD r,r: 1"
    )
    multiply_cycles: int = param(
        3, doc="integer multiply", low=1, high=100, source=f"{AGNER}: IMUL r,r: 3"
    )
    fp_add_cycles: int = param(
        4, doc="floating-point add", low=1, high=100, source=f"{AGNER}: ADDSS, VADDPS: 4"
    )
    fp_multiply_cycles: int = param(
        4, doc="floating-point multiply", low=1, high=100, source=f"{AGNER}: MULSS, VMULPS: 4"
    )
    fma_cycles: int = param(
        4, doc="fused multiply-add", low=1, high=100, source=f"{AGNER}: VFMADD...: 4"
    )


class UnitConfig(Config):
    """How many instructions of a kind can issue in one cycle."""

    alus: int = param(
        4, doc="integer operations", unit="1/cycle", low=1, high=16,
        source=f"{AGNER}: ADD: ports 0, 1, 5 and 6",
    )  # fmt: skip
    multipliers: int = param(
        1, doc="integer multiplies", unit="1/cycle", low=1, high=16, source=f"{AGNER}: IMUL: port 1"
    )
    vector_units: int = param(
        2, doc="floating-point operations", unit="1/cycle", low=1, high=16,
        source=f"{AGNER}: VFMADD: ports 0 and 1",
    )  # fmt: skip
    load_units: int = param(
        2, doc="loads", unit="1/cycle", low=1, high=16, source=f"{AGNER}: ports 2 and 3"
    )
    store_units: int = param(
        1, doc="stores", unit="1/cycle", low=1, high=16, source=f"{AGNER}: port 4"
    )
    branch_units: int = param(
        2, doc="branches", unit="1/cycle", low=1, high=16, source=f"{AGNER}: ports 0 and 6"
    )


class CoreConfig(Config):
    """The in-order core."""

    clock_hz: int = param(
        4_000_000_000, doc="core clock", low=1_000, high=10**12,
        source="i7-8550U, maximum turbo frequency (WikiChip, Kaby Lake R)",
    )  # fmt: skip
    width: int = param(
        4, doc="instructions issued per cycle", unit="1/cycle", low=1, high=16,
        source=f"{WIKICHIP}, pipeline: 4 fused operations renamed per cycle",
    )  # fmt: skip
    latency: LatencyConfig = param(LatencyConfig(), doc="latencies")
    units: UnitConfig = param(UnitConfig(), doc="functional units")
    fetch_bytes: int = param(
        16, doc="aligned block fetched at once", low=4, high=64,
        source=f"{WIKICHIP}, front end: 16 bytes per cycle",
    )  # fmt: skip
    fetch_blocks: int = param(
        16, doc="blocks asked for or waiting to issue", unit="1", low=1, high=64,
        source="estimate: covers the 13 cycles from fetch to issue at one block per cycle",
    )  # fmt: skip
    decoded_blocks: int = param(
        256, doc="blocks that the micro-op cache holds, a power of two", unit="1", low=1, high=4096,
        source=f"{WIKICHIP}, front end: 1536 micro-operations, or 6 KB of 4-byte instructions",
    )  # fmt: skip
    decode_cycles: int = param(
        9, doc="arrival of a block to issue of its instructions", low=0, high=100,
        source="estimate: with redirect_cycles the 16 cycles of a wrong prediction",
    )  # fmt: skip
    redirect_cycles: int = param(
        6, doc="end of a wrongly predicted branch to fetch of the right path", low=0, high=100,
        source="Agner Fog, Microarchitecture, section 11 (Skylake): 15 to 20 cycles in all; 16"
        " from the micro-op cache, 20 from the instruction cache",
    )  # fmt: skip
    predictor_entries: int = param(
        16_384, doc="two-bit counters of the branch predictor, a power of two", unit="1",
        low=1, high=1 << 20, source="ChampSim 2025-05, bimodal: 16381",
    )  # fmt: skip
    load_cycles: int = param(
        4, doc="how much later than its load a fused operation needs its operands", low=1, high=100,
        source=f"{WIKICHIP}, memory hierarchy: 4 cycles from load to use",
    )  # fmt: skip
    forward_cycles: int = param(
        5, doc="store buffer to load", low=1, high=100,
        source="Agner Fog, Microarchitecture, section 11 (Skylake), store forwarding: 4 to 5",
    )  # fmt: skip
    loads: int = param(
        32, doc="loads under way at most", unit="1", low=1, high=64,
        source="estimate: enough that the data cache's MSHRs are the limit",
    )  # fmt: skip
    stores: int = param(
        56, doc="entries of the store buffer", unit="1", low=1, high=64,
        source=f"{WIKICHIP}, pipeline: 56 entries",
    )  # fmt: skip
    writes_under_way: int = param(
        8, doc="stores sent to the data cache and not yet done", unit="1", low=1, high=64,
        source="estimate: one per cycle for hits, and a few misses at once",
    )  # fmt: skip
    imac_cycles: int = param(
        1, doc="issue of a co-processor access to its arrival at the bus", low=1, high=1000,
        source="estimate: a port of its own, like a store port",
    )  # fmt: skip
    instruction_pj: float = param(
        100.0, doc="energy per instruction, without caches", low=0, high=1e6,
        source=f"{MCPAT}: 258 pJ, of it 69 in the instruction cache",
    )  # fmt: skip
    fp_pj: float = param(
        33.0, doc="more for a floating-point operation", low=0, high=1e6, source=f"{MCPAT}: 63 pJ"
    )
    multiply_pj: float = param(
        19.0, doc="more for an integer multiply", low=0, high=1e6, source=f"{MCPAT}: 35 pJ"
    )
    active_cycle_pj: float = param(
        79.0, doc="energy per cycle, except asleep at the co-processor", low=0, high=1e6,
        source=f"{MCPAT}: 149 pJ with no instruction",
    )  # fmt: skip
    leakage_mw: float = param(
        375.0, doc="static power", low=0, high=1e6,
        source="McPAT 1.3 at 22 nm, 350 K: 417 mW with, 42 mW for the second-level cache",
    )  # fmt: skip
