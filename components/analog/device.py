"""The magnetic tunnel junction that stores one half of a weight.

Models:     resistance over the angle of the free layer, eq. (1); collapse of the magnetoresistance
            with the voltage across the junction, eq. (2).
Leaves out: access transistor (2.2 kohm in series, if it is one fin), read disturb, switching,
            and temperature: other than near 300 K is refused. The bias law was measured below 1 V.
Source:     arXiv:2105.13904, eq. (1), (2) and Table I.
Checked by: tests/physics/test_analog_device.py (ngspice, seven digits)

An anti-parallel junction has no resistance of its own: ask for it at a voltage. The voltage is
the one across this junction, which is the input voltage only if the sense line is a virtual ground.
"""

from dataclasses import dataclass
from math import pi
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cosim.config import Config, param
from cosim.spread import spread

Reals = NDArray[np.floating[Any]]

SIZES = spread(0.95, 1.05, "estimate: 2 nm of lithography")

NM2_PER_UM2 = 1e6
USIEMENS_PER_SIEMENS = 1e6


class MtjConfig(Config):
    """Geometry and material of a junction."""

    length_nm: float = param(
        50.0, doc="long axis of the elliptic pillar", low=5, high=500,
        source="arXiv:2105.13904 Table I", spread=SIZES,
    )  # fmt: skip
    width_nm: float = param(
        30.0, doc="short axis of the elliptic pillar", low=5, high=500,
        source="arXiv:2105.13904 Table I", spread=SIZES,
    )  # fmt: skip
    resistance_area: float = param(
        10.0, doc="resistance-area product; ohm um^2, not ohm m^2", unit="ohm*um^2",
        low=0.1, high=1e4, source="arXiv:2105.13904 Table I",
        spread=spread(0.8, 1.25, "estimate: wafers differ by a fifth"),
    )  # fmt: skip
    tmr0_percent: float = param(
        200.0, doc="tunnel magnetoresistance at 0 V; 200 stands for a ratio of 3", unit="percent",
        low=10, high=1000, source="arXiv:2105.13904 Table I; eq. (2) divides it by 100",
        spread=spread(0.75, 1.1, "estimate: 200 percent is a good wafer"),
    )  # fmt: skip
    half_tmr_v: float = param(
        0.65, doc="V0: voltage at which half of the magnetoresistance is left", low=0.05, high=10,
        source="arXiv:2105.13904 Table I",
        spread=spread(0.9, 1.1, "estimate: wafers differ by a tenth"),
    )  # fmt: skip
    bias_law: Literal["at_voltage", "constant"] = param(
        "at_voltage", doc="whether the magnetoresistance falls with voltage, eq. (2)",
        source="arXiv:2105.13904 eq. (2); the authors' netlists use constant resistors",
    )  # fmt: skip
    temperature_k: float = param(
        300.0, doc="temperature of the array; the laws hold near room temperature only", unit="K",
        low=280, high=320,
        source="estimate: eq. (1), (2) have no temperature; 20 K move a TMR by a few percent",
    )  # fmt: skip


@dataclass(frozen=True)
class Mtj:
    """A junction as a law: conductances in uS over voltages in V, elementwise on arrays."""

    config: MtjConfig

    @property
    def area_um2(self) -> float:
        """Return the area of the ellipse."""
        return pi / 4 * self.config.length_nm * self.config.width_nm / NM2_PER_UM2

    @property
    def parallel_ohm(self) -> float:
        """Return R_P, which no voltage changes."""
        return self.config.resistance_area / self.area_um2

    @property
    def parallel_usiemens(self) -> float:
        """Return G_P."""
        return USIEMENS_PER_SIEMENS / self.parallel_ohm

    def tmr(self, volts: Reals | float) -> Reals:
        """Return the magnetoresistance as a ratio: 2.0 is 200 percent; eq. (2)."""
        ratio = np.asarray(volts, np.float64) / self.config.half_tmr_v
        if self.config.bias_law == "constant":
            ratio = np.zeros_like(ratio)
        result: Reals = self.config.tmr0_percent / 100 / (1 + ratio**2)
        return result

    def resistance_ohm(self, angle_rad: float, volts: Reals | float) -> Reals:
        """Return R(theta) at a voltage, eq. (1): 0 is parallel, pi is anti-parallel."""
        tmr = self.tmr(volts)
        openness = tmr * (1 + np.cos(angle_rad))
        result: Reals = 2 * self.parallel_ohm * (1 + tmr) / (2 + openness)
        return result

    def antiparallel_usiemens(self, volts: Reals | float) -> Reals:
        """Return G_AP at a voltage."""
        return self.parallel_usiemens / (1 + self.tmr(volts))

    def phi_ua(self, volts: Reals | float) -> Reals:
        """Return the current of one unit of weight, v (G_P - G_AP(v)), in uA.

        A crossbar with ideal wires multiplies by phi(v), not by v: half of 0.8 V still gives
        0.668 of the full current.
        """
        weight = self.parallel_usiemens - self.antiparallel_usiemens(volts)
        result: Reals = np.asarray(volts) * weight
        return result

    def antiparallel_share(self, volts: Reals | float) -> Reals:
        """Return v G_AP(v) / G_P: what an anti-parallel junction makes of a voltage, in V.

        Keeps the precision of its argument.
        """
        volts = np.asarray(volts)
        tmr0 = self.config.tmr0_percent / 100
        if self.config.bias_law == "constant":
            return volts / (1 + tmr0)
        left = volts * volts
        left *= 1 / self.config.half_tmr_v**2
        left += 1
        result: Reals = volts * left
        left += tmr0
        result /= left
        return result

    def share_slope(self, volts: Reals | float) -> Reals:
        """Return the derivative of `antiparallel_share`; between 1/3 and 1 for a TMR of 2."""
        volts = np.asarray(volts, np.float64)
        if self.config.bias_law == "constant":
            return 1 / (1 + self.tmr(volts))
        squared = (volts / self.config.half_tmr_v) ** 2
        tmr0 = self.config.tmr0_percent / 100
        result: Reals = 1 - tmr0 * (1 + tmr0 - squared) / (1 + tmr0 + squared) ** 2
        return result
