"""Solves the circuit of a tile: exactly, and by two approximations compiled from it.

Models:     every anti-parallel junction is frozen at the conductance it has when all inputs are
            at VDD, and the network is factorised once. What a junction draws beyond that is a
            current source, so that
              v = T V - D Z D' s(v),    y = M V - A' s(v)
            hold exactly for junction voltages v, inputs V and readings y. `exact` iterates v
            (chord method, accelerated; Newton's for inputs on which it is slow); `corrected`
            puts v = T V; `merged` keeps M, and a matrix K for what s is to first order.
Leaves out: nothing of the circuit (circuit.py).
Source:     chord and Newton's method: textbooks; acceleration: Anderson, J. ACM 12 (1965) 547;
            order of unknowns: SuperLU's minimum degree.
Checked by: tests/physics/test_analog_mesh.py (ngspice, six digits)
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from components.analog.circuit import Circuit, Matrix
from components.analog.device import Reals
from cosim.errors import CosimError

TOLERANCE = 1e-9
"""Largest expected error of a junction's voltage, as a share of VDD."""

CHUNK = 8
"""Inputs solved together; measured: more of them fall out of the cache."""

CHORD_STEPS, NEWTON_STEPS = 30, 60
"""Iterations before the next method, or an error; estimate: wires up to 10 ohm take 2 to 5."""

SLOW = 0.6
"""Contraction of the chord method above which Newton's is faster: it costs a factorisation."""

DENSE_CELLS = 128 * 128
"""Largest tile for which dense matrices are made: 128 x 128 takes 0.1 GB."""

SMALL_V, MACHINE = 1e-6, 1e-15
"""Voltage below which a share is that of 0 V; change, over VDD, that rounding alone makes."""

FREEZING = 2
"""Factorisations for the frozen state; measured: a third one changes nothing below 1e-4."""


Singles: TypeAlias = NDArray[np.float32]


class ConvergenceError(CosimError):
    """A circuit was not solved."""


class Dense(NamedTuple):
    """Dense matrices of a tile.

    `response` is M (readings, columns), `junction` T (junctions, columns), `adjoint` A
    (junctions, readings).
    """

    response: Reals
    junction: Reals
    adjoint: Reals


