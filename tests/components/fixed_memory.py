"""A memory that answers every request after the same time."""

from cosim import Module, Phase, Sync, Transaction, target_socket
from cosim.messages import POSTED
from cosim.module import Scope


class FixedMemory(Module):
    """Answers after `latency_ps`, however many requests are under way."""

    bus = target_socket("requests", many=True)

    def __init__(self, name: str, parent: Scope, *, latency_ps: int) -> None:
        self.latency_ps = latency_ps
        self.log: list[tuple[int, int, int]] = []
        super().__init__(name, parent)

    @bus.on_forward
    def serve(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request; its reply is on its way at once, with its time annotated."""
        if phase is not Phase.BEGIN_REQ:
            return Sync.COMPLETED
        self.log.append((self.now_ps + delay_ps, transaction.kind, transaction.address))
        if transaction.tag != POSTED:
            reply_ps = delay_ps + self.latency_ps
            self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, reply_ps, transaction.port)
        return Sync.ACCEPTED
