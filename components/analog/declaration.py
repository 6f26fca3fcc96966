"""What a level is worth: its error against the exact mesh, and what wires leave of the signal.

Models:     a comparison on the first tile of the first subarray, with random ternary inputs and
            with random inputs between ground and VDD: a level says of itself how far off it is
            with these junctions, wires and tiles.
Leaves out: the other tiles; error of the exact mesh (tests hold it to ngspice's six digits).
Source:     definition: rms of the error of I+ - I-, over rms of the exact one.
Checked by: tests/components/test_analog_declaration.py
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from components.analog.arrays import WIRED, Level, ProgrammedArray, read
from components.analog.device import Reals

PROBES = 6
"""Random inputs of each kind; measured: more change the second digit only."""

SEED = 20210513
"""Of the probes: date of arXiv:2105.13904's first version."""

FAINT = 0.5
"""Share of the signal below which a warning is given; estimate: half of a weight's current."""


class Declaration(NamedTuple):
    """Errors are rms over rms; `signal_left` is what wires leave, 1 without them."""

    level: Level
    ternary_error: float
    analog_error: float
    signal_left: float
    warnings: tuple[str, ...]

    @property
    def error_text(self) -> str:
        """Return the declared error in words."""
        if self.level == "ideal":
            return "none of its own: the network as trained, no device"
        if self.level == "spice":
            return "ngspice's own tolerance, 1e-6"
        if self.level == "netlist":
            return "1e-6 V against ngspice; another amplifier than the other levels"
        errors = (
            f"{self.ternary_error:.2g} rms for ternary, {self.analog_error:.2g} for analog inputs"
        )
        return f"{errors}, against the wires solved exactly"


def declare(array: ProgrammedArray, level: Level) -> Declaration:
    """Return what `level` is worth on `array`, measured on its first tile."""
    tile = array
    if len(array.parts) > 1:
        first = array.parts[0].crossbar
        tile = ProgrammedArray(first, array.wires, array.amplifier, array.path)
    left = _signal_left(tile) if array.has_wires and level in WIRED else 1.0
    errors = [array.wires.tolerance] * 2
    if level in {"ideal", "spice", "netlist"} or not array.has_wires:
        errors = [0.0, 0.0]
    elif level != "mesh":
        errors = _errors(_Tile(tile, level))
    return Declaration(level, errors[0], errors[1], left, _warnings(array, left))


class _Tile:
    """A tile and a level, equal to others of the same content: a sweep asks for few, but often."""

    def __init__(self, tile: ProgrammedArray, level: Level) -> None:
        self.tile, self.level = tile, level
        crossbar = tile.crossbar
        arrays = (crossbar.weights, crossbar.usiemens, crossbar.parallel)
        self._content = (
            level, crossbar.mtj, crossbar.vdd_v, tile.wires, tile.amplifier,
            *((array.shape, array.tobytes()) for array in arrays),
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tile) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


@lru_cache(maxsize=64)
def _errors(one: _Tile) -> list[float]:
    return [_error(one.tile, one.level, volts) for volts in _probes(one.tile)]


def _error(tile: ProgrammedArray, level: Level, volts: Reals) -> float:
    exact = read(tile, "mesh", volts)
    return _rms(read(tile, level, volts) - exact) / _rms(exact)


def _probes(tile: ProgrammedArray) -> tuple[Reals, Reals]:
    random = np.random.default_rng(SEED)
    shape, vdd_v = (PROBES, tile.crossbar.columns), tile.crossbar.vdd_v
    return random.integers(-1, 2, shape) * vdd_v, random.uniform(0, vdd_v, shape)


def _signal_left(tile: ProgrammedArray) -> float:
    """Return the best single factor between ideal wires and these."""
    volts = _probes(tile)[0]
    ideal, found = read(tile, "virtual_ground", volts), read(tile, "mesh", volts)
    return float((ideal * found).sum() / (ideal**2).sum())


def _warnings(array: ProgrammedArray, left: float) -> tuple[str, ...]:
    if left >= FAINT:
        return ()
    tile = array.parts[0].crossbar
    return (
        f"{array.path}: wires of {array.wires.ohms[0]:g} and {array.wires.ohms[1]:g} ohm per cell"
        f" leave {100 * left:.2g} % of the signal of a {tile.columns} x {tile.rows} tile;"
        " use smaller tiles (wires.tile)",
    )


def _rms(values: Reals) -> float:
    return float(np.sqrt((values**2).mean()))