class Mesh:
    """One tile, factorised; `name` is its place in messages. Some line must have resistance.

    Voltages, readings and currents are (inputs, ...): one row for each vector of inputs.
    """

    def __init__(self, circuit: Circuit, name: str = "tile", tolerance: float = TOLERANCE) -> None:
        self.circuit, self.name, self.tolerance = circuit, name, tolerance
        self.mtj, self.vdd_v = circuit.crossbar.mtj, circuit.crossbar.vdd_v
        incidence = circuit.incidence().tocsr()
        self._at_columns = incidence[: self.columns]
        self._at_nodes = incidence[circuit.known :]
        self._freeze(np.full(incidence.shape[1], self.vdd_v))
        full_drive = np.full((self.columns, 1), self.vdd_v)
        for _ in range(FREEZING - 1):
            self._freeze(self._settled(full_drive)[:, 0])

    @property
    def columns(self) -> int:
        """Return how many inputs there are."""
        return self.circuit.crossbar.columns

    def exact(self, volts: Reals) -> Reals:
        """Return the readings, to `tolerance`; raises ConvergenceError if no method ends."""
        return self._in_chunks(volts, lambda part: self._read(part, self._source_of(part)))

    def column_ua(self, volts: Reals) -> Reals:
        """Return the current that every driver gives, exactly."""
        return self._in_chunks(volts, self._column_ua)

    def corrected(self, volts: Reals) -> Reals:
        """Return the readings after one correction, in single precision."""
        response, junction, adjoint = self._single
        drive = np.ascontiguousarray(volts.T, np.float32)
        across = junction @ drive
        source = self.mtj.antiparallel_share(across)
        source -= self._single_share * across
        return np.asarray((response @ drive - adjoint @ source).T, np.float64)

    @cached_property
    def _single(self) -> tuple[Singles, Singles, Singles]:
        """M, T and A' in single precision; A' holds the junctions' conductances."""
        dense = self.dense
        adjoint = (dense.adjoint * self.circuit.junction_usiemens[:, None]).T
        response, junction = dense.response.astype(np.float32), dense.junction.astype(np.float32)
        return response, junction, np.ascontiguousarray(adjoint, np.float32)

    @cached_property
    def _single_share(self) -> Singles:
        return self._frozen_share[:, None].astype(np.float32)

    @cached_property
    def merged(self) -> tuple[Reals, Reals]:
        """Return M and K, both (readings, columns): y = M V - K h(V), h(v) = share(v) - c v.

        Here c is the share at VDD over VDD, so h is 0 for ternary inputs. A junction is taken to
        see its own column's voltage, less what wires take at full drive.
        """
        response, adjoint = self._response_and_adjoint()
        bend = self._excess_v(self._frozen_v / 2) / self.bend_v(np.array(self.vdd_v / 2))
        place = self._columns_of_junctions()
        weight = self.circuit.junction_usiemens * bend
        shape = (len(weight), self.columns)
        spread = sparse.csr_array((weight, (np.arange(len(weight)), place)), shape=shape)
        return response, np.asarray((spread.T @ adjoint).T)

    def bend_v(self, volts: Reals) -> Reals:
        """Return h: what the bias law adds to a share that is frozen at VDD, in V."""
        share = self.mtj.antiparallel_share
        return np.asarray(share(volts) - volts * float(share(self.vdd_v) / self.vdd_v))

    @cached_property
    def dense(self) -> Dense:
        """Return the dense matrices; raises CosimError for a tile that is too large."""
        if self.circuit.crossbar.weights.size > DENSE_CELLS:
            raise CosimError(
                f"{self.name} must have at most {DENSE_CELLS} cells for dense matrices, not"
                f" {self.circuit.crossbar.weights.size}; use smaller tiles, or level mesh or merged"
            )
        response, adjoint = self._response_and_adjoint()
        eye = np.eye(self.columns)
        return Dense(response, self._junction_v(eye, self._nodes(eye)), adjoint)

    def residual_ua(self, volts: Reals) -> float:
        """Return the largest violation of Kirchhoff's current law at any node of the solution."""
        drive = volts.T
        source = self._source_of(drive)
        nodes = self._nodes(drive, source)
        found = self._source(self._junction_v(drive, nodes))
        balance = self._matrix @ nodes - self._coupling @ drive + self._at_nodes @ found
        return float(np.abs(balance).max())

    def _freeze(self, junction_v: Reals) -> None:
        """Factorise with every junction at the conductance of a voltage."""
        known, columns = self.circuit.known, self.columns
        self._frozen_v = np.where(np.abs(junction_v) < SMALL_V, SMALL_V, junction_v)
        self._frozen_share = self.mtj.antiparallel_share(self._frozen_v) / self._frozen_v
        frozen = self.circuit.frozen(self._frozen_share)
        nodes, self._read_source = self.circuit.reading(frozen)
        rows = frozen.tocsr()
        self._matrix = sparse.csc_array(rows[known:, known:])
        self._coupling = sparse.csr_array(-rows[known:, :columns])
        self._lu = _factorised(self._matrix, self.name)
        self._read_columns = sparse.csr_array(nodes[:, :columns])
        self._read_nodes = sparse.csr_array(nodes[:, known:])
        self._column_columns = sparse.csr_array(rows[:columns, :columns])
        self._column_nodes = sparse.csr_array(rows[:columns, known:])

    def _in_chunks(self, volts: Reals, solve: Callable[[Reals], Reals]) -> Reals:
        drive = np.asarray(volts, np.float64).T
        parts = [solve(drive[:, at : at + CHUNK]) for at in range(0, drive.shape[1], CHUNK)]
        return np.concatenate(parts, axis=1).T

    def _nodes(self, drive: Reals, source: Reals | None = None) -> Reals:
        """Return the unknown nodes' voltages for inputs and the junctions' further currents."""
        current = self._coupling @ drive
        if source is not None:
            current = current - self._at_nodes @ source
        return np.asarray(self._lu.solve(np.asarray(current)))

    def _junction_v(self, drive: Reals, nodes: Reals) -> Reals:
        return np.asarray(self._at_nodes.T @ nodes + self._at_columns.T @ drive)

    def _excess_v(self, junction_v: Reals) -> Reals:
        """Return share(v) less the frozen share, in V."""
        frozen = self._frozen_share
        if junction_v.ndim > 1:
            frozen = frozen[:, None]
        return np.asarray(self.mtj.antiparallel_share(junction_v) - frozen * junction_v)

    def _source(self, junction_v: Reals) -> Reals:
        """Return the current of each junction beyond its frozen conductance."""
        return np.asarray(self.circuit.junction_usiemens[:, None] * self._excess_v(junction_v))

    def _source_of(self, drive: Reals) -> Reals:
        return self._source(self._settled(drive))

    def _settled(self, drive: Reals) -> Reals:
        """Return the junctions' voltages: the accelerated chord method, Newton's where it is slow.

        Anderson's acceleration of depth 1: the last two steps are mixed so that what is left of
        them cancels as well as it can.
        """
        linear_v = self._linear_v(drive)
        found, last_left, last_image, size = linear_v, linear_v, linear_v, np.inf
        for step in range(CHORD_STEPS):
            nodes = self._lu.solve(np.asarray(self._at_nodes @ self._source(found)))
            image = linear_v - self._at_nodes.T @ nodes
            left = image - found
            change = float(np.abs(left).max(initial=0.0)) / self.vdd_v
            ratio, size = change / size if size else 0.0, change
            mixed = image
            if step:
                turn = left - last_left
                share = (left * turn).sum(0) / np.maximum((turn * turn).sum(0), SMALL_V**4)
                mixed = image - share * (image - last_image)
            last_left, last_image, found = left, image, mixed
            if change < MACHINE or (step and ratio * change < self.tolerance):
                return np.asarray(found)
            if step > 3 and ratio > SLOW:
                break
        return np.stack([self._newton(one) for one in drive.T], axis=1)

    def _linear_v(self, drive: Reals) -> Reals:
        if "dense" in self.__dict__:
            return np.asarray(self.dense.junction @ drive)
        return self._junction_v(drive, self._nodes(drive))

    def _newton(self, drive: Reals) -> Reals:
        """Return the junctions' voltages for one vector of inputs."""
        known, single = self.circuit.known, drive[:, None]
        nodes = self._nodes(single)
        junction_v = self._junction_v(single, nodes)
        for _ in range(NEWTON_STEPS):
            slope = self.mtj.share_slope(junction_v[:, 0])
            jacobian = self.circuit.frozen(slope).tocsr()[known:, known:]
            balance = self._matrix @ nodes - self._coupling @ single
            balance = balance + self._at_nodes @ self._source(junction_v)
            step = _factorised(sparse.csc_array(jacobian), self.name).solve(np.asarray(balance))
            nodes = nodes - step
            junction_v = self._junction_v(single, nodes)
            if float(np.abs(step).max()) < self.tolerance * self.vdd_v:
                return np.asarray(junction_v[:, 0])
        raise ConvergenceError(
            f"{self.name} must settle in {NEWTON_STEPS} Newton steps at"
            f" {self.circuit.ohms[0]:g} and {self.circuit.ohms[1]:g} ohm per cell, but still moves"
            f" by {float(np.abs(step).max()):.2g} V; use smaller tiles or less wire resistance"
        )

    def _read(self, drive: Reals, source: Reals) -> Reals:
        if "dense" in self.__dict__:
            return np.asarray(self.dense.response @ drive - self.dense.adjoint.T @ source)
        nodes = self._nodes(drive, source)
        voltages = self._read_columns @ drive + self._read_nodes @ nodes
        return np.asarray(voltages + self._read_source @ source)

    def _column_ua(self, drive: Reals) -> Reals:
        source = self._source_of(drive)
        nodes = self._nodes(drive, source)
        through = self._column_columns @ drive + self._column_nodes @ nodes
        return np.asarray(through + self._at_columns @ source)

    def _response_and_adjoint(self) -> tuple[Reals, Reals]:
        """Return M and A, from one solution of the transposed network per reading."""
        solve: Any = self._lu.solve  # its type does not know trans
        adjoint_nodes = solve(np.asarray(self._read_nodes.T.toarray()), trans="T")
        response = self._read_columns + sparse.csr_array((self._coupling.T @ adjoint_nodes).T)
        adjoint = self._at_nodes.T @ adjoint_nodes - self._read_source.T
        return np.asarray(response.toarray()), np.asarray(adjoint)

    def _columns_of_junctions(self) -> NDArray[np.int64]:
        """Return the column that each anti-parallel junction hangs on."""
        return np.nonzero(~self.circuit.crossbar.parallel)[1]


def _factorised(matrix: Matrix, name: str) -> SuperLU:
    """Return the LU factors of a network that is symmetric, or nearly."""
    try:
        return splu(
            matrix,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError as error:
        raise ConvergenceError(
            f"{name} must have a path to ground from every node: {error}; check its resistances"
        ) from None
