"""The co-processor's address space, as the core sees it.

Source: READY at 0x0 is the example of arXiv:2105.13904 section V; the others: estimate, behind it.
"""

READY_ADDRESS = 0x000
PAYLOAD_ADDRESS = 0x001
"""Element i of the inputs, and then code i, is at PAYLOAD_ADDRESS + i."""

TIMER_ADDRESS = 0x400
"""The timer's reload value and count."""

PROTOCOL_ADDRESS = 0x401
"""From here on: registers of the protocol."""


def is_payload(address: int) -> bool:
    """Whether an address is that of an element or a code."""
    return PAYLOAD_ADDRESS <= address < TIMER_ADDRESS
