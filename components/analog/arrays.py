"""A programmed subarray, read at one of the levels.

Models:     `ideal`, W x; `virtual_ground`, real junctions on ideal wires; `mesh`, wires of every
            tile solved exactly; `merged`, the tiles' frozen matrices added up to one matrix;
            `one_correction`, a dense correction of it for each tile; `netlist`, the authors'
            difference amplifier behind each tile; `spice`, ngspice on the tiles' netlists.
            Sense currents of tiles in a row are added; the authors' amplifiers are averaged, as
            theirs are by being tied together.
Leaves out: what ties amplifiers together (1.3 kA through 1 mohm in the authors' netlist).
Source:     arXiv:2105.13904 section IV; tiles: arXiv:2201.12480.
Checked by: tests/physics/test_analog_mesh.py, tests/components/test_analog_arrays.py
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.analog.circuit import Circuit, DifferenceAmplifier
from components.analog.crossbar import Crossbar
from components.analog.device import Reals
from components.analog.mesh import Mesh
from components.analog.ngspice import solve_tile
from components.analog.wires import Part, WireConfig, cut

Level = Literal[
    "ideal", "virtual_ground", "netlist", "mesh", "one_correction", "merged", "spice"
]  # fmt: skip


DENSE_FIRST = 64 * 64
"""Cells up to which the exact level makes dense matrices first; measured: 128 x 128 is slow."""

CACHED = 512
"""Inputs multiplied together; measured: they stay in the cache between check and product."""


class Merged(NamedTuple):
    """One matrix for a whole subarray: signal = V M - h(V) K; both (columns, rows), float32."""

    response: NDArray[np.float32]
    bend: NDArray[np.float32]


class ProgrammedArray:
    """A crossbar with its wires, cut into tiles; `path` is its place in messages."""

    def __init__(
        self,
        crossbar: Crossbar,
        wires: WireConfig,
        amplifier: DifferenceAmplifier | None = None,
        path: str = "subarray",
    ) -> None:
        self.crossbar, self.wires, self.path = crossbar, wires, path
        self.amplifier = amplifier or DifferenceAmplifier()

    @property
    def has_wires(self) -> bool:
        """Whether any wire has resistance."""
        return any(self.wires.ohms)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The tiles; one piece without resistance."""
        tile = self.wires.tile if self.has_wires else 0
        places = cut(self.crossbar.columns, self.crossbar.rows, tile)
        return tuple(
            Part(columns, rows, self.crossbar.part(columns, rows)) for columns, rows in places
        )

    @cached_property
    def meshes(self) -> tuple[Mesh, ...]:
        """The tiles' circuits at virtual grounds, factorised."""
        return tuple(
            Mesh(Circuit(part.crossbar, self.wires.ohms), self._name(part), self.wires.tolerance)
            for part in self.parts
        )

    @cached_property
    def difference_meshes(self) -> tuple[Mesh, ...]:
        """The tiles' circuits behind the authors' amplifier, factorised."""
        return tuple(
            Mesh(
                Circuit(part.crossbar, self.wires.ohms, "difference", self.amplifier),
                self._name(part),
                self.wires.tolerance,
            )
            for part in self.parts
        )

    @cached_property
    def merged(self) -> Merged:
        """The frozen matrices of all tiles, added up."""
        shape = self.crossbar.weights.shape
        response, bend = np.zeros(shape), np.zeros(shape)
        for part, mesh in zip(self.parts, self.meshes, strict=True):
            for total, lines in zip((response, bend), mesh.merged, strict=True):
                plus, minus = np.split(lines, 2)
                total[part.columns, part.rows] = (plus - minus).T / self.crossbar.unit_ua()
        return Merged(response.astype(np.float32), bend.astype(np.float32))

    def joined(self, results: Iterator[Reals], size: int) -> Reals:
        """Return I+ - I- of all rows in units of weight, from each tile's (inputs, 2 rows)."""
        total = np.zeros((size, self.crossbar.rows))
        for part, lines in zip(self.parts, results, strict=True):
            plus, minus = np.split(lines, 2, axis=1)
            total[:, part.rows] += plus - minus
        return total / self.crossbar.unit_ua()

    def _name(self, part: Part) -> str:
        columns, rows = part.columns, part.rows
        place = f"{columns.start}:{columns.stop}, {rows.start}:{rows.stop}"
        return f"{self.path}.tile[{place}]"


