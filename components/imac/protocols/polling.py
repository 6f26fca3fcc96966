"""Polling: the core reads READY until it is -1.

Models:     a loop of load, compare and branch that begins anew every `period_cycles`; every poll
            takes the bus and the buffer's port.
Leaves out: a pause instruction between polls, which would save energy.
Source:     arXiv:2105.13904 section V names it as the alternative; the period: estimate.
Checked by: tests/components/test_protocols_conformance.py, tests/scenarios/test_protocols.py,
            tests/components/test_protocol_latency.py, tests/components/test_protocols_mutants.py
"""

from collections.abc import Iterator

from components.coprocessor import HandOffProtocol, Poll, Step, protocol
from components.imac.addresses import READY_ADDRESS
from components.imac.contract import HandOff, Told
from components.imac.offload import offload
from cosim import Config, param
from cosim.protocol import event


class PollingConfig(Config):
    """How often the core looks."""

    period_cycles: int = param(
        0, doc="from one poll to the next; 0: as soon as the loop is round", low=0, high=1 << 20,
        source="estimate: a loop without a pause, which sees the codes soonest",
    )  # fmt: skip


class PollingHandOff(Told, HandOff):
    """One job after another; the codes may be loaded when READY has been read as -1."""

    load_ready_minus_1 = event(
        "READY is read as -1", HandOff.DONE >> Told.READABLE,
        HandOff.CONFIGURING.stays, HandOff.IDLE.stays, Told.READABLE.stays,
        by=HandOff.core,
    )  # fmt: skip
    wait = event("sleep until the timer is zero; never legal, for a poll tells the core")


@protocol("polling")
class Polling(HandOffProtocol):
    """The core reads READY until the codes are there."""

    config: PollingConfig
    contract = PollingHandOff

    @classmethod
    def driver(cls, config: PollingConfig) -> Iterator[Step]:
        """Yield ready = 0, the inputs, ready = 1, the polls, the codes."""
        yield from offload(Poll(READY_ADDRESS, until=-1, period_cycles=config.period_cycles))
