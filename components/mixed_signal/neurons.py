"""Digital neurons: shift-add of partial sums, and the sigmoid.

Models:     codes of one input bit are shifted and added to accumulators; at the end of a layer all
            neurons take their sigmoid at once, rounded to the width of an input.
Leaves out: registers between tile and neurons.
Source:     shift-add: ISAAC (ISCA 2016) as in hwcomponents; sigmoid: as each parameter says.
Checked by: tests/components/test_mixed_signal.py
"""

from collections.abc import Sequence

import numpy as np

from components.mixed_signal.real_layer import RealLayer
from cosim import (
    Clock,
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
from cosim.module import Scope
from cosim.spread import spread

SHIFT_ADD, ACTIVATE = range(2)
"""Kinds of transactions. `value` is the shift of a partial sum, or the layer's number."""


class NeuronsConfig(Config):
    """Accumulators and sigmoid."""

    sigmoid_ps: int = param(
        4_000, doc="sigmoid of all neurons of a layer", low=1,
        source="estimate: a table look-up and an interpolation at 1 GHz",
    )  # fmt: skip
    shift_add_pj: float = param(
        0.021, doc="one partial sum", low=0, high=100,
        source="ISAAC, hwcomponents isaac.py: 0.021 pJ per 16 bit at 32 nm",
        spread=spread(0.5, 2.0, "estimate: 32 nm, and accumulators of 16 bit or more"),
    )  # fmt: skip
    sigmoid_pj: float = param(
        4.6, doc="one sigmoid", low=0, high=1e3,
        source="estimate: a multiplication and an addition in FP32: 3.7 + 0.9 pJ, Horowitz 2014",
        spread=spread(0.2, 2.0, "estimate: 45 nm; a table look-up takes less"),
    )  # fmt: skip


class Neurons(Consumer):
    """Accumulates partial sums, then activates; an input of 1 is the integer `full`."""

    config: NeuronsConfig

    port = target_socket("partial sums in, activations out")

    partial_sums = counter("partial sums added")
    sigmoids = counter("sigmoids taken")
    adding = energy("shift-add")
    activating = energy("sigmoids")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        layers: Sequence[RealLayer],
        full: int,
        config: NeuronsConfig,
        clock: Clock | None = None,
    ) -> None:
        self.layers, self.full = tuple(layers), full
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Start with nothing accumulated."""
        self.sums = np.zeros(0, np.int64)

    @port.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        """Add codes at once, or take sums out of the accumulators behind the sigmoid's time."""
        if transaction.kind == ACTIVATE:
            return self._take(transaction)
        codes = np.frombuffer(bytes(transaction.data or b""), "<i4").astype(np.int64)
        if len(self.sums) != len(codes):
            self.sums = np.zeros(len(codes), np.int64)
        self.sums += codes << transaction.value
        self.partial_sums.add(len(codes))
        self.adding.spend(len(codes) * self.config.shift_add_pj)
        transaction.response = Response.OK
        return None

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constant."""
        return [
            Term("adding", self.partial_sums.value, "partial sums", {"shift_add_pj": 1}),
            Term("activating", self.sigmoids.value, "sigmoids", {"sigmoid_pj": 1}),
        ]

    def _take(self, transaction: Transaction) -> Steps:
        self.sigmoids.add(len(self.sums))
        spent_pj = len(self.sums) * self.config.sigmoid_pj
        self.activating.spend(spent_pj, over_ps=self.config.sigmoid_ps)
        yield self.config.sigmoid_ps
        found = self.layers[transaction.value].activations(self.sums, self.full)
        transaction.data = bytearray(found.astype("<i4").tobytes())
        self.sums = np.zeros(0, np.int64)
        transaction.response = Response.OK
