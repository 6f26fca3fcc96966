"""One bank of the hand-off: a buffer with its ready register, its state machine and its gate.

Models:     what there is once for each set of inputs that may be under way; a co-processor with two
            stores the inputs of a job while another one is computed. The subarrays are there once.
Leaves out: nothing known.
Source:     two banks: estimate, double buffering as DMA engines and display controllers have it.
Checked by: tests/components/test_protocol_banks.py
"""

from typing import Any, NamedTuple

from components.imac.buffer import Buffer
from components.imac.controller import Controller
from components.imac.gate import Gate
from components.imac.ready_register import ReadyRegister


class Bank(NamedTuple):
    """The parts of one bank."""

    buffer: Buffer
    ready: ReadyRegister
    controller: Controller
    gate: Gate

    def reset(self) -> None:
        """Lose everything, as without power."""
        self.controller.reset()
        self.buffer.reset()
        self.ready.reset()

    def keep(self) -> dict[str, Any]:
        """Return whose it is."""
        return {"owner": self.gate.owner}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.gate.owner = kept["owner"]
