"""The amplifier behind each row, between sense currents and neuron.

Models:     a transimpedance stage that holds both sense lines at virtual ground: its output is
            reference + R (I+ - I-), within its rails, behind one pole. The reference cancels the
            neuron's middle. At level `netlist`, the authors' difference amplifier instead:
            four resistors and an ideal operational amplifier.
Leaves out: offset, noise, input current. The current of the array goes through its output stage
            and is counted with the array.
Source:     arXiv:2105.13904 section IV; iCAS-Lab/IMAC-Sim diff*.sp, neuron.sp (-0.4 V in series).
Checked by: tests/physics/test_analog_mlp.py, tests/physics/test_analog_mesh.py (ngspice)
"""

import numpy as np

from components.analog.circuit import DifferenceAmplifier
from components.analog.device import Reals
from cosim.config import Config, param
from cosim.spread import spread


class AmplifierConfig(Config):
    """The amplifier behind each row."""

    feedback_ohm: float | None = param(
        None, doc="R; without one it makes the gain that each layer was trained with", low=1,
        high=1e7, source="the user's choice; 2.12 kohm stand for a gain of 1",
    )  # fmt: skip
    reference_v: float = param(
        0.4, doc="output without a signal; cancels the middle of the neuron, 0 does not",
        low=-1, high=1, source="iCAS-Lab/IMAC-Sim neuron.sp: 0.4 V in series",
    )  # fmt: skip
    low_v: float = param(
        -0.8, doc="lower rail", low=-5, high=0, source="iCAS-Lab/IMAC-Sim: VSS of -0.8 V",
    )  # fmt: skip
    high_v: float = param(
        1.2, doc="upper rail", low=0, high=5,
        source="estimate: as far above the reference of 0.4 V as the neuron needs to saturate",
    )  # fmt: skip
    bandwidth_hz: int = param(
        140_000_000, doc="closed-loop bandwidth, one pole", low=1_000_000, high=1_000_000_000_000,
        source="estimate: calibrated once, so that two layers settle in the 40 cycles at 3.7 GHz of"
        " arXiv:2105.13904 section IV; array and neuron take a hundredth of that time",
        spread=spread(0.9, 2.0, "estimate: the paper says less than 40 cycles, so faster may be"),
    )  # fmt: skip
    quiescent_uw: float = param(
        40.0, doc="what its bias takes while its subarray is on", low=0, high=1e5,
        source="estimate: 2 pi x 140 MHz x a noise gain of 30 x 8 fF are 0.21 mS, a tenth of that"
        " per V as current, at 2 V from rail to rail",
        spread=spread(0.2, 5.0, "estimate: load and noise gain are known to a factor"),
    )  # fmt: skip
    input_ohm: float = param(
        1_000.0, doc="input resistors of the difference amplifier", low=1, high=1e6,
        source="iCAS-Lab/IMAC-Sim diff1.sp",
    )  # fmt: skip
    difference_gain: float = param(
        30.0, doc="feedback over input resistor of the difference amplifier", unit="1", low=0.1,
        high=1e4, source="iCAS-Lab/IMAC-Sim testIMAC.py: 30, 30 and 10 for three layers",
    )  # fmt: skip

    @property
    def difference(self) -> DifferenceAmplifier:
        """Return the resistors of level `netlist`."""
        return DifferenceAmplifier(self.input_ohm, self.difference_gain)


def amplified_v(config: AmplifierConfig, step_v: Reals) -> Reals:
    """Return the output for the steps that the signal asks for, between the rails."""
    return np.asarray(np.clip(config.reference_v + step_v, config.low_v, config.high_v))
