"""The report of a run, as one self-contained HTML page and as plain text.

Models:     headline, layers, caches, memory, co-processor, energy, what rests on estimates, and
            the list of probes; sections without numbers are left out.
Leaves out: comparison of runs; anything that needs a network connection or JavaScript.
Source:     the keys of `metrics.json` (README.md, section Report).
Checked by: tests/waveforms/test_report.py
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from cosim.probes import Energy, Probe
from waveforms.quantities import count_text, energy_text, rate_text, share_text, time_text

Metrics = Mapping[str, Any]
"""What `metrics.json` holds."""

INTERVALS: dict[str, tuple[str, Callable[[float], str]]] = {
    "energy_pj": ("energy", energy_text),
    "speedup": ("speedup", lambda times: f"{times:.4g} ×"),
    "improvement": ("energy saved", lambda share: f"{100 * share:.3g} %"),
}
"""Headlines that have an interval, what they are called and how they are told."""

Parameter = tuple[str, Any, str, str, str]
"""Path, value, unit, sentence and source of one configuration parameter."""


@dataclass(frozen=True)
class Bar:
    """A stretch of a chart row, in percent of its width."""

    start: float
    width: float
    tone: str
    title: str


@dataclass(frozen=True)
class Chart:
    """Rows of bars under a title."""

    title: str
    rows: Sequence[tuple[str, Sequence[Bar]]]


@dataclass(frozen=True)
class Table:
    """A titled table; the first column is text, the others are numbers.

    The last may be text too; a folded table is all text, and on paper only if it `is_printed`.
    `links` are addresses, one a row, to which its last cell leads; "" leads nowhere.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    is_folded: bool = False
    last_is_text: bool = False
    is_printed: bool = False
    links: Sequence[str] = ()


@dataclass(frozen=True)
class Figure:
    """A picture under a title, as markup that stands in the page as it is."""

    title: str
    markup: str
    note: str = ""


@dataclass
class Report:
    """What is on the page."""

    title: str
    headline: list[tuple[str, str]] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: Sequence[Figure] = ()
    lead: list[Table] = field(default_factory=list)
    """Tables that stand right below the headline."""


PAIRS = {
    "memory": "Memory", "imac": "Co-processor", "convolver": "Convolutions on the arrays",
    "branches": "Branches",
}  # fmt: skip
"""Groups of metrics that are told as pairs of name and value."""


def build_report(
    metrics: Metrics, probes: Iterable[Probe] = (), parameters: Iterable[Parameter] = ()
) -> Report:
    """Gather the report of a run from its metrics, its probes and its configuration."""
    report = Report(str(metrics.get("scenario", "run")), _headline(metrics))
    layers = metrics.get("layers", ())
    if layers:
        report.charts.append(_layer_chart(layers))
        report.tables.append(_layer_table(layers))
    energy = metrics.get("energy_pj", {})
    if energy.get("total"):
        report.charts.append(_energy_chart(energy))
        report.tables.append(_energy_table(energy))
    if metrics.get("caches"):
        report.tables.append(_cache_table(metrics["caches"]))
    for key, title in PAIRS.items():
        if metrics.get(key):
            report.tables.append(_pair_table(title, metrics[key]))
    report.tables += estimates(parameters)
    report.tables += _probe_table(probes)
    if metrics.get("host"):
        report.tables.append(_pair_table("Host", metrics["host"], is_folded=True))
    return report


def write_report(
    path: Path,
    metrics: Metrics,
    probes: Iterable[Probe] = (),
    parameters: Iterable[Parameter] = (),
) -> None:
    """Write the report of a run as one HTML page."""
    write_page(path, build_report(metrics, probes, parameters))


