"""Where an address lies, by the table of mapping.py."""

from components.lpddr3.records import BANK_BITS, CHANNEL_BITS, ROW_BITS, XOR, Memory
from cosim.compiled import inlined


@inlined
def channel_of(memory: Memory, address: int) -> int:
    """Return the channel of an address; the tables are those of all channels."""
    if memory.channel.shape[0] == 1:
        return 0
    number = 0
    for one in memory.slices:
        bits = address >> one.shift & one.mask
        if one.kind == XOR:
            address ^= bits << one.place
        elif one.kind == CHANNEL_BITS:
            number |= bits << one.place
    return number


@inlined
def decode(memory: Memory, address: int) -> tuple[int, int]:
    """Return row and bank of an address."""
    row = bank = 0
    for one in memory.slices:
        bits = address >> one.shift & one.mask
        if one.kind == ROW_BITS:
            row |= bits << one.place
        elif one.kind == BANK_BITS:
            bank |= bits << one.place
        elif one.kind == XOR:
            address ^= bits << one.place
    return row, bank
