"""The CMOS accelerator as a module: an image in, a class out, every row of positions to be seen.

Models:     YodaNN-like: a core of binary weights that sums one window for many filters in a cycle,
            weights of several bits one bit after the other; eDRAM for weights and activations, as
            DaDianNao has; pieces of a layer that the core holds, one after the other.
Leaves out: what machine.py leaves out.
Source:     config.py; YodaNN (IEEE TCAD 37, 2018), DaDianNao (MICRO 2014).
Checked by: tests/components/test_cmos_accelerator.py
"""

from typing import Any

from components.cmos_accelerator.config import CmosConfig
from components.low_bit_shell import LowBitAccelerator
from cosim import gauge, held


class CmosAccelerator(LowBitAccelerator):
    """Takes the pixels of an image, answers with its class, as the network in `machine` does."""

    config: CmosConfig

    group = gauge("group of filters", width_bits=16)
    piece = gauge("piece of the channels", width_bits=16)
    row = gauge("row of positions", width_bits=16)
    clocks = held("clock cycles", record="state", field="cycles")
    products = held("products with one bit of a weight", record="state", field="products")

    def show(self, state: Any) -> None:
        """Tell what the next step works on."""
        self.group.set(int(state.group))
        self.piece.set(int(state.piece))
        self.row.set(int(state.row))
