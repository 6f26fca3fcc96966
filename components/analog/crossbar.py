"""A crossbar of differential synapses, read at virtual grounds.

Models:     inputs on columns, outputs on rows with two sense lines each; a synapse is two
            junctions: +1 is (P, AP), -1 is (AP, P), 0 is (P, P) and burns current too.
            Level `ideal`: sums = W x, exact integers for ternary inputs.
            Level `virtual_ground`: currents of real junctions, with bias law and spread,
            divided by the current of one unit, phi(VDD): full drive counts 1, like `ideal`.
            Power is that of the junctions at both levels.
Leaves out: wire resistance, sneak paths (both zero at virtual grounds with ideal wires), noise.
Source:     arXiv:2105.13904 section IV and Fig. 1, 3; a stored 0 as in iCAS-Lab/IMAC-Sim mapWB.py.
Checked by: tests/physics/test_analog_crossbar.py (ngspice, six digits)
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from components.analog.device import Mtj, Reals
from cosim.errors import ConfigError

Level = Literal["ideal", "virtual_ground"]
Weights = NDArray[np.int8]


class Crossbar:
    """Junctions programmed to a matrix.

    `weights` is (columns, rows) of -1, 0, +1; `positive_usiemens` and `negative_usiemens` have
    the same shape and hold what each junction conducts when parallel.
    Raises ConfigError for other weights or shapes.
    """

    def __init__(
        self,
        weights: Weights,
        mtj: Mtj,
        vdd_v: float,
        positive_usiemens: Reals,
        negative_usiemens: Reals,
    ) -> None:
        if weights.ndim != 2 or not np.isin(weights, (-1, 0, 1)).all():
            raise ConfigError("Crossbar.weights must be a matrix of -1, 0 and +1")
        if positive_usiemens.shape != weights.shape or negative_usiemens.shape != weights.shape:
            raise ConfigError(f"Crossbar: conductances must be {weights.shape}, as the weights are")
        self.weights, self.mtj, self.vdd_v = weights, mtj, vdd_v
        self.positive_usiemens, self.negative_usiemens = positive_usiemens, negative_usiemens
        plus, minus = positive_usiemens * (weights >= 0), negative_usiemens * (weights <= 0)
        plus_ap, minus_ap = positive_usiemens - plus, negative_usiemens - minus
        self._signal = plus - minus, plus_ap - minus_ap
        self._load = (plus + minus).sum(1), (plus_ap + minus_ap).sum(1)

    def currents_ua(self, volts: Reals) -> Reals:
        """Return I+ - I- of every row, (..., rows), for column voltages (..., columns)."""
        share = self.mtj.antiparallel_share(volts)
        parallel, antiparallel = self._signal
        result: Reals = volts @ parallel + share @ antiparallel
        return result

    def power_uw(self, volts: Reals) -> Reals:
        """Return what all junctions burn: the sum of v^2 (G+ + G-) over driven columns."""
        parallel, antiparallel = self._load
        share = self.mtj.antiparallel_share(volts)
        result: Reals = volts**2 @ parallel + (volts * share) @ antiparallel
        return result


def program(weights: Weights, mtj: Mtj, vdd_v: float, generator: np.random.Generator) -> Crossbar:
    """Make a crossbar whose junctions are drawn from `generator`."""
    made = mtj.made((2, *weights.shape), generator)
    return Crossbar(weights, mtj, vdd_v, made[0], made[1])


def ideal(crossbar: Crossbar, volts: Reals) -> Reals:
    """Return W x with x = v / VDD: what the network was trained with."""
    result: Reals = (volts / crossbar.vdd_v) @ crossbar.weights.astype(np.float64)
    return result


def virtual_ground(crossbar: Crossbar, volts: Reals) -> Reals:
    """Return row currents in units of phi(VDD), the current of one weight at full drive.

    Ternary inputs make the same sums as `ideal`. The 0..VDD of a hidden layer come out bent by
    phi. Measured on 10,000 MNIST digits: the accuracy of LeNet-5 moves by less than 0.15 points,
    with no correction of gains (tests/physics/test_analog_accuracy.py).
    """
    return crossbar.currents_ua(volts) / crossbar.mtj.phi_ua(crossbar.vdd_v)


LEVELS: dict[Level, Callable[[Crossbar, Reals], Reals]] = {
    "ideal": ideal,
    "virtual_ground": virtual_ground,
}
"""Level to the function that gives the sums, (..., rows), of a crossbar at column voltages."""
