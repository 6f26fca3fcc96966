"""Two runs side by side: what was set otherwise, and what came of it, layer by layer.

Models:     layers are aligned by image and name, not by time, so a layer that took longer moves
            none of those after it; everything else by its name in `metrics.json`.
            Transactions: aligning.py.
Leaves out: what the host took.
Checked by: tests/scenarios/test_comparing.py
"""

import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cosim.errors import ConfigError, DataError
from cosim.units import show_time
from scenarios.measures.metrics import read_metrics
from scenarios.scenario import Advance, untold
from scenarios.showing.aligning import compared_transactions
from scenarios.showing.tables import show_energy

ABSENT = "–"
"""Shown for what one of the runs does not have."""

APART = frozenset({"host", "layers"})
"""Keys of the metrics that are not compared by name."""

ROUNDING = 1e-9
"""Relative difference of two sums of energy that means nothing: a million roundings of doubles."""

SHOWN = 5
"""Layers and images that a sentence names."""

WHEN = re.compile(r" at \d+ ps$")
"""When a misuse was, at the end of its sentence."""

PER_LAYER = ("time_ps", "cycles", "instructions", "macs", "energy_pj")


class Difference(NamedTuple):
    """One thing that differs: where, in the first run, in the second, and by how much."""

    where: str
    first: str
    second: str
    change: str = ""


def differences(first: Path, second: Path) -> list[Difference]:
    """Return what differs between the folders of two runs: settings, layers, everything else.

    Raises ConfigError for runs of different work, DataError for a folder that is damaged.
    """
    settings, metrics = _settings(first, second), _metrics(first, second)
    layers = [_layers(one) for one in metrics]
    rest = [
        _flat({key: value for key, value in one.items() if key not in APART}) for one in metrics
    ]
    return [*_compared(*settings), *_compared(*layers), *_compared(*rest)]


def story(first: Path, second: Path, advance: Advance = untold) -> list[str]:
    """Return in sentences what was set otherwise and what came of it; none if nothing differs.

    Raises errors as `differences` does.
    """
    metrics, other = _metrics(first, second)
    set_otherwise = _compared(*_settings(first, second))
    told = [f"{one.where}: {one.first} -> {one.second}" for one in set_otherwise]
    told += _times(metrics, other)
    told += _misuse(metrics, other)
    changed = [
        f"image {image}: {a} -> {b}"
        for image, (a, b) in enumerate(
            zip(metrics.get("predictions", ()), other.get("predictions", ()), strict=False)
        )
        if a != b
    ]
    if changed:
        told.append(f"{len(changed)} predictions differ: {', '.join(changed[:SHOWN])}")
    return told + compared_transactions(first, second, advance)


def _settings(*runs: Path) -> list[dict[str, Any]]:
    """Return the settings of runs by their paths."""
    return [_flat(_read(run / "config.toml", tomllib.loads)) for run in runs]


def _metrics(*runs: Path) -> list[dict[str, Any]]:
    """Return the metrics of runs as they were kept; one of an earlier version may lack keys."""
    known = [read_metrics(run / "metrics.json") for run in runs]
    works = [one.network or one.trace for one in known]
    if len(set(works)) > 1:
        raise ConfigError(
            f"{' and '.join(map(str, runs))} must be runs of the same network or trace to be"
            f" aligned, not of {' and '.join(work or 'none' for work in works)}; put them side by"
            " side with `cosim report`"
        )
    needed = {"layers": [], "time_ps": 0}
    return [needed | _read(run / "metrics.json", json.loads) for run in runs]


def _read(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """Return what a file of a run holds; raises DataError if it is damaged."""
    try:
        found: dict[str, Any] = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} must be a file of a run: {error.strerror}") from None
    except ValueError:
        raise DataError(f"{path} must be a {path.name} that cosim wrote; it is not") from None
    return found


def _times(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    """Yield how much time was saved or lost, and in which layers."""
    layers: dict[str, int] = {}
    for sign, metrics in ((-1, first), (1, second)):
        for layer in metrics["layers"]:
            took_ps = layer["end_ps"] - layer["start_ps"]
            layers[layer["name"]] = layers.get(layer["name"], 0) + sign * took_ps
    changed = sorted((ps, name) for name, ps in layers.items() if ps)
    whole_ps = second["time_ps"] - first["time_ps"]
    if not changed and not whole_ps:
        return
    changed.sort(key=lambda pair: -abs(pair[0]))
    where = ", ".join(f"{_lost(ps)} in {name}" for ps, name in changed[:SHOWN])
    share = f" ({100 * whole_ps / first['time_ps']:+.3g} %)" if first["time_ps"] else ""
    yield f"{_lost(whole_ps)} in all{share}: {where or 'outside the layers'}"


def _lost(time_ps: int) -> str:
    return f"{'lost' if time_ps > 0 else 'saved'} {show_time(abs(time_ps))}" if time_ps else "even"


def _misuse(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    """Yield of which misuses there are more or fewer, by what they are and not by when."""
    seen = [
        Counter(WHEN.sub("", one) for one in metrics.get("imac", {}).get("violations", ()))
        for metrics in (first, second)
    ]
    for what in sorted(seen[0] | seen[1]):
        more = seen[1][what] - seen[0][what]
        if more:
            yield f"{abs(more)} {'more' if more > 0 else 'fewer'}: {what}"


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
        if one == other or _is_noise(one, other):
            continue
        change = ""
        if isinstance(one, int | float) and isinstance(other, int | float):
            sign = "+" if other > one else ""
            change = f"{sign}{_text(where, other - one)}" + (
                f" ({100 * (other / one - 1):+.2f} %)" if one else ""
            )
        yield Difference(_name(where), _text(where, one), _text(where, other), change)


def _is_noise(one: Any, other: Any) -> bool:
    """Tell whether two numbers differ by no more than the rounding of sums."""
    both = isinstance(one, float) and isinstance(other, float)
    return both and math.isclose(one, other, rel_tol=ROUNDING)


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
