"""The transistors of the neuron's inverter: six parameters each, that any SPICE can evaluate.

Models:     drain current per fin over gate and drain voltage, an EKV-type law:
              I = is (qf^2 - qr^2) (1 + lambda vds) / (1 + theta qf),
              qf = ln(1 + exp((vgs - vt + sigma vds) / (2 n ut))), qr the same less n vds.
Leaves out: capacitance (settling.py), leakage of the gate, temperature (300 K).
Source:     own fit to BSIM-CMG 111.2.1 with the PTM-MG 14 nm HP cards: 2.6 % rms of the current
            where |vgs| > 0.3 V and |vds| > 0.1 V.
Checked by: tests/physics/test_analog_neuron.py (ngspice, BSIM-CMG)
"""

from typing import NamedTuple

import numpy as np

from components.analog.device import Reals

THERMAL_V = 0.02585
"""kT/q at 300 K, V."""


class Transistor(NamedTuple):
    """Parameters of one fin: `scale_ua` in uA, the voltages in V, the others without unit."""

    scale_ua: float
    slope: float
    threshold_v: float
    barrier_lowering: float
    length_modulation_per_v: float
    velocity: float

    def current_ua(self, gate_v: Reals, drain_v: Reals) -> Reals:
        """Return the drain current of one fin; voltages from the source, of the n type's sign."""
        width_v = 2 * self.slope * THERMAL_V
        over_v = gate_v - self.threshold_v + self.barrier_lowering * drain_v
        forward = np.logaddexp(0.0, over_v / width_v)
        reverse = np.logaddexp(0.0, (over_v - self.slope * drain_v) / width_v)
        channel = self.scale_ua * (forward**2 - reverse**2)
        modulation = 1 + self.length_modulation_per_v * drain_v
        return np.asarray(channel * modulation / (1 + self.velocity * forward))

    def spice(self, gate: str, drain: str) -> str:
        """Return the current of one fin, in A, as an expression over two voltages of ngspice."""
        width_v = 2 * self.slope * THERMAL_V
        over = f"({gate}-{self.threshold_v!r}+{self.barrier_lowering!r}*{drain})"
        forward = f"ln(1+exp({over}/{width_v!r}))"
        reverse = f"ln(1+exp(({over}-{self.slope!r}*{drain})/{width_v!r}))"
        modulation = f"(1+{self.length_modulation_per_v!r}*{drain})"
        return (
            f"{self.scale_ua * 1e-6!r}*({forward}^2-{reverse}^2)*{modulation}"
            f"/(1+{self.velocity!r}*{forward})"
        )


N_TYPE = Transistor(78.884, 1.1547, 0.30735, 0.018964, 0.26882, 5.5908)
P_TYPE = Transistor(78.844, 1.1305, 0.3101, 0.027955, 0.28741, 6.259)
"""Fitted parameters; the p type's voltages count from its source downwards."""
