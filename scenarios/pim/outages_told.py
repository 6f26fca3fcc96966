"""What outages did to the work, in words and tables.

Checked by: tests/scenarios/test_pim_intermittent.py
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from cosim.units import show_time
from scenarios.pim.outages import Point
from waveforms.report import Table

NJ = 1e3
"""pJ."""

UNITS = ((1.0, "F"), (1e3, "mF"), (1e6, "uF"), (1e9, "nF"), (1e12, "pF"))
"""How many there are in a farad."""


def show_capacitance(farad: float) -> str:
    """Return a capacitance for people."""
    found = [(farad * scale, unit) for scale, unit in UNITS if farad * scale >= 1]
    number, unit = found[0] if found else (farad * UNITS[-1][0], UNITS[-1][1])
    return f"{number:.4g} {unit}"


def rows(point: Point, inferences: int) -> list[tuple[str, str]]:
    """Return the lines above the tables of one point."""
    found, supply = point.outcome, point.place.supply
    thresholds = supply.thresholds
    answers = {True: "as without outages", False: "NOT that of a run without outages"}
    told = [
        ("answer", answers[point.is_same] if point.is_same is not None else "none"),
        ("source", point.place.source),
        ("policy", supply.policy),
        ("capacitor", f"{show_capacitance(supply.capacitor.capacitance_f)}, "
         f"{point.place.charge_pj / NJ:.4g} nJ from {thresholds.on_v:g} to {thresholds.off_v:g} V"),
        ("an inference takes", f"{point.clean.energy_pj / NJ:.4g} nJ, {point.charges:.3g} charges, "
         f"{point.clean.operations:,} operations, {show_time(point.clean.time_ps)}"),
        ("inferences", f"{found.inferences} of {inferences} in {show_time(found.time_ps)}"),
        ("off or asleep", f"{100 * found.off_ps / max(found.time_ps, 1):.4g} %"),
        ("outages", f"{found.outages:,}"),
        ("restores", f"{found.restores:,}"),
        ("saves", f"{found.saves:,}, and {found.torn:,} cut off"),
        ("forward progress", f"{100 * point.outcome.forward_progress:.4g} %"),
        ("inferences an hour", f"{found.inferences_per_hour:,.4g}"),
        ("inferences a joule", f"{found.inferences_per_joule:,.4g}"),
    ]  # fmt: skip
    if found.story:
        told.append(("ended", found.story))
    if point.charges < 1:
        told.append(("scale", SCALE))
    return told


SCALE = (
    "an inference fits a charge, so that it seldom fails on its way: take a smaller capacitor, more"
    " supply.start.static_mw, a wider network, or force failures"
)
"""What is said where nothing can fail."""


def energies(point: Point) -> Table:
    """Return where the energy went."""
    found = point.outcome
    went = {
        "useful": found.useful_pj,
        "wasted": found.wasted_pj,
        "saving": found.checkpoint_pj,
        "restoring": found.restore_pj,
        "waking up": found.wake_pj,
        "asleep": found.sleep_pj,
        "leaked": found.leaked_pj,
        "stored at the end": found.stored_pj - found.begun_pj,
    }
    harvested = found.harvested_pj
    shown = [
        (name, f"{pj / NJ:,.4g}", f"{100 * pj / harvested:.4g}" if harvested else "-")
        for name, pj in (("harvested", harvested), *went.items())
    ]
    return Table("Energy", ("", "nJ", "% of harvested"), shown)


COLUMNS = (
    "policy", "source", "capacitor_f", "end", "inferences", "time_s", "off_s", "outages",
    "restores", "saves", "torn", "operations", "forward_progress", "inferences_per_hour",
    "inferences_per_joule", "checkpoint_share", "wasted_nj", "checkpoint_nj", "harvested_nj",
    "leaked_nj", "same_answer",
)  # fmt: skip


def every(points: Sequence[Point]) -> Table:
    """Return all points, one a row."""
    shown = []
    for point in points:
        found = point.outcome
        shown.append((
            point.place.supply.policy, point.place.source,
            f"{point.place.supply.capacitor.capacitance_f:g}", found.end, str(found.inferences),
            f"{found.time_ps / 1e12:.6g}", f"{found.off_ps / 1e12:.6g}", str(found.outages),
            str(found.restores), str(found.saves), str(found.torn), str(found.operations),
            f"{point.outcome.forward_progress:.4f}", f"{found.inferences_per_hour:.6g}",
            f"{found.inferences_per_joule:.6g}", f"{found.checkpoint_share:.4f}",
            f"{found.wasted_pj / NJ:.6g}", f"{found.checkpoint_pj / NJ:.6g}",
            f"{found.harvested_pj / NJ:.6g}", f"{found.leaked_pj / NJ:.6g}",
            {True: "yes", False: "no", None: "-"}[point.is_same],
        ))  # fmt: skip
    return Table("Every point", COLUMNS, shown, is_folded=True)


Value = Callable[[Point], float]

WHAT: Mapping[str, tuple[str, Value]] = {
    "per_hour": ("Inferences an hour", lambda one: one.outcome.inferences_per_hour),
    "progress": ("Forward progress, %", lambda one: 100 * one.outcome.forward_progress),
    "checkpoints": (
        "Energy of saving, % of all drawn", lambda one: 100 * one.outcome.checkpoint_share
    ),
    "per_joule": ("Inferences a joule", lambda one: one.outcome.inferences_per_joule),
}  # fmt: skip
"""What is shown of points, by name: title, and the number."""


def middle(points: Sequence[Point], policy: str, capacitance_f: float, value: Value) -> float:
    """Return the median over the sources."""
    return median(
        value(one)
        for one in points
        if one.place.supply.policy == policy
        and one.place.supply.capacitor.capacitance_f == capacitance_f
    )


def by_capacitor(points: Sequence[Point]) -> dict[str, Table]:
    """Return medians over the sources, policies over capacitors, by name."""
    sizes = sorted({one.place.supply.capacitor.capacitance_f for one in points})
    policies = list(dict.fromkeys(one.place.supply.policy for one in points))
    columns = ("policy", *map(show_capacitance, sizes))
    return {
        name: Table(
            f"{title}: median over the sources", columns,
            [(policy, *(f"{middle(points, policy, size, value):,.4g}" for size in sizes))
             for policy in policies],
        )
        for name, (title, value) in WHAT.items()
    }  # fmt: skip


def best(points: Sequence[Point]) -> Table:
    """Return which policy does most inferences an hour, sources over capacitors."""
    sizes = sorted({one.place.supply.capacitor.capacitance_f for one in points})
    sources = list(dict.fromkeys(one.place.source for one in points))
    shown = [(source, *(_winner(points, source, size) for size in sizes)) for source in sources]
    columns = ("source", *map(show_capacitance, sizes))
    return Table("Most inferences an hour", columns, shown, last_is_text=True)


def _winner(points: Sequence[Point], source: str, capacitance_f: float) -> str:
    there = [
        one for one in points
        if one.place.source == source
        and one.place.supply.capacitor.capacitance_f == capacitance_f
        and one.outcome.inferences
    ]  # fmt: skip
    if not there:
        return "none"
    winner = max(there, key=lambda one: one.outcome.inferences_per_hour)
    return f"{winner.place.supply.policy}, {winner.outcome.inferences_per_hour:,.3g}"


def ended(points: Sequence[Point]) -> Table | None:
    """Return those that did not come to their end, and why; None if all did."""
    shown = [
        (
            one.place.supply.policy, one.place.source,
            show_capacitance(one.place.supply.capacitor.capacitance_f),
            str(one.outcome.inferences),
            one.outcome.story or f"not done after {show_time(one.outcome.time_ps)}",
        )
        for one in points
        if one.outcome.end != "finished"
    ]  # fmt: skip
    columns = ("policy", "source", "capacitor", "inferences", "why")
    return Table("Not finished", columns, shown, last_is_text=True) if shown else None
