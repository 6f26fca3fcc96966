"""Energy of a channel from the currents of its dies and what the controller counted.

Models:     Micron's power-calculator equations over three rails: ACT, PRE (one for every bank a
            PREA closes), bursts, refresh, standby, power-down, self-refresh; optionally the data
            pins.
Leaves out: termination (HSUL_12 runs without), temperature.
Source:     Micron TN-46-12 form of the equations, equal to DRAMPower 4 on command traces. The
            refresh of one bank, estimate: an eighth of all banks, the same rows being refreshed.
Checked by: tests/physics/test_lpddr3_energy.py
"""

from collections.abc import Iterator, Sequence
from operator import add, mul
from typing import NamedTuple

from components.lpddr3.parameters import Lpddr3Config
from components.lpddr3.records import SELF_REFRESH, Memory
from components.lpddr3.timing import timing_table
from cosim.activity import Term, counters

NS_PER_S = 1e9


BACKGROUND = (
    "active_cycles",
    "precharged_cycles",
    "active_down_cycles",
    "precharged_down_cycles",
    "self_refresh_cycles",
)
"""Clocks of a RANK in each background state."""


RAILS = ("vdd1", "vdd2", "input")
"""Supplies of a die, as Currents names them."""


class Charge(NamedTuple):
    """What one command, or one ns of a background state, draws more than goes on without it.

    `counted` is a field of Activity; `lasts` one of the timing table, "" for a state; `above` and
    `below` are the currents with and without it.
    """

    cause: str
    counted: str
    lasts: str
    above: str
    below: str = ""
    over_time: bool = False


CHARGES = (
    Charge("activate", "activates", "activate_to_precharge", "idd0_ma", "idd3n_ma"),
    Charge("precharge", "precharges", "precharge", "idd0_ma", "idd2n_ma"),
    Charge("read", "read_bursts", "burst", "idd4r_ma", "idd3n_ma"),
    Charge("write", "write_bursts", "burst", "idd4w_ma", "idd3n_ma"),
    Charge("refresh", "refreshes", "refresh", "idd5_ma", "idd3n_ma", over_time=True),
    Charge("background_active", "active_cycles", "", "idd3n_ma", over_time=True),
    Charge("background_precharged", "precharged_cycles", "", "idd2n_ma", over_time=True),
    Charge("power_down_active", "active_down_cycles", "", "idd3p_ma", over_time=True),
    Charge("power_down_precharged", "precharged_down_cycles", "", "idd2p_ma", over_time=True),
    Charge("self_refresh", "self_refresh_cycles", "", "idd6_ma", over_time=True),
)
"""In the order of Costs."""


COUNTED = (
    "activates", "precharged_banks", "read_bursts", "write_bursts", "refreshes", "bank_refreshes",
    "power",
)  # fmt: skip
"""Numbers of a CHANNEL that its energy is made of."""

RESTED = ("open_banks", "background_since", *BACKGROUND)
"""Those of a RANK."""


class Meter(NamedTuple):
    """What the energy of one channel is made of: COUNTED, and RESTED of each of its ranks.

    `rank_banks` is how many banks a rank has.
    """

    counted: Sequence[int]
    rested: Sequence[Sequence[int]]
    rank_banks: int


