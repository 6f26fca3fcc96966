"""The CMOS accelerator as a module: an image in, a class out, every row of positions to be seen.

Models:     YodaNN-like: a core of binary weights that sums one window for many filters in a cycle,
            weights of several bits one bit after the other; eDRAM for weights and activations, as
            DaDianNao has; pieces of a layer that the core holds, one after the other.
Leaves out: what machine.py leaves out.
Source:     config.py; YodaNN (IEEE TCAD 37, 2018), DaDianNao (MICRO 2014).
Checked by: tests/components/test_cmos_accelerator.py
"""

from components.cmos_accelerator.config import CmosConfig
from components.cmos_accelerator.machine import CmosMachine
from components.low_bit_shell import classify
from cosim import (
    Clock,
    Module,
    Steps,
    Transaction,
    counter,
    energy,
    gauge,
    held,
    span,
    target_socket,
)
from cosim.activity import Term, by_cause
from cosim.module import Scope


class CmosAccelerator(Module):
    """Takes the pixels of an image, answers with its class, as the network in `machine` does."""

    config: CmosConfig

    bus = target_socket("images in, classes out")

    layer = span("a layer")
    group = gauge("group of filters", width_bits=16)
    piece = gauge("piece of the channels", width_bits=16)
    row = gauge("row of positions", width_bits=16)
    images = counter("images classified")
    clocks = held("clock cycles", record="state", field="cycles")
    products = held("products with one bit of a weight", record="state", field="products")
    spent = energy("all parts")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        machine: CmosMachine,
        clock: Clock | None = None,
    ) -> None:
        self.machine = machine
        super().__init__(name, parent, config=machine.config, clock=clock)

    def build(self) -> None:
        """Show the machine's own record."""
        self.state = self.machine.memory.state

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Classify one image: `data` are its pixels, `value` becomes its class."""
        yield from classify(self, self.machine.inference, transaction, self._show)
        self.images.add()

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        return self.machine.activity()

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent until now, in pJ, by cause."""
        return by_cause(self.activity(), self.config)

    def _show(self) -> None:
        state = self.state[0]
        self.group.set(int(state.group))
        self.piece.set(int(state.piece))
        self.row.set(int(state.row))
