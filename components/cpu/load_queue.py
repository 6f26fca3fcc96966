"""The load queue as slots: where a load waits decides when it goes to the data cache.

Models:     a load takes the first free slot when it is dispatched. Of those whose addresses are
            known, the one in the lowest slot goes first, however old it is. A line that comes
            ends all loads that were sent for it, even those whose own answer is still to come,
            and they leave their slots at once.
Source:     ChampSim 2025-05, ooo_cpu: its load queue is an array of optional entries.
Checked by: tests/components/test_load_queue.py
"""

import numpy as np

from components.cpu.records import NONE, WORD_BITS, WORD_SHIFT, Machine
from cosim.compiled import Records, inlined, lowest_bit, outlined

FREE, ASKING = 0, 1
"""Rows of a word of slots, as bits: those free, those whose loads have an address to send."""

ROWS = 2

CHAINS = 64
"""Lists of the loads that were sent, by line; a line of another list needs no look."""


def new_load_bits(slots: int) -> Records:
    """Return the bits of `slots` free slots, as (words * 2,)."""
    words = (slots + WORD_BITS - 1) >> WORD_SHIFT
    bits: Records = np.zeros(words * ROWS, np.int64)
    bits[FREE::ROWS] = (1 << WORD_BITS) - 1
    bits[ROWS * (words - 1) + FREE] = (1 << slots - WORD_BITS * (words - 1)) - 1
    return bits


@inlined
def first_of(machine: Machine, row: int) -> int:
    """Return the lowest slot of a row, which has one, and take it out of the row."""
    place = 0
    while machine.load_bits[row] == 0:
        row += ROWS
        place += WORD_BITS
    bits = machine.load_bits[row]
    machine.load_bits[row] = bits & (bits - 1)
    return place + lowest_bit(bits)


@inlined
def put_into(machine: Machine, row: int, place: int) -> None:
    """Put a slot into a row."""
    word = (place >> WORD_SHIFT) * ROWS + row
    machine.load_bits[word] |= 1 << (place & (WORD_BITS - 1))


@inlined
def take_slot(machine: Machine, number: int) -> None:
    """Give the load with a number the first free slot; there is one."""
    holder = number & machine.core.ring_mask
    place = first_of(machine, FREE)
    machine.entries[holder].place = place
    machine.load_slots[place].holder = holder


@inlined
def leave_slot(machine: Machine, place: int) -> None:
    """Give a slot back."""
    put_into(machine, FREE, place)
    machine.core.loads_held -= 1


@outlined
def free_slots(machine: Machine) -> None:
    """Give all slots back; no load waits any more."""
    slots = machine.core.loads_most
    for word in range(machine.load_bits.shape[0] // ROWS):
        held = min(WORD_BITS, slots - WORD_BITS * word)
        machine.load_bits[ROWS * word + FREE] = (1 << held) - 1
        machine.load_bits[ROWS * word + ASKING] = 0
    for chain in range(machine.chains.shape[0]):
        machine.chains[chain] = NONE
    machine.core.loads_held = machine.core.asking = 0


@inlined
def await_line(machine: Machine, place: int, line: int) -> None:
    """Put the load of a slot among those that wait for a line."""
    chain = line & (CHAINS - 1)
    held = machine.load_slots[place]
    held.line = line
    held.following = machine.chains[chain]
    machine.chains[chain] = place


@inlined
def next_awaiting(machine: Machine, line: int) -> int:
    """Return the slot of a load that waits for a line, and take it out; NONE if none does."""
    chain = line & (CHAINS - 1)
    before, place = NONE, machine.chains[chain]
    while place != NONE:
        held = machine.load_slots[place]
        following = int(held.following)
        if held.line == line:
            if before == NONE:
                machine.chains[chain] = following
            else:
                machine.load_slots[before].following = following
            return place
        before = place
        place = following
    return NONE
