"""What a checked socket demands of a transaction, beyond the order of its phases.

Models:     it is sent with the response INCOMPLETE and no hint of direct memory; it is answered
            with another response; nobody on the way changes command, size, byte enables, streaming
            width or the data of a write. An interconnect may change the address.
Source:     IEEE 1666-2011, 14.7 (modifiability of attributes), 14.17 (response status).
Checked by: tests/kernel/test_payload_check.py
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from cosim.errors import ProtocolError
from cosim.process import Steps
from cosim.transaction import Response, Transaction

Serve = Callable[[Transaction], Steps | None]


class Request(NamedTuple):
    """What must stay as it was sent."""

    command: Any
    size_bytes: int
    byte_enables: bytes | None
    streaming_width_bytes: int | None
    data: bytes | None
    """Of a write."""


class PayloadCheck:
    """Compares what is answered on one link with what was sent; errors call the link `path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def sent(self, transaction: Transaction) -> Request:
        """Check a transaction that begins and return what must stay as it is."""
        if transaction.response is not Response.INCOMPLETE or transaction.dmi_allowed:
            raise ProtocolError(
                f"{self.path}: {transaction!r} must be sent with the response INCOMPLETE and "
                "without dmi_allowed; set both anew before it is used again"
            )
        return _request(transaction)

    def answered(self, transaction: Transaction, sent: Request) -> None:
        """Check a transaction that was answered."""
        if transaction.response is Response.INCOMPLETE:
            raise ProtocolError(
                f"{self.path}: {transaction!r} must be answered with a response, OK or an error; "
                "the target left it INCOMPLETE"
            )
        for name, before, after in zip(Request._fields, sent, _request(transaction), strict=True):
            if before != after:
                raise ProtocolError(
                    f"{self.path}: {name} of {transaction!r} must stay as it was sent, {before!r}; "
                    f"on its way it became {after!r}"
                )

    def blocking(self, serve: Serve) -> Serve:
        """Return a server of blocking calls with what it is given and answers checked."""

        def checked(transaction: Transaction) -> Steps | None:
            sent = self.sent(transaction)
            steps = serve(transaction)
            if steps is not None:
                return self._after(steps, transaction, sent)
            self.answered(transaction, sent)
            return None

        return checked

    def _after(self, steps: Steps, transaction: Transaction, sent: Request) -> Steps:
        yield from steps
        self.answered(transaction, sent)


def _request(transaction: Transaction) -> Request:
    data = transaction.data
    return Request(
        transaction.command,
        transaction.size_bytes,
        transaction.byte_enables,
        transaction.streaming_width_bytes,
        bytes(data) if transaction.is_write and data is not None else None,
    )
