"""LPDDR3 as tables: speed grades and organisation, every value with its source.

Sources by short name, all quoted in the parameters:
    SPD      Intel Skylake RVP3 board SPD in EDK2, "Elpida EDF8132A1MC-GD-F, 1600, 12-15-15-34"
    DS       Micron 178-ball Mobile LPDDR3 datasheet, PDF id 09005aef858e9dd3, page 1
    JESD209  JEDEC JESD209-3C, LPDDR3 SDRAM
    gem5     class LPDDR3_1600_1x32 of gem5 v24.0, "Micron EDF8132A1MC"
    R1       LPDDR3.h of Ramulator 1, rows LPDDR3_1600 and LPDDR3_1866
"""

from typing import Self

import numpy as np
from pydantic import model_validator

from components.lpddr3.records import TIMING
from cosim.clock import Clock
from cosim.compiled import Records
from cosim.config import Config, param
from cosim.errors import ConfigError

PS_PER_S = 10**12


class SpeedGrade(Config):
    """Timing of one speed grade; the default is the -GD grade, LPDDR3-1600."""

    clock_hz: int = param(
        800_000_000,
        doc="memory clock; two transfers per clock",
        low=10_000_000,
        high=1_066_667_000,
        source="SPD: tCKmin 1.25 ns",
    )
    read_latency_cycles: int = param(
        12, doc="RL, read command to first data", low=3, high=16, source="SPD: tAA 15 ns"
    )
    write_latency_cycles: int = param(
        6, doc="WL of set A, write command to first data", low=1, high=14, source="gem5, R1"
    )
    t_dqsck_cycles: int = param(
        2,
        doc="tDQSCK, skew of the data strobe",
        low=0,
        high=6,
        source="R1; JESD209 table 64 allows 2.5 to 5.5 ns",
    )
    t_ccd_cycles: int = param(
        4, doc="tCCD, column command to column command", low=4, high=8, source="JESD209 table 64"
    )
    t_rcd_ps: int = param(
        18_000, doc="tRCD, ACT to column command", low=0, high=10**5, source="SPD, gem5"
    )
    t_rp_ps: int = param(
        18_000, doc="tRPpb, PRE of one bank to ACT", low=0, high=10**5, source="SPD, gem5"
    )
    t_rp_all_ps: int = param(
        21_000, doc="tRPab, PRE of all banks to ACT or REF", low=0, high=10**5, source="SPD"
    )
    t_ras_ps: int = param(
        42_000, doc="tRAS, ACT to PRE", low=0, high=10**5, source="gem5; SPD comment: 34 clocks"
    )
    t_rc_ps: int = param(
        60_000,
        doc="tRC, ACT to ACT of the same bank",
        low=0,
        high=10**6,
        source="SPD, R1: tRAS + tRPpb",
    )
    t_rrd_ps: int = param(
        10_000, doc="tRRD, ACT to ACT of another bank", low=0, high=10**5, source="gem5, R1"
    )
    t_faw_ps: int = param(
        50_000, doc="tFAW, window that holds four ACTs", low=0, high=10**6, source="gem5, R1"
    )
    t_wtr_ps: int = param(
        7_500, doc="tWTR, end of write data to read command", low=0, high=10**5, source="gem5, R1"
    )
    t_wr_ps: int = param(
        15_000, doc="tWR, end of write data to PRE", low=0, high=10**5, source="gem5, R1"
    )
    t_rtp_ps: int = param(
        7_500, doc="tRTP, read command to PRE", low=0, high=10**5, source="gem5, R1"
    )
    t_rfc_ps: int = param(
        130_000,
        doc="tRFCab, all-bank refresh; of a 4 Gb die, though the package holds 8 Gb",
        low=0,
        high=10**6,
        source="SPD, gem5",
    )
    t_rfc_bank_ps: int = param(
        60_000, doc="tRFCpb, refresh of one bank", low=0, high=10**6, source="SPD; R1: 48 clocks"
    )
    t_refi_ps: int = param(
        3_900_000,
        doc="tREFI, mean time between all-bank refreshes; 0: never refresh",
        low=0,
        high=10**8,
        source="gem5, R1: 32 ms / 8192",
    )
    t_xp_ps: int = param(
        7_500, doc="tXP, leaving power-down to first command", low=0, high=10**5, source="gem5, R1"
    )
    t_cke_ps: int = param(
        7_500, doc="tCKE, shortest stay in power-down", low=0, high=10**5, source="gem5, R1"
    )
    t_xsr_extra_ps: int = param(
        10_000,
        doc="tXSR, leaving self-refresh to first command, beyond tRFCab",
        low=0,
        high=10**6,
        source="gem5: tXSR 140 ns; JESD209 table 64: tRFCab + 10 ns",
    )
    t_ckesr_ps: int = param(
        15_000,
        doc="tCKESR, shortest stay in self-refresh",
        low=0,
        high=10**5,
        source="R1: 12 clocks; JESD209 table 64",
    )
    read_to_write_gap_cycles: int = param(
        1,
        doc="clocks of rest on the data bus between read data and write data",
        low=0,
        high=16,
        source="JESD209 section 4.7: RL + tDQSCK + BL/2 + 1 - WL",
    )
    write_to_read_gap_cycles: int = param(
        1,
        doc="clocks before the first write data, counted again before a read",
        low=0,
        high=16,
        source="JESD209 section 4.8: WL + 1 + BL/2 + tWTR",
    )

    t_rtrs_cycles: int = param(
        2,
        doc="tRTRS, rest of the data bus between bursts of two ranks",
        low=0,
        high=16,
        source="R1: 2 clocks; gem5: tCS 2.5 ns",
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        """Refuse a table that contradicts itself."""
        ras_rp_ps = self.t_ras_ps + self.t_rp_ps
        rules = (
            (self.t_rc_ps >= ras_rp_ps, "t_rc_ps", f"at least t_ras_ps + t_rp_ps, {ras_rp_ps} ps"),
            (self.t_ras_ps >= self.t_rcd_ps, "t_ras_ps", f"at least t_rcd_ps, {self.t_rcd_ps} ps"),
            (self.t_rp_all_ps >= self.t_rp_ps, "t_rp_all_ps", f"at least {self.t_rp_ps} ps"),
            (self.t_rfc_ps >= self.t_rfc_bank_ps, "t_rfc_ps", f"at least {self.t_rfc_bank_ps} ps"),
            (
                self.t_refi_ps == 0 or self.t_refi_ps > self.t_rp_all_ps + self.t_rfc_ps,
                "t_refi_ps",
                f"more than t_rp_all_ps + t_rfc_ps, {self.t_rp_all_ps + self.t_rfc_ps} ps, or 0",
            ),
            (
                self.read_latency_cycles > self.write_latency_cycles,
                "read_latency_cycles",
                f"more than write_latency_cycles, {self.write_latency_cycles} cycles",
            ),
        )
        for holds, name, wanted in rules:
            if not holds:
                unit = name.rpartition("_")[2]
                raise ConfigError(
                    f"SpeedGrade.{name} must be {wanted}, not {getattr(self, name)} {unit}"
                )
        return self


class Organisation(Config):
    """What the memory is made of; by default one channel of two x32 dies, 64 bits, one rank."""

    channels: int = param(
        1,
        doc="channels, each with its own commands, data pins and dies",
        unit="1",
        choices=(1, 2),
        source="estimate: one; Intel's reference board has two",
    )
    ranks: int = param(
        1,
        doc="ranks: groups of dies with a chip select of their own on the same pins",
        unit="1",
        choices=(1, 2),
        source="DS: two dies on two chip selects; as a 64-bit channel they are one rank",
    )
    dies: int = param(
        2,
        doc="dies of a rank, which share every command and each drive their own data pins",
        unit="1",
        low=1,
        high=4,
        source="DS: 2 dies in the package; 64-bit channel as on Intel's reference board",
    )
    die_width_bits: int = param(
        32, doc="data pins of a die", choices=(16, 32), source="DS: EDF8132A1MC, x32"
    )
    banks: int = param(8, doc="banks of a die", unit="1", choices=(8,), source="DS, JESD209")
    rows: int = param(
        16_384, doc="rows of a bank", unit="1", low=1, high=65_536, source="DS: A[13:0], 16K"
    )
    columns: int = param(
        1_024, doc="columns of a row", unit="1", low=64, high=4_096, source="DS: A[9:0], 1K"
    )
    burst_length: int = param(
        8, doc="BL, transfers of a burst", unit="1", choices=(8,), source="DS: 8n prefetch"
    )

    @property
    def burst_bytes(self) -> int:
        """Bytes that one column command moves."""
        return self.dies * self.die_width_bits * self.burst_length // 8

    @property
    def page_bytes(self) -> int:
        """Bytes of one open row across the dies."""
        return self.dies * self.die_width_bits * self.columns // 8

    @property
    def capacity_bytes(self) -> int:
        """Bytes of all channels."""
        return self.page_bytes * self.banks * self.ranks * self.rows * self.channels


LPDDR3_1600 = SpeedGrade()

LPDDR3_1866 = SpeedGrade(
    clock_hz=933_333_000, read_latency_cycles=14, write_latency_cycles=8, t_dqsck_cycles=3
)
"""Row LPDDR3_1866 of R1; Micron sells it only in the 216- and 253-ball siblings of the part."""

TWO_DIES_X64 = Organisation()
ONE_DIE_X32 = Organisation(dies=1)
"""The 32-bit channel of gem5's class: half the bandwidth, two bursts for a line of 64 bytes."""


def cycles(time_ps: int, clock_hz: int) -> int:
    """Return the whole clocks that cover `time_ps`, as a controller rounds them."""
    return -(-time_ps * clock_hz // PS_PER_S)


def timing_table(grade: SpeedGrade, organisation: Organisation) -> Records:
    """Return the timing of a speed grade in clocks, one TIMING record."""
    clock = Clock(grade.clock_hz)

    def whole(time_ps: int) -> int:
        return cycles(time_ps, grade.clock_hz)

    burst = organisation.burst_length // 2
    read_data = grade.read_latency_cycles + grade.t_dqsck_cycles + burst
    write_data = grade.write_latency_cycles + burst
    table = np.zeros(1, TIMING)
    row = table[0]
    row.p, row.q = clock.p, clock.q
    row.read_data, row.write_data, row.burst = read_data, write_data, burst
    row.column_gap = max(grade.t_ccd_cycles, burst)
    row.read_to_write = read_data + grade.read_to_write_gap_cycles - grade.write_latency_cycles
    row.write_to_read = write_data + grade.write_to_read_gap_cycles + whole(grade.t_wtr_ps)
    row.other_rank_column = burst + grade.t_rtrs_cycles
    row.other_rank_read_to_write = read_data + grade.t_rtrs_cycles - grade.write_latency_cycles
    row.other_rank_write_to_read = max(1, write_data + grade.t_rtrs_cycles - read_data + burst)
    row.activate_to_column = whole(grade.t_rcd_ps)
    row.activate_to_precharge = whole(grade.t_ras_ps)
    row.activate_to_activate = whole(grade.t_rc_ps)
    row.bank_to_bank = whole(grade.t_rrd_ps)
    row.four_activates = whole(grade.t_faw_ps)
    row.read_to_precharge = whole(grade.t_rtp_ps)
    row.write_to_precharge = write_data + whole(grade.t_wr_ps)
    row.precharge = whole(grade.t_rp_ps)
    row.precharge_all = whole(grade.t_rp_all_ps)
    row.refresh = whole(grade.t_rfc_ps)
    row.refresh_bank = whole(grade.t_rfc_bank_ps)
    row.refresh_interval = whole(grade.t_refi_ps)
    row.power_down_exit = whole(grade.t_xp_ps)
    row.power_down_shortest = whole(grade.t_cke_ps)
    row.self_refresh_exit = whole(grade.t_rfc_ps + grade.t_xsr_extra_ps)
    row.self_refresh_shortest = whole(grade.t_ckesr_ps)
    return table
