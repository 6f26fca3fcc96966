"""The transaction that travels through sockets, after the TLM-2.0 generic payload.

Models:     command, address, data, byte enables, streaming width, response, extensions, phase and
            annotated delay of IEEE 1666-2011, clauses 14 and 15.
Leaves out: memory management by reference count: Python frees what nobody holds.
Checked by: tests/kernel/test_transaction.py, tests/kernel/test_systemc_transport.py,
            tests/kernel/test_systemc_payload_copies.py
"""

from copy import copy as duplicate
from dataclasses import dataclass
from enum import IntEnum
from numbers import Integral
from typing import Any, Self, TypeVar

from cosim.errors import ProtocolError

Extension = TypeVar("Extension")

WORD_BYTES = 4
"""bytes; size of a transaction that says nothing about its size."""


class Command(IntEnum):
    """What a transaction does at its address."""

    READ = 0
    WRITE = 1
    IGNORE = 2


class Response(IntEnum):
    """How a transaction went; errors are negative, as in TLM-2.0."""

    OK = 1
    INCOMPLETE = 0
    GENERIC_ERROR = -1
    ADDRESS_ERROR = -2
    COMMAND_ERROR = -3
    BURST_ERROR = -4
    BYTE_ENABLE_ERROR = -5


class Phase(IntEnum):
    """The four phases of the base protocol."""

    UNINITIALIZED = 0
    BEGIN_REQ = 1
    END_REQ = 2
    BEGIN_RESP = 3
    END_RESP = 4


class Sync(IntEnum):
    """Answer to a non-blocking call: seen, moved to another phase, or over."""

    ACCEPTED = 0
    UPDATED = 1
    COMPLETED = 2


def check_answer(path: str, answer: object, phase: Phase) -> None:
    """Raise ProtocolError unless what answers a phase on `path` is a `Sync`."""
    if not isinstance(answer, Sync):
        raise ProtocolError(
            f"{path}: {phase.name} must be answered by a Sync, not by {answer!r}; "
            "end the function with `return Sync.ACCEPTED`, UPDATED or COMPLETED"
        )


@dataclass(frozen=True)
class InitiatorId:
    """Extension: number of the initiator, as told by a bus that many of them share."""

    number: int


READ, WRITE, OK = Command.READ, Command.WRITE, Response.OK
INCOMPLETE, UNINITIALIZED = Response.INCOMPLETE, Phase.UNINITIALIZED
"""The members needed at every access: CPython finds a name faster than an enumeration's member."""


