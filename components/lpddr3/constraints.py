"""JEDEC's minimum distances between commands, straight from a speed grade.

This table knows nothing of the scheduler's: it is made from the nanoseconds of the datasheet, one
rule a line, and is what the checker holds a command trace against.

Source: JESD209-3C, sections 4.6 to 4.14 and table 64; rules between banks during REFpb from
        table 20 there, as in LPDDR3.cpp of Ramulator 1.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from components.lpddr3.timing import Organisation, SpeedGrade

PS_PER_S = 10**12

ANY = ("ACT", "PRE", "PREA", "RD", "WR", "REF", "REFPB", "PDE", "SRE")
"""Commands that need the clock."""

SAME, OTHER, ALL = "same bank", "another bank of the rank", "the rank"
ACROSS, CHANNEL = "another rank", "the channel"
"""Where `before` is looked for; a command for all ranks looks in all of them instead of one."""


class Rule(NamedTuple):
    """`after` must come `clocks` behind the last `before` in its scope, one of the five above."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    scope: str
    clocks: int


class Limits(NamedTuple):
    """What is no distance between two commands: windows and intervals, in clocks; 0 for none."""

    four_activates: int
    refresh: int
    rows: int
    banks: int
    ranks: int


def limits(grade: SpeedGrade, parts: Organisation, postponed: int = 8) -> Limits:
    """Return the tFAW window and the longest time between refreshes, with so many postponed."""
    interval = _clocks(grade.t_refi_ps, grade)
    window = _clocks(grade.t_faw_ps, grade)
    return Limits(window, (postponed + 1) * interval, parts.rows, parts.banks, parts.ranks)


def rules(grade: SpeedGrade, parts: Organisation) -> tuple[Rule, ...]:
    """Return every rule for two commands."""
    return (
        *_row_rules(grade),
        *_column_rules(grade, parts),
        *_rank_rules(grade, parts),
        *_rest_rules(grade),
    )


def _clocks(time_ps: int, grade: SpeedGrade) -> int:
    """Return the clocks that cover a time, rounded up as JEDEC's RU()."""
    return (time_ps * grade.clock_hz + PS_PER_S - 1) // PS_PER_S


def _row_rules(grade: SpeedGrade) -> tuple[Rule, ...]:
    """Return the rules for opening, closing and refreshing rows."""

    def clocks(time_ps: int) -> int:
        return _clocks(time_ps, grade)

    rp, rp_all = clocks(grade.t_rp_ps), clocks(grade.t_rp_all_ps)
    rrd, rfc, rfc_bank = (
        clocks(time_ps) for time_ps in (grade.t_rrd_ps, grade.t_rfc_ps, grade.t_rfc_bank_ps)
    )
    return (
        Rule("tRC", ("ACT",), ("ACT",), SAME, clocks(grade.t_rc_ps)),
        Rule("tRAS", ("ACT",), ("PRE",), SAME, clocks(grade.t_ras_ps)),
        Rule("tRAS", ("ACT",), ("PREA",), ALL, clocks(grade.t_ras_ps)),
        Rule("tRCD", ("ACT",), ("RD", "WR"), SAME, clocks(grade.t_rcd_ps)),
        Rule("tRRD", ("ACT",), ("ACT", "REFPB"), OTHER, rrd),
        Rule("tRRD", ("REFPB",), ("ACT",), OTHER, rrd),
        Rule("tRPpb", ("PRE",), ("ACT", "REFPB"), SAME, rp),
        Rule("tRPpb", ("PRE",), ("REF", "SRE"), ALL, rp),
        Rule("tRPab", ("PREA",), ("ACT", "REF", "REFPB", "SRE"), ALL, rp_all),
        Rule("tRFCab", ("REF",), ("ACT", "REF", "REFPB", "SRE"), ALL, rfc),
        Rule("tRFCpb", ("REFPB",), ("ACT",), SAME, rfc_bank),
        Rule("tRFCpb", ("REFPB",), ("REF", "REFPB", "SRE"), ALL, rfc_bank),
    )


def _column_rules(grade: SpeedGrade, parts: Organisation) -> tuple[Rule, ...]:
    """Return the rules for bursts."""
    burst = parts.burst_length // 2
    read = grade.read_latency_cycles + grade.t_dqsck_cycles + burst
    write = grade.write_latency_cycles + burst
    turn = read + grade.read_to_write_gap_cycles - grade.write_latency_cycles
    back = write + grade.write_to_read_gap_cycles + _clocks(grade.t_wtr_ps, grade)
    recovery = write + _clocks(grade.t_wr_ps, grade)
    close = _clocks(grade.t_rtp_ps, grade)
    return (
        Rule("tCCD", ("RD",), ("RD",), ALL, max(grade.t_ccd_cycles, burst)),
        Rule("tCCD", ("WR",), ("WR",), ALL, max(grade.t_ccd_cycles, burst)),
        Rule("RL + tDQSCK + BL/2 + 1 - WL", ("RD",), ("WR",), ALL, turn),
        Rule("tWTR", ("WR",), ("RD",), ALL, back),
        Rule("tRTP", ("RD",), ("PRE",), SAME, close),
        Rule("tRTP", ("RD",), ("PREA",), ALL, close),
        Rule("tWR", ("WR",), ("PRE",), SAME, recovery),
        Rule("tWR", ("WR",), ("PREA",), ALL, recovery),
        Rule("RL + tDQSCK + BL/2 + 1", ("RD",), ("PDE", "SRE"), CHANNEL, read + 1),
        Rule("WL + BL/2 + tWR", ("WR",), ("PDE", "SRE"), CHANNEL, recovery),
    )


def _rank_rules(grade: SpeedGrade, parts: Organisation) -> Iterator[Rule]:
    """Yield how far bursts of two ranks must be apart: their data, and tRTRS between them."""
    starts = {
        "RD": grade.read_latency_cycles + grade.t_dqsck_cycles,
        "WR": grade.write_latency_cycles,
    }
    for before, after in product(starts, starts):
        clocks = starts[before] + parts.burst_length // 2 + grade.t_rtrs_cycles - starts[after]
        yield Rule("tRTRS", (before,), (after,), ACROSS, clocks)


def _rest_rules(grade: SpeedGrade) -> tuple[Rule, ...]:
    """Return the rules for power-down, self-refresh and the command bus."""
    wake = _clocks(grade.t_rfc_ps + grade.t_xsr_extra_ps, grade)
    every = (*ANY, "PDX", "SRX")
    return (
        Rule("tXP", ("PDX",), ANY, CHANNEL, _clocks(grade.t_xp_ps, grade)),
        Rule("tCKE", ("PDE",), ("PDX",), CHANNEL, _clocks(grade.t_cke_ps, grade)),
        Rule("tXSR", ("SRX",), ANY, CHANNEL, wake),
        Rule("tCKESR", ("SRE",), ("SRX",), CHANNEL, _clocks(grade.t_ckesr_ps, grade)),
        Rule("one command a clock", every, every, CHANNEL, 1),
    )
