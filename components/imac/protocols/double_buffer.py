"""Double buffer: the inputs of a job are stored while another one is computed.

Models:     two banks, each with a buffer and a ready register of its own; the highest bit of an
            address chooses. A job whose inputs are complete waits for the subarrays, which switch
            off for a cycle between jobs. The core polls the ready register of its bank.
Leaves out: more than two banks; codes that are taken over by themselves.
Source:     estimate: arXiv:2105.13904 has one buffer; double buffering as display controllers do.
Checked by: tests/components/test_protocols_conformance.py, tests/components/test_protocol_banks.py,
            tests/components/test_protocol_latency.py, tests/scenarios/test_protocols.py
"""

from collections.abc import Iterator
from typing import Literal

from components.coprocessor import HandOffProtocol, Poll, Step, protocol
from components.imac.addresses import READY_ADDRESS
from components.imac.offload import offload
from components.imac.protocols.polling import PollingConfig, PollingHandOff
from cosim import Transaction, param

BANK_SHIFT = 11
"""Bits of an address below its bank: registers and payload need 0x402 addresses."""


class DoubleBufferConfig(PollingConfig):
    """Which bank the program uses, and how often it looks."""

    bank: Literal[0, 1] = param(
        0, doc="bank of the program's jobs", unit="1", source="the user's choice"
    )


class DoubleBufferHandOff(PollingHandOff, each="bank"):
    """In each bank one job after another; a bank may wait for the subarrays."""


@protocol("double_buffer")
class DoubleBuffer(HandOffProtocol):
    """Two banks, so that inputs are stored while a job is computed; the core polls its bank."""

    config: DoubleBufferConfig
    contract = DoubleBufferHandOff
    banks = 2

    def address_of(self, transaction: Transaction) -> int:
        """Return the address inside the bank."""
        return transaction.address & (1 << BANK_SHIFT) - 1

    def bank_of(self, transaction: Transaction) -> int:
        """Return which bank an access means."""
        return transaction.address >> BANK_SHIFT & 1

    @classmethod
    def driver(cls, config: DoubleBufferConfig) -> Iterator[Step]:
        """Yield the hand-off of polling, in one bank."""
        bank = config.bank << BANK_SHIFT
        look = Poll(bank | READY_ADDRESS, until=-1, period_cycles=config.period_cycles)
        yield from offload(look, base=bank)
