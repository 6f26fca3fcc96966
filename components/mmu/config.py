"""Parameters of page tables and their walker; the defaults are those of ChampSim."""

from cosim import Config, param

CHAMPSIM = "ChampSim 2025-05"
INTEL = "Intel 64 and IA-32 manual, volume 3"


class WalkerConfig(Config):
    """Page size, frames, faults, and the caches of the walker."""

    page_bytes: int = param(
        4096, doc="page, a power of two", low=4096, high=1 << 30,
        source=f"{INTEL}, chapter 4: 4 KiB, 2 MiB or 1 GiB",
    )  # fmt: skip
    memory_bytes: int = param(
        4 << 30, doc="memory whose frames are handed out", low=1 << 22, high=1 << 40,
        source="JESD209-3C: two channels of two ranks of 8 Gbit",
    )  # fmt: skip
    levels: int = param(
        5, doc="level of the root table", unit="1", low=4, high=5,
        source=f"{CHAMPSIM}, num_levels; it tells nothing else there",
    )  # fmt: skip
    shuffles_frames: bool = param(
        True, doc="frames are handed out in random order, not by address",
        source=f"{CHAMPSIM}, randomization; the same order as there for the same seed",
    )  # fmt: skip
    wastes_frames: bool = param(
        False, doc="a step to a table that is there takes a frame too, if one holds one table",
        source=f"{CHAMPSIM}, src/vmem.cc, for tables of the size of a page",
    )  # fmt: skip
    seed: int = param(
        1, doc="of the order of frames", unit="1", low=0, high=1 << 62,
        source=f"{CHAMPSIM}, randomization",
    )  # fmt: skip
    fault_cycles: int = param(
        200, doc="first touch of a page or of a table", low=0, high=1 << 20,
        source=f"{CHAMPSIM}, minor_fault_penalty",
    )  # fmt: skip
    reads_per_cycle: int = param(
        2, doc="walks begun per cycle", unit="1", low=1, high=64, source=f"{CHAMPSIM}, max_read"
    )
    ends_per_cycle: int = param(
        2, doc="walks that go on or end per cycle", unit="1", low=1, high=64,
        source=f"{CHAMPSIM}, max_write",
    )  # fmt: skip
    upper_sets: tuple[int, int, int, int] = param(
        (4, 2, 1, 1), doc="sets of the paging-structure caches, lowest tables first", unit="1",
        source=f"{CHAMPSIM}, pscl2_set to pscl5_set",
    )  # fmt: skip
    upper_ways: tuple[int, int, int, int] = param(
        (8, 4, 4, 2), doc="ways of the paging-structure caches, lowest tables first", unit="1",
        source=f"{CHAMPSIM}, pscl2_way to pscl5_way",
    )  # fmt: skip
