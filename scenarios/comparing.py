"""Two runs side by side: what was set otherwise, and what came of it, layer by layer.

Models:     layers are aligned by image and name, not by time, so a layer that took longer moves
            none of those after it; everything else by its name in `metrics.json`.
Leaves out: single transactions; what the host took.
Checked by: tests/scenarios/test_comparing.py
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cosim.units import show_time
from scenarios.tables import show_energy

ABSENT = "–"
"""Shown for what one of the runs does not have."""

APART = frozenset({"host", "layers"})
"""Keys of the metrics that are not compared by name."""

PER_LAYER = ("time_ps", "cycles", "instructions", "macs", "energy_pj")


class Difference(NamedTuple):
    """One thing that differs: where, in the first run, in the second, and by how much."""

    where: str
    first: str
    second: str
    change: str = ""


def differences(first: Path, second: Path) -> list[Difference]:
    """Return what differs between the folders of two runs: settings, layers, everything else."""
    settings = [_flat(tomllib.loads((run / "config.toml").read_text())) for run in (first, second)]
    metrics = [json.loads((run / "metrics.json").read_text()) for run in (first, second)]
    layers = [_layers(one) for one in metrics]
    rest = [
        _flat({key: value for key, value in one.items() if key not in APART}) for one in metrics
    ]
    return [*_compared(*settings), *_compared(*layers), *_compared(*rest)]


def _layers(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each layer took, by image, name and what it is."""
    found = {}
    for layer in metrics["layers"]:
        told = {**layer, "time_ps": layer["end_ps"] - layer["start_ps"]}
        where = f"image {layer['image']}, {layer['name']}"
        found.update({f"{where}: {key}": told[key] for key in PER_LAYER})
    return found


def _flat(values: Mapping[str, Any], parent: str = "") -> dict[str, Any]:
    """Return the leaves of a tree by their dotted paths."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{parent}.{key}" if parent else key
        found.update(_flat(value, path) if isinstance(value, Mapping) else {path: value})
    return found


def _compared(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Difference]:
    for where in dict.fromkeys([*first, *second]):
        one, other = first.get(where, ABSENT), second.get(where, ABSENT)
        if one == other:
            continue
        change = ""
        if isinstance(one, int | float) and isinstance(other, int | float):
            sign = "+" if other > one else ""
            change = f"{sign}{_text(where, other - one)}" + (
                f" ({100 * (other / one - 1):+.2f} %)" if one else ""
            )
        yield Difference(_name(where), _text(where, one), _text(where, other), change)


def _name(where: str) -> str:
    return where.removesuffix("_ps").removesuffix("_pj")


def _text(where: str, value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if where.endswith("_ps"):
            return show_time(int(value)) if value >= 0 else f"-{show_time(int(-value))}"
        if where.endswith("_pj") or where.startswith("energy_pj"):
            return show_energy(value)
        return f"{value:.6g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
