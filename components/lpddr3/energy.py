"""Energy of a channel from the currents of its dies and what the controller counted.

Models:     Micron's power-calculator equations over three rails: ACT, PRE (one for every bank a
            PREA closes), bursts, refresh, standby, power-down, self-refresh; optionally the data
            pins.
Leaves out: termination (HSUL_12 runs without), temperature.
Source:     Micron TN-46-12 form of the equations, equal to DRAMPower 4 on command traces. The
            refresh of one bank, estimate: an eighth of all banks, the same rows being refreshed.
Checked by: tests/physics/test_lpddr3_energy.py
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from components.lpddr3.parameters import Lpddr3Config
from components.lpddr3.records import SELF_REFRESH, Memory
from components.lpddr3.timing import timing_table
from cosim.compiled import Records

NS_PER_S = 1e9


BACKGROUND = (
    "active_cycles",
    "precharged_cycles",
    "active_down_cycles",
    "precharged_down_cycles",
    "self_refresh_cycles",
)
"""Clocks of a RANK in each background state."""


class Activity(NamedTuple):
    """What happened: commands, and clocks of all ranks in each background state.

    The refresh of one bank counts as a part of the refresh of all.
    """

    activates: int
    precharges: int
    read_bursts: int
    write_bursts: int
    refreshes: float
    active_cycles: int
    precharged_cycles: int
    active_down_cycles: int = 0
    precharged_down_cycles: int = 0
    self_refresh_cycles: int = 0


class Costs(NamedTuple):
    """Energy of one command in all dies of a rank, in pJ, and power of their background, in mW."""

    activate_pj: float
    precharge_pj: float
    read_pj: float
    write_pj: float
    refresh_pj: float
    active_mw: float
    precharged_mw: float
    active_down_mw: float
    precharged_down_mw: float
    self_refresh_mw: float


def activity(memory: Memory, now_ps: int) -> Activity:
    """Return what all channels have done until now."""
    table = memory.timing[0]
    cycle = now_ps * int(table.q) // int(table.p)
    each = [_activity(state, ranks, cycle) for state, ranks in by_channel(memory)]
    return Activity(*(sum(numbers) for numbers in zip(*each, strict=True)))


def by_channel(memory: Memory) -> Iterator[tuple[Any, Records]]:
    """Yield the record of each channel and its ranks."""
    for state in memory.channel:
        first = int(state.first_rank)
        yield state, memory.ranks[first : first + int(state.ranks)]


def _activity(state: Any, ranks: Records, cycle: int) -> Activity:
    """Return what one channel has done until a cycle."""
    spent = [sum(int(number) for number in ranks[field]) for field in BACKGROUND]
    for rank in ranks:
        spent[background(state, rank)] += max(cycle - int(rank.background_since), 0)
    return Activity(
        int(state.activates),
        int(state.precharged_banks),
        int(state.read_bursts),
        int(state.write_bursts),
        int(state.refreshes) + (int(state.bank_refreshes) / (1 << int(state.rank_shift))),
        *spent,
    )


def background(state: Any, rank: Any) -> int:
    """Return the number of a rank's background state, in the order of Activity and Costs."""
    if state.power == SELF_REFRESH:
        return 4
    return 2 * int(state.power) + (not rank.open_banks)


def command_costs(config: Lpddr3Config) -> Costs:
    """Return what each command and each background state costs a rank, on all dies and rails."""
    row = timing_table(config.speed, config.organisation)[0]
    clock_ns = NS_PER_S / config.speed.clock_hz
    burst_ns, refresh_ns = row.burst * clock_ns, row.refresh * clock_ns
    open_ns, close_ns = row.activate_to_precharge * clock_ns, row.precharge * clock_ns
    costs = [0.0] * len(Costs._fields)
    for rail in (config.currents.vdd1, config.currents.vdd2, config.currents.input):
        per_die = (
            (rail.idd0_ma - rail.idd3n_ma) * open_ns,
            (rail.idd0_ma - rail.idd2n_ma) * close_ns,
            (rail.idd4r_ma - rail.idd3n_ma) * burst_ns,
            (rail.idd4w_ma - rail.idd3n_ma) * burst_ns,
            (rail.idd5_ma - rail.idd3n_ma) * refresh_ns,
            rail.idd3n_ma,
            rail.idd2n_ma,
            rail.idd3p_ma,
            rail.idd2p_ma,
            rail.idd6_ma,
        )
        for number, charge in enumerate(per_die):
            costs[number] += rail.supply_v * float(charge) * config.organisation.dies
    return Costs(*costs)


def standby_mw(memory: Memory, costs: Costs) -> float:
    """Return the power of the present background states of all ranks."""
    return sum(
        costs[5 + background(state, rank)] for state, ranks in by_channel(memory) for rank in ranks
    )


def energy_pj(done: Activity, config: Lpddr3Config) -> dict[str, float]:
    """Return the energy by category, in pJ."""
    cost = command_costs(config)
    clock_ns = NS_PER_S / config.speed.clock_hz
    parts = config.organisation
    bits = 8 * parts.burst_bytes * (done.read_bursts + done.write_bursts)
    return {
        "activate": cost.activate_pj * done.activates,
        "precharge": cost.precharge_pj * done.precharges,
        "read": cost.read_pj * done.read_bursts,
        "write": cost.write_pj * done.write_bursts,
        "refresh": cost.refresh_pj * done.refreshes,
        "background_active": cost.active_mw * done.active_cycles * clock_ns,
        "background_precharged": cost.precharged_mw * done.precharged_cycles * clock_ns,
        "power_down_active": cost.active_down_mw * done.active_down_cycles * clock_ns,
        "power_down_precharged": cost.precharged_down_mw * done.precharged_down_cycles * clock_ns,
        "self_refresh": cost.self_refresh_mw * done.self_refresh_cycles * clock_ns,
        "io": config.currents.io_pj_per_bit * bits,
    }
