"""The co-processor's address space, as the core sees it.

Source: READY at 0x0 is the example of arXiv:2105.13904 section V; the others: estimate, behind it.
"""

READY_ADDRESS = 0x000
PAYLOAD_ADDRESS = 0x001
"""Element i of the inputs, and then code i, is at PAYLOAD_ADDRESS + i."""

TIMER_ADDRESS = 0x7C0
"""The timer's reload value and count."""

PROTOCOL_ADDRESS = TIMER_ADDRESS + 1
"""From here on: registers of the protocol, below 0x800, where a protocol may have tags."""

ELEMENTS_MOST = TIMER_ADDRESS - PAYLOAD_ADDRESS
"""Payload elements that have an address: the authors' small network has 1,176 features."""


def is_payload(address: int) -> bool:
    """Whether an address is that of an element or a code."""
    return PAYLOAD_ADDRESS <= address < TIMER_ADDRESS
