"""Accuracy of a network over wire resistance, tile size and spread of the junctions.

Models:     every image of the subject through the whole chain behind its converters, at level
            `merged` where there are wires; and without wires, at `ideal` and `virtual_ground`:
            what the bias law costs a network that was trained without it.
Leaves out: retraining; the approximation's own error, which is told beside each accuracy.
Source:     arXiv:2201.12480 partitions for the same reason.
Checked by: tests/scenarios/test_analog_wires.py
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from components.analog import AnalogConfig, AnalogNetwork, Level, Reals, classify, declare
from cosim.config import override
from cosim.errors import ConfigError
from cosim.seeds import generator
from scenarios.analog.subjects import Subject

BATCH = 1_000
"""Images computed together; bounds memory at some 10 MB a layer."""

TICKS = (10, 30, 50, 70, 80, 90, 95, 97, 98)
"""Accuracies marked on the axis, in percent."""

WIDTH, HEIGHT = 3.6, 3.4
"""Size of one panel, in inches."""


class Point(NamedTuple):
    """One accuracy: `analog` compares voltages, `codes` what the converters give.

    `error` is what the level declares of itself for ternary inputs.
    """

    level: Level
    ohm: float
    tile: int
    spread: float
    error: float
    analog: float
    codes: float


class Sweep(NamedTuple):
    """What is varied: ohm per cell, columns and rows of a tile, sigma of conductance."""

    ohms: tuple[float, ...]
    tiles: tuple[int, ...]
    spreads: tuple[float, ...]

    @property
    def points(self) -> int:
        """Return how many points there are: without wires tiles make no difference."""
        wired = sum(ohm > 0 for ohm in self.ohms)
        return len(self.spreads) * (1 + wired * len(self.tiles)) + 1


def numbers(text: str, name: str) -> tuple[float, ...]:
    """Read numbers with commas between; raises ConfigError for anything else."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"--{name} must be numbers with commas between, not {text!r}") from None
    if any(number < 0 for number in found):
        raise ConfigError(f"--{name} must not be negative, not {text!r}")
    return found


def sweep(
    subject: Subject, config: AnalogConfig, asked: Sweep, seed: int, tell: Callable[[int], None]
) -> Iterator[Point]:
    """Yield all points; `tell` hears how many are done. Raises ConfigError without labels."""
    if not len(subject.labels):
        raise ConfigError(f"{subject.name} must have labelled images; give --data FILE")
    cases: list[tuple[Level, float, int, float]] = [("ideal", 0.0, 0, 0.0)]
    cases += [("virtual_ground", 0.0, 0, spread) for spread in asked.spreads]
    cases += [
        ("merged", ohm, tile, spread)
        for spread, tile, ohm in product(asked.spreads, asked.tiles, asked.ohms)
        if ohm > 0
    ]
    for done, (level, ohm, tile, spread) in enumerate(cases):
        tell(done)
        given = config
        for path, value in (
            ("level", level), ("wires.bit_ohm", ohm), ("wires.sense_ohm", ohm),
            ("wires.tile", tile), ("spread.cell", spread),
        ):  # fmt: skip
            given = override(given, path, value)
        network = AnalogNetwork(subject.layers, given, partial(generator, seed))
        error = declare(network.arrays[0], level).ternary_error
        yield Point(level, ohm, tile, spread, error, *_accuracy(network, subject))


def write_csv(path: Path, points: Sequence[Point]) -> None:
    """Write one line a point."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(Point._fields)
        table.writerows(points)


def draw(path: Path, subject: Subject, asked: Sweep, points: Sequence[Point]) -> None:
    """Draw accuracy over wire resistance: one panel a spread, one line a tile size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH * len(asked.spreads), HEIGHT), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(asked.spreads), sharey=True))
    ideal = points[0]
    for panel, spread in zip(panels, asked.spreads, strict=True):
        here = [point for point in points if point.spread == spread]
        free = next(point for point in here if point.level == "virtual_ground")
        for number, tile in enumerate(asked.tiles):
            line = [free, *(p for p in here if p.level == "merged" and p.tile == tile)]
            panel.plot(
                [point.ohm for point in line], [100 * point.codes for point in line],
                marker="os^dv"[number % 5], color=f"C{number}", label=f"{tile} x {tile}",
            )  # fmt: skip
        panel.axhline(100 * ideal.codes, color="0.5", linestyle="--", label="as trained")
        panel.set_yscale("function", functions=(_stretched, _squeezed))
        panel.set_yticks(TICKS)
        panel.set_ylim(min(100 * min(point.codes for point in points) - 2, 95), 99)
        panel.set_title(f"spread {100 * spread:g} %")
        panel.set_xlabel("wire resistance per cell (ohm)")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("accuracy behind the converters (%)")
    panels[0].legend(title="tile", fontsize="small")
    figure.suptitle(f"{subject.name} {subject.shape}, {len(subject.labels):,} images")
    figure.savefig(path, dpi=150)


def _stretched(percent: Reals) -> Reals:
    """Return the place of an accuracy on the axis: equal ratios of wrong classes, equal steps."""
    return -np.log10(np.maximum(101 - percent, 1e-3))


def _squeezed(place: Reals) -> Reals:
    return np.asarray(101 - 10**-place)


def _accuracy(network: AnalogNetwork, subject: Subject) -> tuple[float, float]:
    right = np.zeros(2)
    for first in range(0, len(subject.labels), BATCH):
        part = slice(first, first + BATCH)
        volts = network.forward_v(subject.drives[part] * network.config.vdd_v)
        labels = subject.labels[part]
        right += (
            (classify(volts) == labels).sum(),
            (classify(network.codes(volts)) == labels).sum(),
        )
    analog, codes = right / len(subject.labels)
    return float(analog), float(codes)
