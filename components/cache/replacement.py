"""Which line leaves: least recently used is compiled in, others are plug-ins.

Models:     least recently used: fills and hits make a line the youngest, stores that hit only if
            `stores_refresh`; an empty way is always taken first; xorshift32 for random numbers.
Source:     ChampSim 2025-05, replacement/lru; G. Marsaglia, J. Statistical Software 8(14), 2003.
Checked by: tests/components/test_cache_policies.py
"""

from typing import Any

from components.cache.plug_ins import NONE, TOUCH, VICTIM
from components.cache.records import EMPTY, NOWHERE, Level
from cosim.compiled import inlined, outlined, rarely
from cosim.errors import ProtocolError
from cosim.lanes import least, place_of

WORD = 0xFFFFFFFF
"""The 32 bits of the random state."""

ask_touch, ask_victim = TOUCH.ask, VICTIM.ask


@inlined
def touch(level: Level, where: int, is_fill: int) -> None:
    """Note that a line was used, or filled."""
    cache = level.cache
    if rarely(cache.victim_function != NONE):
        touch_otherwise(level, where, is_fill)
    else:
        cache.stamp += 1
        level.used[where] = cache.stamp


@outlined
def touch_otherwise(level: Level, where: int, is_fill: int) -> None:
    """Let a plug-in note that a line was used, or filled."""
    cache = level.cache
    way = where % cache.ways
    first = where - way
    ages = level.used[first : first + cache.ways]
    ask_touch(cache.touch_function, ages, way, is_fill)


@outlined
def victim(level: Level, first: int) -> int:
    """Return which line of the set that begins at `first` makes room."""
    cache = level.cache
    empty = place_of(level.tags, first, cache.ways, EMPTY)
    if empty != NOWHERE:
        return empty
    if cache.victim_function != NONE:
        return victim_otherwise(level, first)
    return place_of(level.used, first, cache.ways, least(level.used, first, cache.ways))


@outlined
def victim_otherwise(level: Level, first: int) -> int:
    """Let a plug-in choose which line of a full set makes room."""
    cache = level.cache
    ages = level.used[first : first + cache.ways]
    way = ask_victim(cache.victim_function, ages, draw(cache))
    if way < 0 or way >= cache.ways:
        raise ProtocolError("a replacement policy must choose a way of the set; it chose none")
    return first + way


@outlined
def draw(cache: Any) -> int:
    """Return the next number of the cache's own random sequence."""
    state = cache.random
    state ^= (state << 13) & WORD
    state ^= state >> 17
    state ^= (state << 5) & WORD
    cache.random = state
    return state
