"""How long a layer takes to settle.

Models:     an estimate, wire + amplifier + neuron, each the time in which its slowest mode falls
            to 1 %: the wires' Elmore delay, the amplifier's pole, the neuron linearised at the
            middle of its range. And the circuit itself over time (transient): capacitance on every
            node of the array, amplifier behind one pole, the neuron's gate and output.
Leaves out: the drivers' own delay, slewing of the amplifier, kick-back.
Source:     0.1 fF per cell: 0.2 fF/um of wire over 0.108 to 0.135 um and the drain of one access
            transistor; the neuron's: small-signal values of BSIM-CMG at mid bias.
Checked by: tests/physics/test_analog_settling.py (ngspice)
"""

from functools import lru_cache
from math import log, pi
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.integrate import solve_ivp

from components.analog.amplifier import AmplifierConfig, amplified_v
from components.analog.circuit import Circuit
from components.analog.device import Mtj, Reals
from components.analog.neuron import operating_point
from components.analog.transistor import N_TYPE, P_TYPE
from cosim.config import Config, param
from cosim.errors import CosimError

SETTLED = 0.01
"""Share of VDD within which a voltage has settled; the paper's 40 cycles are read so."""

PS_PER_US_FF = FF_OHM_PER_PS = 1e3
"""1 fF over 1 uS is 1,000 ps; 1,000 ohm times 1 fF is 1 ps."""


class SettlingConfig(Config):
    """Capacitances that decide how fast a layer is."""

    bit_ff: float = param(
        0.1, doc="capacitance of a bit line per cell", low=0, high=100,
        source="estimate: 0.2 fF/um over 0.108 to 0.135 um, and one drain",
    )  # fmt: skip
    sense_ff: float = param(
        0.1, doc="capacitance of a sense line per cell", low=0.001, high=100,
        source="estimate: 0.2 fF/um over 0.108 to 0.135 um, and one drain",
    )  # fmt: skip
    gate_ff: float = param(
        0.035, doc="capacitance of a fin's gate to ground", low=0, high=100,
        source="BSIM-CMG small-signal at mid bias: 48 aF in all, 15 aF of it to the drain",
    )  # fmt: skip
    miller_ff: float = param(
        0.015, doc="capacitance of a fin between gate and drain", low=0, high=100,
        source="BSIM-CMG small-signal at mid bias",
    )  # fmt: skip
    drain_ff: float = param(
        0.010, doc="capacitance of a fin's drain to ground", low=0.001, high=100,
        source="BSIM-CMG small-signal at mid bias",
    )  # fmt: skip


class Estimate(NamedTuple):
    """Parts of a layer's settling time, in ps."""

    wire: float
    amplifier: float
    neuron: float

    @property
    def total_ps(self) -> int:
        """Return the sum, rounded up to whole ps."""
        return int(np.ceil(self.wire + self.amplifier + self.neuron))


class Transient(NamedTuple):
    """Voltages over time in ps, (points, rows): of the amplifiers and of the neurons."""

    time: Reals
    amplifier_v: Reals
    output_v: Reals

    def settled_ps(self, within_v: float) -> float:
        """Return when the last output came within `within_v` of its end for good."""
        outside = np.abs(self.output_v - self.output_v[-1]) > within_v
        late = np.flatnonzero(outside.any(axis=1))
        if len(late) == 0:
            return 0.0
        last = int(late[-1])
        row = int(np.argmax(outside[last]))
        before, after = (
            abs(self.output_v[at, row] - self.output_v[-1, row]) for at in (last, last + 1)
        )
        share = (before - within_v) / (before - after)
        return float(self.time[last] + share * (self.time[last + 1] - self.time[last]))


class Stage(NamedTuple):
    """What follows a tile: feedback resistance in ohm, amplifier, fins, and the load in fF."""

    feedback_ohm: float
    amplifier: AmplifierConfig
    fins: int
    load_ff: float


def estimate(
    config: SettlingConfig, columns: int, rows: int, ohms: tuple[float, float], stage: Stage,
    mtj: Mtj, vdd_v: float,
) -> Estimate:  # fmt: skip
    """Return the parts of the settling time of a tile of `columns` x `rows` and what follows it."""
    decay = -log(SETTLED)
    bit = ohms[0] * config.bit_ff * rows * (rows + 1) / 2
    sense = ohms[1] * config.sense_ff * columns * (columns + 1) / 2
    pole_ps = 1e12 / (2 * pi * stage.amplifier.bandwidth_hz)
    wire_ps = decay * (bit + sense) / FF_OHM_PER_PS
    return Estimate(wire_ps, decay * pole_ps, decay * neuron_ps(config, stage, mtj, vdd_v))


