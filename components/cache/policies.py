"""Replacement policies and prefetchers that come with the cache, written as a user would.

Models:     SRRIP with two bits, hits promote to 0; random; next line; stride per instruction, three
            lines ahead, not beyond the page, left to the level below while many misses wait.
Source:     A. Jaleel et al., High Performance Cache Replacement Using Re-Reference Interval
            Prediction, ISCA 2010; ChampSim 2025-05, prefetcher/next_line and prefetcher/ip_stride.
Checked by: tests/components/test_cache_policies.py
"""

from components.cache.plug_ins import prefetcher, replacement
from cosim.compiled import Records

FARTHEST, FIRST = 3, 2
"""SRRIP: re-reference prediction of a line that may leave, and of one that was filled."""

SETS, WAYS, FIELDS = 256, 4, 4
"""Strides: sets and ways of the table; an entry has instruction, line, stride and last use."""

DEGREE = 3
"""Strides: lines asked for at once."""


def touch_srrip(ages: Records, way: int, is_fill: int) -> None:
    """A line that is used again is expected soon."""
    ages[way] = FIRST if is_fill else 0


def victim_srrip(ages: Records, draw: int) -> int:
    """The first of those expected last; all others come nearer to that."""
    farthest = 0
    for way in range(len(ages)):
        if ages[way] > ages[farthest]:
            farthest = way
    nearer = FARTHEST - ages[farthest]
    for way in range(len(ages)):
        ages[way] += nearer
    return farthest


def touch_nothing(ages: Records, way: int, is_fill: int) -> None:
    """Remember nothing."""


def victim_random(ages: Records, draw: int) -> int:
    """Any."""
    return draw % len(ages)


def ask_next_line(
    table: Records, line: int, ip: int, is_hit: int, is_first_use: int, wanted: Records
) -> int:
    """The line behind, whatever was found."""
    wanted[0] = line + 1
    return 1


def ask_ip_stride(
    table: Records, line: int, ip: int, is_hit: int, is_first_use: int, wanted: Records
) -> int:
    """The lines ahead once an instruction has gone the same stride twice."""
    first = 1 + ((ip >> 2) & (SETS - 1)) * WAYS * FIELDS
    place, oldest = -1, first
    for at in range(first, first + WAYS * FIELDS, FIELDS):
        if table[at + 3] and table[at] == ip >> 2:
            place = at
        if table[at + 3] < table[oldest + 3]:
            oldest = at
    stride, count = 0, 0
    if place < 0:
        place = oldest
    else:
        stride = line - table[place + 1]
        if stride != 0 and stride == table[place + 2]:
            count = DEGREE
    table[0] += 1
    table[place], table[place + 1] = ip >> 2, line
    table[place + 2], table[place + 3] = stride, table[0]
    for ahead in range(count):
        wanted[ahead] = line + (ahead + 1) * stride
    return count


replacement("srrip", touch=touch_srrip, victim=victim_srrip)
replacement("random", touch=touch_nothing, victim=victim_random)
prefetcher("next_line", ask_next_line, insists=False)
prefetcher(
    "ip_stride", ask_ip_stride, words=1 + SETS * WAYS * FIELDS, stays_in_page=True, yields=True
)
