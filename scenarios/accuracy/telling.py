"""What `cosim accuracy` tells: tables for the terminal, and the figures as JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from rich.table import Table

from scenarios.accuracy.evaluating import ADC, BINARY, DIGITAL, Hardware, Outcome
from scenarios.accuracy.examined import Examined
from scenarios.accuracy.statistics import confusion, wilson
from scenarios.networks.weights import Weights
from scenarios.showing.tables import listed

KEYS = (("full_precision", DIGITAL), ("ideal", BINARY), ("adc", ADC))
"""Keys of the figures and their rungs; `analog` is the one in front of the converters."""


def shares(outcome: Outcome) -> dict[str, list[float]]:
    """Return the shares that are right by key, one a chip."""
    found = {key: outcome.shares(cause) for key, cause in KEYS[:2]}
    return found | {"analog": outcome.shares(outcome.analog), "adc": outcome.shares(ADC)}


def figures(
    weights: Weights, examined: Examined, hardware: Hardware, outcome: Outcome
) -> dict[str, Any]:
    """Return what `--json` keeps."""
    found, images = shares(outcome), len(outcome.labels)
    adc = outcome.rungs[-1].classes
    means = {key: float(np.mean(values)) for key, values in found.items()}
    return means | {
        "network": weights.network.name,
        "images": images,
        "chips": outcome.chips,
        "seed": hardware.seed,
        "level": hardware.config.level,
        "variation": hardware.config.spread.cell,
        "adc_bits": hardware.config.adc.bits,
        "interval_95": {key: wilson(mean * images, images) for key, mean in means.items()},
        "by_chip": {key: values for key, values in found.items() if len(values) > 1},
        "ties": outcome.ties / outcome.chips,
        "confusion": confusion(outcome.labels, adc, weights.network.classes).tolist(),
        "ledger": {
            entry.cause: {"lost": entry.lost, "gained": entry.gained}
            for entry in outcome.ledger.entries
        },
        "difference": outcome.ledger.difference,
        "weights": weights.described,
        "data": {"origin": examined.origin, "sha256": examined.sha256},
    }


def headline(kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (what, value) for people, from the figures."""
    yield "weights", kept["weights"]
    yield "images", f"{kept['images']:,}, {kept['data']['origin']}"
    chips = f", {kept['chips']} chips" if kept["chips"] > 1 else ""
    spread = f", variation {100 * kept['variation']:g} %" if kept["variation"] else ""
    yield "hardware", f"{kept['level']}{spread}, {kept['adc_bits']} bits{chips}"
    yield "hand-off", kept["hand_off"]
    for key, name in (
        ("full_precision", "full precision"), ("ideal", "signs and binary weights, ideal"),
        ("analog", "analog"), ("adc", "behind the converters"),
    ):  # fmt: skip
        low, high = kept["interval_95"][key]
        text = f"{100 * kept[key]:.2f} %   95 %: {100 * low:.2f} to {100 * high:.2f}"
        chips = kept["by_chip"].get(key)
        yield name, text + (f"   +- {100 * np.std(chips, ddof=1):.2f} by chip" if chips else "")
    yield "ties behind the converters", f"{kept['ties']:g} of {kept['images']:,}"


def summary(kept: Mapping[str, Any]) -> Table:
    """Return the figures."""
    return listed((kept["network"], ""), headline(kept))


def charged(kept: Mapping[str, Any]) -> Table:
    """Return what each cause lost and gained, in images of one chip."""
    chips = kept["chips"]
    rows = []
    for cause, entry in kept["ledger"].items():
        lost, gained = entry["lost"], entry["gained"]
        rows.append((cause, *(f"{count / chips:g}" for count in (lost, gained, lost - gained))))
    rows.append(("together", "", "", f"{kept['difference'] / chips:g}"))
    return listed(("cause", "lost", "gained", "net"), rows)


def confused(kept: Mapping[str, Any]) -> Table:
    """Return how many images of each class were taken for which, over all chips."""
    counts = kept["confusion"]
    heads = ("label \\ class", *map(str, range(len(counts))))
    rows = ((str(label), *(str(n) if n else "." for n in row)) for label, row in enumerate(counts))
    return listed(heads, rows)
