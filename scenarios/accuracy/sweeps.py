"""Accuracy over what may be chosen: bits of the converters, spread, size of a tile.

Models:     the asked-for chip with one thing changed; converters read the voltages that are
            there already, the others are computed anew, spread with as many chips as asked for.
Leaves out: retraining for each point.
Checked by: tests/scenarios/test_accuracy_report.py
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from components.analog import AdcBank, AnalogConfig, AnalogNetwork, DenseLayer
from cosim.config import override
from cosim.seeds import generator
from scenarios.accuracy.evaluating import BATCH, Hardware, Outcome, drive
from scenarios.accuracy.examined import Examined
from scenarios.networks import reference
from scenarios.scenario import Advance

BITS = (1, 2, 3, 4, 5, 6, 8)
SPREADS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
TILES = (8, 16, 32, 64)
"""Points of the three curves; a tile of 128 takes most of a minute."""

IMAGES = 1_000
"""Images behind a point that needs new voltages: a standard error of half a point at 97 %."""


class Curve(NamedTuple):
    """Accuracy behind the converters over `points`, a mean over chips and their spread."""

    title: str
    axis: str
    points: Sequence[float]
    means: Sequence[float]
    spreads: Sequence[float]


def over_bits(examined: Examined, hardware: Hardware, outcome: Outcome) -> Curve:
    """Return accuracy over the converters' resolution, for the first chip's voltages."""
    means = []
    for bits in BITS:
        config = override(hardware.config, "adc.bits", bits)
        outputs = outcome.volts.shape[1]
        bank = AdcBank(config.adc, outputs, config.vdd_v, _seeds(hardware.seed))
        found = reference.classes(bank.codes(outcome.volts))
        means.append(reference.share(found, examined.labels))
    return Curve("Bits of the converters", "bits", BITS, means, [0.0] * len(BITS))


def over_spread(
    layers: tuple[DenseLayer, ...], examined: Examined, hardware: Hardware, advance: Advance
) -> Curve:
    """Return accuracy over the junctions' spread, on ideal wires."""
    base = override(hardware.config, "level", "virtual_ground")

    def at(sigma: float) -> AnalogConfig:
        return override(base, "spread.cell", sigma)

    found = _curve(layers, examined, hardware, [at(sigma) for sigma in SPREADS], advance)
    return Curve("Variation of the junctions", "sigma", SPREADS, *found)


def over_tiles(
    layers: tuple[DenseLayer, ...], examined: Examined, hardware: Hardware, advance: Advance
) -> Curve:
    """Return accuracy over the size of a tile, with wires."""
    base = override(hardware.config, "level", "merged")
    if not any(base.wires.ohms):
        base = override(base, "wires.preset", "typical")
    configs = [override(base, "wires.tile", tile) for tile in TILES]
    found = _curve(layers, examined, hardware, configs, advance)
    ohm = base.wires.ohms[0]
    return Curve(f"Partition size, wires of {ohm:g} ohm per cell", "rows of a tile", TILES, *found)


def _curve(
    layers: tuple[DenseLayer, ...],
    examined: Examined,
    hardware: Hardware,
    configs: Sequence[AnalogConfig],
    advance: Advance,
) -> tuple[list[float], list[float]]:
    """Return mean and spread of the chips' accuracies for each configuration."""
    means, spreads = [], []
    for done, config in enumerate(configs):
        advance(done, len(configs), "points of a curve")
        chips = range(hardware.seed, hardware.seed + hardware.seeds)
        found = [_accuracy(AnalogNetwork(layers, config, _seeds(c)), examined) for c in chips]
        means.append(float(np.mean(found)))
        spreads.append(float(np.std(found, ddof=1)) if len(found) > 1 else 0.0)
    return means, spreads


def _accuracy(chip: AnalogNetwork, examined: Examined) -> float:
    signs, labels = examined.signs[:IMAGES], examined.labels[:IMAGES]
    parts = [
        chip.codes(chip.forward_v(drive(signs[first : first + BATCH], chip.config)))
        for first in range(0, len(signs), BATCH)
    ]
    return reference.share(reference.classes(np.concatenate(parts)), labels)


def _seeds(seed: int) -> Callable[[str], np.random.Generator]:
    return partial(generator, seed)