class Transaction:
    """One request and its response.

    `value` carries one register or message value, `data` a block of bytes; a target uses whichever
    the initiator gave. `delay_ps` is the annotated delay: how far this transaction's own time is
    ahead of the simulator's. `port` is the index of the socket it came in through, where several
    are bound. `tag` and `kind` are for message-passing parts. `issued_ps` may hold its birth.
    """

    __slots__ = (
        "address",
        "byte_enables",
        "command",
        "data",
        "delay_ps",
        "dmi_allowed",
        "extensions",
        "hops",
        "issued_ps",
        "kind",
        "phase",
        "port",
        "response",
        "size_bytes",
        "streaming_width_bytes",
        "tag",
        "value",
    )

    def __init__(
        self,
        address: int,
        *,
        command: Command = READ,
        size_bytes: int | None = None,
        data: bytearray | None = None,
        value: int = 0,
        kind: int = 0,
        tag: int = -1,
    ) -> None:
        if size_bytes is None:
            size_bytes = WORD_BYTES if data is None else len(data)
        if type(address) is not int or type(size_bytes) is not int or type(command) is not Command:
            _check_request(address, size_bytes, command)
        if address < 0 or size_bytes < 0:
            raise ProtocolError(
                "Transaction: address and size_bytes must be 0 or more, "
                f"not {address} and {size_bytes}"
            )
        if data is not None and (type(data) is not bytearray or len(data) < size_bytes):
            _check_data(data, size_bytes)
        self.address = address
        self.command = command
        self.size_bytes = size_bytes
        self.data = data
        self.value = value
        self.kind = kind
        self.tag = tag
        self.response = INCOMPLETE
        self.phase = UNINITIALIZED
        self.delay_ps = 0
        self.port = 0
        self.dmi_allowed = False
        self.byte_enables: bytes | None = None
        self.streaming_width_bytes: int | None = None
        self.extensions: dict[type, Any] | None = None
        self.hops: dict[int, int] | None = None
        self.issued_ps = -1

    @property
    def is_read(self) -> bool:
        """Whether it reads."""
        return self.command is READ

    @property
    def is_write(self) -> bool:
        """Whether it writes."""
        return self.command is WRITE

    @property
    def is_ok(self) -> bool:
        """Whether the target answered OK."""
        return self.response is OK

    def set_extension(self, extension: object) -> None:
        """Attach an extension, in place of an earlier one of the same class."""
        if self.extensions is None:
            self.extensions = {}
        self.extensions[type(extension)] = extension

    def extension(self, kind: type[Extension]) -> Extension | None:
        """Return the extension of a class, None if there is none."""
        return None if self.extensions is None else self.extensions.get(kind)

    @property
    def initiator(self) -> int:
        """Number of the initiator: what a shared bus told, else the port it came in through."""
        told = self.extension(InitiatorId)
        return self.port if told is None else told.number

    def clear_extension(self, kind: type) -> None:
        """Detach the extension of a class, if there is one."""
        if self.extensions is not None:
            self.extensions.pop(kind, None)

    def copy(self) -> Self:
        """Return the same request with data and extensions of its own, and no response yet."""
        twin = type(self)(
            self.address,
            command=self.command,
            size_bytes=self.size_bytes,
            data=None if self.data is None else bytearray(self.data),
            value=self.value,
            kind=self.kind,
            tag=self.tag,
        )
        twin.byte_enables = self.byte_enables
        twin.streaming_width_bytes = self.streaming_width_bytes
        if self.extensions is not None:
            twin.extensions = {kind: duplicate(one) for kind, one in self.extensions.items()}
        return twin

    def take_answer(self, twin: Self) -> None:
        """Take over how a copy was answered, as a bridge does that sent the copy on.

        That is response, hint of direct memory, what was read into enabled bytes, and what became
        of the extensions that both have.
        """
        self.response, self.dmi_allowed = twin.response, twin.dmi_allowed
        if self.command is READ:
            self._take_data(twin)
        for kind, one in (twin.extensions or {}).items():
            if self.extensions is not None and kind in self.extensions:
                self.extensions[kind] = duplicate(one)

    def _take_data(self, twin: Self) -> None:
        own, other = (one._bytes() if one.data is None else one.data for one in (self, twin))
        enables = self.byte_enables
        for index in range(self.size_bytes):
            if enables is None or enables[index % len(enables)]:
                own[index] = other[index]
        if self.data is None:
            self.value = int.from_bytes(own, "little")

    def _bytes(self) -> bytearray:
        """Return the value as it lies in memory."""
        mask = (1 << 8 * self.size_bytes) - 1
        return bytearray((self.value & mask).to_bytes(self.size_bytes, "little"))

    def access(self, memory: bytearray | memoryview, offset: int | None = None) -> Response:
        """Move the data to or from `memory` and return the response, which is set as well.

        `offset` is where the address lies in `memory`; the address itself if left out. Byte
        enables (0 disables a byte) and the streaming width (bytes after which the address starts
        again) are obeyed. IGNORE moves nothing and is OK.
        """
        at = self.address if offset is None else offset
        end, data = at + self.size_bytes, self.data
        if (
            data is None
            or len(data) < self.size_bytes
            or at < 0
            or end > len(memory)
            or self.byte_enables is not None
            or self.streaming_width_bytes is not None
        ):
            return self._access_with_care(memory, at)
        if self.command is READ:
            data[: self.size_bytes] = memory[at:end]
        elif self.command is WRITE:
            memory[at:end] = data[: self.size_bytes]
        elif self.command is not Command.IGNORE:
            self.response = Response.COMMAND_ERROR
            return Response.COMMAND_ERROR
        self.response = OK
        return OK

    def _access_with_care(self, memory: bytearray | memoryview, at: int) -> Response:
        if self.data is not None and len(self.data) < self.size_bytes:
            raise ProtocolError(
                f"{self!r}: data must have {self.size_bytes} bytes or more, not {len(self.data)}; "
                "give as much as is to be moved"
            )
        self.response = self._refusal(at, len(memory))
        if self.response is Response.OK and self.command is not Command.IGNORE:
            if self.data is not None:
                self._move_bytes(memory, at, self.data)
            else:
                self._move_value(memory, at)
        return self.response

    def _refusal(self, at: int, size_bytes: int) -> Response:
        """Return the first error there is, in the order of the standard's table."""
        width, enables = self.streaming_width_bytes, self.byte_enables
        if width is not None and (not isinstance(width, int) or width < 0):
            raise ProtocolError(
                f"{self!r}: streaming_width_bytes must be None or a whole number of bytes, "
                f"not {width!r}"
            )
        if enables is not None and not isinstance(enables, bytes | bytearray | memoryview):
            raise ProtocolError(
                f"{self!r}: byte_enables must be None or bytes, 0 where a byte is disabled, "
                f"not {enables!r}"
            )
        if type(self.command) is not Command:
            return Response.COMMAND_ERROR
        if width == 0:
            return Response.BURST_ERROR
        if enables is not None and not len(enables):
            return Response.BYTE_ENABLE_ERROR
        span = min(self.size_bytes, self.streaming_width_bytes or self.size_bytes)
        return Response.ADDRESS_ERROR if at < 0 or at + span > size_bytes else Response.OK

    def _move_value(self, memory: bytearray | memoryview, at: int) -> None:
        data = self._bytes()
        self._move_bytes(memory, at, data)
        if self.command is Command.READ:
            self.value = int.from_bytes(data, "little")

    def _move_bytes(self, memory: bytearray | memoryview, at: int, data: bytearray) -> None:
        enables = self.byte_enables
        width = self.streaming_width_bytes or self.size_bytes
        for index in range(self.size_bytes):
            if enables is not None and not enables[index % len(enables)]:
                continue
            if self.command is Command.READ:
                data[index] = memory[at + index % width]
            else:
                memory[at + index % width] = data[index]

    def __repr__(self) -> str:
        return (
            f"Transaction({self.command.name} {self.size_bytes} bytes at {self.address:#x}, "
            f"{self.response.name})"
        )


def _check_request(address: object, size_bytes: object, command: object) -> None:
    """Refuse numbers that are no whole ones, and commands that are none."""
    for name, number in (("address", address), ("size_bytes", size_bytes)):
        if not isinstance(number, Integral):
            raise ProtocolError(
                f"Transaction: {name} must be a whole number, 0 or more, not {number!r}"
            )
    if not isinstance(command, Command):
        raise ProtocolError(
            f"Transaction: command must be one of Command.{', Command.'.join(Command.__members__)},"
            f" not {command!r}"
        )


def _check_data(data: object, size_bytes: int) -> None:
    """Refuse data that cannot be read into, or is too short."""
    if not isinstance(data, bytearray | memoryview):
        raise ProtocolError(
            "Transaction: data must be a bytearray, which a target can read into, "
            f"not {type(data).__name__}"
        )
    if len(data) < size_bytes:
        raise ProtocolError(
            f"Transaction: data must have the {size_bytes} bytes of size_bytes or more, "
            f"not {len(data)}"
        )
