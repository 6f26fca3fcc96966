"""Hearing what goes through a socket, from outside both modules.

Models:     blocking transactions: when they come in, and when they have been carried out. One
            that the target refused with an error has not been carried out.
Leaves out: non-blocking transport; `checked=True` on a socket looks at that.
Checked by: tests/kernel/test_protocol_tapping.py
"""

from collections.abc import Callable

from cosim.process import Steps
from cosim.sockets import Serve, TargetSocket
from cosim.transaction import Transaction

Hear = Callable[[Transaction, int], None]
"""Called as `hear(transaction, port)`."""


def tap(socket: TargetSocket, *, called: Hear | None = None, served: Hear | None = None) -> None:
    """Hear of every blocking transaction of an elaborated socket from now on.

    `served` is called in the delta cycle in which the target's server returned.
    """
    for link in socket.links:
        link.b_transport = _tapped(link.b_transport, link.port, called, served)
        if link.index == 0:
            link.initiator.b_transport = link.b_transport


def _tapped(serve: Serve, port: int, called: Hear | None, served: Hear | None) -> Serve:
    def carry_out(transaction: Transaction, steps: Steps) -> Steps:
        yield from steps
        if served is not None:
            served(transaction, port)

    def b_transport(transaction: Transaction) -> Steps | None:
        if called is not None:
            called(transaction, port)
        steps = serve(transaction)
        if steps is not None:
            return carry_out(transaction, steps)
        if served is not None:
            served(transaction, port)
        return None

    return b_transport
