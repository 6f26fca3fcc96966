"""A co-processor as a user writes one in a few lines: counts the ones of what is stored."""

from cosim import (
    Contract,
    Module,
    Response,
    Steps,
    Transaction,
    counter,
    event,
    follows,
    register,
    role,
    state,
    target_socket,
)
from cosim.messages import STORE_IMAC


class Counting(Contract):
    """Words go over, then their ones are read."""

    core = role("stores words and reads their ones")

    EMPTY = state("no word was stored")
    HOLDS = state("the count may be read")

    store = event("a word", EMPTY >> HOLDS, HOLDS.stays, by=core)
    load = event("the count, which is 0 again", HOLDS >> EMPTY, by=core)


class Popcount(Module):
    """Counts ones: a store adds those of its word, a load gives their number and forgets it."""

    bus = target_socket("co-processor bus", many=True)
    ONES = register(0x0, "ones counted so far")
    hand_off = follows(Counting)
    words = counter("words stored")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Take a word, or give the count."""
        yield self.cycles(2)
        transaction.response = Response.OK
        if transaction.kind == STORE_IMAC:
            self.hand_off.store()
            self.words.add()
            self.ONES.value += (transaction.value & 0xFFFF_FFFF).bit_count()
        else:
            self.hand_off.load()
            transaction.value, self.ONES.value = self.ONES.value, 0
