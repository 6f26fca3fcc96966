"""A crossbar of differential synapses with ideal wires, read at virtual grounds.

Models:     inputs on columns, outputs on rows with two sense lines each; a synapse is two
            junctions: +1 is (P, AP), -1 is (AP, P), 0 is (P, P) and burns current too.
            Currents of real junctions, with bias law and spread: an exact matrix product of
            what each junction makes of its column's voltage.
Leaves out: wire resistance (mesh.py), noise.
Source:     arXiv:2105.13904 section IV and Fig. 1, 3; a stored 0 as in iCAS-Lab/IMAC-Sim mapWB.py.
Checked by: tests/physics/test_analog_crossbar.py (ngspice, six digits)
"""

import numpy as np
from numpy.typing import NDArray

from components.analog.device import Mtj, Reals
from cosim.errors import ConfigError

Weights = NDArray[np.int8]


class Crossbar:
    """Junctions programmed to a matrix.

    `weights` is (columns, rows) of -1, 0, +1. `usiemens` is (2, columns, rows): what the
    junctions of the lines I+ and I- conduct when parallel; `parallel` tells which are, by
    default as the weights want it. Raises ConfigError for other weights or shapes.
    """

    def __init__(
        self,
        weights: Weights,
        mtj: Mtj,
        vdd_v: float,
        usiemens: Reals,
        parallel: NDArray[np.bool_] | None = None,
    ) -> None:
        if weights.ndim != 2 or not np.isin(weights, (-1, 0, 1)).all():
            raise ConfigError("Crossbar.weights must be a matrix of -1, 0 and +1")
        if usiemens.shape != (2, *weights.shape):
            raise ConfigError(
                f"Crossbar: conductances must be two for each of the weights {weights.shape},"
                f" not of shape {usiemens.shape}"
            )
        self.weights, self.mtj, self.vdd_v = weights, mtj, vdd_v
        self.usiemens = usiemens
        self.parallel = np.array([weights >= 0, weights <= 0]) if parallel is None else parallel

    @property
    def columns(self) -> int:
        """Return how many inputs there are."""
        return int(self.weights.shape[0])

    @property
    def rows(self) -> int:
        """Return how many outputs there are."""
        return int(self.weights.shape[1])

    def part(self, columns: slice, rows: slice) -> "Crossbar":
        """Return the crossbar of some columns and rows alone."""
        return Crossbar(
            self.weights[columns, rows],
            self.mtj,
            self.vdd_v,
            self.usiemens[:, columns, rows],
            self.parallel[:, columns, rows],
        )

    def line_currents_ua(self, volts: Reals) -> Reals:
        """Return I+ and I- of every row, (2, ..., rows), for column voltages (..., columns)."""
        share = self.mtj.antiparallel_share(volts)
        in_p, in_ap = self.usiemens * self.parallel, self.usiemens * ~self.parallel
        return np.array([volts @ in_p[line] + share @ in_ap[line] for line in (0, 1)])

    def currents_ua(self, volts: Reals) -> Reals:
        """Return I+ - I- of every row, (..., rows), for column voltages (..., columns)."""
        plus, minus = self.line_currents_ua(volts)
        return np.asarray(plus - minus)

    def column_ua(self, volts: Reals) -> Reals:
        """Return what the driver of every column gives, of the shape of `volts`."""
        in_p = (self.usiemens * self.parallel).sum((0, 2))
        in_ap = (self.usiemens * ~self.parallel).sum((0, 2))
        return np.asarray(volts * in_p + self.mtj.antiparallel_share(volts) * in_ap)

    def power_uw(self, volts: Reals) -> Reals:
        """Return what all junctions burn: volts times current over all columns."""
        return np.asarray((volts * self.column_ua(volts)).sum(-1))

    def unit_ua(self) -> float:
        """Return the current of one unit of weight at full drive, phi(VDD)."""
        return float(self.mtj.phi_ua(self.vdd_v))
