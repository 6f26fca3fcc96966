"""Resistance of a crossbar's wires, and the tiles it is cut into because of them.

Models:     one segment per cell on each bit line and each sense line; tiles whose bit lines are
            driven anew and whose sense currents are added.
Leaves out: the drivers' and switches' own resistance; wires between tiles.
Source:     2 ohm: NeuroSim 1.4, metal 0 of 14 nm (32 nm wide, aspect ratio 2, 19.7 ohm/um), over
            a cell of 108 x 135 nm; 10 ohm: IMAC-Sim's formula for 27 x 22 nm wires with
            scattering gives 9.24 ohm on bit lines and 11.55 ohm on sense lines.
Checked by: tests/physics/test_analog_mesh.py, tests/components/test_analog_arrays.py
"""

from typing import Literal, NamedTuple

from components.analog.crossbar import Crossbar
from cosim.config import Config, param
from cosim.errors import ConfigError

Preset = Literal["none", "typical", "pessimistic"]

PRESET_OHM: dict[Preset, float] = {"none": 0.0, "typical": 2.0, "pessimistic": 10.0}
"""Resistance of one segment, for bit and sense lines alike."""


class WireConfig(Config):
    """Wires of a crossbar; the levels `ideal` and `virtual_ground` have none."""

    preset: Preset = param(
        "typical", doc="resistance per cell: none, 2 ohm (14 nm metal 0), 10 ohm (corner)",
        source="NeuroSim 1.4 for 14 nm; IMAC-Sim mapLayer.py for the corner",
    )  # fmt: skip
    bit_ohm: float | None = param(
        None, doc="resistance per cell of a bit line, instead of the preset's", low=0, high=1e4,
        source="the user's choice",
    )  # fmt: skip
    sense_ohm: float | None = param(
        None, doc="resistance per cell of a sense line, instead of the preset's", low=0, high=1e4,
        source="the user's choice",
    )  # fmt: skip
    tile: int = param(
        32, doc="columns and rows of a tile; 0: the subarray in one piece", unit="1",
        low=0, high=65536,
        source="arXiv:2201.12480 and IMAC-Sim use 32; 512 in one piece keep 2 % of the signal",
    )  # fmt: skip

    tolerance: float = param(
        1e-5, doc="largest expected error of a junction's voltage over VDD, where wires are solved",
        unit="1", low=1e-13, high=1e-2,
        source="measured: 1e-5 leaves 1e-7 of the largest current; 1e-9 leaves 1e-11",
    )  # fmt: skip

    @property
    def ohms(self) -> tuple[float, float]:
        """Return the resistance per cell of bit and sense lines."""
        preset = PRESET_OHM[self.preset]
        bit = preset if self.bit_ohm is None else self.bit_ohm
        return bit, preset if self.sense_ohm is None else self.sense_ohm


class Part(NamedTuple):
    """A tile of a subarray: where it lies, and the crossbar that it is."""

    columns: slice
    rows: slice
    crossbar: Crossbar


def cut(columns: int, rows: int, tile: int) -> list[tuple[slice, slice]]:
    """Return the tiles, as (columns, rows), that an array is cut into, row of tiles by row."""
    return [(column, row) for row in slices(rows, tile) for column in slices(columns, tile)]


def slices(count: int, most: int) -> list[slice]:
    """Return consecutive slices of at most `most` that cover `count`; one piece for 0."""
    if count < 1:
        raise ConfigError(f"an array must have at least one line, not {count}")
    step = most or count
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]
