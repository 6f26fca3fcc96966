"""Records of the page-table walker."""

from typing import Any, NamedTuple

from cosim.bundle import WORD, finder, one
from cosim.compiled import Records, record
from cosim.messages import PORT, Wires

WALKER = record(
    "p", "q", "page_shift", "root_level", "root", "wastes_frames", "reads_per_cycle",
    "ends_per_cycle", "fault_cycles", "entry_mask", "frames", "next_frame", "frames_used",
    "tables_per_frame", "next_table", "table_frame", "stamp", "walks_held", "turns", "read_cycle",
    "reads_used", "end_cycle", "ends_used", "walks", "reads", "faults", "walk_cycles",
)  # fmt: skip
"""Parameters, present state and counters.

`frames` of memory can be handed out, in the order of a list, from `next_frame` on; `frames_used` of
them hold something, others were wasted if it `wastes_frames`. Page tables are put into frame
`table_frame`, of which `next_table` is free, if more than one fits.
"""

WALK = record(
    "phase", "turn", "address", "step", "table", "entry", "port", "size_bytes", "tag", "ready",
    "since",
)  # fmt: skip
"""A walk for `address`: the next entry to read is that of level `step` in `table`.

It came into its phase as number `turn`, read the `entry` at an address last, and goes on, or ends,
in cycle `ready`.
"""

IDLE, READING, STEPPING, ENDING = 0, 1, 2, 3
"""Phases: place not in use; waits for memory; goes on when `ready`; answers when `ready`."""

ENTRY = record("key", "frame")
"""What a page table says: the frame of a page, or the address of a table, by its key; 0: none."""

UPPER = record("key", "table", "used")
"""An entry of a paging-structure cache: the table for all addresses with a `key`."""

STRUCTURE = record("first", "sets", "ways")
"""One paging-structure cache, for the tables of one level: its place among all entries."""

NOWHERE = -1
"""Place of an entry, and number of a walk, that is not there."""

LEVELS = 4
"""Levels of table below the root; each has a paging-structure cache."""

WALKS = 64
"""Walks under way at most; the caches above have fewer misses."""

LINE_SHIFT = 6
"""The entries of one line of 2**6 bytes come together (ChampSim 2025-05, src/ptw.cc)."""

TABLE_SHIFT, ENTRY_BYTES, INDEX_BITS = 12, 8, 9
"""A page table has 2**12 bytes: 2**9 entries of 8 bytes (Intel 64 manual, volume 3, 4.5)."""


class Tables(NamedTuple):
    """The walker and all it works on; `walker` is its WALKER record."""

    walker: Any
    ports: Records
    wires: Wires
    walks: Records
    entries: Records
    frames: Records
    structures: Records
    uppers: Records


tables_at = finder(
    Tables, walker=one(WALKER), ports=PORT, walks=WALK, entries=ENTRY, frames=WORD,
    structures=STRUCTURE, uppers=UPPER,
)  # fmt: skip
"""Finds the arrays of a walker: (64,) of WALK, (a power of two,) of ENTRY, the frames of memory in
the order in which they are handed out, (4,) of STRUCTURE, and UPPER."""