CAUSES = (*(charge.cause for charge in CHARGES), "io")
"""Categories of energy; what is counted for each stands in the same order in Activity."""


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
    clock = counters(memory.timing)
    return metered(meters_of(memory), now_ps * clock("q") // clock("p"))


def meters_of(memory: Memory) -> list[Meter]:
    """Return the meter of each channel as it stands."""
    ranks, found = memory.ranks[list(RESTED)].tolist(), []
    counted = memory.channel[list(COUNTED)].tolist()
    for numbers, state in zip(counted, memory.channel, strict=True):
        first = int(state["first_rank"])
        rested = ranks[first : first + int(state["ranks"])]
        found.append(Meter(numbers, rested, 1 << int(state["rank_shift"])))
    return found


def metered(meters: Sequence[Meter], cycle: int) -> Activity:
    """Return what channels have done until a cycle."""
    commands, refreshes, spent = [0, 0, 0, 0], 0.0, [0] * len(BACKGROUND)
    for counted, rested, rank_banks in meters:
        *issued, all_banks, one_bank, power = counted
        commands = list(map(add, commands, issued))
        refreshes += all_banks + one_bank / rank_banks
        for open_banks, since_cycle, *clocks in rested:
            spent = list(map(add, spent, clocks))
            spent[_background(power, open_banks)] += max(cycle - since_cycle, 0)
    return Activity._make([*commands, refreshes, *spent])


def _background(power: int, open_banks: int) -> int:
    """Return the number of a rank's background state, in the order of Activity and Costs."""
    return 4 if power == SELF_REFRESH else 2 * power + (not open_banks)


def command_costs(config: Lpddr3Config) -> Costs:
    """Return what each command and each background state costs a rank, on all dies and rails."""
    costs = [0.0] * len(Costs._fields)
    for rail in RAILS:
        currents = getattr(config.currents, rail)
        for number, (charge, lasts_ns) in enumerate(_durations(config)):
            below_ma = getattr(currents, charge.below) if charge.below else 0.0
            drawn_ma = getattr(currents, charge.above) - below_ma
            costs[number] += currents.supply_v * drawn_ma * lasts_ns * config.organisation.dies
    return Costs(*costs)


def _durations(config: Lpddr3Config) -> Iterator[tuple[Charge, float]]:
    """Yield each charge with how long it flows, in ns; background flows for as long as it does."""
    row = timing_table(config.speed, config.organisation)[0]
    clock_ns = NS_PER_S / config.speed.clock_hz
    for charge in CHARGES:
        yield charge, getattr(row, charge.lasts) * clock_ns if charge.lasts else 1.0


def standby_mw(meters: Sequence[Meter], costs: Costs) -> float:
    """Return the power of the background states of all ranks."""
    return sum(
        costs[5 + _background(meter.counted[-1], open_banks)]
        for meter in meters
        for open_banks, *_ in meter.rested
    )


def energy_pj(done: Activity, config: Lpddr3Config, costs: Costs | None = None) -> dict[str, float]:
    """Return the energy by category, in pJ; `costs` are those of `config`, if they are known."""
    return dict(zip(CAUSES, spent_pj(done, config, costs or command_costs(config)), strict=True))


def spent_pj(done: Activity, config: Lpddr3Config, costs: Costs) -> list[float]:
    """Return the energy of each of CAUSES, in pJ."""
    clock_ns = NS_PER_S / config.speed.clock_hz
    background = len(done) - len(BACKGROUND)
    counts = (*done[:background], *[clock_ns * clocks for clocks in done[background:]])
    return [*map(mul, counts, costs), config.currents.io_pj_per_bit * _bits(done, config)]


def terms(done: Activity, config: Lpddr3Config) -> list[Term]:
    """Return what was done as terms: charge of every rail and die, times voltage and current."""
    counts, found = _counts(done, config), []
    for charge, lasts_ns in _durations(config):
        lasted_ns = counts[charge.counted] * lasts_ns * config.organisation.dies
        for rail in RAILS:
            for sign, current in ((1, charge.above), (-1, charge.below)):
                if current:
                    constants = {
                        f"currents.{rail}.supply_v": 1.0,
                        f"currents.{rail}.{current}": 1.0,
                    }
                    found.append(
                        Term(charge.cause, sign * lasted_ns, "ns", constants, charge.over_time)
                    )
    bits = _bits(done, config)
    return [*found, Term("io", bits, "bits", {"currents.io_pj_per_bit": 1})]


def _counts(done: Activity, config: Lpddr3Config) -> dict[str, float]:
    """Return commands by their number, background by its ns."""
    clock_ns = NS_PER_S / config.speed.clock_hz
    return {
        name: number * clock_ns if name in BACKGROUND else number
        for name, number in done._asdict().items()
    }


def _bits(done: Activity, config: Lpddr3Config) -> int:
    """Return the bits that crossed the data pins."""
    return 8 * config.organisation.burst_bytes * (done.read_bursts + done.write_bursts)
