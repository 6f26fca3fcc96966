"""Records of a cache: one CACHE, its lines, its slots for requests below, and their targets."""

import numpy as np

from cosim.compiled import Records, record

CACHE = record(
    "p", "q", "line_shift", "set_mask", "ways", "hit_cycles", "fill_cycles", "miss_cycles",
    "tags_per_cycle", "fills_per_cycle", "stores_refresh", "stores_answer_early",
    "mshrs", "targets", "replacement", "prefetcher",
    "cycle", "tags_used", "fill_cycle", "fills_used", "stamp", "random", "open_misses",
    "stalled", "miss_address", "next_slot", "recent_slot",
    "accesses", "fetches", "writes", "hits", "misses", "merges", "stalls", "fills", "evictions",
    "write_backs", "written_back", "prefetches", "prefetch_hits", "prefetch_requests",
)  # fmt: skip
"""Parameters, present state and counters of one cache.

`tags_used` look-ups were made in `cycle`, `fills_used` lines filled in `fill_cycle`; bit n of
`stalled` says that port n waits for room; `stamp` numbers the uses of lines. Slots are taken in
turn from `next_slot`; `recent_slot` is that of the last miss. `write_backs` were sent below,
`written_back` came from above.
"""

LINE = record("tag", "used", "status", "recent")
"""One way of one set: `tag` is address >> line_shift, or EMPTY; `used` is the stamp of its use.

`recent` of a set's first way says which way was found last: a short cut, no part of the model.
"""

SLOT = record("line", "targets", "status")
"""One request below: a miss of `line` with `targets` waiting, WRITING a write-back, or EMPTY."""

TARGET = record("port", "address", "size_bytes", "tag")
"""Who waits for a miss, and what it asked for."""

EMPTY, WRITING = -1, -2
DIRTY, PREFETCHED = 1, 2

LRU, RANDOM = 0, 1
"""Replacement policies."""

NO_PREFETCH, NEXT_LINE = 0, 1
"""Prefetchers."""

RANDOM_SEED = 0x2545F491
"""First state of the random replacement; any number but 0 will do."""


def new_lines(count: int) -> Records:
    """Make `count` empty lines."""
    lines = np.zeros(count, LINE)
    lines["tag"] = EMPTY
    return lines


def new_slots(count: int) -> Records:
    """Make `count` free slots."""
    slots = np.zeros(count, SLOT)
    slots["line"] = EMPTY
    return slots
