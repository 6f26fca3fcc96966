"""What a sub-array does with rows of bits, and what is counted in them.

Models:     two rows asserted at once: their cells' currents add up in each column, and a sense
            amplifier compares the sum with a reference. Between P||AP and AP||AP the reference
            gives AND of bits that are stored as anti-parallel, between P||P and P||AP it gives OR.
Leaves out: a sense amplifier that errs; what the levels are is in margin.py.
Checked by: tests/components/test_pim_rows.py
"""

import numpy as np

from components.pim.popcount import COUNT, EXACT
from components.pim.records import WORD_BITS
from cosim.compiled import Records, inlined, ones, vectorized

READ, AND, OR = range(3)
"""Operations of the sense amplifiers: one row, or two and a reference."""

ask_count = COUNT.ask

ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@inlined
def mask(first: int, count: int) -> np.uint64:
    """Return a word in which `count` bits from `first` on are set; 1 to 64 of them."""
    return (ALL >> np.uint64(WORD_BITS - count)) << np.uint64(first)


@vectorized
def sense(
    operation: int, memory: Records, one: int, other: int, words: int, out: Records, at: int
) -> None:
    """Put row `one`, or what it makes with row `other`, into the latches `out` from `at` on.

    Rows are given by their first word; READ looks at `one` only.
    """
    for word in range(words):
        if operation == AND:
            out[at + word] = memory[one + word] & memory[other + word]
        elif operation == OR:
            out[at + word] = memory[one + word] | memory[other + word]
        else:
            out[at + word] = memory[one + word]


@inlined
def count(row: Records, at: int, first: int, columns: int, unit: int) -> int:
    """Return how many of `columns` bits from bit `first` on are set, as unit `unit` counts them.

    The row begins at word `at`.
    """
    if unit != EXACT:
        return int(ask_count(unit, row, WORD_BITS * at + first, columns))
    found = 0
    bit, end = first, first + columns
    while bit < end:
        inside = bit % WORD_BITS
        taken = min(WORD_BITS - inside, end - bit)
        found += ones(row[at + bit // WORD_BITS] & mask(inside, taken))
        bit += taken
    return found


@vectorized
def copy_bits(source: Records, first: int, target: Records, at: int, length: int) -> None:
    """Copy `length` bits from bit `first` of `source` to bit `at` of `target`."""
    done = 0
    while done < length:
        inside, beside = (first + done) % WORD_BITS, (at + done) % WORD_BITS
        taken = min(WORD_BITS - inside, WORD_BITS - beside, length - done)
        piece = (source[(first + done) // WORD_BITS] >> np.uint64(inside)) & mask(0, taken)
        word = (at + done) // WORD_BITS
        held = target[word] & ~mask(beside, taken)
        target[word] = held | (piece << np.uint64(beside))
        done += taken
