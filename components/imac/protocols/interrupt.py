"""Interrupt: the core sleeps until the co-processor asks for one.

Models:     a level from the codes to the next transfer; the core wakes, takes the interrupt, and
            goes on behind its entry and exit (`soc.core.interrupt_entry_cycles`, `_exit_cycles`).
Leaves out: other work while the job runs, for which its few ns are too short; acknowledgement.
Source:     arXiv:2105.13904 section V names it as the alternative that adds latency.
Checked by: tests/components/test_protocols_conformance.py, tests/scenarios/test_protocols.py,
            tests/components/test_protocol_latency.py, tests/components/test_protocols_mutants.py
"""

from collections.abc import Iterator

from components.coprocessor import HandOffProtocol, Step, Wait, protocol
from components.imac.contract import HandOff, Told
from components.imac.offload import offload
from cosim.protocol import event


class InterruptHandOff(Told, HandOff):
    """One job after another; the codes may be loaded when the interrupt line is 1."""

    interrupt = event("the line is 1", HandOff.DONE >> Told.READABLE, by=HandOff.coprocessor)


@protocol("interrupt")
class Interrupt(HandOffProtocol):
    """The co-processor interrupts the core when the codes are there."""

    contract = InterruptHandOff
    interrupts = True

    @classmethod
    def driver(cls, config: None) -> Iterator[Step]:
        """Yield ready = 0, the inputs, ready = 1, the sleep, the codes."""
        yield from offload(Wait())
