"""Float instructions in scalar, SSE and AVX2 form, each with its name in a program's listing.

Models:     one function for each thing that arithmetic needs; SSE has no fused multiply-add and no
            broadcasting load, so these are two instructions there. A vector that is partly filled
            is loaded and stored under a mask: its other lanes are 0.
Leaves out: register copies, which renaming removes; alignment rules of SSE's memory operands.
Source:     Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
Checked by: tests/scenarios/test_lowering_arithmetic.py

| name | result, lane by lane |
| --- | --- |
| `load`, `broadcast`, `spread`, `zero` | memory; one float of it in all lanes; lane 0 in all; 0 |
| `add`, `sub`, `mul`, `max`, `min` | of two operands |
| `above`, `and` | all bits where the first is larger, else none; the bits that are in both |
| `fma`, `fnma`, `fma213` | d + a b; d - a b; d a + b |
| `round`, `integer` | nearest integer, as a float and as an integer |
| `biased`, `power` | an integer plus 127; that moved to a float's exponent: 2 to the integer |
| `reciprocal` | 1 / a, right to 12 bits |
| `down 4`, `down 2`, `down 1` | lane i + n in lane i |
| `even`, `odd`, `order` | shufps 0x88 and 0xdd of two operands; vpermpd 0xd8 |
"""

from typing import NamedTuple

from components.cpu.program import ALU, FMA, FP_ADD, FP_MUL, LOAD, VECTOR
from scenarios.networks.assembly import Assembly, Loop, Walk
from scenarios.networks.options import FLOAT_BYTES

PRODUCT, SPARE = VECTOR + 14, VECTOR + 15
"""Vector registers for a product that is added next (SSE), and for a factor or zero."""


class Operand(NamedTuple):
    """A memory operand, how many bytes are read or written, and whether one float fills all lanes.

    Scalar code has one lane, so there is nothing to fill.
    """

    walk: Walk
    size_bytes: int
    fills: bool = False

    def along(self, loop: Loop, stride: int) -> "Operand":
        """Move by `stride` bytes in every turn of `loop`."""
        return self._replace(walk=self.walk.along(loop, stride))


Value = int | Operand
"""A register, or an operand in memory."""


def vector(walk: Walk, floats: int) -> Operand:
    """Return the operand of some floats that lie together."""
    return Operand(walk, floats * FLOAT_BYTES)


def constant(assembly: Assembly, value: float) -> Operand:
    """Return the operand of a constant, which lies in memory once for each lane."""
    return Operand(assembly.constant(value), assembly.lanes * FLOAT_BYTES)


def fetch(assembly: Assembly, register: int, operand: Operand) -> None:
    """Load an operand."""
    walk, size_bytes, fills = operand
    if not fills or assembly.lanes == 1:
        assembly.load(register, walk, size_bytes)
    elif assembly.form == "avx2":
        assembly.emit(LOAD, register, (), walk, size_bytes, does="broadcast")
    else:
        assembly.load(register, walk, size_bytes)
        shuffle(assembly, "spread", register, register)


def combine(assembly: Assembly, does: str, target: int, first: int, second: Value) -> None:
    """Let `target` be `does` of two values."""
    op = FP_MUL if does == "mul" else FP_ADD
    if isinstance(second, Operand):
        assembly.emit(op, target, (first,), second.walk, second.size_bytes, does=does)
    else:
        assembly.emit(op, target, (first, second), does=does)


def accumulate(assembly: Assembly, total: int, factor: int, other: Value) -> None:
    """Add a product to `total`."""
    _fused(assembly, "fma", "add", total, factor, other)


def deduct(assembly: Assembly, total: int, factor: int, other: Value) -> None:
    """Take a product from `total`."""
    _fused(assembly, "fnma", "sub", total, factor, other)


def scale(assembly: Assembly, total: int, factor: int, other: Value) -> None:
    """Multiply `total` by `factor` and add the other value."""
    if assembly.form == "sse":
        combine(assembly, "mul", total, total, factor)
        combine(assembly, "add", total, total, other)
    else:
        _emit_fma(assembly, "fma213", total, factor, other)


def convert(assembly: Assembly, does: str, target: int, source: int) -> None:
    """Let `target` be `does` of one register, done by the float adder or multiplier."""
    assembly.emit(FP_MUL if does == "reciprocal" else FP_ADD, target, (source,), does=does)


def shuffle(assembly: Assembly, does: str, target: int, *sources: int) -> None:
    """Let `target` be lanes of other registers, or bits moved about."""
    assembly.emit(ALU, target, sources, does=does)


def keep_bits(assembly: Assembly, target: int, operand: Operand) -> None:
    """Keep the bits of a register that an operand has, too."""
    assembly.emit(ALU, target, (target,), operand.walk, operand.size_bytes, does="and")


def clear(assembly: Assembly, register: int) -> None:
    """Set a vector register to zero; it depends on nothing."""
    assembly.emit(ALU, register, does="zero")


def across(assembly: Assembly, does: str, register: int) -> None:
    """Combine all lanes of a register in its lane 0: shuffle half of them down, and again."""
    distance = assembly.lanes // 2
    while distance:
        shuffle(assembly, f"down {distance}", SPARE, register)
        combine(assembly, does, register, register, SPARE)
        distance //= 2


def _fused(
    assembly: Assembly, name: str, after: str, total: int, factor: int, other: Value
) -> None:
    if assembly.form == "sse":
        combine(assembly, "mul", PRODUCT, factor, other)
        combine(assembly, after, total, total, PRODUCT)
    else:
        _emit_fma(assembly, name, total, factor, other)


def _emit_fma(assembly: Assembly, does: str, total: int, factor: int, other: Value) -> None:
    if isinstance(other, Operand):
        sources = (total, factor)
        assembly.emit(FMA, total, sources, other.walk, other.size_bytes, does=does)
    else:
        assembly.emit(FMA, total, (total, factor, other), does=does)
