"""The study as tables and lines: one parameter after the other, all others as in LeNet-5.

Checked by: tests/scenarios/test_conv_fc.py
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scenarios.networks.shaped import ShapeConfig
from scenarios.sweep.records import Record
from scenarios.sweep.sweeping import Sweep
from waveforms.report import Table

AXES: Mapping[str, str] = {
    "shape.channels": "filters times",
    "shape.moved": "convolutions moved",
    "shape.width": "width of fc1",
    "shape.last_filters": "last filters",
    "subarray": "subarray size",
    "soc.imac.buffer.size_bytes": "buffer (bytes)",
    "soc.imac.protocol": "store",
    "memory": "memory",
}
"""Parameters of the study by path, as people read them."""

AUTHORS = ("shape.moved", "1")
"""The point that is the authors' small network."""

STORES = {"timer": "1 sign", "vector:lanes=8": "8 signs", "vector:lanes=16": "16 signs"}

UNTRAINED = "–"

Accuracies = Mapping[str, float]
"""Share of test digits that the co-processor classifies rightly, by the shape's name."""


@dataclass(frozen=True)
class Explored:
    """The finished study, and accuracies if networks were trained."""

    found: Sweep
    accuracies: Accuracies

    @property
    def base(self) -> Record:
        """LeNet-5 on the paper's machine."""
        first = {path: values[0] for path, values in self._values().items()}
        return next(one for one in self.found.done if dict(one.settings) == first)

    def along(self, path: str) -> list[Record]:
        """Return the points that differ from the base in one parameter alone, in rising order."""
        base, order = self.base.settings, self._values()[path]
        points = [
            one
            for one in self.found.done
            if all(value == base[name] for name, value in one.settings.items() if name != path)
        ]
        return sorted(points, key=lambda one: _rank(one.settings[path], order))

    def accuracy(self, record: Record) -> float | None:
        """Return what a point's network gets right, None if it was not trained."""
        return self.accuracies.get(shape_of(record).name)

    def _values(self) -> dict[str, list[str]]:
        parameters = self.found.study.parameters
        return {path: axis.values() or [] for path, axis in parameters.items()}


def _rank(value: str, order: Sequence[str]) -> float:
    """Return the place of a value among others: numbers by size, names as they are listed."""
    try:
        return float(value)
    except ValueError:
        return float(order.index(value))


def shape_of(record: Record) -> ShapeConfig:
    """Return the shape of a point's network."""
    told = {
        path.removeprefix("shape."): value
        for path, value in record.settings.items()
        if path.startswith("shape.")
    }
    return ShapeConfig.model_validate(told)


def shown(setting: str) -> str:
    """Return the value of a parameter for people."""
    return STORES.get(setting, setting).removeprefix("lpddr3_")


def value(record: Record, name: str) -> float:
    """Return a figure of a point."""
    return record.measures[f"figures.{name}"]


Cell = Callable[[Record], str]

COLUMNS: Mapping[str, Cell] = {
    "conv / FC kMAC": lambda one: (
        f"{value(one, 'conv_macs') / 1e3:,.0f} / {value(one, 'fc_macs') / 1e3:,.0f}"
    ),
    "f by MACs, bytes, time": lambda one: " / ".join(
        f"{100 * value(one, f'share_{by}'):.0f}" for by in ("macs", "bytes", "time")
    ),
    "speedup": lambda one: f"{value(one, 'speedup'):.2f}",
    "Amdahl by MACs, bytes, time": lambda one: " / ".join(
        f"{value(one, f'amdahl_{by}'):.2f}" for by in ("macs", "bytes", "time")
    ),
    "energy saved": lambda one: f"{100 * value(one, 'energy_saved'):.0f} %",
    "peak power": lambda one: f"{value(one, 'peak_power_mw') / 1e3:.1f} W",
    "subarrays": lambda one: f"{value(one, 'subarrays'):.0f}",
    "features": lambda one: f"{value(one, 'features'):,.0f}{_flag(one)}",
}


def _flag(record: Record) -> str:
    chunks = value(record, "chunks")
    return f" overflow: {chunks:.0f} chunks" if chunks > 1 else ""


BRIEF = ("speedup", "energy saved", "peak power", "subarrays", "features")
"""Columns that a terminal has room for, beside the accuracy."""


def table(explored: Explored, names: Sequence[str] = tuple(COLUMNS)) -> Table:
    """Return one row a point, with columns by name; LeNet-5 itself first."""
    rows = [["LeNet-5", *_cells(explored, explored.base, names)]]
    for path, told in AXES.items():
        for one in explored.along(path):
            if one is explored.base:
                continue
            setting = shown(one.settings[path])
            own = ", as the authors' small one" if (path, setting) == AUTHORS else ""
            rows.append([f"{told}: {setting}{own}", *_cells(explored, one, names)])
    heads = ("", *names, "accuracy")
    return Table("Convolution against dense layers", heads, rows, last_is_text=True)


def _cells(explored: Explored, record: Record, names: Sequence[str]) -> list[str]:
    accuracy = explored.accuracy(record)
    told = UNTRAINED if accuracy is None else f"{100 * accuracy:.1f} %"
    return [*(COLUMNS[name](record) for name in names), told]


def markdown(told: Table) -> str:
    """Return a table as a README has it."""
    rule = ["---", *("---:" for _ in told.columns[1:])]
    lines = [told.columns, rule, *told.rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def sentences(explored: Explored) -> Iterator[tuple[str, str]]:
    """Yield (what, found) lines: how the simulated speedup lies to Amdahl's, and the extremes."""
    done = explored.found.done
    for by in ("macs", "bytes", "time"):
        ratios = [value(one, "speedup") / value(one, f"amdahl_{by}") for one in done]
        yield (
            f"speedup over Amdahl's with f by {by}",
            f"{min(ratios):.2f} to {max(ratios):.2f}, over {len(ratios)} points",
        )
    for name, text in (("speedup", "{:.2f}"), ("energy_saved", "{:.0%}"),
                       ("peak_power_mw", "{:,.0f} mW")):  # fmt: skip
        ordered = sorted(done, key=lambda one: value(one, name))
        least, most = (text.format(value(one, name)) for one in (ordered[0], ordered[-1]))
        yield name.replace("_", " "), f"{least} to {most} ({_differs(explored, ordered[-1])})"


def _differs(explored: Explored, record: Record) -> str:
    base = explored.base.settings
    changed = [f"{AXES[path]}: {shown(one)}" for path, one in record.settings.items()
               if one != base[path]]  # fmt: skip
    return ", ".join(changed) or "LeNet-5"
