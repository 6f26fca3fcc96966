"""Blocking load: the core loads the first code at once, and the load answers when it is there.

Models:     a load that waits in the co-processor while a job runs; its port is free meanwhile, the
            bus is not.
Leaves out: a time after which the load gives up; other work of the core while it waits.
Source:     estimate: arXiv:2105.13904 does not name it; as loads of devices that stretch the bus.
Checked by: tests/components/test_protocols_conformance.py, tests/scenarios/test_protocols.py,
            tests/components/test_protocol_latency.py, tests/components/test_protocols_mutants.py
"""

from collections.abc import Iterator

from components.coprocessor import HandOffProtocol, Step, protocol
from components.imac.contract import HandOff
from components.imac.offload import offload
from cosim.protocol import event


class BlockingHandOff(HandOff):
    """One job after another; a load of a code is answered when the code is there."""

    wait = event("sleep until the timer is zero; never legal, for the load waits")


@protocol("blocking")
class Blocking(HandOffProtocol):
    """The first load of a code waits for the job."""

    contract = BlockingHandOff
    blocks = True

    @classmethod
    def driver(cls, config: None) -> Iterator[Step]:
        """Yield ready = 0, the inputs, ready = 1, and the codes at once."""
        yield from offload()
