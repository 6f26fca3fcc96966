"""Records of a cache: one CACHE, its lines, what it looks up, its misses and who waits for them."""

from typing import Any, NamedTuple

import numpy as np

from cosim.bundle import BYTE, WORD, finder, one
from cosim.compiled import Records, record
from cosim.messages import PORT, Wires

CACHE = record(
    "p", "q", "line_shift", "set_mask", "ways", "hit_cycles", "fill_cycles", "tags_per_cycle",
    "most_checks", "lingers", "fills_per_cycle", "uppers", "translates", "page_shift", "is_tlb",
    "stores_refresh", "stores_answer_early", "writes_through", "allocates_stores", "is_exclusive",
    "is_inclusive", "inner", "sends_clean_lines", "answers_at_once", "mshrs", "targets",
    "write_backs", "touch_function", "victim_function", "prefetcher", "prefetch_queue",
    "prefetches_virtual", "stays_in_page", "yields", "insists", "cycle", "tags_used", "tags_before",
    "check_cycle", "checks_used", "tried_cycle", "checks_tried", "changes", "stuck", "fill_cycle",
    "fills_used", "stamp", "random", "open_misses", "next_slot", "next_write", "writes_out",
    "leaving", "first_check", "last_check", "checks_held", "free_check", "first_stashed",
    "last_stashed", "stashed", "restarts", "companions", "first_placed", "placed_held",
    "first_ahead", "aheads_held", "wanted", "wanted_place", "wanted_from", "wanted_cycle",
    "miss_address", "accesses", "fetches", "writes", "hits", "misses", "merges", "joined", "stalls",
    "fills", "evictions", "sent_back", "written_back", "written_through", "prefetches",
    "prefetch_hits", "prefetches_useless", "prefetches_asked", "prefetch_requests", "miss_cycles",
    "missed", "invalidations", "invalidated", "changed_above",
)  # fmt: skip
"""Parameters, present state and counters of one cache.

At most `most_checks` look-ups are under way; one that `lingers` is so in the cycle after it, too.
`uppers` ports are above, the next is below, the last leads to the translator if it `translates`.
`changes` counts what may let a look-up end that found no room before: lines that came or left,
slots given back. When as many as may end had been tried and found none, it was `stuck`.
`tags_used` look-ups began in `cycle`, `tags_before` in the one before, `checks_used` ended in
`check_cycle`, `checks_tried` were tried in `tried_cycle`, `fills_used` lines were filled in
`fill_cycle`; `stamp` numbers the uses of lines. The look-ups under way are a list from
`first_check` to `last_check`, those that wait for a translation one from `first_stashed`; lines
written back wait for their fill in a ring from `first_placed`, own prefetches for their turn in
one from `first_ahead`; `wanted` lines are still to be asked for by the prefetcher.
`sent_back` lines were written back below, `written_back` came from above; `miss_cycles` passed
between `missed` misses and their fills.
Bit n of `inner` says that port n leads to a cache whose lines a level from here on down includes.
"""

SLOT = record("line", "kind", "targets", "status", "since", "next")
"""An MSHR: a miss of `line` sent below in cycle `since`, with `targets` waiting; or EMPTY. The
`next` is that of another miss whose line has the same class.

Those behind the MSHRs are lines on their way below, until acknowledged. One that is `leaving` an
inclusive level waits first for `targets` answers of those above, who may have changed it.
"""

TARGET = record("port", "address", "size_bytes", "tag")
"""Who waits for a miss, and what it asked for."""

CHECK = record(
    "next", "joined", "companions", "status", "cycle", "port", "kind", "address", "size_bytes",
    "tag", "ip", "line", "tried",
)  # fmt: skip
"""A look-up that ends in `cycle`; its `line` is NOWHERE until its address is translated.

It found no room when `changes` of the cache was `tried`.

`joined` begins the list of `companions` that asked for the same line while it waited.
"""

PLACED = record("line", "status", "cycle")
"""A line written back from above that takes its place in `cycle`."""

AHEAD = record("line", "passes")
"""A prefetch of this cache that waits for its turn; one that `passes` fills the level below."""

COUNT = record("hits", "misses", "merges")
"""Look-ups of one type by outcome; misses include those merged into an MSHR."""

EMPTY = -1
NOWHERE = -1
"""Place of a line, slot, check or port that is not there."""

DIRTY, PREFETCHED, DROPPED = 1, 2, 4
"""Status of a line or a miss; one that is dropped answers who waits for it and does not stay."""

CLEAN, GONE = 1, 2
"""What a write-back says: as it is below; gone with an invalidation that has overtaken it."""

OWN, PASSES, STALLED, LATE = 1, 2, 4, 8
"""Status of a look-up: a prefetch of this cache; one for the level below; was blocked; waits for
its translation."""

LOADS, OWNERSHIP, PREFETCHES, WRITES, TRANSLATIONS = 0, 1, 2, 3, 4
"""Types of look-up, as ChampSim counts them."""

TYPES = ("load", "rfo", "prefetch", "write", "translation")

TYPE_OF = np.array(
    (LOADS, WRITES, LOADS, WRITES, PREFETCHES, LOADS, LOADS, LOADS, LOADS, OWNERSHIP, TRANSLATIONS)
)
"""Type of each kind of message, in the order of cosim.messages.KIND_NAMES."""

QUEUE_OF = np.array((1, 0, 1, 0, 2, 1, 1, 1, 1, 1, 1))
"""Queue of each kind of message: writes go first, then reads, then prefetches."""

QUEUES = 3

MOST_COMPANIONS = 64
"""Requests that share the look-up of another, of all look-ups together; a core has no more."""

CLASSES = 64
"""Lines are sorted by the last bits of their number, so that few need to be looked through: into
as many classes as a cache has MSHRs at most, so that the number of one is a byte."""

RANDOM_SEED = 0x2545F491
"""First state of the random replacement; any number but 0 will do."""


class Level(NamedTuple):
    """A cache and all it works on; `cache` is its CACHE record.

    Of every way `tags` has address >> line_shift, or EMPTY, `used` what belongs to the replacement,
    `status` whether its line is DIRTY or PREFETCHED; `frames` has what a translation look-aside
    buffer keeps. `open` has of every class its last miss under way, or NOWHERE.
    """

    cache: Any
    ports: Records
    wires: Wires
    tags: Records
    used: Records
    status: Records
    frames: Records
    open: Records
    slots: Records
    targets: Records
    checks: Records
    placed: Records
    ahead: Records
    wanted: Records
    words: Records
    counts: Records


level_at = finder(
    Level, cache=one(CACHE), ports=PORT, tags=WORD, used=WORD, status=BYTE, frames=WORD, open=BYTE,
    slots=SLOT, targets=TARGET, checks=CHECK, placed=PLACED, ahead=AHEAD, wanted=WORD, words=WORD,
    counts=COUNT,
)  # fmt: skip
"""Finds the arrays of a cache."""


def new_slots(count: int) -> Records:
    """Make `count` free slots."""
    slots = np.zeros(count, SLOT)
    slots["line"] = EMPTY
    return slots


def new_checks(count: int) -> Records:
    """Make `count` free places for look-ups, as a list."""
    checks = np.zeros(count, CHECK)
    checks["next"] = np.arange(1, count + 1)
    checks["next"][-1] = NOWHERE
    return checks
