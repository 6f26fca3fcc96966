"""What the terminal and the report page show of replayed traces."""

import sys
from collections.abc import Iterable, Mapping
from itertools import cycle, islice
from typing import Any

from rich.console import Console
from rich.table import Table

from components.lpddr3.checker import Violation
from cosim.config import Row
from cosim.units import show_time
from scenarios.dram.checking import Checked
from scenarios.dram.outcome import Outcome
from scenarios.showing.tables import listed, show_energy, show_share
from waveforms import report

CAUSES = {
    "data": "data",
    "idle": "no request waited",
    "refresh": "a bank was held for a refresh",
    "turnaround": "the bus changed its direction",
    "activate": "activates waited for tRRD or tFAW",
    "bank": "rows were closed and opened",
    "wake": "power-down or self-refresh was left",
    "other": "the order of requests, the command bus",
    "end": "after the last burst",
}
"""What the clocks of the data buses were for, in words."""

PARTS = {
    "entry": "in front of the queues",
    "queue": "behind other requests",
    "bank": "closing and opening a row",
    "refresh": "held for a refresh",
    "data": "data on their way",
}
"""Where the latency of a read went, in words."""

GIGA = 1e9

FILE_COLUMNS = 160
"""Characters."""

TONES = ("memory", "core", "imac", "llc", "l2", "l1d", "other")
"""Colours of the report page, in turn."""


def console() -> Console:
    """Return the terminal; a file or a pipe is as wide as the widest table."""
    return Console() if sys.stdout.isatty() else Console(width=FILE_COLUMNS)


def show(terminal: Console, one: Outcome | None, checked: Checked | None) -> None:
    """Print what one trace gave."""
    if one is not None:
        for table in (summary([one]), explained(one), latency(one), energy(one)):
            terminal.print(table, "", sep="\n")
    if checked is None:
        return
    if checked.violations:
        terminal.print(broken(checked.violations))
    count = checked.broken or "no"
    terminal.print(f"{checked.name}: {checked.commands} commands break {count} timing rules")


def summary(found: Iterable[Outcome]) -> Table:
    """Return a line a trace."""
    heads = ("trace", "cycles", "reads", "writes", "latency", "GB/s", "of peak", "hits", "misses",
             "conflicts", "ACT", "REF", "energy")  # fmt: skip
    return listed(
        heads,
        (
            (
                one.trace,
                f"{one.cycles}",
                f"{one.reads}",
                f"{one.writes}",
                f"{one.mean_read_latency_cycles:.2f}",
                f"{one.bandwidth_bytes_per_s / GIGA:.3f}",
                show_share(one.bandwidth_bytes_per_s, one.peak_bandwidth_bytes_per_s),
                f"{one.row_hits}",
                f"{one.row_misses}",
                f"{one.row_conflicts}",
                f"{one.commands['ACT']}",
                f"{one.commands['REF']}",
                show_energy(one.energy_pj["total"]),
            )
            for one in found
        ),
    )


def explained(one: Outcome) -> Table:
    """Return where the bandwidth went: clocks of the data buses, and bytes per second."""
    total, peak = one.bus_clocks["total"], one.peak_bandwidth_bytes_per_s
    rows = (
        (CAUSES[cause], f"{clocks}", show_share(clocks, total), gigabytes(clocks, total, peak))
        for cause, clocks in one.bus_clocks.items()
        if cause in CAUSES and clocks
    )
    whole = ("peak", f"{total}", "100.0 %", gigabytes(total, total, peak))
    return listed(("clocks of the data bus", "count", "share", "GB/s"), (*rows, whole))


def gigabytes(clocks: int, total: int, peak_bytes_per_s: float) -> str:
    """Return the bandwidth that some of all clocks stand for."""
    return f"{clocks / total * peak_bytes_per_s / GIGA:.3f}" if total else "-"


def latency(one: Outcome) -> Table:
    """Return where the latency of a mean read went, in memory clocks."""
    whole = sum(one.latency_cycles.values())
    rows = (
        (PARTS[part], f"{cycles:.2f}", show_share(cycles, whole))
        for part, cycles in one.latency_cycles.items()
    )
    return listed(
        ("latency of a read", "clocks", "share"), (*rows, ("mean", f"{whole:.2f}", "100.0 %"))
    )


