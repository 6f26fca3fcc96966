"""The circuit of one tile as a sparse network: nodes, wires, junctions, and what is read.

Models:     one bit line per column, driven at row 0 through one segment; two sense lines per row
            with one segment per cell, read past the last column: at a virtual ground, or by
            the authors' difference amplifier (four resistors, ideal operational amplifier).
            Lines without resistance are one node. Anti-parallel junctions follow the bias law.
Leaves out: capacitance (settling.py), access transistors.
Source:     arXiv:2105.13904 Fig. 3b; iCAS-Lab/IMAC-Sim mapLayer.py and diff*.sp.
Checked by: tests/physics/test_analog_mesh.py (ngspice)

Units: conductances in uS, currents in uA, voltages in V.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from components.analog.crossbar import Crossbar
from components.analog.device import USIEMENS_PER_SIEMENS, Reals

Readout = Literal["virtual_ground", "difference"]
Nodes = NDArray[np.int64]
Matrix = sparse.csc_array


@dataclass(frozen=True)
class DifferenceAmplifier:
    """Resistors of the four-resistor amplifier behind a pair of sense lines."""

    input_ohm: float = 1_000.0
    gain: float = 30.0

    @property
    def feedback_ohm(self) -> float:
        """Return the resistance of feedback and of the leg to ground."""
        return self.gain * self.input_ohm


class Grid(NamedTuple):
    """Node numbers: `bit` (columns, rows), `sense` (2, columns, rows), `ends` (2, rows)."""

    bit: Nodes
    sense: Nodes
    ends: Nodes
    nodes: int
    known: int


class Circuit:
    """Conductances between nodes; the first `known` nodes have given voltages.

    Known are the drivers and, at virtual grounds, the ends of the sense lines. `junctions` are
    the anti-parallel devices: their nodes and the conductance each would have when parallel.
    """

    def __init__(
        self,
        crossbar: Crossbar,
        ohms: tuple[float, float],
        readout: Readout = "virtual_ground",
        amplifier: DifferenceAmplifier | None = None,
    ) -> None:
        self.crossbar, self.ohms, self.readout = crossbar, ohms, readout
        self.amplifier = amplifier or DifferenceAmplifier()
        self.grid = _grid(crossbar.columns, crossbar.rows, ohms, readout)
        self.known, self.nodes = self.grid.known, self.grid.nodes
        bits = np.broadcast_to(self.grid.bit, self.grid.sense.shape)
        in_ap = ~crossbar.parallel
        self.junction_usiemens: Reals = crossbar.usiemens[in_ap]
        self.junction_nodes = bits[in_ap], self.grid.sense[in_ap]
        self.linear = self._linear()

    def incidence(self) -> Matrix:
        """Return (nodes, junctions): +1 where a junction's current leaves, -1 where it enters."""
        count = len(self.junction_usiemens)
        index = np.arange(count)
        data = np.concatenate([np.ones(count), -np.ones(count)])
        place = np.concatenate(self.junction_nodes), np.concatenate([index, index])
        return sparse.csc_array((data, place), shape=(self.nodes, count))

    def frozen(self, share: Reals) -> Matrix:
        """Return all conductances with each anti-parallel junction at `share` of parallel."""
        first, second = self.junction_nodes
        return sparse.csc_array(
            self.linear + _stamps(first, second, self.junction_usiemens * share, self.nodes)
        )

    def reading(self, frozen: Matrix) -> tuple[Matrix, Matrix]:
        """Return what turns node voltages, and junction currents, into what is read.

        Readings are I+ and I- of every row at virtual grounds, or the amplifiers' volts; the
        matrices are (readings, nodes) and (readings, junctions). `frozen` is a result of
        `frozen`; junction currents are those beyond it.
        """
        ends = self.grid.ends
        if self.readout == "virtual_ground":
            flat = ends.reshape(-1)
            return _rows(-frozen, flat), _rows(-self.incidence(), flat)
        rows = np.arange(ends.shape[1])
        low, high = self.amplifier.input_ohm, self.amplifier.feedback_ohm
        weight = np.repeat([high / low, -high / low], len(rows))
        place = np.concatenate([rows, rows]), np.concatenate([ends[0], ends[1]])
        volts = sparse.csc_array((weight, place), shape=(len(rows), self.nodes))
        return volts, sparse.csc_array((len(rows), len(self.junction_usiemens)))

    def _linear(self) -> Matrix:
        """Return the conductances of wires, parallel junctions and the amplifiers' resistors."""
        grid = self.grid
        parts: list[tuple[Nodes, Nodes, Reals]] = []
        chains = self._bit_chains(), self._sense_chains()
        for ohm, chain in zip(self.ohms, chains, strict=True):
            if ohm:
                wire = np.full(chain[:, 1:].size, USIEMENS_PER_SIEMENS / ohm)
                parts.append((chain[:, :-1].ravel(), chain[:, 1:].ravel(), wire))
        bits = np.broadcast_to(grid.bit, grid.sense.shape)
        in_p = self.crossbar.parallel
        parts.append((bits[in_p], grid.sense[in_p], self.crossbar.usiemens[in_p]))
        first, second, values = (np.concatenate(part) for part in zip(*parts, strict=True))
        total = _stamps(first, second, values, grid.nodes)
        return total + self._amplifier_stamps() if self.readout == "difference" else total

    def _bit_chains(self) -> Nodes:
        drivers = np.arange(self.crossbar.columns)[:, None]
        return np.concatenate([drivers, self.grid.bit], axis=1)

    def _sense_chains(self) -> Nodes:
        columns, rows = self.crossbar.columns, self.crossbar.rows
        lines = self.grid.sense.transpose(0, 2, 1).reshape(2 * rows, columns)
        return np.concatenate([lines, self.grid.ends.reshape(-1, 1)], axis=1)

    def _amplifier_stamps(self) -> Matrix:
        """Return what the amplifiers' resistors take from the ends of the lines.

        The + leg is R1 and R4 to ground. The - leg is R1 to a node that the operational
        amplifier holds at the middle of the + leg.
        """
        plus, minus = self.grid.ends
        low, high = self.amplifier.input_ohm, self.amplifier.feedback_ohm
        one = np.ones(len(plus))
        micro = USIEMENS_PER_SIEMENS
        held = high / (low + high)
        data = [one * micro / (low + high), one * micro / low, -one * micro * held / low]
        place = np.concatenate([plus, minus, minus]), np.concatenate([plus, minus, plus])
        return sparse.csc_array((np.concatenate(data), place), shape=(self.nodes, self.nodes))


