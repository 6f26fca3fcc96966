"""Parameters of a cache, and those of the four caches of an i7-8550U class core.

Latencies add up to what software measures from a load to its use (core 4.0 GHz, one clock):
    L1D  1 (address) + 3                                = 4 cycles
    L2   1 + 3 + 7 + 1 (fill L1D)                       = 12 cycles
    LLC  1 + 3 + 7 + 22 + 1 (fill L2) + 1 (fill L1D)    = 35 cycles
Energies are CACTI 7 (commit 1ffd8df) at 22 nm, 350 K, scaled to 14 nm at 0.8 V (technology.py);
leakage is left at 22 nm, for which there is no factor.
"""

from typing import Self

from pydantic import model_validator

from components.cache.plug_ins import PREFETCHERS, REPLACEMENTS
from components.technology import SCALING, scaled
from cosim import Config, ConfigError, param
from cosim.plug_ins import Names
from cosim.spread import spread

WIKICHIP = "WikiChip, Skylake (client), memory hierarchy"
IN_CORE = "estimate: McPAT 1.3 counts it in the core, whose energy is given there"
CACTI = "CACTI 7 at 22 nm, scaled to 14 nm"
EXACT = spread(1.0, 1.0, "none here, for it is in the core's")
LEAKS = spread(
    0.2, 5.0, "CACTI 7: 4.6 mW to 8 W for 8 MB, by kind of transistor, and 300 to 380 K", "leakage"
)

FIRST = (
    SCALING,
    spread(
        0.21, 4.5, "CACTI 7 at 22 nm: 5.1 pJ for 64 bits, 108 pJ if all ways are read at once",
        "first-level access",
    ),
)  # fmt: skip
SECOND = (
    SCALING, spread(0.9, 1.65, "CACTI 7: 49 to 54 pJ; McPAT: 88 pJ", "second-level access")
)  # fmt: skip
LAST = (
    SCALING,
    spread(0.49, 1.46, "CACTI 7: 199 pJ for a slice of 2 MB; McPAT: 592 pJ", "last-level access"),
)


class LevelConfig(Config):
    """What caches and translation look-aside buffers have in common."""

    ways: int = param(8, doc="associativity", unit="1", low=1, high=64, source=WIKICHIP)
    hit_cycles: int = param(
        3, doc="arrival of a request to arrival of its reply, or of a miss at the level below",
        unit="cycles", low=1, high=1000,
        source=f"{WIKICHIP}: 4 cycles to use, one of them in the core",
    )  # fmt: skip
    fill_cycles: int = param(
        1, doc="arrival of a line to arrival at who waits for it", unit="cycles", low=1, high=1000,
        source="ChampSim 2025-05, fill_latency of its i7 configurations",
    )  # fmt: skip
    tags_per_cycle: int = param(
        3, doc="look-ups per cycle", unit="1", low=1, high=64,
        source=f"{WIKICHIP}: two loads and one store",
    )  # fmt: skip
    fills_per_cycle: int = param(
        2, doc="lines filled per cycle", unit="1", low=1, high=64,
        source="ChampSim 2025-05, two in its first-level caches, one below",
    )  # fmt: skip
    mshrs: int = param(
        12, doc="misses under way at most", unit="1", low=1, high=64,
        source="estimate: line fill buffers; 10 before Skylake (Intel manual), 12 measured since",
    )  # fmt: skip
    targets: int = param(
        16, doc="requests that can wait for one miss", unit="1", low=1, high=256,
        source="estimate: more than a core has for one line",
    )  # fmt: skip
    replacement: str = param(
        "lru", doc="which line leaves", choices=Names(REPLACEMENTS),
        source="ChampSim 2025-05, default of every level",
    )  # fmt: skip
    stores_refresh: bool = param(
        True, doc="a store that hits makes its line the youngest",
        source="estimate: as any use; not so in ChampSim 2025-05",
    )  # fmt: skip
    read_pj: float = param(
        scaled(24.0), doc="energy of reading a word or line", low=0, high=1e6,
        source=f"{CACTI}: 24.0 pJ, 32 KB, 8 ways, 256-bit port", spread=FIRST,
    )  # fmt: skip
    write_pj: float = param(
        scaled(25.5), doc="energy of writing a word or line", low=0, high=1e6,
        source=f"{CACTI}: 25.5 pJ, 32 KB, 8 ways, 256-bit port", spread=FIRST,
    )  # fmt: skip
    leakage_mw: float = param(
        5.8, doc="static power", low=0, high=1e6, source="CACTI 7 at 22 nm, 350 K, 32 KB",
        spread=LEAKS,
    )  # fmt: skip


