"""The accelerator's own waves while a supply runs it.

Models:     every operation as the accelerator shows it by itself.
Leaves out: the first operation of an inference and behind an outage: where it began was not seen.
Checked by: tests/scenarios/test_pim_intermittent.py
"""

from components.pim import Pim
from components.pim.records import DONE, LOOP
from cosim import Simulator
from scenarios.pim.powered import PoweredPim, Work


class Watched:
    """An accelerator in a simulator, shown operation by operation; `powered` is for its supply."""

    def __init__(self, simulator: Simulator, work: Work) -> None:
        self.pim = Pim("pim", simulator, network=work.network, config=work.config.machine)
        self.powered = PoweredPim(self.pim.machine, work.config.saved_bits)
        self.pim.machine.load(work.image)
        self._note()

    def show(self) -> None:
        """Show the operation that the supply's last step was, if it was one."""
        machine, pim = self.pim.machine, self.pim
        is_known = 0 <= self._loop["phase"] < DONE
        if is_known and int(machine.progress["operations"][0]) > self._operations:
            name = pim.network.layers[self._layer].name
            pim.layer_name.set(name)
            pim.show(self._layer, self._loop, int(machine.counts["moved_bits"][0]) - self._moved)
        else:
            pim.board.rest()
            pim.phase.set("IDLE")
        self._note()

    def _note(self) -> None:
        """Remember where the machine is, which is where its next operation begins."""
        machine = self.pim.machine
        self._loop = dict(zip(LOOP.volatile, machine.loop[0].item(), strict=True))
        self._operations = int(machine.progress["operations"][0])
        self._layer = int(machine.progress["layer"][0])
        self._moved = int(machine.counts["moved_bits"][0])