@lru_cache(maxsize=64)
def neuron_ps(config: SettlingConfig, stage: Stage, mtj: Mtj, vdd_v: float) -> float:
    """Return the slowest time constant of the neuron at the middle of its range, in ps."""
    middle = operating_point(stage.fins, mtj, vdd_v, np.array([stage.amplifier.reference_v]))
    point = np.array([middle.gate_v[0], middle.output_v[0]])
    input_v = np.array([stage.amplifier.reference_v])
    slopes = np.empty((2, 2))
    for node in range(2):
        step = np.zeros(2)
        step[node] = 1e-6
        up, down = (
            _neuron_ua(stage.fins, mtj, vdd_v, input_v, (point + sign * step)[:, None])
            for sign in (1, -1)
        )
        slopes[:, node] = (up - down)[:, 0] / 2e-6
    rates = np.linalg.eigvals(np.linalg.solve(_neuron_ff(config, stage), slopes))
    return float(PS_PER_US_FF / np.abs(rates.real).min())


def transient(
    circuit: Circuit, config: SettlingConfig, stage: Stage, volts: Reals, until: float,
    *, bit_cells: int, rise: float = 2.0, is_ideal: bool = False,
) -> Transient:  # fmt: skip
    """Return the circuit's answer to inputs that rise from 0 to `volts`.

    Times are in ps: `rise` is how long the inputs take, `until` the end.

    `bit_cells` is how many cells load each bit line: those of the circuit and of rows beyond it.
    An ideal amplifier has no pole. Raises CosimError if the integration fails.
    """
    system = _System(circuit, config, stage, np.asarray(volts), rise, bit_cells, is_ideal)
    found = solve_ivp(
        system.slope, (0.0, until), system.start(), method="BDF", jac=system.jacobian,
        rtol=1e-6, atol=1e-9, first_step=1e-3, max_step=until / 100,
    )  # fmt: skip
    if not found.success:
        raise CosimError(f"settling over {until:g} ps must be integrated: {found.message}")
    amplifier_v, output_v = zip(
        *(system.shown(t, y) for t, y in zip(found.t, found.y.T, strict=True)), strict=True
    )
    return Transient(found.t, np.array(amplifier_v), np.array(output_v))


