"""Energy of a channel from the currents of its dies and what the controller counted.

Models:     Micron's power-calculator equations over three rails: ACT, PRE (one for every bank a
            PREA closes), bursts, refresh, standby and power-down; optionally the data pins.
Leaves out: termination (HSUL_12 runs without), temperature, self-refresh.
Source:     Micron TN-46-12 form of the equations, equal to DRAMPower 4 on command traces.
Checked by: tests/physics/test_lpddr3_energy.py
"""

from typing import NamedTuple

from components.lpddr3.parameters import Lpddr3Config
from components.lpddr3.records import Memory
from components.lpddr3.timing import timing_table

NS_PER_S = 1e9


class Activity(NamedTuple):
    """What happened on a channel: commands, and clocks in each background state."""

    activates: int
    precharges: int
    read_bursts: int
    write_bursts: int
    refreshes: int
    active_cycles: int
    precharged_cycles: int
    active_down_cycles: int = 0
    precharged_down_cycles: int = 0


class Costs(NamedTuple):
    """Energy of one command across all dies, in pJ, and power of the background, in mW."""

    activate_pj: float
    precharge_pj: float
    read_pj: float
    write_pj: float
    refresh_pj: float
    active_mw: float
    precharged_mw: float
    active_down_mw: float
    precharged_down_mw: float


def activity(memory: Memory, now_ps: int) -> Activity:
    """Return what a channel has done until now."""
    state, table = memory.channel[0], memory.timing[0]
    elapsed = now_ps * int(table.q) // int(table.p) - int(state.background_since)
    spent = [
        int(state.active_cycles),
        int(state.precharged_cycles),
        int(state.active_down_cycles),
        int(state.precharged_down_cycles),
    ]
    spent[2 * int(state.power_down) + (not state.open_banks)] += max(elapsed, 0)
    return Activity(
        int(state.activates),
        int(state.precharged_banks),
        int(state.read_bursts),
        int(state.write_bursts),
        int(state.refreshes),
        *spent,
    )


def command_costs(config: Lpddr3Config) -> Costs:
    """Return what each command and each background state costs on all dies and rails."""
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
        )
        for number, charge in enumerate(per_die):
            costs[number] += rail.supply_v * float(charge) * config.organisation.dies
    return Costs(*costs)


def standby_mw(memory: Memory, costs: Costs) -> float:
    """Return the power of the present background state."""
    state = memory.channel[0]
    if state.power_down:
        return costs.active_down_mw if state.open_banks else costs.precharged_down_mw
    return costs.active_mw if state.open_banks else costs.precharged_mw


def energy_pj(done: Activity, config: Lpddr3Config) -> dict[str, float]:
    """Return the energy of a channel by category, in pJ."""
    cost = command_costs(config)
    clock_ns = NS_PER_S / config.speed.clock_hz
    bits = 8 * config.organisation.burst_bytes * (done.read_bursts + done.write_bursts)
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
        "io": config.currents.io_pj_per_bit * bits,
    }