def energy(one: Outcome) -> Table:
    """Return what the energy was spent on."""
    rows = (
        (cause.replace("_", " "), show_energy(pj), show_share(pj, one.energy_pj["total"]))
        for cause, pj in one.energy_pj.items()
        if pj
    )
    return listed(("energy", "spent", "share"), rows)


def compared(found: Iterable[Outcome], wanted: Mapping[str, Any]) -> Table:
    """Return each trace beside what another simulator found: errors in percent, or counts."""
    heads = ("trace", "cycles", "theirs", "error", "latency", "theirs", "error", "ACT", "REF",
             "hits", "misses", "conflicts")  # fmt: skip
    return listed(heads, (_compared(one, wanted[one.trace]) for one in found))


def _compared(one: Outcome, other: Mapping[str, Any]) -> tuple[str, ...]:
    commands = other["commands"]
    mean = other["read_lat_eligible"]["mean"]
    rows = ("row_hits", "row_misses", "row_conflicts")
    return (
        one.trace,
        f"{one.cycles}",
        f"{other['cycles']}",
        _percent(one.cycles, other["cycles"]),
        f"{one.mean_read_latency_cycles:.2f}",
        f"{mean:.2f}",
        _percent(one.mean_read_latency_cycles, mean),
        f"{one.commands['ACT']}/{commands.get('ACT', 0)}",
        f"{one.commands['REF']}/{commands.get('REF', commands.get('REFab', 0))}",
        *(f"{getattr(one, row)}/{other.get(row, '-')}" for row in rows),
    )


def _percent(ours: float, theirs: float) -> str:
    return f"{100 * (ours / theirs - 1):+.3f} %" if theirs else "-"


def broken(found: Iterable[Violation], shown: int = 20) -> Table:
    """Return the first broken rules, with the pair of commands and the slack in clocks."""
    rows = (
        (one.rule, str(one.before or "-"), str(one.after), f"{one.slack}", one.after.place)
        for one in islice(found, shown)
    )
    return listed(("rule", "before", "command", "slack", "place"), rows)


def page(one: Outcome, parameters: Iterable[Row]) -> report.Report:
    """Return the report page of one trace."""
    made = report.Report(f"LPDDR3: {one.trace}", _headline(one))
    made.charts.append(
        report.Chart("Clocks of the data bus", [("", _bars(one.bus_clocks, CAUSES))])
    )
    made.charts.append(report.Chart("Latency of a read", [("", _bars(one.latency_cycles, PARTS))]))
    for title, table in (
        ("Where the bandwidth went", explained(one)),
        ("Where the latency went", latency(one)),
        ("Energy", energy(one)),
    ):
        made.tables.append(_as_report(title, table))
    made.tables.append(_banks(one))
    made.tables += report.estimates(parameters)
    return made


def _headline(one: Outcome) -> list[tuple[str, str]]:
    return [
        ("mode", one.mode),
        ("simulated time", show_time(one.time_ps)),
        ("memory clocks", f"{one.cycles}"),
        ("reads, writes", f"{one.reads}, {one.writes}"),
        ("mean read latency", f"{one.mean_read_latency_cycles:.2f} clocks"),
        ("bandwidth", f"{one.bandwidth_bytes_per_s / GIGA:.3f} GB/s"),
        ("peak", f"{one.peak_bandwidth_bytes_per_s / GIGA:.3f} GB/s"),
        ("energy", show_energy(one.energy_pj["total"])),
    ]


def _bars(parts: Mapping[str, float], words: Mapping[str, str]) -> list[report.Bar]:
    """Return one bar a part, end to end; "total" is their sum."""
    shares = {name: value for name, value in parts.items() if name != "total" and value}
    whole, start, bars = sum(shares.values()), 0.0, []
    for (name, value), tone in zip(shares.items(), cycle(TONES)):
        width = 100 * value / whole
        title = f"{words[name]}: {width:.1f} %"
        bars.append(report.Bar(start, width, tone, title))
        start += width
    return bars


def _as_report(title: str, table: Table) -> report.Table:
    """Return a terminal table as one of the page."""
    columns = [list(column.cells) for column in table.columns]
    rows = [[str(cell) for cell in row] for row in zip(*columns, strict=True)]
    return report.Table(title, [str(column.header) for column in table.columns], rows)


def _banks(one: Outcome) -> report.Table:
    columns = [name.replace("_", " ") for name in one.banks[0]]
    rows = [[str(number) for number in bank.values()] for bank in one.banks]
    return report.Table("Banks", columns, rows, is_folded=True)
