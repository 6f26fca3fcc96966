"""Tables for the terminal: one run, several runs side by side, scenarios, parameters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from rich.table import Table

from cosim.config import Row
from cosim.units import show_time
from scenarios.measures.metrics import CacheMetrics, ConvolverMetrics, Metrics


class Ends(Protocol):
    """A number with an interval."""

    @property
    def nominal(self) -> float:
        """The number."""
        ...

    @property
    def low(self) -> float:
        """Its lower end."""
        ...

    @property
    def high(self) -> float:
        """Its upper end."""
        ...


PJ_STEPS = ((1e12, "J"), (1e9, "mJ"), (1e6, "uJ"), (1e3, "nJ"))

NUMBER, WORD = ">", "|"
"""Marks of the head of a column: numbers; words that are not broken."""


def show_energy(energy_pj: float) -> str:
    """Return an energy for people: 12.5 uJ, 3 nJ."""
    for size, unit in PJ_STEPS:
        if abs(energy_pj) >= size:
            return f"{energy_pj / size:.4g} {unit}"
    return f"{energy_pj:.4g} pJ"


HEADLINES: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "energy_pj": ("energy", show_energy),
    "speedup": ("speedup", "{:.4g}".format),
    "improvement": ("energy saved", "{:.2%}".format),
}
"""Headlines with an interval: what they are called, and how they are shown."""


def show_share(part: float, whole: float) -> str:
    """Return a share in percent, a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def summary(metrics: Metrics, rows: Iterable[tuple[str, str]] = ()) -> Table:
    """Return the headline of one run."""
    table = _grid("what", "value")
    for what, value in [*rows, *headline(metrics).items()]:
        table.add_row(what, value)
    return table


def headline(metrics: Metrics) -> dict[str, str]:
    """Return the numbers everyone asks for first."""
    lines = {**metrics.subject, "mode": metrics.mode}
    if metrics.images:
        lines["images"] = str(metrics.images)
    if metrics.warm_up:
        lines["warm-up"] = f"{metrics.warm_up:,} instructions"
    if metrics.notes:
        lines["note"] = "; ".join(metrics.notes)
    if metrics.predictions:
        lines["predicted"] = _listed(metrics.predictions)
        lines["labels"] = _listed(metrics.labels)
        lines["correct"] = f"{metrics.correct} of {len(metrics.labels)}"
    lines["simulated time"] = show_time(metrics.time_ps)
    if metrics.cycles:
        lines["core cycles"] = f"{metrics.cycles:,}"
        lines["instructions"] = f"{metrics.instructions:,}"
        lines["IPC"] = f"{metrics.ipc:.3f}"
    if metrics.branches.executed:
        share = show_share(metrics.branches.mispredicted, metrics.branches.executed)
        lines["mispredicted"] = f"{metrics.branches.mispredicted:,} branches, {share}"
    if metrics.energy_pj.total:
        lines["energy"] = show_energy(metrics.energy_pj.total)
        lines["mean power"] = f"{metrics.mean_power_mw:.4g} mW"
    for name, found in metrics.intervals.items():
        what, shown = HEADLINES[name]
        lines[what] = show_interval(found, shown)
    lines["host"] = _host(metrics)
    return lines


def show_interval(found: Ends, shown: Callable[[float], str]) -> str:
    """Return a number and where 90 % of the draws of constants put it."""
    return f"{shown(found.nominal)} (90 %: {shown(found.low)} to {shown(found.high)})"


def layers(metrics: Metrics) -> Table:
    """Return time and energy by layer; of several images the first is shown."""
    table = _grid("layer", "engine", ">time", ">cycles", ">instr.", ">MACs", ">energy")
    for layer in metrics.layers:
        if layer.image != metrics.layers[0].image:
            break
        table.add_row(
            layer.name,
            layer.engine,
            show_time(layer.end_ps - layer.start_ps),
            f"{layer.cycles:,}",
            f"{layer.instructions:,}",
            f"{layer.macs:,}",
            show_energy(layer.energy_pj),
        )
    return table


def caches(metrics: Metrics) -> Table:
    """Return accesses and misses by cache level."""
    heads = ("accesses", "hits", "misses", "missed", "writebacks", "prefetches")
    table = _grid("cache", *(f">{head}" for head in heads))
    for name in ("l1i", "l1d", "l2", "llc"):
        level: CacheMetrics = getattr(metrics.caches, name)
        numbers = (level.accesses, level.hits, level.misses)
        table.add_row(
            name,
            *(f"{number:,}" for number in numbers),
            show_share(level.misses, level.accesses),
            f"{level.writebacks:,}",
            f"{level.prefetches:,}",
        )
    return table


def memory(metrics: Metrics) -> Table:
    """Return requests, commands and rows of the LPDDR3 channel."""
    channel = metrics.memory
    table = _grid("LPDDR3", ">count", "rows", ">found")
    commands = {
        "reads": channel.reads,
        "writes": channel.writes,
        "activates": channel.activates,
        "precharges": channel.precharges,
        "refreshes": channel.refreshes,
    }
    found = (("open", channel.row_hits), ("closed", channel.row_misses),
             ("conflicting", channel.row_conflicts), ("", ""), ("", ""))  # fmt: skip
    for (command, count), (state, rows) in zip(commands.items(), found, strict=True):
        table.add_row(command, f"{count:,}", state, f"{rows:,}" if state else "")
    return table