class CacheConfig(LevelConfig):
    """One level of cache; the defaults are those of the first-level data cache."""

    size_bytes: int = param(
        32 * 1024, doc="capacity", low=64, high=1 << 28,
        source="i7-8550U: 32 KB first-level data cache (WikiChip, Kaby Lake R)",
    )  # fmt: skip
    line_bytes: int = param(64, doc="line length", low=8, high=4096, source=WIKICHIP)
    page_bytes: int = param(
        4096, doc="page of the addresses it sees", low=4096, high=1 << 30,
        source="Intel 64 and IA-32 manual, volume 3: 4 KiB, 2 MiB or 1 GiB",
    )  # fmt: skip
    write_backs: int = param(
        8, doc="write-backs under way", unit="1", low=1, high=64,
        source="estimate: half of the misses push out a dirty line",
    )  # fmt: skip
    write_policy: str = param(
        "back", doc="whether stores are passed below when their line leaves, or at once",
        choices=("back", "through"), source="WikiChip, Skylake (client): write-back",
    )  # fmt: skip
    allocates_stores: bool = param(
        True, doc="a store that misses brings its line; always so with write-back",
        source="ChampSim 2025-05: write-allocate",
    )  # fmt: skip
    inclusion: str = param(
        "non_inclusive", doc="whether lines that are above may, must or must not be here too",
        choices=("non_inclusive", "inclusive", "exclusive"),
        source="ChampSim 2025-05: non-inclusive",
    )  # fmt: skip
    sends_clean_lines: bool = param(
        False, doc="lines that leave go below even if clean, as an exclusive level there needs",
        source="ChampSim 2025-05: only changed lines",
    )  # fmt: skip
    stores_answer_early: bool = param(
        False, doc="a store is done when its look-up begins",
        source="ChampSim 2025-05; by default when its line is here",
    )  # fmt: skip
    prefetcher: str = param(
        "none", doc="which line is fetched before it is asked for", choices=Names(PREFETCHERS),
        source="ChampSim 2025-05, default of every level",
    )  # fmt: skip
    prefetch_queue: int = param(
        8, doc="prefetches that wait for their turn", unit="1", low=1, high=256,
        source="ChampSim 2025-05, its first-level data cache",
    )  # fmt: skip
    prefetches_virtual: bool = param(
        False, doc="the prefetcher sees addresses before their translation",
        source="ChampSim 2025-05: in the first-level instruction cache only",
    )  # fmt: skip

    @model_validator(mode="after")
    def _writes_what_it_holds(self) -> Self:
        if self.write_policy == "back" and not self.allocates_stores:
            raise ConfigError(
                f"{type(self).__name__}.allocates_stores must be true with write_policy back, "
                "not false; choose write_policy through"
            )
        return self

    @property
    def sets(self) -> int:
        """How many sets there are; raises ConfigError unless a power of two."""
        name = type(self).__name__
        for field in ("line_bytes", "page_bytes"):
            size_bytes = getattr(self, field)
            if size_bytes & (size_bytes - 1):
                raise ConfigError(f"{name}.{field} must be a power of two, not {size_bytes} bytes")
        sets, rest = divmod(self.size_bytes, self.ways * self.line_bytes)
        if rest or not sets or sets & (sets - 1):
            raise ConfigError(
                f"{name}.size_bytes must be a power of two times {self.ways} ways of "
                f"{self.line_bytes} bytes, not {self.size_bytes} bytes"
            )
        return sets


class TlbConfig(LevelConfig):
    """A translation look-aside buffer; the defaults are those of the one for data."""

    entries: int = param(
        64, doc="translations kept", unit="1", low=1, high=1 << 16, source=WIKICHIP
    )
    ways: int = param(4, doc="associativity", unit="1", low=1, high=64, source=WIKICHIP)
    page_bytes: int = param(
        4096, doc="page, a power of two", low=4096, high=1 << 30,
        source="Intel 64 and IA-32 manual, volume 3: 4 KiB, 2 MiB or 1 GiB",
    )  # fmt: skip
    hit_cycles: int = param(
        1, doc="arrival of a request to arrival of its reply, or of a miss at the level below",
        unit="cycles", low=1, high=1000, source="ChampSim 2025-05: hidden behind the cache",
    )  # fmt: skip
    mshrs: int = param(
        8, doc="misses under way at most", unit="1", low=1, high=64, source="ChampSim 2025-05"
    )
    targets: int = param(
        256, doc="requests that can wait for one miss", unit="1", low=1, high=256,
        source="estimate: as many as the caches above can send",
    )  # fmt: skip

    read_pj: float = param(
        0.0, doc="energy of reading", low=0, high=1e6, source=IN_CORE, spread=EXACT
    )
    write_pj: float = param(
        0.0, doc="energy of writing", low=0, high=1e6, source=IN_CORE, spread=EXACT
    )
    leakage_mw: float = param(
        0.0, doc="static power", low=0, high=1e6, source=IN_CORE, spread=EXACT
    )

    @property
    def line_bytes(self) -> int:
        """One entry translates one page."""
        return self.page_bytes

    @property
    def sets(self) -> int:
        """How many sets there are; raises ConfigError unless a power of two."""
        sets, rest = divmod(self.entries, self.ways)
        if rest or not sets or sets & (sets - 1):
            raise ConfigError(
                f"{type(self).__name__}.entries must be a power of two times {self.ways} ways, "
                f"not {self.entries}"
            )
        return sets


