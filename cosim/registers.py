"""Registers: what software sees of a module.

    READY = register(0x4, "1 when the result may be read", access=Access.READ_ONLY)
    RING = register(0x0, "write 1 to start", access=Access.WRITE_ONE_TO_SET)
    MODE = register(0x8, "how jobs run")
    FAST = MODE.field("skip the check", low=0)

    @RING.on_write
    def ring(self, value: int) -> None: ...

A target socket of a module with registers and without a server of its own is served by them.
The module reads and writes `self.READY.value` freely; access rules bind the bus only. Registers
are gauges, so waves and reports show them.
Checked by: tests/kernel/test_registers.py
"""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, Protocol

from cosim.declaration import Declaration, Function, mark
from cosim.errors import AddressError, ElaborationError, ProtocolError, SignalError
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

    @property
    def parts(self) -> dict[str, Any]:
        """Its declared parts by name, as far as they are made."""
        ...

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
        self.fields: list[Field] = []
        self._on_write = owner.callback(name, "write")
        self._on_read = owner.callback(name, "read")

    @property
    def value(self) -> int:
        """What it holds."""
        held: int = self.gauge.value
        return held

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


class Field:
    """Some bits of a register, by themselves."""

    def __init__(self, register: Register, name: str, doc: str, low: int, width_bits: int) -> None:
        self.register = register
        self.name = name
        self.doc = doc
        self.low = low
        self.width_bits = width_bits
        self.mask = ((1 << width_bits) - 1) << low
        self.path = f"{register.path}.{name}"
        if low < 0 or width_bits < 1 or low + width_bits > register.width_bits:
            raise ElaborationError(
                f"{self.path} must lie in bits 0 to {register.width_bits - 1}, "
                f"not {low} to {low + width_bits - 1}"
            )
        for other in register.fields:
            if other.mask & self.mask:
                raise ElaborationError(
                    f"{self.path} must not share bits with {other.path}; "
                    f"both have {other.mask & self.mask:#x}"
                )
        register.fields.append(self)

    @property
    def value(self) -> int:
        """What the bits hold, as an unsigned number."""
        return (self.register.value & self.mask) >> self.low

    @value.setter
    def value(self, value: int) -> None:
        if not 0 <= value < 1 << self.width_bits:
            raise SignalError(f"{self.path} must be 0 to {(1 << self.width_bits) - 1}, not {value}")
        register = self.register
        register.value = register.value & ~self.mask | value << self.low


class RegisterDeclaration(Declaration[Register]):
    """A register on a module class: its offset, and the decorators of its callbacks."""

    def __init__(self, doc: str, make: Callable[[Any, str], Register], offset: int) -> None:
        super().__init__(doc, make)
        self.offset = offset

    def on_write(self, function: Function) -> Function:
        """Call `function(self, value)` after the bus wrote `value`."""
        return mark(function, "write", self)

    def on_read(self, function: Function) -> Function:
        """Call `function(self) -> int | None` before the bus reads; an answer is stored first."""
        return mark(function, "read", self)

    def field(self, doc: str, *, low: int, width_bits: int = 1) -> Declaration[Field]:
        """Declare some of its bits, from bit `low` upwards."""
        return Declaration(
            doc, lambda owner, name: Field(owner.parts[self.name], name, doc, low, width_bits)
        )


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
        offset,
    )


class Window:
    """The registers of a module as a server of transactions, addressed by offset.

    A transaction with `data` covers whole registers that lie side by side, least significant byte
    first; one without `data` carries one register's value in `value`.
    """

    def __init__(self, path: str, registers: Sequence[Register]) -> None:
        self.path = path
        self.registers = sorted(registers, key=lambda register: register.offset)
        self._at = {register.offset: register for register in self.registers}
        for before, after in pairwise(self.registers):
            if before.offset + before.size_bytes > after.offset:
                raise AddressError(
                    f"{after.path} must start at offset "
                    f"{before.offset + before.size_bytes:#x} or later, behind {before.path}; "
                    f"it starts at {after.offset:#x}"
                )

    def serve(self, transaction: Transaction) -> Steps | None:
        """Serve one transaction; returns steps if a register must synchronise.

        Raises ProtocolError for an address without a register, or an access it does not allow.
        """
        registers = self._covered(transaction)
        if transaction.delay_ps and any(register.sync for register in registers):
            return self._synchronised(registers, transaction)
        self._carry_out(registers, transaction)
        return None

    def debug(self, transaction: Transaction) -> int:
        """Read or write without side effects or rules; return how many bytes were moved."""
        registers = self._covered(transaction)
        if transaction.command is Command.READ:
            self._give(transaction, [(one.value, one.size_bytes) for one in registers])
        else:
            for register, value in self._taken(registers, transaction):
                register.value = value
        return sum(register.size_bytes for register in registers)

    def _synchronised(self, registers: Sequence[Register], transaction: Transaction) -> Steps:
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        yield delay_ps
        self._carry_out(registers, transaction)

    def _covered(self, transaction: Transaction) -> list[Register]:
        """Return the registers that a transaction covers."""
        found = []
        offset = transaction.address
        end = offset + (1 if transaction.data is None else transaction.size_bytes)
        while offset < end:
            register = self._at.get(offset)
            if register is None or (transaction.data and offset + register.size_bytes > end):
                known = ", ".join(f"{one.name} {one.offset:#x}" for one in self.registers)
                raise ProtocolError(
                    f"{self.path}: {transaction!r} must cover whole registers; there is none that "
                    f"fits at offset {offset:#x}; its registers are {known}"
                )
            found.append(register)
            offset += register.size_bytes
        return found

    def _carry_out(self, registers: Sequence[Register], transaction: Transaction) -> None:
        if transaction.byte_enables is not None:
            transaction.response = Response.BYTE_ENABLE_ERROR
            return
        if transaction.command is Command.READ:
            self._give(transaction, [(one.read(), one.size_bytes) for one in registers])
        elif transaction.command is Command.WRITE:
            for register, value in self._taken(registers, transaction):
                register.write(value)
        transaction.response = Response.OK

    def _give(self, transaction: Transaction, values: Sequence[tuple[int, int]]) -> None:
        transaction.value = values[0][0]
        if transaction.data is None:
            return
        raw = bytearray()
        for value, size_bytes in values:
            raw += (value & (1 << BYTE_BITS * size_bytes) - 1).to_bytes(size_bytes, "little")
        transaction.data[: len(raw)] = raw

    def _taken(
        self, registers: Sequence[Register], transaction: Transaction
    ) -> Iterator[tuple[Register, int]]:
        if transaction.data is None:
            yield registers[0], transaction.value
            return
        at = 0
        for register in registers:
            raw = transaction.data[at : at + register.size_bytes]
            yield register, int.from_bytes(raw, "little", signed=register.signed)
            at += register.size_bytes
