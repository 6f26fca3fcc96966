"""ChampSim's machines: one configuration for each of those that the reference has answers for.

Models:     a four-wide core of Skylake class, three levels of cache, look-aside buffers, page
            walks, and a banked memory. A cycle more than ChampSim's `hit_latency` passes from the
            arrival of a request to that of its reply, for that is a message of its own.
Leaves out: the number of decoders: of those five instructions per cycle pass to dispatch at most.
Source:     ChampSim master 2ff2501 (2025-05-09): its own configuration file (`default`), and
            files of the i7-8550U class (the others).
Checked by: tests/physics/test_champsim_golden.py
"""

from typing import Any

from components.banked_memory import BankedMemoryConfig
from components.cache import (
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
    TlbConfig,
)
from components.cpu import CoreConfig, presets
from components.mmu import WalkerConfig
from cosim import Config, param

SMALL_PAGE, LARGE_PAGE = 4096, 2 << 20
"""bytes; Intel 64 and IA-32 manual, volume 3, chapter 4."""

REFRESH_PS = 3_000_000
"""ps between refreshes: ChampSim divides whole microseconds, 32,000 by 8192."""

MOST_TARGETS = 256
"""Requests that can wait for one miss: ChampSim has no bound."""


def tlb(**changes: Any) -> TlbConfig:
    """Return a look-aside buffer after ChampSim's data TLB."""
    return TlbConfig(**{"tags_per_cycle": 3, "fills_per_cycle": 2, **changes})


class ChampsimConfig(Config):
    """Core, caches, translation and memory; the defaults are `i7_w4`."""

    core: CoreConfig = param(presets.champsim(), doc="core")
    l1i: InstructionCacheConfig = param(InstructionCacheConfig(), doc="instruction cache")
    l1d: CacheConfig = param(CacheConfig(), doc="first-level data cache")
    l2: SecondLevelConfig = param(SecondLevelConfig(), doc="second-level cache")
    llc: LastLevelConfig = param(LastLevelConfig(), doc="last-level cache")
    itlb: TlbConfig = param(TlbConfig(), doc="translations of instruction addresses")
    dtlb: TlbConfig = param(TlbConfig(), doc="translations of data addresses")
    stlb: TlbConfig = param(TlbConfig(), doc="translations of both, second level")
    walker: WalkerConfig = param(WalkerConfig(), doc="page tables and their walker")
    memory: BankedMemoryConfig = param(BankedMemoryConfig(), doc="memory")


def champsim_config(page_bytes: int = SMALL_PAGE, **changes: dict[str, Any]) -> ChampsimConfig:
    """Return `i7_w4` with pages of a size, and `changes` to the parameters of parts."""
    shared = {"stores_refresh": False, "targets": MOST_TARGETS, "page_bytes": page_bytes}
    queue = {"prefetch_queue": 32, "write_backs": 32}
    parts: dict[str, dict[str, Any]] = {
        "core": {},
        "l1i": {**shared, "hit_cycles": 5, "tags_per_cycle": 2, "prefetch_queue": 32,
                "prefetches_virtual": True},
        "l1d": {**shared, "hit_cycles": 3, "stores_answer_early": True, "write_backs": 32},
        "l2": {**shared, **queue, "hit_cycles": 8, "prefetch_queue": 16},
        "llc": {**shared, "hit_cycles": 27, "size_bytes": 2 << 20, "write_backs": 4},
        "itlb": {"entries": 128, "ways": 8, "tags_per_cycle": 2, "page_bytes": page_bytes},
        "dtlb": {"entries": 64, "ways": 4, "page_bytes": page_bytes},
        "stlb": {"entries": 1536, "ways": 12, "tags_per_cycle": 1, "fills_per_cycle": 1,
                 "hit_cycles": 8, "mshrs": 16, "page_bytes": page_bytes},
        "walker": {"page_bytes": page_bytes, "wastes_frames": True},
        "memory": {"refresh_ps": REFRESH_PS},
    }  # fmt: skip
    parts = {name: {**fields, **changes.get(name, {})} for name, fields in parts.items()}
    memory = BankedMemoryConfig(**parts["memory"])
    parts["walker"]["memory_bytes"] = memory.capacity_bytes
    return ChampsimConfig(
        core=presets.champsim(**parts["core"]),
        l1i=InstructionCacheConfig(**parts["l1i"]),
        l1d=CacheConfig(**parts["l1d"]),
        l2=SecondLevelConfig(**parts["l2"]),
        llc=LastLevelConfig(**parts["llc"]),
        itlb=tlb(**parts["itlb"]),
        dtlb=tlb(**parts["dtlb"]),
        stlb=tlb(**parts["stlb"]),
        walker=WalkerConfig(**parts["walker"]),
        memory=memory,
    )


def default() -> ChampsimConfig:
    """Return ChampSim's own configuration file; a latency is half hit, half fill there."""
    core = {
        "rename_registers": 128, "reorder_entries": 352, "loads": 128, "stores": 72,
        "dispatch_width": 6, "retire_width": 5, "redirect_cycles": 1, "ports": "0123",
        "scheduler_entries": 128, "predictor": "bimodal", "decoded_bytes": 16,
    }  # fmt: skip
    return champsim_config(
        core=core,
        l1i={"hit_cycles": 3, "fill_cycles": 2},
        l1d={"size_bytes": 48 << 10, "ways": 12, "mshrs": 16, "hit_cycles": 3, "fill_cycles": 3,
             "tags_per_cycle": 2},
        l2={"size_bytes": 512 << 10, "ways": 8, "mshrs": 32, "hit_cycles": 6, "fill_cycles": 5},
        llc={"mshrs": 64, "hit_cycles": 11, "fill_cycles": 10},
        itlb={"entries": 64, "ways": 4},
        dtlb={"tags_per_cycle": 2},
        stlb={"hit_cycles": 5, "fill_cycles": 4},
        memory={"clock_hz": 1_600_000_000, "channels": 1, "ranks": 1, "banks": 32, "rows": 65_536,
                "cas_cycles": 24, "rcd_cycles": 24, "rp_cycles": 24, "turn_cycles": 52,
                "refresh_cycles": 4 * 52},
    )  # fmt: skip


def bigpage() -> ChampsimConfig:
    """Return `i7_w4` with large pages, handed out in order and without cost at first touch."""
    walker = {"levels": 4, "fault_cycles": 0, "shuffles_frames": False}
    return champsim_config(LARGE_PAGE, walker=walker)


CONFIGURATIONS = {
    "i7_w4": champsim_config(),
    "i7_w4_bigpage": bigpage(),
    "i7_w4_pf": champsim_config(
        l1i={"prefetcher": "next_line"},
        l1d={"prefetcher": "next_line"},
        l2={"prefetcher": "ip_stride"},
    ),
    "i7_w4_llc8m": champsim_config(llc={"size_bytes": 8 << 20}),
    "i7_w6": champsim_config(core={"dispatch_width": 6, "retire_width": 6}),
    "i7_w4_bimodal": champsim_config(core={"predictor": "bimodal"}),
    "i7_w4_exec4": champsim_config(core={"execute_latency": 4}),
    "i7_w4_x32": champsim_config(memory={"channel_bytes": 4}),
    "default": default(),
}
"""ChampSim's configurations by name; `cosim replay --preset champsim_<name>` runs one."""
