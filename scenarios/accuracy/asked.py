"""The command `cosim accuracy`: what was asked for is checked first, then done and told."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from components.analog import AnalogConfig, map_layers
from components.imac import Encoding
from cosim.errors import ConfigError
from scenarios.accuracy import sweeps, telling
from scenarios.accuracy.evaluating import Hardware, Outcome, configured, examine
from scenarios.accuracy.examined import Examined, read
from scenarios.accuracy.page import page
from scenarios.networks.catalogue import find
from scenarios.networks.encodings import HandOff, check, shortest
from scenarios.networks.weights import Weights
from scenarios.running.progress import Progress, Stages
from scenarios.running.run_folder import check_writable, replace_text
from waveforms.report import write_page

PAGE = "report.html"


@dataclass(frozen=True)
class Asked:
    """The options of the command line, as they were given."""

    network: str
    images: str
    level: str
    variation: float | None
    chips: int
    adc_bits: int | None
    ir_drop: bool
    base: AnalogConfig
    encoding: Encoding | None
    seed: int
    data: Path | None
    other_data: bool
    weights: Path | None
    json: Path | None
    report: Path | None


def accuracy(asked: Asked) -> None:
    """Examine the network, print what was found and keep what was asked for."""
    weights = find(asked.network, asked.weights)
    count = _count(asked.images)
    config = configured(asked.base, asked.level, asked.variation, asked.adc_bits, asked.ir_drop)
    hardware = Hardware(config, asked.chips, asked.seed)
    map_layers(weights.programmed, config.geometry)
    _check_places(asked)
    progress = Stages(Progress())
    try:
        examined = read(
            weights, asked.data, count, progress, known=not asked.other_data, config=config
        )
        hand_off = _hand_off(weights, examined, asked.encoding)
        outcome = examine(weights, examined, hardware, progress)
        kept = telling.figures(weights, examined, hardware, outcome)
        kept["hand_off"] = str(hand_off)
        curves = _curves(weights, examined, hardware, outcome, progress) if asked.report else []
    finally:
        progress.close()
    console = Console()
    for table in (telling.summary(kept), telling.charged(kept), telling.confused(kept)):
        console.print(table, "")
    if asked.json is not None:
        replace_text(asked.json, json.dumps(kept, indent=1) + "\n")
        console.print(f"kept in {asked.json}", soft_wrap=True)
    if asked.report is not None:
        write_page(asked.report / PAGE, page(kept, examined, outcome, curves))
        console.print(f"the page is {asked.report / PAGE}", soft_wrap=True)


def _count(images: str) -> int | None:
    """Return how many images, None for all."""
    if images == "all":
        return None
    if not images.isdecimal() or int(images) == 0:
        raise ConfigError(f"--images must be a number above 0, or all, not {images!r}")
    return int(images)


def _hand_off(weights: Weights, examined: Examined, asked: Encoding | None) -> HandOff:
    """Return what an image takes at the hand-off; raises DataError for a sign without a code."""
    encoding = asked or shortest(examined.signs)
    check(weights.network.name, examined.signs, encoding)
    return HandOff(encoding, weights.network.features)


def _check_places(asked: Asked) -> None:
    """Refuse what cannot be written before any work is done."""
    if asked.json is not None:
        check_writable(asked.json.parent)
    if asked.report is not None:
        check_writable(asked.report)


def _curves(
    weights: Weights,
    examined: Examined,
    hardware: Hardware,
    outcome: Outcome,
    progress: Stages,
) -> list[sweeps.Curve]:
    layers = weights.programmed
    return [
        sweeps.over_bits(examined, hardware, outcome),
        sweeps.over_spread(layers, examined, hardware, progress),
        sweeps.over_tiles(layers, examined, hardware, progress),
    ]
