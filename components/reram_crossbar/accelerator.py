"""The ReRAM accelerator as a module: an image in, a class out, every step to be seen.

Models:     ISAAC- and PRIME-like: weights stay in crossbars of 2-bit cells, inputs come bit by
            bit through 1-bit drivers, one 8-bit converter takes a crossbar's columns in turn,
            shifts and additions join bits and slices; thresholds and maxima behind them; layers one
            after the other.
Leaves out: noise and spread of cells; what machine.py leaves out.
Source:     config.py; ISAAC (ISCA 2016), PRIME (ISCA 2016), PUMA (ASPLOS 2019).
Checked by: tests/components/test_reram_crossbar.py
"""

from typing import Any

from components.low_bit_shell import LowBitAccelerator
from components.reram_crossbar.config import ReramConfig
from cosim import gauge, held


class ReramAccelerator(LowBitAccelerator):
    """Takes the pixels of an image, answers with its class, as the network in `machine` does."""

    config: ReramConfig

    position = gauge("position that is read", width_bits=16)
    bit = gauge("bit of the inputs that is driven", width_bits=4)
    reads = held("reads of crossbars", record="state", field="reads")
    conversions = held("conversions", record="state", field="conversions")
    saturated = held("conversions beyond full scale", record="state", field="saturated")

    def show(self, state: Any) -> None:
        """Tell what the next step works on."""
        self.position.set(int(state.position))
        self.bit.set(int(state.bit))