def write_page(path: Path, report: Report) -> None:
    """Write a report as one HTML page."""
    env = Environment(
        loader=PackageLoader("waveforms"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = env.get_template("report.html").render(report=report)
    path.write_text(page, encoding="utf-8", newline="\n")


def report_text(metrics: Metrics) -> str:
    """Return the report of a run as plain text."""
    report = build_report(metrics)
    width = max((len(name) for name, _ in report.headline), default=0)
    parts = [report.title, "=" * len(report.title)]
    told = [(name, value.replace("\n", "; ")) for name, value in report.headline]
    parts += [f"{name:<{width}}  {value}" for name, value in told]
    for table in report.tables:
        parts += ["", table.title, *_text_rows(table)]
    return "\n".join(parts) + "\n"


def _text_rows(table: Table) -> list[str]:
    rows = [list(table.columns), *[list(row) for row in table.rows]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    left = {0, len(widths) - 1} if table.last_is_text else {0}
    return [
        "  ".join(
            text.ljust(width) if column in left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _headline(metrics: Metrics) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if "network" in metrics:
        found.append(("network", str(metrics["network"])))
    found += [("note", str(note)) for note in metrics.get("notes", ())]
    if "mode" in metrics:
        found.append(("mode", str(metrics["mode"])))
    predictions, labels = metrics.get("predictions", ()), metrics.get("labels", ())
    if predictions:
        hits = sum(one == other for one, other in zip(predictions, labels, strict=False))
        found.append(("correct", f"{hits} of {len(labels)}" if labels else str(predictions[0])))
    if "time_ps" in metrics:
        found.append(("simulated time", time_text(metrics["time_ps"])))
    found += [
        (name, count_text(metrics[key]))
        for key, name in (("cycles", "cycles"), ("instructions", "instructions"), ("ipc", "IPC"))
        if key in metrics
    ]
    total_pj = metrics.get("energy_pj", {}).get("total")
    if total_pj:
        if "energy_pj" not in metrics.get("intervals", {}):
            found.append(("energy", energy_text(total_pj)))
        if metrics.get("time_ps"):
            found.append(("mean power", f"{1000 * total_pj / metrics['time_ps']:.4g} mW"))
    found += [
        (INTERVALS[name][0], _interval_text(INTERVALS[name][1], between))
        for name, between in metrics.get("intervals", {}).items()
    ]
    return found


def _interval_text(show: Callable[[float], str], between: Metrics) -> str:
    """Return a number, and on a line of its own where it is in nine cases of ten."""
    low, high = show(between["low"]), show(between["high"])
    return f"{show(between['nominal'])}\n90 %: {low} to {high}"


def _duration_ps(layer: Metrics) -> int:
    return int(layer["end_ps"] - layer["start_ps"])


def _layer_chart(layers: Sequence[Metrics]) -> Chart:
    first = [layer for layer in layers if layer.get("image", 0) == layers[0].get("image", 0)]
    start_ps = min(layer["start_ps"] for layer in first)
    whole_ps = max(max(layer["end_ps"] for layer in first) - start_ps, 1)
    rows = []
    for layer in first:
        bar = Bar(
            start=100 * (layer["start_ps"] - start_ps) / whole_ps,
            width=100 * _duration_ps(layer) / whole_ps,
            tone=str(layer.get("engine", "cpu")),
            title=f"{layer['name']}: {time_text(_duration_ps(layer))}",
        )
        rows.append((str(layer["name"]), [bar]))
    title = (
        "Layers over time" if len(first) == len(layers) else "Layers of the first image over time"
    )
    return Chart(title, rows)


def _layer_table(layers: Sequence[Metrics]) -> Table:
    whole_ps = sum(_duration_ps(layer) for layer in layers)
    same: dict[tuple[str, str], list[Metrics]] = {}
    for layer in layers:
        same.setdefault((str(layer["name"]), str(layer.get("engine", ""))), []).append(layer)
    rows = []
    for (name, engine), members in same.items():
        time_ps = sum(_duration_ps(layer) for layer in members)
        sums = [
            sum(layer.get(key, 0) for layer in members)
            for key in ("cycles", "instructions", "macs")
        ]
        energy_pj = sum(layer.get("energy_pj", 0) for layer in members)
        counts = [count_text(one) for one in sums]
        share = share_text(time_ps, whole_ps)
        rows.append([name, engine, time_text(time_ps), share, *counts, energy_text(energy_pj)])
    columns = ("layer", "engine", "time", "share", "cycles", "instructions", "MACs", "energy")
    note = "" if len(rows) == len(layers) else "Each row is the sum over all images."
    return Table("Layers", columns, rows, note)


def _energy_parts(energy: Metrics) -> dict[str, float]:
    """Return the energy of each component that the machine has."""
    return {
        name: float(parts["total"] if isinstance(parts, Mapping) else parts)
        for name, parts in energy.items()
        if name != "total" and parts is not None
    }


def _energy_chart(energy: Metrics) -> Chart:
    bars, start = [], 0.0
    for name, part_pj in _energy_parts(energy).items():
        width = 100 * part_pj / energy["total"]
        bars.append(Bar(start, width, name, f"{name}: {energy_text(part_pj)}"))
        start += width
    return Chart("Energy by component", [("", bars)])


def _energy_table(energy: Metrics) -> Table:
    rows = []
    for name, total_pj in _energy_parts(energy).items():
        parts = energy[name] if isinstance(energy[name], Mapping) else {}
        spent = {part: pj for part, pj in parts.items() if part != "total" and pj}
        largest = sorted(spent, key=lambda part: -spent[part])
        told = ", ".join(f"{part.replace('_', ' ')} {energy_text(spent[part])}" for part in largest)
        rows.append([name, energy_text(total_pj), share_text(total_pj, energy["total"]), told])
    rows.append(["total", energy_text(energy["total"]), "100 %", ""])
    return Table("Energy", ("component", "energy", "share", "of which"), rows, last_is_text=True)


def _cache_table(caches: Mapping[str, Metrics]) -> Table:
    columns = ("cache", "accesses", "hits", "misses", "hit rate", "write-backs", "prefetches")
    rows = [
        [
            name,
            *(count_text(cache.get(key, 0)) for key in ("accesses", "hits", "misses")),
            share_text(cache.get("hits", 0), cache.get("accesses", 0)),
            *(count_text(cache.get(key, 0)) for key in ("writebacks", "prefetches")),
        ]
        for name, cache in caches.items()
    ]
    return Table("Caches", columns, rows)


def _pair_table(title: str, values: Metrics, *, is_folded: bool = False) -> Table:
    rows = [[_name_text(key), _value_text(key, value)] for key, value in values.items()]
    return Table(title, ("", "value"), rows, is_folded=is_folded)


def _name_text(key: str) -> str:
    for unit in ("_ps", "_pj", "_bytes_per_s"):
        key = key.removesuffix(unit)
    return key.replace("_", " ")


def _value_text(key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "none" if not value else "; ".join(str(one) for one in value)
    if not isinstance(value, int | float):
        return str(value)
    if key.endswith("_ps"):
        return time_text(value)
    if key.endswith("_pj"):
        return energy_text(value)
    if key.endswith("_bytes_per_s"):
        return rate_text(value)
    return count_text(value)


def estimates(parameters: Iterable[Parameter]) -> list[Table]:
    """Return the parameters whose source is an estimate, as no table or one."""
    rows = [
        [path, f"{value} {unit}".strip(), source.removeprefix("estimate:").strip()]
        for path, value, unit, _, source in parameters
        if source.startswith("estimate")
    ]
    note = "These defaults are not from a document; results move with them."
    columns = ("parameter", "value", "why this value")
    title = "What rests on estimates"
    return [Table(title, columns, rows, note, is_folded=True, is_printed=True)] if rows else []


def _probe_table(probes: Iterable[Probe]) -> list[Table]:
    rows = [[probe.path, probe.kind, _probe_value(probe), probe.doc] for probe in probes]
    columns = ("probe", "kind", "at the end", "what it is")
    return [Table("Probes", columns, rows, is_folded=True)] if rows else []


def _probe_value(probe: Probe) -> str:
    if isinstance(probe, Energy):
        return energy_text(probe.value)
    if probe.value is None:
        return ""
    return count_text(probe.value) if isinstance(probe.value, int | float) else str(probe.value)
