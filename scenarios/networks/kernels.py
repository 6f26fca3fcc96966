"""The innermost code of all layers: sums kept in registers, fed by two sets of operands.

Models:     an outer product: each of the `narrow` operands (one float for all lanes, or one
            vector) meets each of the `wide` ones; sums start at a bias and end in ReLU and store.
Leaves out: unrolling of the reduction; register moves that renaming removes.
Source:     register blocking as in matrix-multiply kernels (Goto, van de Geijn, 2008).
Checked by: tests/scenarios/test_lowering_layers.py
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from components.cpu.program import VECTOR
from scenarios.networks.assembly import Assembly, Loop
from scenarios.networks.options import Form
from scenarios.networks.vector_code import (
    PRODUCT,
    SPARE,
    Operand,
    accumulate,
    clear,
    combine,
    fetch,
)


class Tile(NamedTuple):
    """`turns` equal pieces of a dimension, from element `first`; each has parts of `widths`."""

    first: int
    turns: int
    widths: tuple[int, ...]

    @property
    def size(self) -> int:
        """Elements of one piece."""
        return sum(self.widths)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where in a piece each part begins."""
        return tuple(sum(self.widths[:at]) for at in range(len(self.widths)))


def tiles(total: int, lanes: int, parts: int) -> list[Tile]:
    """Cut `total` elements into pieces of `parts` registers of `lanes`, and one rest.

    The last register of the rest is partly filled: it is loaded and stored under a mask.
    """
    size = lanes * parts
    whole, rest = divmod(total, size)
    found = [Tile(0, whole, (lanes,) * parts)] if whole else []
    if rest:
        widths = (lanes,) * (rest // lanes) + ((rest % lanes,) if rest % lanes else ())
        found.append(Tile(total - rest, 1, widths))
    return found


class Axis(NamedTuple):
    """One loop of a reduction: turns, and bytes that narrow and wide operands move in each."""

    trip: int
    narrow: int
    wide: int
    pointers: tuple[int, ...]


def last_free(form: Form) -> int:
    """Return the last vector register that sums and operands may use."""
    return (PRODUCT if form == "sse" else SPARE) - 1


def narrow_most(form: Form, sums: int, wide: int) -> int:
    """Return how many narrow operands `wide` ones can meet: registers hold sums and the wide."""
    registers = last_free(form) - VECTOR + 1
    return max(min(sums // wide, (registers - wide) // wide), 1)


Sums = Sequence[Sequence[int]]
"""Registers of the sums: a row for each narrow operand, in it one for each wide operand."""


def sums_of(narrow: int, wide: int) -> list[list[int]]:
    """Return the registers of `narrow` times `wide` sums."""
    return [[VECTOR + at * wide + of for of in range(wide)] for at in range(narrow)]


@contextmanager
def reduction(assembly: Assembly, axes: Sequence[Axis]) -> Iterator[list[tuple[Loop, Axis]]]:
    """Open a loop for every axis, outermost first."""
    if not axes:
        yield []
        return
    with (
        assembly.loop(axes[0].trip, *axes[0].pointers) as loop,
        reduction(assembly, axes[1:]) as inner,
    ):
        yield [(loop, axes[0]), *inner]


def multiply(
    assembly: Assembly,
    sums: Sums,
    narrow: Sequence[Operand],
    wide: Sequence[Operand],
    axes: Sequence[Axis],
    fused: bool,
) -> None:
    """Add narrow times wide to the sums, over all turns of `axes`.

    A wide operand that meets one narrow operand only is used from memory if `fused`.
    """
    with reduction(assembly, axes) as loops:
        for loop, axis in loops:
            narrow = [operand.along(loop, axis.narrow) for operand in narrow]
            wide = [operand.along(loop, axis.wide) for operand in wide]
        if len(narrow) == 1:
            _multiply_row(assembly, sums[0], narrow[0], wide, fused)
        else:
            _multiply_block(assembly, sums, narrow, wide)


def _multiply_row(
    assembly: Assembly, row: Sequence[int], factor: Operand, wide: Sequence[Operand], fused: bool
) -> None:
    """Multiply operands that are used once, from memory or each loaded just before."""
    fetch(assembly, SPARE, factor)
    free = range(row[-1] + 1, last_free(assembly.form) + 1)
    for at, (total, operand) in enumerate(zip(row, wide, strict=True)):
        if fused:
            accumulate(assembly, total, SPARE, operand)
        else:
            register = free[at % len(free)]
            fetch(assembly, register, operand)
            accumulate(assembly, total, SPARE, register)


def _multiply_block(
    assembly: Assembly, sums: Sums, narrow: Sequence[Operand], wide: Sequence[Operand]
) -> None:
    """Load every wide operand once and use it for each narrow one."""
    registers = [sums[-1][-1] + 1 + at for at in range(len(wide))]
    for register, operand in zip(registers, wide, strict=True):
        fetch(assembly, register, operand)
    for row, factor in zip(sums, narrow, strict=True):
        fetch(assembly, SPARE, factor)
        for total, register in zip(row, registers, strict=True):
            accumulate(assembly, total, SPARE, register)


def rectify(assembly: Assembly, sums: Sums) -> None:
    """Replace every negative sum by zero (maxps, executed by the float adder)."""
    clear(assembly, SPARE)
    for row in sums:
        for total in row:
            combine(assembly, "max", total, total, SPARE)
