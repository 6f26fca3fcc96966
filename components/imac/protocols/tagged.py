"""Owner tags: two threads share the co-processor, and a lock keeps their jobs apart.

Models:     a tag in the highest bit of every address, so that threads of one core are told apart as
            cores are; a lock that a read takes if it is free; a job only by who holds it. The timer
            tells the end, as in the paper.
Leaves out: fairness: who reads first after it is given back has it; a thread that never gives it.
Source:     estimate: arXiv:2105.13904 has one program; test-and-set by a read, as in semaphore
            registers of ARM and TI systems on chip.
Checked by: tests/components/test_protocols_conformance.py, tests/components/test_protocol_tags.py,
            tests/components/test_protocol_latency.py, tests/scenarios/test_protocols.py
"""

from collections.abc import Iterator
from typing import Literal

from components.coprocessor import HandOffProtocol, Poll, Step, Store, Wait, protocol
from components.imac.addresses import PROTOCOL_ADDRESS
from components.imac.contract import HandOff, Told
from components.imac.offload import offload
from components.imac.protocols.timer import TimerHandOff
from cosim import Config, Transaction, gauge, param, register
from cosim.protocol import event, state

TAG_SHIFT = 11
"""Bits of an address below its tag: registers and payload need 0x7C2 addresses."""

NOBODY = -1


class TaggedConfig(Config):
    """Who the program is."""

    thread: Literal[0, 1] = param(
        0, doc="tag of the program's accesses", unit="1", source="the user's choice"
    )


class TaggedHandOff(TimerHandOff):
    """One job after another, each by who holds the lock; the core is who holds it."""

    CLAIMED = state("the lock is held; READY is -1")

    load_lock_1 = event("the lock is taken", HandOff.IDLE >> CLAIMED, CLAIMED.stays,
                        by=HandOff.core)  # fmt: skip
    load_lock_0 = event(
        "the lock is another's", CLAIMED.stays, HandOff.LOADING.stays, HandOff.COMPUTING.stays,
        HandOff.CONVERTING.stays, HandOff.DONE.stays, Told.READABLE.stays, by=HandOff.other,
    )  # fmt: skip
    store_lock = event("the lock is given back", CLAIMED >> HandOff.IDLE,
                       Told.READABLE >> HandOff.IDLE, by=HandOff.core)  # fmt: skip
    store_ready_0 = event("inputs are coming", CLAIMED >> HandOff.LOADING,
                          Told.READABLE >> HandOff.LOADING, by=HandOff.core)  # fmt: skip


@protocol("tagged")
class Tagged(HandOffProtocol):
    """Accesses carry their thread's tag; a lock keeps jobs apart; a timer tells the end."""

    config: TaggedConfig
    contract = TaggedHandOff
    claims = "load_lock_1"

    LOCK = register(
        PROTOCOL_ADDRESS, "read: 1 if the reader holds the lock now; write: it is given back",
        width_bits=1,
    )  # fmt: skip
    holder = gauge("owner that holds the lock, -1 nobody", width_bits=9, signed=True,
                   initial=NOBODY)  # fmt: skip

    def address_of(self, transaction: Transaction) -> int:
        """Return the address without its tag."""
        return transaction.address & (1 << TAG_SHIFT) - 1

    def owner_of(self, transaction: Transaction) -> int:
        """Return a number of initiator and tag."""
        return transaction.initiator << 1 | transaction.address >> TAG_SHIFT

    def admits(self, owner: int) -> bool:
        """Whether an owner holds the lock."""
        return bool(self.holder.value == owner)

    @LOCK.on_read
    def take(self) -> int:
        """Take the lock if it is free; say whether the reader holds it."""
        if self.holder.value == NOBODY:
            self.holder.set(self.accessed_by)
        return int(self.admits(self.accessed_by))

    @LOCK.on_write
    def give_back(self, value: int) -> None:
        """Give the lock back; another's store does nothing."""
        if self.admits(self.accessed_by):
            self.holder.set(NOBODY)

    def reset(self) -> None:
        """Lose the lock, as without power."""
        super().reset()
        self.holder.set(NOBODY)

    @classmethod
    def driver(cls, config: TaggedConfig) -> Iterator[Step]:
        """Yield polls of the lock, the paper's hand-off with the tag, the lock given back."""
        tag = config.thread << TAG_SHIFT
        yield Poll(tag | PROTOCOL_ADDRESS, until=1)
        yield from offload(Wait(), base=tag)
        yield Store(tag | PROTOCOL_ADDRESS, 0)
