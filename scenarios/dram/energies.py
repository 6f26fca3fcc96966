"""Energy of a replay beside what a reference simulator reports, category by category.

Models:     the currents of the report, so that only counts and times differ; writes still queued
            when the last read is back are priced, as simulators that drain them do.
            DRAMsim3's own figures are V x mA x clocks, so they are multiplied by tCK; it counts
            all clocks of a refresh as precharged, where we and DRAMPower do so for its last tRP,
            and ACT with PRE, so ours are counted so too.
Source:     shared/reference/dram: command traces of the simulators through DRAMPower 4, and what
            DRAMsim3 prints itself.
Checked by: tests/physics/test_lpddr3_energies.py
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rich.table import Table

from components.lpddr3 import Lpddr3Config
from components.lpddr3.currents import GEM5
from components.lpddr3.energy import Activity, command_costs, energy_pj
from components.lpddr3.player import LINE_BYTES
from components.lpddr3.timing import timing_table
from cosim.units import PS_PER_NS, PS_PER_S
from scenarios.dram.outcome import Outcome
from scenarios.showing.tables import listed, show_energy

DRAMPOWER = "DRAMPower 4"
CURRENTS = "A_gem5_currents"
"""The column of the report whose currents are GEM5."""

CATEGORIES = {
    "activate": "act",
    "precharge": "pre",
    "read": "rd",
    "write": "wr",
    "refresh": "ref",
    "background_active": "act_stdby",
    "background_precharged": "pre_stdby",
    "power_down_active": "pd_act",
    "power_down_precharged": "pd_pre",
}
"""Our categories, and DRAMPower's."""

OWN = {
    "activate": "act_energy",
    "read": "read_energy",
    "write": "write_energy",
    "refresh": "ref_energy",
    "background_active": "act_stb_energy",
    "background_precharged": "pre_stb_energy",
}
"""Those that DRAMsim3 prints; `activate` has `precharge` in it."""

HEADS = ("ACT", "PRE", "RD", "WR", "REF", "active", "precharged")

CLOSE = 0.03
"""Largest difference of a category that needs no explanation."""


COUNTED = {"activate": "ACT", "precharge": "ACT", "refresh": "REF", "background_precharged": "REF"}
"""The command whose number decides a category; of the others it is the time."""


class Comparison(NamedTuple):
    """Energies of one trace in pJ by category, and commands: ours, and what `source` tells."""

    trace: str
    source: str
    ours: Mapping[str, float]
    theirs: Mapping[str, float]
    our_counts: Mapping[str, int]
    their_counts: Mapping[str, int]

    def error(self, category: str) -> float | None:
        """Return the relative difference of a category, None if there is none of it."""
        wanted = self.theirs.get(category, 0.0)
        return self.ours[category] / wanted - 1 if wanted else None

    @property
    def far(self) -> dict[str, float]:
        """Categories that differ by more than CLOSE."""
        errors = {category: self.error(category) for category in self.theirs}
        return {name: error for name, error in errors.items() if error and abs(error) > CLOSE}

    @property
    def reasons(self) -> dict[str, str]:
        """Return for each far category what was counted otherwise."""
        named = {name: COUNTED.get(name, "clocks") for name in self.far}
        return {
            name: f"{self.our_counts[counted]} {counted}, not {self.their_counts[counted]}"
            for name, counted in named.items()
        }


def comparisons(
    one: Outcome, config: Lpddr3Config, wanted: Mapping[str, Any]
) -> Iterator[Comparison]:
    """Yield an outcome beside every report that there is of it."""
    done = drained(one, config)
    repriced = config.model_copy(update={"currents": GEM5})
    ours = energy_pj(done, repriced)
    counts = (
        one.commands | {"clocks": one.cycles}, wanted["commands"] | {"clocks": wanted["cycles"]}
    )  # fmt: skip
    if "drampower_pJ_per_die" in wanted:
        told, dies = wanted["drampower_pJ_per_die"][CURRENTS], wanted["dies_per_channel"]
        theirs = {name: told[key] * dies for name, key in CATEGORIES.items()}
        yield Comparison(one.trace, DRAMPOWER, ours, theirs, *counts)
        if "dramsim3_own_energy" in wanted:
            told = wanted["dramsim3_own_energy"]["by_category_raw"]
            clock_ns = PS_PER_S / config.speed.clock_hz / PS_PER_NS
            theirs = {name: told[key] * clock_ns for name, key in OWN.items()}
            yield Comparison(one.trace, "DRAMsim3", as_dramsim3(done, repriced), theirs, *counts)


def drained(one: Outcome, config: Lpddr3Config) -> Activity:
    """Return what a replay did, with the writes that were still queued at its end."""
    bursts = LINE_BYTES // config.organisation.burst_bytes
    counted: dict[str, Any] = {**one.activity}
    return Activity(**counted | {"write_bursts": bursts * (one.writes - one.coalesced)})


def as_dramsim3(done: Activity, config: Lpddr3Config) -> dict[str, float]:
    """Return our energy in the categories of DRAMsim3."""
    found, costs = energy_pj(done, config), command_costs(config)
    row = timing_table(config.speed, config.organisation)[0]
    clocks = done.refreshes * (row.refresh - row.precharge)
    refreshing_ns = clocks * PS_PER_S / config.speed.clock_hz / PS_PER_NS
    found["background_active"] -= refreshing_ns * costs.active_mw
    found["background_precharged"] += refreshing_ns * costs.precharged_mw
    return found | {"activate": found["activate"] + found["precharge"], "precharge": 0.0}


def table(found: Iterable[Comparison]) -> Table:
    """Return differences in percent, a line for a trace and a report; a star marks far ones."""
    heads = ("trace", "reported by", *HEADS, "total", "ours", "theirs")
    return listed(heads, (_line(one) for one in found))


def _line(one: Comparison) -> tuple[str, ...]:
    ours, theirs = (sum(each[name] for name in one.theirs) for each in (one.ours, one.theirs))
    cells = [_cell(one.error(name)) for name in list(CATEGORIES)[: len(HEADS)]]
    total = _cell(ours / theirs - 1)
    return (one.trace, one.source, *cells, total, show_energy(ours), show_energy(theirs))


def _cell(error: float | None) -> str:
    if error is None:
        return "-"
    return f"{100 * error:+.2f}" + ("*" if abs(error) > CLOSE else "")
