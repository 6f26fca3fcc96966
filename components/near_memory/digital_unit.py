"""The digital unit beside a sub-array: thresholds of hidden neurons, and the choice of a class.

Models:     counts of ones become y = 2 count - ones + B; one cycle for all neurons of a layer.
Leaves out: the wires from the array.
Source:     arithmetic of signs; energy of an addition: Horowitz, ISSCC 2014, 45 nm.
Checked by: tests/components/test_near_memory.py
"""

import numpy as np

from cosim import (
    Config,
    Response,
    Steps,
    Transaction,
    counter,
    energy,
    param,
    target_socket,
)
from cosim.activity import Term
from cosim.consumer import Consumer
from cosim.spread import spread

HIDDEN, LAST = range(2)
"""Kinds of transactions: bits of hidden neurons, or the class."""

VALUE_BYTES = 4
"""A value of y travels as int32, little endian."""


class DigitalUnitConfig(Config):
    """The digital unit."""

    cycle_ps: int = param(
        1_250, doc="thresholds or comparison of a whole layer", low=1,
        source="estimate: one cycle of the array's clock",
    )  # fmt: skip
    addition_pj: float = param(
        0.1, doc="one addition or comparison of 32 bits", low=0, high=100,
        source="Horowitz, ISSCC 2014: 0.1 pJ for a 32-bit addition at 45 nm",
        spread=spread(0.3, 1.5, "estimate: 45 nm; the array's technology is smaller"),
    )  # fmt: skip


class DigitalUnit(Consumer):
    """Turns sums of a layer into bits or into a class."""

    config: DigitalUnitConfig

    port = target_socket("sums of a layer")

    operations = counter("additions and comparisons")
    arithmetic = energy("additions and comparisons")

    @port.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Answer with bits of hidden neurons in `data`, or with the class in `value`."""
        sums = np.frombuffer(bytes(transaction.data or b""), "<i4")
        self.operations.add(2 * len(sums))
        spent_pj = 2 * len(sums) * self.config.addition_pj
        self.arithmetic.spend(spent_pj, over_ps=self.config.cycle_ps)
        yield self.config.cycle_ps
        if transaction.kind == HIDDEN:
            transaction.data = bytearray(np.packbits(sums < 0))
        else:
            transaction.value = int(sums.argmin())
        transaction.response = Response.OK

    def activity(self) -> list[Term]:
        """Return what was done until now; it makes energy with its constant."""
        return [Term("arithmetic", self.operations.value, "operations", {"addition_pj": 1})]
