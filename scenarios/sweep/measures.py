"""What a run measured, as numbers by name: what sweeps minimise, bound and draw."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.measures.metrics import Metrics

LEFT_OUT = ("host", "layers", "seed", "mode")
"""Keys of `metrics.json` that are no result, or are told otherwise."""


def measures(metrics: Metrics) -> dict[str, float]:
    """Return every number of `metrics.json` under its dotted path, and what is computed from them.

    Layers are summed over images, as `layers.fc1.cycles`; `accuracy` is a share of the images that
    have a label. What the run cost the host is not among them: it does not repeat.
    """
    told = {key: value for key, value in metrics.model_dump().items() if key not in LEFT_OUT}
    found = dict(_numbers(told))
    found["mean_power_mw"] = metrics.mean_power_mw
    found["images_per_s"] = metrics.images_per_s
    if metrics.labels:
        found["accuracy"] = metrics.correct / len(metrics.labels)
    sums: defaultdict[str, float] = defaultdict(float)
    for layer in metrics.layers:
        for what in ("cycles", "instructions", "macs", "energy_pj"):
            sums[f"layers.{layer.name}.{what}"] += getattr(layer, what)
    return {**found, **sums}


def _numbers(told: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for name, value in told.items():
        below = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from _numbers(value, below)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield below, value
