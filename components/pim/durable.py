"""A number in non-volatile words that only grows, and that no loss of power leaves in between.

Models:     four words in turn, the number's place is its remainder by four. A word holds the number
            and its complement, a pair of cells for each bit, and is empty (all 0) before it is
            written; the pulse that writes it empties the word behind it. Cut off, a pulse leaves
            every cell old or new, so a word is either whole or has a pair of two equal cells, which
            is no number: the latest number is the old one or the new one. What a cut-off pulse left
            in the next word is emptied first, by a pulse of its own.
Leaves out: cells that forget; more than 2^bits writes between two numbers that are compared.
Source:     dual-rail code with a spacer, as in asynchronous circuits: J. Sparso, S. Furber,
            "Principles of Asynchronous Circuit Design", 2001, section 2.1.
Checked by: tests/components/test_pim_durable.py, tests/scenarios/test_pim_outages.py
"""

import numpy as np

from cosim.compiled import Records, inlined

WORDS = 4
"""Words of a number."""

NO_NUMBER = -1

HALF_BITS = 32
"""The complement lies this many bits above the number."""


@inlined
def number_of(word: int, bits: int) -> int:
    """Return the number in a word, NO_NUMBER unless each pair of cells has one that is set."""
    number, complement = word & ((1 << HALF_BITS) - 1), word >> HALF_BITS
    return number if number ^ complement == (1 << bits) - 1 else NO_NUMBER


@inlined
def word_of(number: int, bits: int) -> int:
    """Return the word that holds a number."""
    return number | (number ^ ((1 << bits) - 1)) << HALF_BITS


@inlined
def latest(memory: Records, first: int, bits: int) -> int:
    """Return the number whose successor is not there, NO_NUMBER if there is none."""
    found = NO_NUMBER
    for place in range(WORDS):
        number = number_of(int(np.int64(memory[first + place])), bits)
        behind = number_of(int(np.int64(memory[first + (place + 1) % WORDS])), bits)
        successor = (number + 1) & ((1 << bits) - 1)
        if number != NO_NUMBER and number % WORDS == place and behind != successor:
            found = number
    return found


@inlined
def next_place(memory: Records, first: int, bits: int) -> int:
    """Return the word that the next number goes to."""
    return int(first + (latest(memory, first, bits) + 1) % WORDS)


@inlined
def raise_number(memory: Records, first: int, bits: int) -> int:
    """Write the next number into its empty word, and empty the one behind it; return it."""
    number = (latest(memory, first, bits) + 1) & ((1 << bits) - 1)
    memory[first + number % WORDS] = np.uint64(word_of(number, bits))
    memory[first + (number + 1) % WORDS] = np.uint64(0)
    return int(number)


@inlined
def begin_number(memory: Records, first: int, bits: int) -> None:
    """Write 0 and empty the other words."""
    for place in range(WORDS):
        memory[first + place] = np.uint64(0 if place else word_of(0, bits))
