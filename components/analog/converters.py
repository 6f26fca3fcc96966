"""Converters at the two ends of the analog chain.

Models:     column drivers: a sign becomes -VDD, 0 or +VDD; output converters, one per output:
            2^b - 1 thresholds over a range, with offset, gain error, integral and differential
            nonlinearity. Without errors code = min(floor(2^b v / VDD), 2^b - 1).
Leaves out: noise, kick-back; drivers are ideal sources.
Source:     arXiv:2105.13904 section V (3 bits; {-1, 0, 1} drive VSS, GND, VDD); -VDD as in
            iCAS-Lab/IMAC-Sim; range and rounding: estimate, neither is given. Errors: definitions
            of IEEE Std 1241.
Checked by: tests/components/test_analog_converters.py
"""

import numpy as np
from numpy.typing import NDArray

from components.analog.device import Reals
from components.analog.variation import Seeds
from cosim.config import Config, param
from cosim.errors import ConfigError
from cosim.spread import spread

Codes = NDArray[np.int64]


class AdcConfig(Config):
    """One converter of the array at the end of the chain."""

    bits: int = param(
        3, doc="resolution", unit="bits", low=1, high=12, source="arXiv:2105.13904 section V",
    )  # fmt: skip
    low_v: float = param(
        0.0, doc="lower end of the range", low=-2, high=2,
        source="estimate: the neuron's range, as arXiv:2105.13904 gives none",
    )  # fmt: skip
    high_v: float | None = param(
        None, doc="upper end of the range; VDD without one", low=-2, high=2,
        source="estimate: the neuron's range, as arXiv:2105.13904 gives none",
    )  # fmt: skip
    offset_lsb: float = param(
        0.0, doc="shift of all thresholds", unit="LSB", low=-64, high=64,
        source="estimate: none, as in the paper",
    )  # fmt: skip
    gain_error: float = param(
        0.0, doc="how much wider the range is than it should be", unit="1", low=-0.5, high=0.5,
        source="estimate: none, as in the paper",
    )  # fmt: skip
    inl_lsb: float = param(
        0.0, doc="bow of the thresholds at the middle of the range", unit="LSB", low=-64, high=64,
        source="estimate: none, as in the paper",
    )  # fmt: skip
    dnl_lsb: float = param(
        0.0, doc="sigma of the widths of the steps, drawn for each converter", unit="LSB",
        low=0, high=1, source="estimate: none, as in the paper",
    )  # fmt: skip
    conversion_ps: int = param(
        1_000, doc="time of one conversion, all outputs at once", low=1,
        source="estimate: 0.83 ns at the 1.2 GS/s of ISAAC's converter, rounded up",
        spread=spread(0.5, 1.5, "estimate: three bits may take less than ISAAC's eight"),
    )  # fmt: skip
    conversion_pj: float = param(
        0.6, doc="energy of one conversion", low=0,
        source="estimate: 8 bits take 1.67 pJ and 4 bits 0.79 pJ at 32 nm (ISAAC), so 3 bits less",
        spread=spread(0.3, 2.8, "ISAAC: 1.67 pJ for 8 bits at 32 nm; 14 nm takes a quarter"),
    )  # fmt: skip


class AdcBank:
    """The converters of all outputs, as they come from the fab.

    `thresholds_v` is (outputs, 2^bits - 1), rising. Raises ConfigError for an empty range.
    """

    def __init__(self, config: AdcConfig, outputs: int, vdd_v: float, seeds: Seeds) -> None:
        high_v = vdd_v if config.high_v is None else config.high_v
        if not high_v > config.low_v:
            raise ConfigError(
                f"AdcConfig.high_v must lie above low_v, {config.low_v} V, not at {high_v} V"
            )
        steps = 1 << config.bits
        edges = np.arange(1, steps) + np.zeros((outputs, 1))
        if config.dnl_lsb:
            edges += _walk(config.dnl_lsb, outputs, steps, seeds("adc.steps"))
        middle = edges / steps
        edges = edges * (1 + config.gain_error) + config.offset_lsb
        edges += 4 * config.inl_lsb * middle * (1 - middle)
        lsb_v = (high_v - config.low_v) / steps
        self.thresholds_v: Reals = np.sort(config.low_v + lsb_v * edges, axis=1)

    def codes(self, volts: Reals) -> Codes:
        """Return the codes of voltages (..., outputs); beyond the range they are the end codes."""
        reached = volts[..., None] >= self.thresholds_v
        return np.asarray(reached.sum(-1), np.int64)


def drive_v(signs: NDArray[np.int8], vdd_v: float) -> Reals:
    """Return the column voltages for signs -1, 0, +1."""
    return signs.astype(np.float64) * vdd_v


def ties(codes: Codes) -> int:
    """Return how many vectors of codes, (..., outputs), have their largest code more than once."""
    largest = codes == codes.max(axis=-1, keepdims=True)
    return int((largest.sum(-1) > 1).sum())


def _walk(sigma: float, outputs: int, steps: int, generator: np.random.Generator) -> Reals:
    """Return what random widths shift each threshold by, in LSB; both ends stay in place."""
    walk = np.cumsum(sigma * generator.standard_normal((outputs, steps)), axis=1)
    line = walk[:, -1:] * np.arange(1, steps + 1) / steps
    return np.asarray((walk - line)[:, :-1])
