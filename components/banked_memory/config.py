"""Parameters of the banked memory; the defaults are LPDDR3-1866 as ChampSim is told of it."""

from cosim import Config, param

JEDEC = "JESD209-3C, LPDDR3-1866; as in a ChampSim 2025-05 configuration"
CHAMPSIM = "ChampSim 2025-05, src/dram_controller.cc"


class BankedMemoryConfig(Config):
    """Timing and organisation."""

    clock_hz: int = param(
        933_000_000, doc="clock; data moves on both edges", low=1_000, high=10**12, source=JEDEC
    )
    channels: int = param(2, doc="channels", unit="1", low=1, high=16, source=JEDEC)
    channel_bytes: int = param(8, doc="width of a channel", low=1, high=64, source=JEDEC)
    ranks: int = param(2, doc="ranks of a channel", unit="1", low=1, high=8, source=JEDEC)
    banks: int = param(8, doc="banks of a rank", unit="1", low=1, high=64, source=JEDEC)
    rows: int = param(16_384, doc="rows of a bank", unit="1", low=1, high=1 << 20, source=JEDEC)
    columns: int = param(1024, doc="words of a row", unit="1", low=8, high=1 << 16, source=JEDEC)
    line_bytes: int = param(64, doc="size of a request", low=8, high=4096, source=CHAMPSIM)
    cas_cycles: int = param(14, doc="column command to data", low=1, high=255, source=JEDEC)
    rcd_cycles: int = param(17, doc="row command to column command", low=1, high=255, source=JEDEC)
    rp_cycles: int = param(17, doc="closing a row", low=1, high=255, source=JEDEC)
    turn_cycles: int = param(
        40, doc="change of the bus between reads and writes", low=0, high=255,
        source=f"{CHAMPSIM}: it takes tRAS for that",
    )  # fmt: skip
    refresh_ps: int = param(
        3_906_250, doc="between refreshes, which close all rows", low=1000, high=10**12,
        source="JESD209-3C: 32 ms / 8192",
    )  # fmt: skip
    refresh_cycles: int = param(
        0, doc="a refresh of an idle bank, or of one that becomes idle", low=0, high=4096,
        source=f"{CHAMPSIM}: square root of 8 x whole GiB of words per channel, times tRAS",
    )  # fmt: skip
    queue: int = param(
        64, doc="reads, and writes, that a channel holds", unit="1", low=2, high=256,
        source=CHAMPSIM,
    )  # fmt: skip

    @property
    def capacity_bytes(self) -> int:
        """Size of the memory."""
        words = self.channels * self.ranks * self.banks * self.rows * self.columns
        return words * self.channel_bytes
