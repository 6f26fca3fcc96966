"""Registers: what software sees of a module.

    READY = register(0x4, "1 when the result may be read", access=Access.READ_ONLY)
    RING = register(0x0, "write 1 to start", access=Access.WRITE_ONE_TO_SET)

    @RING.on_write
    def ring(self, value: int) -> None: ...

A target socket of a module with registers and without a server of its own is served by them.
The module reads and writes `self.READY.value` freely; access rules bind the bus only. Registers
are gauges, so waves and reports show them.
Checked by: tests/kernel/test_registers.py
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Protocol

from cosim.declaration import Declaration, Function, mark
from cosim.errors import ElaborationError, ProtocolError
from cosim.probes import Gauge, Observed
from cosim.process import Steps
from cosim.transaction import Command, Response, Transaction

BYTE_BITS = 8
"""bits."""


class Access(Enum):
    """What the bus may do with a register, and what its write or read does."""

    READ_WRITE = "read-write"
    READ_ONLY = "read-only"
    WRITE_ONLY = "write-only"
    WRITE_ONE_TO_SET = "write-1-to-set"
    WRITE_ONE_TO_CLEAR = "write-1-to-clear"
    READ_TO_CLEAR = "read-to-clear"


class RegisterOwner(Observed, Protocol):
    """What a register needs of its module."""

    def callback(self, name: str, role: str) -> Callable[..., Any] | None:
        """Return the method that is marked for a register and role."""
        ...


class Register:
    """One register of one module instance."""

    def __init__(
        self,
        owner: RegisterOwner,
        name: str,
        doc: str,
        offset: int,
        access: Access,
        *,
        reset: int,
        width_bits: int,
        signed: bool,
        sync: bool,
    ) -> None:
        self.owner = owner
        self.name = name
        self.doc = doc
        self.offset = offset
        self.access = access
        self.reset_value = reset
        self.width_bits = width_bits
        self.signed = signed
        self.sync = sync
        self.gauge = Gauge(owner, name, doc, width_bits=width_bits, signed=signed, initial=reset)
        self.path = self.gauge.path
        self._on_write = owner.callback(name, "write")
        self._on_read = owner.callback(name, "read")

    @property
    def value(self) -> int:
        """What it holds."""
        return self.gauge.value  # type: ignore[no-any-return]

    @value.setter
    def value(self, value: int) -> None:
        self.gauge.set(value)

    @property
    def size_bytes(self) -> int:
        """How many bytes it occupies."""
        return -(-self.width_bits // BYTE_BITS)

    def reset(self) -> None:
        """Take the reset value."""
        self.gauge.set(self.reset_value)

    def read(self) -> int:
        """Read it as the bus does; raises ProtocolError if it is write-only."""
        if self.access is Access.WRITE_ONLY:
            raise self._refused("read")
        if self._on_read is not None:
            answer = self._on_read()
            if answer is not None:
                self.gauge.set(answer)
        value = self.value
        if self.access is Access.READ_TO_CLEAR:
            self.gauge.set(0)
        return value

    def write(self, value: int) -> None:
        """Write it as the bus does; raises ProtocolError if it is read-only."""
        if self.access in (Access.READ_ONLY, Access.READ_TO_CLEAR):
            raise self._refused(f"write of {value:#x}")
        self.gauge.check(value)
        if self.access is Access.WRITE_ONE_TO_SET:
            self.gauge.set(self.value | value)
        elif self.access is Access.WRITE_ONE_TO_CLEAR:
            self.gauge.set(self.value & ~value)
        else:
            self.gauge.set(value)
        if self._on_write is not None:
            self._on_write(value)

    def _refused(self, what: str) -> ProtocolError:
        return ProtocolError(
            f"{self.path} (offset {self.offset:#x}) is {self.access.value}; "
            f"the {what} at {self.owner.now_ps} ps was refused"
        )


class RegisterDeclaration(Declaration[Register]):
    """A register on a module class, with the decorators of its callbacks."""

    def on_write(self, function: Function) -> Function:
        """Call `function(self, value)` after the bus wrote `value`."""
        return mark(function, "write", self)

    def on_read(self, function: Function) -> Function:
        """Call `function(self) -> int | None` before the bus reads; an answer is stored first."""
        return mark(function, "read", self)


def register(
    offset: int,
    doc: str,
    *,
    access: Access = Access.READ_WRITE,
    reset: int = 0,
    width_bits: int = 32,
    signed: bool = False,
    sync: bool = False,
) -> RegisterDeclaration:
    """Declare a register at a byte offset of its module's window.

    With `sync`, an access waits until simulated time has caught up with the initiator's own.
    """
    if offset < 0 or not 1 <= width_bits <= 64:
        raise ElaborationError(
            "a register must have an offset of 0 or more and a width of 1 to 64 bits, "
            f"not {offset} and {width_bits}"
        )
    return RegisterDeclaration(
        doc,
        lambda owner, name: Register(
            owner,
            name,
            doc,
            offset,
            access,
            reset=reset,
            width_bits=width_bits,
            signed=signed,
            sync=sync,
        ),
    )


class Window:
    """The registers of a module as a server of transactions, addressed by offset."""

    def __init__(self, path: str, registers: Sequence[Register]) -> None:
        self.path = path
        self.registers = sorted(registers, key=lambda register: register.offset)
        self._at = {register.offset: register for register in self.registers}
        for before, after in zip(self.registers, self.registers[1:], strict=False):
            if before.offset + before.size_bytes > after.offset:
                raise ElaborationError(
                    f"{after.path} must start at offset "
                    f"{before.offset + before.size_bytes:#x} or later, behind {before.path}; "
                    f"it starts at {after.offset:#x}"
                )

    def serve(self, transaction: Transaction) -> Steps | None:
        """Serve one transaction; returns steps if the register must synchronise."""
        register = self.find(transaction)
        if register.sync and transaction.delay_ps:
            return self._synchronised(register, transaction)
        self._carry_out(register, transaction)
        return None

    def _synchronised(self, register: Register, transaction: Transaction) -> Steps:
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        yield delay_ps
        self._carry_out(register, transaction)

    def find(self, transaction: Transaction) -> Register:
        """Return the register at a transaction's address; raises ProtocolError if none is."""
        register = self._at.get(transaction.address)
        if register is None:
            known = ", ".join(f"{one.name} {one.offset:#x}" for one in self.registers)
            raise ProtocolError(
                f"{self.path} has no register at offset {transaction.address:#x}; "
                f"the {transaction.command.name.lower()} was refused; its registers are {known}"
            )
        return register

    def _carry_out(self, register: Register, transaction: Transaction) -> None:
        data = transaction.data
        if transaction.command is Command.READ:
            transaction.value = register.read()
            if data is not None:
                mask = (1 << BYTE_BITS * len(data)) - 1
                data[:] = (transaction.value & mask).to_bytes(len(data), "little")
        elif transaction.command is Command.WRITE:
            value = transaction.value
            if data is not None:
                value = int.from_bytes(data, "little", signed=register.signed)
            register.write(value)
        transaction.response = Response.OK
