"""Page tables, and the caches of a walker: what is mapped where, and what is kept of it.

Models:     one address space; frames handed out in the order of a list; tables of 4 KiB that share
            a frame if it is larger; a cache per level of table, which keeps for a region of the
            next level what was used last there; the entry used longest ago leaves.
Source:     ChampSim 2025-05, src/vmem.cc; Intel 64 and IA-32 manual, volume 3, section 4.10.3.
Checked by: tests/components/test_walker.py
"""

from typing import Any

from components.mmu.records import INDEX_BITS, LEVELS, NOWHERE, TABLE_SHIFT, Tables
from cosim.compiled import inlined, outlined
from cosim.errors import ProtocolError

GOLDEN = 0x9E3779B1
"""Multiplier of a hash: 2**32 over the golden ratio. D. Knuth, TAOCP 3, section 6.4."""

KEYS = LEVELS + 2
"""Kinds of key: pages, and tables of each level, the root among them."""


@inlined
def shift_of(walker: Any, level: int) -> int:
    """Return how many address bits lie below the index into a table of a level."""
    return walker.page_shift + INDEX_BITS * (level - 1)


@outlined
def place_of(tables: Tables, key: int) -> int:
    """Return where the entry of a key is, or would be."""
    mask = tables.walker.entry_mask
    place = ((key ^ key >> 17) & 0x7FFFFFFF) * GOLDEN >> 20 & mask
    while tables.entries[place].key not in (0, key):
        place = (place + 1) & mask
    return place


@outlined
def table_of(tables: Tables, level: int, address: int) -> tuple[int, int]:
    """Return the address of the table of `level` for an address, and 1 if it was made now."""
    walker = tables.walker
    key = (address >> shift_of(walker, level)) * KEYS + level + 1
    entry = tables.entries[place_of(tables, key)]
    if entry.key == key:
        if walker.wastes_frames and walker.next_table == 0:
            next_frame(tables)
        return entry.frame, 0
    if walker.next_table == 0:
        walker.table_frame = take_frame(tables)
    entry.key = key
    entry.frame = (walker.table_frame << walker.page_shift) + (walker.next_table << TABLE_SHIFT)
    walker.next_table += 1
    if walker.next_table == walker.tables_per_frame:
        walker.next_table = 0
    return entry.frame, 1


@outlined
def frame_of(tables: Tables, address: int) -> tuple[int, int]:
    """Return the frame of an address's page, and 1 if the page got it now."""
    walker = tables.walker
    key = (address >> walker.page_shift) * KEYS + 1
    entry = tables.entries[place_of(tables, key)]
    if entry.key == key:
        return entry.frame, 0
    entry.key = key
    entry.frame = take_frame(tables)
    return entry.frame, 1


@inlined
def take_frame(tables: Tables) -> int:
    """Return the next frame of the list for a page or for tables."""
    walker = tables.walker
    if walker.frames_used == walker.frames:
        raise ProtocolError("a program touches more pages than memory has frames; make it larger")
    walker.frames_used += 1
    return next_frame(tables)


@inlined
def next_frame(tables: Tables) -> int:
    """Return the next frame of the list, which begins again when waste has brought its end."""
    walker = tables.walker
    if walker.next_frame == walker.frames:
        walker.next_frame = 0
    walker.next_frame += 1
    return tables.frames[walker.next_frame - 1]


@inlined
def find_upper(tables: Tables, level: int, address: int) -> int:
    """Return where the cache of a level has the table used last in a region, or NOWHERE."""
    structure = tables.structures[level - 1]
    key = address >> shift_of(tables.walker, level + 1)
    first = structure.first + (key & (structure.sets - 1)) * structure.ways
    for place in range(first, first + structure.ways):
        if tables.uppers[place].used and tables.uppers[place].key == key:
            return place
    return NOWHERE


@outlined
def keep_upper(tables: Tables, level: int, address: int, table: int) -> None:
    """Keep the table of an address, in place of the one used longest ago."""
    walker, structure = tables.walker, tables.structures[level - 1]
    walker.stamp += 1
    where = find_upper(tables, level, address)
    key = address >> shift_of(walker, level + 1)
    if where == NOWHERE:
        where = structure.first + (key & (structure.sets - 1)) * structure.ways
        for place in range(where + 1, where + structure.ways):
            if tables.uppers[place].used < tables.uppers[where].used:
                where = place
    upper = tables.uppers[where]
    upper.key = key
    upper.table = table
    upper.used = walker.stamp
