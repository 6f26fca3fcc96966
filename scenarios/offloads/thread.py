"""A second initiator on the co-processor bus: another core, as far as the bus can tell.

Models:     stores and loads one at a time, through a port of its own.
Leaves out: everything else that a core does.
Checked by: tests/scenarios/test_misuse.py
"""

import numpy as np

from cosim import Command, Module, Steps, Transaction, counter, initiator_socket
from cosim.messages import LOAD_IMAC, STORE_IMAC
from scenarios.networks.handoff import float_bits


class Thread(Module):
    """Does to a co-processor what it is told to."""

    bus = initiator_socket("co-processor bus")

    refused = counter("accesses that were answered with an error")

    def store(self, address: int, value: float) -> Steps:
        """Store a float32."""
        pattern = int(float_bits(np.array([value], np.float32))[0])
        access = Transaction(address, command=Command.WRITE, value=pattern, kind=STORE_IMAC)
        yield from self._carry(access)

    def load(self, address: int) -> Steps:
        """Load a value and return it."""
        access = Transaction(address, kind=LOAD_IMAC)
        yield from self._carry(access)
        return access.value

    def _carry(self, access: Transaction) -> Steps:
        yield from self.bus.transport(access)
        if not access.is_ok:
            self.refused.add()
