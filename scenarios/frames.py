"""Frames of memory for the addresses of a trace, where the machine does not translate them.

Models:     pages of 2 MiB, given frames in the order in which they are touched; code below the
            first of these frames keeps its addresses.
Leaves out: page walks and look-aside buffers; ChampSim's machine has them.
Checked by: tests/scenarios/test_replay.py
"""

import numpy as np

from components.cpu.program import NO_ADDRESS
from cosim import DataError
from cosim.compiled import Records

PAGE_BITS = 21
"""Pages of 2 MiB: so large that leaving out their translation matters least."""

FIRST_FRAME = 64
"""Frame of the first page of data; code keeps its addresses, which are below."""


def as_they_are(chunk: Records) -> Records:
    """Leave the addresses of a chunk to the machine's own translation."""
    return chunk


class Frames:
    """Frames of a memory of `capacity_bytes`, given to pages in the order of first touch."""

    def __init__(self, capacity_bytes: int) -> None:
        self._frames: dict[int, int] = {}
        self._most = (capacity_bytes >> PAGE_BITS) - FIRST_FRAME

    def place(self, chunk: Records) -> Records:
        """Replace the addresses of a chunk by those in memory.

        Raises DataError when there are more pages than frames.
        """
        used = chunk["address"] != NO_ADDRESS
        chunk["address"][used] = self._placed(chunk["address"][used])
        above = (chunk["ip"] < 0) | (chunk["ip"] >> PAGE_BITS >= FIRST_FRAME)
        if above.any():
            chunk["ip"][above] = self._placed(chunk["ip"][above])
        return chunk

    def _placed(self, addresses: Records) -> Records:
        """Return where addresses lie."""
        pages, first, where = np.unique(
            addresses >> PAGE_BITS, return_index=True, return_inverse=True
        )
        for page in pages[np.argsort(first)].tolist():
            self._frames.setdefault(page, FIRST_FRAME + len(self._frames))
        if len(self._frames) > self._most:
            raise DataError(
                f"a trace must touch at most {self._most} pages of {1 << PAGE_BITS >> 20} MiB,"
                f" as many as fit the memory, not {len(self._frames)}; replay fewer instructions"
            )
        frames = np.array([self._frames[page] for page in pages.tolist()], np.int64)
        return (frames[where] << PAGE_BITS) + (addresses & ((1 << PAGE_BITS) - 1))
