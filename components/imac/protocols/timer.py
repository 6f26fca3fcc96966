"""The paper's protocol: a timer, loaded beforehand, says when the codes may be read.

Models:     one element a store; the core sleeps until the timer is zero. Codes that are there
            earlier must not be loaded earlier: nothing tells the core.
Leaves out: nothing known.
Source:     arXiv:2105.13904 section V.
Checked by: tests/components/test_protocols_conformance.py, tests/scenarios/test_protocols.py,
            tests/components/test_protocol_latency.py, tests/components/test_protocols_mutants.py
"""

from collections.abc import Iterator

from components.coprocessor import HandOffProtocol, Step, Wait, protocol
from components.imac.contract import HandOff, Told
from components.imac.offload import offload
from cosim.protocol import event


class TimerHandOff(Told, HandOff):
    """One job after another; the codes may be loaded when the timer is zero."""

    expire = event("the timer is zero", HandOff.DONE >> Told.READABLE,
                   HandOff.IDLE.stays, by=HandOff.coprocessor)  # fmt: skip


@protocol("timer")
class Timer(HandOffProtocol):
    """The core sleeps until a timer has run out."""

    contract = TimerHandOff

    @classmethod
    def driver(cls, config: None) -> Iterator[Step]:
        """Yield ready = 0, the inputs, ready = 1, the wait, the codes."""
        yield from offload(Wait())
