"""Where a line lies in the banked memory: its channel, bank and row.

Models:     from the lowest bits of a line's number: channel, bank, column, rank, row; all bits of
            the row are folded into channel and bank.
Source:     ChampSim 2025-05, DRAM_ADDRESS_MAPPING in src/dram_controller.cc.
Checked by: tests/components/test_banked_memory.py
"""

from typing import Any

from cosim.compiled import inlined


@inlined
def row_of(memory: Any, line: int) -> int:
    """Return the row of a line."""
    return line >> (memory.channel_bits + memory.bank_bits + memory.column_bits + memory.rank_bits)


@inlined
def channel_of(memory: Any, line: int) -> int:
    """Return the channel of a line: the lowest bit changes with the parity of the row."""
    if memory.channel_bits == 0:
        return 0
    return line & ((1 << memory.channel_bits) - 1) ^ folded(row_of(memory, line), 1)


@inlined
def bank_of(memory: Any, line: int) -> int:
    """Return the bank of a line among all of its channel's ranks."""
    rank = line >> (memory.channel_bits + memory.bank_bits + memory.column_bits)
    rank &= (1 << memory.rank_bits) - 1
    if memory.bank_bits == 0:
        return rank
    bank = line >> memory.channel_bits & ((1 << memory.bank_bits) - 1)
    bank ^= folded(row_of(memory, line), memory.bank_bits)
    return (rank << memory.bank_bits) + bank


@inlined
def folded(row: int, bits: int) -> int:
    """Return the exclusive or of all parts of a row's number that are so many bits wide."""
    mixed = 0
    while row:
        mixed ^= row & ((1 << bits) - 1)
        row >>= bits
    return mixed
