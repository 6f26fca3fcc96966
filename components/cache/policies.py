"""Which line leaves, and which line is fetched before it is asked for.

Models:     least recently used and random replacement; tagged next-line prefetch (a miss, or the
            first use of a prefetched line, asks for the line behind it), within one page.
Source:     A. J. Smith, Cache Memories, ACM Computing Surveys 14(3), 1982, section 2.1;
            xorshift32: G. Marsaglia, J. Statistical Software 8(14), 2003.
Checked by: tests/components/test_cache_policies.py
"""

from typing import Any

from components.cache.records import EMPTY, NO_PREFETCH, RANDOM
from cosim.compiled import Records, compiled, inlined

PAGE_BYTES = 4096
"""bytes; a prefetch stays in the page of its trigger, as the next page lies elsewhere."""

WORD = 0xFFFFFFFF
"""The 32 bits of the random state."""


@inlined
def touch(cache: Any, line: Any) -> None:
    """Note that a line was used now."""
    cache.stamp += 1
    line.used = cache.stamp


@compiled
def victim(cache: Any, lines: Records, first: int) -> int:
    """Return which line of the set that begins at `first` makes room: an empty one if any."""
    oldest = first
    for place in range(first, first + cache.ways):
        if lines[place].tag == EMPTY:
            return place
        if lines[place].used < lines[oldest].used:
            oldest = place
    if cache.replacement == RANDOM:
        return first + draw(cache) % cache.ways  # type: ignore[no-any-return]
    return oldest


@compiled
def draw(cache: Any) -> int:
    """Return the next number of the cache's own random sequence."""
    state = cache.random
    state ^= (state << 13) & WORD
    state ^= state >> 17
    state ^= (state << 5) & WORD
    cache.random = state
    return state  # type: ignore[no-any-return]


@compiled
def line_ahead(cache: Any, line: int) -> int:
    """Return which line to prefetch when `line` is used for the first time, EMPTY for none."""
    if cache.prefetcher == NO_PREFETCH:
        return EMPTY
    ahead = line + 1
    if (ahead << cache.line_shift) % PAGE_BYTES == 0:
        return EMPTY
    return ahead


@inlined
def may_fill(cache: Any, cycle: int) -> bool:
    """Take one of the fills of this cycle; return False if there is none left."""
    if cache.fill_cycle != cycle:
        cache.fill_cycle = cycle
        cache.fills_used = 0
    if cache.fills_used == cache.fills_per_cycle:
        return False
    cache.fills_used += 1
    return True
