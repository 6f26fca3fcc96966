"""Frames of memory for the addresses of a trace, where the machine does not translate them.

Models:     pages of 2 MiB, given frames in the order in which they are touched; code below the
            first of these frames keeps its addresses.
Leaves out: page walks and look-aside buffers; ChampSim's machine has them.
Checked by: tests/scenarios/test_replay.py
"""

import numpy as np

from components.cpu.program import NO_ADDRESS
from cosim import DataError
from cosim.compiled import Records, inlined, outlined

PAGE_BITS = 21
"""Pages of 2 MiB: so large that leaving out their translation matters least."""

FIRST_FRAME = 64
"""Frame of the first page of data; code keeps its addresses, which are below."""

NO_PAGE = -(1 << 62)
"""Number of no page; those of addresses are nearer to 0."""


def as_they_are(chunk: Records) -> Records:
    """Leave the addresses of a chunk to the machine's own translation."""
    return chunk


class Frames:
    """Frames of a memory of `capacity_bytes`, given to pages in the order of first touch."""

    def __init__(self, capacity_bytes: int) -> None:
        self._most = (capacity_bytes >> PAGE_BITS) - FIRST_FRAME
        slots = 1 << (2 * self._most).bit_length()
        self._pages: Records = np.full(slots, NO_PAGE, np.int64)
        self._frames: Records = np.zeros(slots, np.int64)
        self._given = 0

    def place(self, chunk: Records) -> Records:
        """Replace the addresses of a chunk by those in memory.

        Raises DataError when there are more pages than frames.
        """
        self._given = _place(chunk, self._pages, self._frames, self._given, self._most)
        if self._given > self._most:
            raise DataError(
                f"a trace must touch at most {self._most} pages of {1 << PAGE_BITS >> 20} MiB,"
                " as many as fit the memory; it touches more; replay fewer instructions"
            )
        return chunk


@outlined
def _place(chunk: Records, pages: Records, frames: Records, given: int, most: int) -> int:
    """Place addresses; return how many frames are given, more than `most` if there are too few.

    `pages` and `frames` are a hash table: what lies at the same place belongs together.
    """
    for at in range(chunk.shape[0]):
        row = chunk[at]
        if row.address != NO_ADDRESS:
            slot = _slot(pages, row.address >> PAGE_BITS)
            given = _give(pages, frames, slot, row.address >> PAGE_BITS, given)
            row.address = _moved(row.address, frames[slot])
        if row.ip < 0 or row.ip >> PAGE_BITS >= FIRST_FRAME:
            slot = _slot(pages, row.ip >> PAGE_BITS)
            given = _give(pages, frames, slot, row.ip >> PAGE_BITS, given)
            row.ip = _moved(row.ip, frames[slot])
        if given > most:
            break
    return given


@inlined
def _slot(pages: Records, page: int) -> int:
    """Return where a page is in the table, or else the free place where it belongs."""
    mask = pages.shape[0] - 1
    slot = page & mask
    while pages[slot] != page and pages[slot] != NO_PAGE:
        slot = (slot + 1) & mask
    return slot


@inlined
def _give(pages: Records, frames: Records, slot: int, page: int, given: int) -> int:
    """Give a page the next frame unless it has one; return how many are given."""
    if pages[slot] == page:
        return given
    pages[slot] = page
    frames[slot] = FIRST_FRAME + given
    return given + 1


@inlined
def _moved(address: int, frame: int) -> int:
    return (frame << PAGE_BITS) + (address & ((1 << PAGE_BITS) - 1))
