"""The ReRAM accelerator as a module: an image in, a class out, every step to be seen.

Models:     ISAAC- and PRIME-like: weights stay in crossbars of 2-bit cells, inputs come bit by
            bit through 1-bit drivers, one 8-bit converter takes a crossbar's columns in turn,
            shifts and additions join bits and slices; thresholds and maxima behind them; layers one
            after the other.
Leaves out: noise and spread of cells; what machine.py leaves out.
Source:     config.py; ISAAC (ISCA 2016), PRIME (ISCA 2016), PUMA (ASPLOS 2019).
Checked by: tests/components/test_reram_crossbar.py
"""

from components.low_bit_shell import classify
from components.reram_crossbar.config import ReramConfig
from components.reram_crossbar.machine import ReramMachine
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


class ReramAccelerator(Module):
    """Takes the pixels of an image, answers with its class, as the network in `machine` does."""

    config: ReramConfig

    bus = target_socket("images in, classes out")

    layer = span("a layer")
    position = gauge("position that is read", width_bits=16)
    bit = gauge("bit of the inputs that is driven", width_bits=4)
    images = counter("images classified")
    reads = held("reads of crossbars", record="state", field="reads")
    conversions = held("conversions", record="state", field="conversions")
    saturated = held("conversions beyond full scale", record="state", field="saturated")
    spent = energy("all parts")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        machine: ReramMachine,
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
        self.position.set(int(state.position))
        self.bit.set(int(state.bit))