def _grid(columns: int, rows: int, ohms: tuple[float, float], readout: Readout) -> Grid:
    """Number the nodes: drivers, known ends, then everything that is unknown."""
    ends_known = readout == "virtual_ground"
    ends = columns + np.arange(2 * rows).reshape(2, rows)
    known = columns + (2 * rows if ends_known else 0)
    count = columns + 2 * rows
    cells = np.arange(columns * rows).reshape(columns, rows)
    bit = np.broadcast_to(np.arange(columns)[:, None], (columns, rows))
    if ohms[0]:
        bit, count = count + cells, count + cells.size
    sense = np.broadcast_to(ends[:, None, :], (2, columns, rows))
    if ohms[1]:
        sense = count + np.arange(2 * cells.size).reshape(2, columns, rows)
        count += 2 * cells.size
    return Grid(bit, sense, ends, count, known)


def _rows(matrix: Matrix, rows: Nodes) -> Matrix:
    return sparse.csc_array(matrix.tocsr()[rows])


def _stamps(first: Nodes, second: Nodes, usiemens: Reals, nodes: int) -> Matrix:
    """Return the conductance matrix of resistors between pairs of nodes."""
    data = np.concatenate([usiemens, usiemens, -usiemens, -usiemens])
    rows = np.concatenate([first, second, first, second])
    columns = np.concatenate([first, second, second, first])
    return sparse.csc_array((data, (rows, columns)), shape=(nodes, nodes))
