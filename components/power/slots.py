"""Two slots for saved state: one is written while the other one holds.

A slot is a row of numbers: sequence number, inference, layer, checksum, the volatile state, and a
flag that is written last and repeats the sequence number. A slot counts if its flag and its
checksum agree with the rest, and is of use if it is of this inference and this layer; of two, the
later one.

Models:     a loss of power while a slot is written leaves each of its cells old or new.
Leaves out: slots that lose what they hold; wear.
Source:     two alternating copies with a flag written last: B. Ransford et al., "Mementos",
            ASPLOS 2011, section 4. Checksum: estimate, FNV-1a (Fowler, Noll, Vo) of 32 bits.
Checked by: tests/components/test_power_slots.py
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.power.records import SLOTS, Unit
from cosim.compiled import inlined, outlined

SEQUENCE, JOB, LAYER_OF, CHECKSUM, HEAD = range(5)
"""Numbers of a slot in front of the state."""

TAIL = 1
"""The flag behind it."""

NONE = -1

FNV_BASIS, FNV_PRIME = 0x811C_9DC5, 0x0100_0193
"""Of the checksum; a product of PRIME and 32 bits fits 64."""

HALF_BITS, HALF = 32, 0xFFFF_FFFF

ALL_OLD, ALL_NEW, FATES = 0, 1, 3
"""What becomes of a number whose write is cut off; the third is a mixture of its bits."""

RANDOM_FACTOR, RANDOM_PRIME = 48_271, 2_147_483_647
"""Park and Miller's generator, CACM 31 (10), 1988, with the factor of 1993."""


def new_slots(words: int) -> NDArray[np.int64]:
    """Return two slots for so many numbers of state, that have never been written."""
    return np.zeros(SLOTS * (HEAD + words + TAIL), np.int64)


@inlined
def slot_words(unit: Unit) -> int:
    """Return how many numbers a slot has."""
    return HEAD + unit.places.shape[0] + TAIL


@inlined
def draw(supply: Any) -> int:
    """Return the next random number, of 31 bits."""
    supply.random = supply.random * RANDOM_FACTOR % RANDOM_PRIME
    return supply.random


@inlined
def torn(supply: Any, old: int, new: int) -> int:
    """Return what a number is whose cells were being written: each is old or new."""
    keeps = draw(supply) << 32 ^ draw(supply) << 16 ^ draw(supply)
    fate = draw(supply) % FATES
    if fate == ALL_OLD:
        return old
    return new if fate == ALL_NEW else old & keeps | new & ~keeps


@inlined
def mixed(total: int, word: int) -> int:
    """Return a checksum with one more number in it."""
    total = (total ^ word & HALF) * FNV_PRIME & HALF
    return (total ^ word >> HALF_BITS & HALF) * FNV_PRIME & HALF


@outlined
def checksum(unit: Unit, slot: int) -> int:
    """Return the checksum of what a slot holds."""
    first, total = slot * slot_words(unit), FNV_BASIS
    for place in range(slot_words(unit) - TAIL):
        if place != CHECKSUM:
            total = mixed(total, unit.slots[first + place])
    return total


@outlined
def counts(unit: Unit, slot: int) -> bool:
    """Return whether a slot was written to its end, and is as it was written."""
    first = slot * slot_words(unit)
    sequence = unit.slots[first + SEQUENCE]
    is_confirmed = sequence > 0 and unit.slots[first + slot_words(unit) - TAIL] == sequence
    return is_confirmed and unit.slots[first + CHECKSUM] == checksum(unit, slot)


@outlined
def newest(unit: Unit) -> int:
    """Return the slot to go on from, NONE if neither is of use."""
    found, latest = NONE, 0
    for slot in range(SLOTS):
        first = slot * slot_words(unit)
        is_ours = unit.slots[first + JOB] == unit.supply.job
        is_ours = is_ours and unit.slots[first + LAYER_OF] == unit.progress.layer
        if is_ours and unit.slots[first + SEQUENCE] > latest and counts(unit, slot):
            found, latest = slot, unit.slots[first + SEQUENCE]
    return found


@outlined
def look(unit: Unit) -> None:
    """Look at both slots: which is to be kept, and what the next sequence number is."""
    supply = unit.supply
    supply.kept, supply.sequence = newest(unit), 1
    for slot in range(SLOTS):
        if counts(unit, slot):
            sequence = unit.slots[slot * slot_words(unit) + SEQUENCE]
            supply.sequence = max(supply.sequence, sequence + 1)


@outlined
def write(unit: Unit, tears: bool) -> bool:
    """Write the state into the slot that is not kept; the flag is not part of it.

    Returns whether the slot has the new sequence number, which is not certain if the write tears.
    """
    supply = unit.supply
    sequence, total = supply.sequence, FNV_BASIS
    supply.slot = 0 if supply.kept == NONE else SLOTS - 1 - supply.kept
    for place in range(slot_words(unit) - TAIL):
        if place != CHECKSUM:
            word = wanted(unit, place, sequence)
            total = mixed(total, word)
            put(unit, place, word, tears)
    put(unit, CHECKSUM, total, tears)
    return unit.slots[supply.slot * slot_words(unit) + SEQUENCE] == sequence


@inlined
def wanted(unit: Unit, place: int, sequence: int) -> int:
    """Return what is to stand at a place of a slot."""
    if place >= HEAD:
        return unit.volatile[unit.places[place - HEAD]]
    if place == SEQUENCE:
        return sequence
    return unit.supply.job if place == JOB else unit.progress.layer


@inlined
def put(unit: Unit, place: int, word: int, tears: bool) -> None:
    """Write one number of the slot."""
    at = unit.supply.slot * slot_words(unit) + place
    unit.slots[at] = torn(unit.supply, unit.slots[at], word) if tears else word


@inlined
def confirm(unit: Unit, tears: bool) -> None:
    """Write the flag; from now on this slot is the one to be kept."""
    supply = unit.supply
    put(unit, slot_words(unit) - TAIL, supply.sequence, tears)
    supply.kept = supply.slot
    supply.sequence += 1


@inlined
def restore(unit: Unit, slot: int) -> None:
    """Write the state of a slot back."""
    first = slot * slot_words(unit) + HEAD
    for number in range(unit.places.shape[0]):
        unit.volatile[unit.places[number]] = unit.slots[first + number]