class _System:
    """The equations of unknown nodes, then per row of amplifier's pole, gate and output."""

    def __init__(
        self, circuit: Circuit, config: SettlingConfig, stage: Stage, volts: Reals,
        rise: float, bit_cells: int, is_ideal: bool,
    ) -> None:  # fmt: skip
        self.stage, self.volts, self.rise, self.is_ideal = stage, volts, rise, is_ideal
        self.mtj, self.vdd_v = circuit.crossbar.mtj, circuit.crossbar.vdd_v
        self.circuit, self.known, self.rows = circuit, circuit.known, circuit.crossbar.rows
        none = np.zeros(len(circuit.junction_usiemens))
        self.frozen = circuit.frozen(none).tocsr()
        self.incidence = circuit.incidence().tocsr()
        nodes, junctions = circuit.reading(sparse.csc_array(self.frozen))
        self.signal_nodes, self.signal_junctions = (
            _difference(part, self.rows) for part in (nodes, junctions)
        )
        self.rate_per_ps = 2 * pi * stage.amplifier.bandwidth_hz / 1e12
        self.node_ff = self._node_ff(config, bit_cells)
        self.neuron_ff = _neuron_ff(config, stage)

    def _node_ff(self, config: SettlingConfig, bit_cells: int) -> Reals:
        """Return the capacitance of every unknown node."""
        grid = self.circuit.grid
        total = np.zeros(grid.nodes)
        np.add.at(total, grid.sense.ravel(), config.sense_ff)
        share = config.bit_ff * bit_cells / self.rows
        np.add.at(total, grid.bit.ravel(), share)
        return total[self.known :]

    def start(self) -> Reals:
        """Return the state at rest: no inputs, neurons at the reference."""
        reference = np.full(self.rows, self.stage.amplifier.reference_v)
        rest = operating_point(self.stage.fins, self.mtj, self.vdd_v, reference)
        quiet = np.zeros(len(self.node_ff) + self.rows)
        return np.concatenate([quiet, rest.gate_v, rest.output_v])

    def slope(self, time: float, state: Reals) -> Reals:
        """Return the derivative of the state, per ps."""
        nodes, current_ua, junction_ua = self._array(time, state)
        pole, neuron = self._later(state)
        leaving = self.frozen[self.known :] @ nodes + self.incidence[self.known :] @ junction_ua
        step_v = self.stage.feedback_ohm * current_ua * 1e-6
        amplifier_v = self._amplifier_v(step_v if self.is_ideal else pole)
        drawn = _neuron_ua(self.stage.fins, self.mtj, self.vdd_v, amplifier_v, neuron)
        neuron_slope = -np.linalg.solve(self.neuron_ff, drawn) / PS_PER_US_FF
        return np.concatenate([
            -leaving / self.node_ff / PS_PER_US_FF,
            self.rate_per_ps * (step_v - pole),
            neuron_slope.ravel(),
        ])  # fmt: skip

    def shown(self, time: float, state: Reals) -> tuple[Reals, Reals]:
        """Return the voltages of amplifiers and outputs."""
        _, current_ua, _ = self._array(time, state)
        pole, neuron = self._later(state)
        step_v = self.stage.feedback_ohm * current_ua * 1e-6
        return self._amplifier_v(step_v if self.is_ideal else pole), neuron[1]

    def jacobian(self, time: float, state: Reals) -> sparse.csc_matrix:
        """Return the derivative of `slope`: of the array exactly, of the rest by differences."""
        nodes, _, _ = self._array(time, state)
        size = len(self.node_ff)
        across = self.incidence.T @ nodes
        share = self.mtj.share_slope(across)
        array = self.circuit.frozen(share).tocsr()[self.known :, self.known :]
        scale = sparse.diags_array(-1 / self.node_ff / PS_PER_US_FF)
        slopes = sparse.diags_array(self.circuit.junction_usiemens * share)
        signal = self.signal_nodes + self.signal_junctions @ slopes @ self.incidence.T
        top = sparse.hstack([scale @ array, sparse.csr_array((size, 3 * self.rows))])
        step = self.stage.feedback_ohm * 1e-6 * signal.tocsr()[:, self.known :]
        return sparse.csc_matrix(sparse.vstack([top, self._lower(time, state, step)]))

    def _lower(self, time: float, state: Reals, step: sparse.csr_array) -> sparse.csr_array:
        """Return the rows of amplifier and neurons."""
        size, rows = len(self.node_ff), self.rows
        base = self.slope(time, state)[size:]
        later = np.zeros((3 * rows, 3 * rows))
        for column in range(3 * rows):
            moved = state.copy()
            moved[size + column] += 1e-6
            later[:, column] = (self.slope(time, moved)[size:] - base) / 1e-6
        to_pole = sparse.csr_array(self.rate_per_ps * step)
        to_neuron = sparse.csr_array((2 * rows, size))
        if self.is_ideal:
            to_neuron = self._gate_slope() @ step
        left = sparse.vstack([to_pole, to_neuron])
        return sparse.csr_array(sparse.hstack([left, sparse.csr_array(later)]))

    def _gate_slope(self) -> sparse.csr_array:
        """Return how gate and output follow the amplifier, per ps."""
        drive = np.linalg.solve(self.neuron_ff, np.array([self.mtj.parallel_usiemens, 0.0]))
        eye = sparse.eye_array(self.rows)
        return sparse.csr_array(sparse.vstack([part * eye for part in drive / PS_PER_US_FF]))

    def _array(self, time: float, state: Reals) -> tuple[Reals, Reals, Reals]:
        """Return all nodes' voltages, I+ - I- of every row, and the junctions' currents."""
        nodes = np.zeros(self.circuit.nodes)
        nodes[: len(self.volts)] = self.volts * min(time / self.rise, 1.0)
        nodes[self.known :] = state[: len(self.node_ff)]
        across = self.incidence.T @ nodes
        junction_ua = self.circuit.junction_usiemens * self.mtj.antiparallel_share(across)
        current_ua = self.signal_nodes @ nodes + self.signal_junctions @ junction_ua
        return nodes, current_ua, junction_ua

    def _later(self, state: Reals) -> tuple[Reals, Reals]:
        tail = state[len(self.node_ff) :].reshape(3, self.rows)
        return tail[0], tail[1:]

    def _amplifier_v(self, step_v: Reals) -> Reals:
        return amplified_v(self.stage.amplifier, step_v)


def _difference(matrix: sparse.csc_array, rows: int) -> sparse.csr_array:
    """Return I+ - I- from readings of I+ and I-."""
    lines = matrix.tocsr()
    return sparse.csr_array(lines[:rows] - lines[rows:])


def _neuron_ff(config: SettlingConfig, stage: Stage) -> Reals:
    """Return the capacitance matrix of gate and output; an inverter has two gates."""
    fins = 2 * stage.fins
    gate, miller, drain = (
        fins * part for part in (config.gate_ff, config.miller_ff, config.drain_ff)
    )
    return np.array([[gate + miller, -miller], [-miller, drain + miller + stage.load_ff]])


def _neuron_ua(fins: int, mtj: Mtj, vdd_v: float, input_v: Reals, nodes: Reals) -> Reals:
    """Return the currents that leave gate and output, (2, rows)."""
    gate, output = nodes
    feedback = mtj.parallel_usiemens * mtj.antiparallel_share(gate - output)
    sunk = fins * N_TYPE.current_ua(gate, output)
    sourced = fins * P_TYPE.current_ua(vdd_v - gate, vdd_v - output)
    return np.array(
        [(gate - input_v) * mtj.parallel_usiemens + feedback, sunk - sourced - feedback]
    )