def _ideal(array: ProgrammedArray, volts: Reals) -> Reals:
    """Return W x with x = v / VDD: what the network was trained with."""
    crossbar = array.crossbar
    return np.asarray(volts / crossbar.vdd_v @ crossbar.weights.astype(np.float64))


def _virtual_ground(array: ProgrammedArray, volts: Reals) -> Reals:
    """Return currents in units of phi(VDD): ternary inputs make the same sums as `ideal`.

    The 0..VDD of a hidden layer come out bent by phi.
    """
    return array.crossbar.currents_ua(volts) / array.crossbar.unit_ua()


def _mesh(array: ProgrammedArray, volts: Reals) -> Reals:
    if not array.has_wires:
        return _virtual_ground(array, volts)
    for mesh in array.meshes:
        if mesh.circuit.crossbar.weights.size <= DENSE_FIRST:
            _ = mesh.dense  # made once; it then serves every input
    pairs = zip(array.parts, array.meshes, strict=True)
    return array.joined((mesh.exact(volts[:, part.columns]) for part, mesh in pairs), len(volts))


def _one_correction(array: ProgrammedArray, volts: Reals) -> Reals:
    if not array.has_wires:
        return _virtual_ground(array, volts)
    pairs = zip(array.parts, array.meshes, strict=True)
    found = (mesh.corrected(volts[:, part.columns]) for part, mesh in pairs)
    return array.joined(found, len(volts))


def _merged(array: ProgrammedArray, volts: Reals) -> Reals:
    if not array.has_wires:
        return _virtual_ground(array, volts)
    response, bend = array.merged
    vdd_v = np.float32(array.crossbar.vdd_v)
    signal = np.empty((len(volts), array.crossbar.rows), np.float32)
    for first in range(0, len(volts), CACHED):
        part = slice(first, first + CACHED)
        drive = volts[part].astype(np.float32, copy=False)
        np.matmul(drive, response, out=signal[part])
        if not np.array_equal(drive != 0, np.abs(drive) == vdd_v):
            signal[part] -= array.meshes[0].bend_v(drive) @ bend
    return signal


def _netlist(array: ProgrammedArray, volts: Reals) -> Reals:
    """Return the mean of the tiles' amplifier voltages for each row, in V."""
    total, tiles = np.zeros((len(volts), array.crossbar.rows)), 0
    for part, mesh in zip(array.parts, array.difference_meshes, strict=True):
        total[:, part.rows] += mesh.exact(volts[:, part.columns])
        tiles += part.rows.start == 0
    return total / tiles


def _spice(array: ProgrammedArray, volts: Reals) -> Reals:
    found = (
        solve_tile(part.crossbar, array.wires.ohms, volts[:, part.columns], array.path)
        for part in array.parts
    )
    return array.joined(found, len(volts))


READERS: dict[Level, Callable[[ProgrammedArray, Reals], Reals]] = {
    "ideal": _ideal,
    "virtual_ground": _virtual_ground,
    "netlist": _netlist,
    "mesh": _mesh,
    "one_correction": _one_correction,
    "merged": _merged,
    "spice": _spice,
}
"""Level to the function that gives the signal, (inputs, rows), for volts (inputs, columns)."""

WIRED: tuple[Level, ...] = ("mesh", "one_correction", "merged", "spice", "netlist")
"""Levels that know wires."""


def column_ua(array: ProgrammedArray, level: Level, volts: Reals) -> Reals:
    """Return what the drivers of the columns give, (..., columns), in uA.

    Every level that knows wires takes it from the exact mesh.
    """
    if not array.has_wires or level not in WIRED:
        return array.crossbar.column_ua(volts)
    flat = np.asarray(volts, np.float64).reshape(-1, array.crossbar.columns)
    meshes = array.difference_meshes if level == "netlist" else array.meshes
    total = np.zeros_like(flat)
    for part, mesh in zip(array.parts, meshes, strict=True):
        total[:, part.columns] += mesh.column_ua(flat[:, part.columns])
    return total.reshape(volts.shape)


def read(array: ProgrammedArray, level: Level, volts: Reals) -> Reals:
    """Return the signal, (..., rows), for column voltages (..., columns).

    It is in units of one weight at full drive; at level `netlist` in V.
    """
    flat = volts.reshape(-1, array.crossbar.columns)
    return READERS[level](array, flat).reshape(*volts.shape[:-1], array.crossbar.rows)
