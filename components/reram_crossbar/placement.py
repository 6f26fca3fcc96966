"""Where the weights of a network lie in crossbars, and how often.

Models:     a layer's weights are cut into cells of few bits, its inputs into blocks of rows. A
            column whose sum could exceed half of full scale holds the complement of its cells.
            Spare crossbars hold copies of layers with many positions; with `tiles` 0, tiles are
            added as long as that gives more speed for their area.
Leaves out: writing of cells; networks that are larger than the chip.
Source:     column of ones and complements: ISAAC (ISCA 2016), section V; copies: section VI.
Checked by: tests/components/test_reram_crossbar.py
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from components.low_bit import Tables
from components.reram_crossbar.config import ReramConfig
from cosim import ConfigError

Bytes = NDArray[np.uint8]

MOST_TILES = 8
"""Times the tiles that hold the network once, at most; estimate: no more is ever chosen."""


@dataclass(frozen=True)
class Placement:
    """One layer: bits driven, cells a weight, blocks of rows, crossbars side by side, copies."""

    positions: int
    taps: int
    bits: int
    slices: int
    columns: int
    blocks: int
    beside: int
    copies: int = 1

    @property
    def crossbars(self) -> int:
        """Crossbars of one copy."""
        return self.blocks * self.beside

    @property
    def steps(self) -> int:
        """Steps of an image."""
        return -(-self.positions // self.copies) * self.bits

    def step_ps(self, config: ReramConfig) -> int:
        """Return how long a step takes: a read, or the conversions of a crossbar if longer."""
        converted = min(self.columns, config.columns) + 1  # and the column of ones
        return max(config.read_ps, converted * config.conversion_ps)

    @property
    def gained(self) -> float:
        """Steps that one more copy saves, for each crossbar it takes."""
        if self.copies >= self.positions:
            return 0.0
        saved = self.positions / self.copies - self.positions / (self.copies + 1)
        return saved * self.bits / self.crossbars


def place(held: Tables, config: ReramConfig) -> tuple[list[Placement], int]:
    """Return where each layer lies, and how many tiles there are.

    Raises ConfigError if the tiles do not hold the network, or a layer the engine's width.
    """
    once = [_placed(row, config) for row in held.geometry]
    needed = -(-sum(one.crossbars for one in once) // config.crossbars)
    if config.tiles:
        if config.tiles < needed:
            raise ConfigError(
                f"reram.tiles must be at least {needed} for this network, not {config.tiles}"
            )
        return filled(once, config.tiles * config.crossbars), config.tiles
    best, found = None, (once, needed)
    for tiles in range(needed, MOST_TILES * needed + 1):
        once = filled(once, tiles * config.crossbars)
        cost = tiles * sum(one.steps for one in once)
        if best is None or cost < best:
            best, found = cost, (once, tiles)
    return found


def filled(layers: Sequence[Placement], crossbars: int) -> list[Placement]:
    """Return the layers with copies in the crossbars that are left, most saved steps first."""
    found = list(layers)
    spare = crossbars - sum(one.crossbars * one.copies for one in found)
    while True:
        fitting = [at for at, one in enumerate(found) if one.crossbars <= spare and one.gained]
        if not fitting:
            return found
        at = max(fitting, key=lambda one: found[one].gained)
        found[at] = replace(found[at], copies=found[at].copies + 1)
        spare -= found[at].crossbars


def _placed(layer: np.void, config: ReramConfig) -> Placement:
    bits, weight_bits = int(layer["input_bits"]), int(layer["weight_bits"])
    if config.precision == "fixed":
        if bits > config.input_bits or weight_bits > config.weight_bits:
            raise ConfigError(
                f"reram.input_bits and reram.weight_bits must be at least {bits} and"
                f" {weight_bits} for this network, not {config.input_bits} and"
                f" {config.weight_bits}; set them, or precision=layer"
            )
        bits, weight_bits = config.input_bits, config.weight_bits
    slices = -(-weight_bits // config.cell_bits)
    columns = int(layer["outputs"]) * slices
    return Placement(
        positions=int(layer["rows"] * layer["columns"]),
        taps=int(layer["taps"]),
        bits=bits,
        slices=slices,
        columns=columns,
        blocks=-(-int(layer["taps"]) // config.rows),
        beside=-(-columns // config.columns),
    )


def cells_of(held: Tables, row: int, placed: Placement, config: ReramConfig) -> Bytes:
    """Return (taps, columns): slices of stored codes, the least significant first."""
    layer = held.geometry[row]
    first, outputs = int(layer["weights_at"]), int(layer["outputs"])
    codes = held.weights[first : first + placed.taps * outputs].reshape(placed.taps, outputs)
    shifts = np.arange(placed.slices) * config.cell_bits
    slices = codes[:, :, None] >> shifts & ((1 << config.cell_bits) - 1)
    return slices.reshape(placed.taps, placed.columns).astype(np.uint8)


def complemented(cells: Bytes, config: ReramConfig) -> tuple[Bytes, Bytes]:
    """Return cells as they are written, and (blocks, columns): 1 where they are complements."""
    full = (1 << config.cell_bits) - 1
    found, marks = cells.copy(), []
    for first in range(0, len(cells), config.rows):
        block = found[first : first + config.rows]
        mark = 2 * block.sum(axis=0, dtype=np.int64) > full * len(block)
        block[:, mark] = full - block[:, mark]
        marks.append(mark)
    return found, np.array(marks, np.uint8)
