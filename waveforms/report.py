"""The report of a run, as one self-contained HTML page and as plain text.

Models:     headline, layers, caches, memory, co-processor, energy, what rests on estimates, and
            the list of probes; sections without numbers are left out.
Leaves out: comparison of runs; anything that needs a network connection or JavaScript.
Source:     the keys of `metrics.json` (README.md, section Report).
Checked by: tests/waveforms/test_report.py
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from cosim.probes import Energy, Probe
from waveforms.quantities import count_text, energy_text, rate_text, share_text, time_text

Metrics = Mapping[str, Any]
"""What `metrics.json` holds."""

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
    """A titled table; the first column is text, the others are numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    is_folded: bool = False


@dataclass
class Report:
    """What is on the page."""

    title: str
    headline: list[tuple[str, str]] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


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
    for key, title in (("memory", "Memory"), ("imac", "Co-processor"), ("branches", "Branches")):
        if metrics.get(key):
            report.tables.append(_pair_table(title, metrics[key]))
    report.tables += _estimates(parameters)
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
    env = Environment(
        loader=PackageLoader("waveforms"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = env.get_template("report.html").render(report=build_report(metrics, probes, parameters))
    path.write_text(page, encoding="utf-8", newline="\n")


def report_text(metrics: Metrics) -> str:
    """Return the report of a run as plain text."""
    report = build_report(metrics)
    width = max((len(name) for name, _ in report.headline), default=0)
    parts = [report.title, "=" * len(report.title)]
    parts += [f"{name:<{width}}  {value}" for name, value in report.headline]
    for table in report.tables:
        parts += ["", table.title, *_text_rows(table)]
    return "\n".join(parts) + "\n"


def _text_rows(table: Table) -> list[str]:
    rows = [list(table.columns), *[list(row) for row in table.rows]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    return [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _headline(metrics: Metrics) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if "network" in metrics:
        found.append(("network", str(metrics["network"])))
    if "mode" in metrics:
        found.append(("mode", str(metrics["mode"])))
    predictions, labels = metrics.get("predictions", ()), metrics.get("labels", ())
    if predictions:
        hits = sum(one == other for one, other in zip(predictions, labels, strict=False))
        found.append(("correct", f"{hits} of {len(labels)}" if labels else str(predictions[0])))
    if "time_ps" in metrics:
        found.append(("simulated time", time_text(metrics["time_ps"])))
    found += [
        (key, count_text(metrics[key]))
        for key in ("cycles", "instructions", "ipc")
        if key in metrics
    ]
    total_pj = metrics.get("energy_pj", {}).get("total")
    if total_pj:
        found.append(("energy", energy_text(total_pj)))
        if metrics.get("time_ps"):
            found.append(("mean power", f"{1000 * total_pj / metrics['time_ps']:.4g} mW"))
    return found


def _layer_chart(layers: Sequence[Metrics]) -> Chart:
    start_ps = min(layer["start_ps"] for layer in layers)
    whole_ps = max(max(layer["end_ps"] for layer in layers) - start_ps, 1)
    rows = []
    for layer in layers:
        duration_ps = layer["end_ps"] - layer["start_ps"]
        bar = Bar(
            start=100 * (layer["start_ps"] - start_ps) / whole_ps,
            width=100 * duration_ps / whole_ps,
            tone=str(layer.get("engine", "cpu")),
            title=f"{layer['name']}: {time_text(duration_ps)}",
        )
        rows.append((str(layer["name"]), [bar]))
    return Chart("Layers over time", rows)


def _layer_table(layers: Sequence[Metrics]) -> Table:
    whole_ps = sum(layer["end_ps"] - layer["start_ps"] for layer in layers)
    rows = []
    for layer in layers:
        duration_ps = layer["end_ps"] - layer["start_ps"]
        rows.append(
            [
                str(layer["name"]),
                str(layer.get("engine", "")),
                time_text(duration_ps),
                share_text(duration_ps, whole_ps),
                count_text(layer.get("cycles", 0)),
                count_text(layer.get("instructions", 0)),
                count_text(layer.get("macs", 0)),
                energy_text(layer.get("energy_pj", 0)),
            ]
        )
    columns = ("layer", "engine", "time", "share", "cycles", "instructions", "MACs", "energy")
    return Table("Layers", columns, rows)


def _energy_parts(energy: Metrics) -> dict[str, float]:
    return {
        name: float(parts["total"] if isinstance(parts, Mapping) else parts)
        for name, parts in energy.items()
        if name != "total"
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
        rows.append([name, energy_text(total_pj), share_text(total_pj, energy["total"])])
        parts = energy[name] if isinstance(energy[name], Mapping) else {}
        rows += [
            [f"{name}.{part}", energy_text(part_pj), share_text(part_pj, energy["total"])]
            for part, part_pj in parts.items()
            if part != "total"
        ]
    rows.append(["total", energy_text(energy["total"]), "100 %"])
    return Table("Energy", ("component", "energy", "share"), rows)


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


def _estimates(parameters: Iterable[Parameter]) -> list[Table]:
    rows = [
        [path, f"{value} {unit}".strip(), source.removeprefix("estimate:").strip()]
        for path, value, unit, _, source in parameters
        if source.startswith("estimate")
    ]
    note = "These defaults are not from a document; results move with them."
    columns = ("parameter", "value", "why this value")
    return [Table("What rests on estimates", columns, rows, note, is_folded=True)] if rows else []


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