class InstructionCacheConfig(CacheConfig):
    """The first-level instruction cache."""

    tags_per_cycle: int = param(
        1, doc="look-ups per cycle", unit="1", low=1, high=64,
        source=f"{WIKICHIP}: one fetch of 16 bytes",
    )  # fmt: skip
    mshrs: int = param(
        8, doc="misses under way at most", unit="1", low=1, high=64,
        source="ChampSim 2025-05, its first-level instruction cache",
    )  # fmt: skip


class SecondLevelConfig(CacheConfig):
    """The second-level cache."""

    size_bytes: int = param(
        256 * 1024, doc="capacity", low=64, high=1 << 28,
        source="i7-8550U: 256 KB per core (WikiChip, Kaby Lake R)",
    )  # fmt: skip
    ways: int = param(4, doc="associativity", unit="1", low=1, high=64, source=WIKICHIP)
    hit_cycles: int = param(
        7, doc="arrival of a request to arrival of its reply, or of a miss at the level below",
        unit="cycles", low=1, high=1000,
        source=f"{WIKICHIP}: 12 cycles to use, less 1 + 3 + 1 on the way",
    )  # fmt: skip
    tags_per_cycle: int = param(
        1, doc="look-ups per cycle", unit="1", low=1, high=64,
        source="ChampSim 2025-05, one tag check per cycle in its second level",
    )  # fmt: skip
    fills_per_cycle: int = param(
        1, doc="lines filled per cycle", unit="1", low=1, high=64,
        source="ChampSim 2025-05, two in its first-level caches, one below",
    )  # fmt: skip
    mshrs: int = param(
        16, doc="misses under way at most", unit="1", low=1, high=64,
        source="ChampSim 2025-05, 16 in its i7 configurations",
    )  # fmt: skip
    read_pj: float = param(
        scaled(54.0), doc="energy of reading a line", low=0, high=1e6,
        source=f"{CACTI}: 54 pJ, 256 KB, 4 ways, 512 bits", spread=SECOND,
    )  # fmt: skip
    write_pj: float = param(
        scaled(66.0), doc="energy of writing a line", low=0, high=1e6,
        source=f"{CACTI}: 66 pJ, 256 KB, 4 ways, 512 bits", spread=SECOND,
    )  # fmt: skip
    leakage_mw: float = param(
        5.0, doc="static power", low=0, high=1e6,
        source="CACTI 7 at 22 nm, 350 K, 256 KB, low-standby-power cells", spread=LEAKS,
    )  # fmt: skip


class LastLevelConfig(CacheConfig):
    """The last-level cache."""

    size_bytes: int = param(
        8 * 1024 * 1024, doc="capacity", low=64, high=1 << 28,
        source="i7-8550U: 8 MB (WikiChip, Kaby Lake R)",
    )  # fmt: skip
    ways: int = param(16, doc="associativity", unit="1", low=1, high=64, source=WIKICHIP)
    hit_cycles: int = param(
        22, doc="arrival of a request to arrival of its reply, or of a miss at the level below",
        unit="cycles", low=1, high=1000,
        source="ChampSim 2020: 34 to 35 cycles to use; 35 less 1 + 3 + 7 + 1 + 1 on the way",
    )  # fmt: skip
    tags_per_cycle: int = param(
        1, doc="look-ups per cycle", unit="1", low=1, high=64,
        source="ChampSim 2025-05, one tag check per cycle in its last level",
    )  # fmt: skip
    fills_per_cycle: int = param(
        1, doc="lines filled per cycle", unit="1", low=1, high=64,
        source="ChampSim 2025-05, two in its first-level caches, one below",
    )  # fmt: skip
    mshrs: int = param(
        32, doc="misses under way at most", unit="1", low=1, high=64,
        source="ChampSim 2025-05, twice those of the second level",
    )  # fmt: skip
    write_backs: int = param(
        16, doc="write-backs under way besides those of misses", unit="1", low=1, high=64,
        source="estimate: half of the misses push out a dirty line",
    )  # fmt: skip
    read_pj: float = param(
        scaled(405.0), doc="energy of reading a line", low=0, high=1e6,
        source=f"{CACTI}: 405 pJ, 8 MB, 16 ways, four banks", spread=LAST,
    )  # fmt: skip
    write_pj: float = param(
        scaled(429.0), doc="energy of writing a line", low=0, high=1e6,
        source=f"{CACTI}: 429 pJ, 8 MB, 16 ways, four banks", spread=LAST,
    )  # fmt: skip
    leakage_mw: float = param(
        132.0, doc="static power", low=0, high=1e6,
        source="CACTI 7 at 22 nm, 350 K, four banks of 33 mW, low-standby-power cells",
        spread=LEAKS,
    )  # fmt: skip
