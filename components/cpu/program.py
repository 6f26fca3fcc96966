"""Programs: instruction records as the core reads them.

Models:     what decides time: operation, registers, instruction address, memory address.
Leaves out: encodings and immediate values; the value of a result (only signs travel, as data).
"""

from typing import NamedTuple, Self

from cosim.compiled import record

INSTRUCTION = record(
    "ip", "address", "value",
    "size_bytes:i2", "dst:i2", "dst_b:i2", "op:i2", "src_a:i2", "src_b:i2", "src_c:i2", "src_d:i2",
)  # fmt: skip
"""One instruction, in 40 bytes; a MICRO_OPERATION has what is copied in the same order.

`dst*`, `src_*`: register numbers, NO_REGISTER where unused. `address`: byte address of the memory
operand or NO_ADDRESS; an arithmetic operation with an address first loads it, a CALL stores to it,
a RETURN loads from it. `value`: of a branch, taken + 2 * kind; the float32 bit pattern that a
STORE_IMAC carries; the number of a LAYER mark; of a WAIT_IMAC 0, or what `poll` says.
"""

NOP, ALU, MUL, FP_ADD, FP_MUL, FMA, LOAD, STORE, BRANCH = 0, 1, 2, 3, 4, 5, 6, 7, 8
STORE_IMAC, LOAD_IMAC, WAIT_IMAC, FENCE = 9, 10, 11, 12
LAYER, END = 13, 14

OPERATION_NAMES = (
    "NOP",
    "ALU",
    "MUL",
    "FP_ADD",
    "FP_MUL",
    "FMA",
    "LOAD",
    "STORE",
    "BRANCH",
    "STORE_IMAC",
    "LOAD_IMAC",
    "WAIT_IMAC",
    "FENCE",
    "LAYER",
    "END",
)

CONDITIONAL, JUMP, CALL, RETURN, INDIRECT, INDIRECT_CALL = 0, 1, 2, 3, 4, 5
"""Kinds of branch: value >> 1 of a BRANCH. The target is the address of what comes next."""

NO_REGISTER = -1
NO_ADDRESS = -1
REGISTERS = 320
"""Integer registers are 0 to 15, vector and float registers 16 to 31, the flags are 32, the
instruction pointer 33; traces use more."""

VECTOR = 16
"""Number of the first vector register."""

FLAGS = 32
"""Number of the flags register."""

POINTER = 33
"""Number of the instruction pointer."""

POLLS, UNTIL_BITS = 1, 8
"""What the value of a WAIT_IMAC that polls is made of: 1, `until`, and the period above them."""

INSTRUCTION_BYTES = 4
"""estimate: average x86 instruction length in bytes; decides the instruction cache footprint."""


class Poll(NamedTuple):
    """A wait that loads until `until` is there; one load begins `period_cycles` after the other."""

    until: int
    period_cycles: int

    def packed(self) -> int:
        """Return it as the value of a WAIT_IMAC, which a sleep has as 0."""
        low = (self.until & (1 << UNTIL_BITS) - 1) << 1 | POLLS
        return self.period_cycles << UNTIL_BITS + 1 | low

    @classmethod
    def unpacked(cls, value: int) -> Self:
        """Return what a value stands for."""
        low = value >> 1 & (1 << UNTIL_BITS) - 1
        sign = low >> UNTIL_BITS - 1
        return cls(low - (sign << UNTIL_BITS), value >> UNTIL_BITS + 1)
