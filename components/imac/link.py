"""The analog link: the wires from one layer's neurons to the columns of the next.

Models:     voltages that arrive together once all lanes are driven; nothing is converted.
Leaves out: load, resistance and delay of the wires, which are in the settling time of the layer.
Source:     arXiv:2105.13904 section IV: outputs drive the neighbour's columns.
Checked by: tests/components/test_imac_compute.py
"""

import numpy as np

from components.analog import Reals
from cosim import Environment, Event


class AnalogLink:
    """`volts` on all lanes, and an event when they are complete."""

    def __init__(self, env: Environment, name: str, lanes: int) -> None:
        self.volts: Reals = np.zeros(lanes)
        self.arrived = Event(env, f"{name}.arrived")
        self._driven = 0

    def drive(self, rows: slice, volts: Reals) -> None:
        """Put voltages on some lanes; the last ones to come complete the vector."""
        self.volts[rows] = volts
        self._driven += len(volts)
        if self._driven >= len(self.volts):
            self._driven = 0
            self.arrived.notify()

    def drift(self, volts: Reals) -> None:
        """Change all voltages under a layer that is settling."""
        self.volts[:] = volts