def handoff(metrics: Metrics) -> Table:
    """Return the steps of the hand-off to the co-processor, summed over all jobs."""
    imac = metrics.imac
    table = _grid("hand-off", "")
    table.add_row("jobs", f"{imac.jobs:,}")
    table.add_row("store_imac", f"{imac.stores:,}")
    table.add_row("load_imac", f"{imac.loads:,}")
    table.add_row("transfer (ready 0 to ready 1)", show_time(imac.transfer_ps))
    table.add_row("compute (ready 1 to ready -1)", show_time(imac.compute_ps))
    table.add_row("wait of the core", show_time(imac.wait_ps))
    for violation in imac.violations:
        table.add_row("violation", violation)
    if imac.faults:
        table.add_row("faults", f"{len(imac.faults):,}, first: {imac.faults[0]}")
    return table


def convolver(found: ConvolverMetrics) -> Table:
    """Return what convolutions on the arrays took, summed over all images."""
    table = _grid("convolutions on the arrays", "")
    for name in ("strips", "shots", "stores", "loads"):
        table.add_row(name, f"{getattr(found, name):,}")
    table.add_row("subarrays used", f"{found.arrays}, {show_share(found.filled, 1.0)} filled")
    table.add_row("weights written again", f"{found.rewrites:,}")
    table.add_row("loads unlike the program's", f"{found.unlike:,} of {found.words:,}")
    for violation in found.violations:
        table.add_row("violation", violation)
    return table


def analog(metrics: Metrics) -> Table:
    """Return the analog level in use, what it is worth, and what the arrays took."""
    imac = metrics.imac
    table = _grid("analog part", "")
    table.add_row("level", imac.level)
    table.add_row("declared error", imac.level_error)
    table.add_row("signal left by the wires", show_share(imac.signal_left, 1.0))
    table.add_row("settling of the layers", ", ".join(map(show_time, imac.settling_ps)))
    table.add_row("peak power", f"{imac.peak_power_mw:,.0f} mW")
    table.add_row("ties between the largest codes", f"{imac.ties:,}")
    for warning in imac.warnings:
        table.add_row("warning", warning)
    return table


def chapters(metrics: Metrics) -> list[Table]:
    """Return the tables of a run, those left out for which it has nothing to tell."""
    found = [
        layers(metrics) if metrics.layers else None,
        caches(metrics) if metrics.caches.l1i.accesses else None,
        memory(metrics) if metrics.memory.reads else None,
        handoff(metrics) if metrics.imac.jobs or metrics.imac.violations else None,
        convolver(metrics.convolver) if metrics.convolver is not None else None,
        analog(metrics) if metrics.imac.level else None,
        energy(metrics) if metrics.energy_pj.total else None,
    ]
    return [table for table in found if table is not None]


def energy(metrics: Metrics) -> Table:
    """Return energy by component, with its parts in words."""
    table = _grid("component", ">energy", ">share", "parts")
    for name, parts in metrics.energy_pj.components().items():
        spent = {part.replace("_", " "): pj for part, pj in parts.items() if pj and part != "total"}
        words = (f"{part} {show_energy(pj)}" for part, pj in spent.items())
        total = parts["total"]
        if not total:
            continue
        share = show_share(total, metrics.energy_pj.total)
        table.add_row(name, show_energy(total), share, ", ".join(words))
    return table


def compared(runs: Mapping[str, Metrics]) -> Table:
    """Return several runs side by side, one column each."""
    table = _grid("what", *runs)  # whose names may be long and are broken
    for column in table.columns[1:]:
        column.justify = "right"
    columns = [headline(metrics) for metrics in runs.values()]
    for what in dict.fromkeys(key for column in columns for key in column):
        table.add_row(what, *(column.get(what, "-") for column in columns))
    cycles = [layer_cycles(metrics) for metrics in runs.values()]
    for name in dict.fromkeys(name for column in cycles for name in column):
        found = (f"{column[name]:,.0f}" if name in column else "-" for column in cycles)
        table.add_row(f"cycles of {name}", *found)
    return table


def layer_cycles(metrics: Metrics) -> dict[str, float]:
    """Return core cycles by layer: the mean of all images but the first, which finds all cold.

    Of a single image, its own.
    """
    warm = [layer for layer in metrics.layers if layer.image > 0] or metrics.layers
    images = max(metrics.images - 1, 1)
    cycles: dict[str, float] = {}
    for layer in warm:
        cycles[layer.name] = cycles.get(layer.name, 0.0) + layer.cycles / images
    return cycles


def parameters(rows: Iterable[Row]) -> Table:
    """Return parameters with value, unit, meaning and source."""
    table = _grid("parameter", "value", "unit", "meaning", "source")
    for row in rows:
        unit = "" if row.unit == "1" else row.unit
        table.add_row(row.path, str(row.value), unit, row.doc, row.source)
    return table


def listed(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a plain table of text."""
    table = _grid(*heads)
    for row in rows:
        table.add_row(*row)
    return table


def _grid(*heads: str) -> Table:
    """Return an empty table; heads begin with a mark if their column is never to be broken."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        if head.startswith(NUMBER):
            table.add_column(head.removeprefix(NUMBER), justify="right", no_wrap=True)
        elif head.startswith(WORD):
            table.add_column(head.removeprefix(WORD), no_wrap=True)
        else:
            table.add_column(head, overflow="fold")
    return table


def _listed(numbers: Sequence[int], shown: int = 16) -> str:
    text = " ".join(map(str, numbers[:shown]))
    return f"{text} ..." if len(numbers) > shown else text


def _host(metrics: Metrics) -> str:
    host = metrics.host
    words = [f"{host.wall_s:.1f} s"]
    if host.compile_s:
        words.append(f"of which {host.compile_s:.1f} s compiling")
    if metrics.instructions:
        words.append(f"{host.simulated_mips:.2f} million instructions a second")
    return ", ".join(words)
