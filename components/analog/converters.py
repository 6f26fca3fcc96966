"""Converters at the two ends of the analog chain.

Models:     column drivers: a sign becomes -VDD, 0 or +VDD; output converters: uniform codes over
            0..VDD, code = min(floor(2^b v / VDD), 2^b - 1), one converter per output.
Leaves out: nonlinearity, noise, kick-back; drivers are ideal sources.
Source:     arXiv:2105.13904 section V (3 bits; {-1, 0, 1} drive VSS, GND, VDD); -VDD as in
            iCAS-Lab/IMAC-Sim; range and rounding: estimate, neither is given.
Checked by: tests/components/test_analog_converters.py
"""

import numpy as np
from numpy.typing import NDArray

from components.analog.device import Reals
from cosim.config import Config, param

Codes = NDArray[np.int64]


class AdcConfig(Config):
    """One converter of the array at the end of the chain."""

    bits: int = param(
        3, doc="resolution", unit="bits", low=1, high=8, source="arXiv:2105.13904 section V",
    )  # fmt: skip
    conversion_ps: int = param(
        1_000, doc="time of one conversion, all outputs at once", low=1,
        source="estimate: 0.83 ns at the 1.2 GS/s of ISAAC's converter, rounded up",
    )  # fmt: skip
    conversion_pj: float = param(
        0.6, doc="energy of one conversion", low=0,
        source="estimate: 8 bits take 1.67 pJ and 4 bits 0.79 pJ at 32 nm (ISAAC), so 3 bits less",
    )  # fmt: skip


def drive_v(signs: NDArray[np.int8], vdd_v: float) -> Reals:
    """Return the column voltages for signs -1, 0, +1."""
    return signs.astype(np.float64) * vdd_v


def adc_codes(config: AdcConfig, volts: Reals, vdd_v: float) -> Codes:
    """Return the codes of voltages; what lies outside 0..VDD takes the end codes."""
    steps = 1 << config.bits
    codes: Codes = np.clip(np.floor(steps * volts / vdd_v), 0, steps - 1).astype(np.int64)
    return codes
