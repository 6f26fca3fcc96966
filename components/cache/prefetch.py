"""Which lines are fetched before they are asked for, and when these prefetches have their turn.

Models:     the prefetcher sees loads and prefetches of those above when their look-ups end, and
            again each time that one of them is tried because it found no room before. Of
            the lines that it asks for, one per cycle goes into a queue of its own, until the next
            look-up asks for others; the queue has the lowest priority. A prefetcher can be bound
            to the page of its trigger, and can leave its lines to the level below while half of
            the MSHRs are taken.
Source:     ChampSim 2025-05, src/cache.cc, prefetcher/next_line, prefetcher/ip_stride.
Checked by: tests/components/test_cache_policies.py
"""

from typing import Any

from components.cache.lookups import append, translate
from components.cache.plug_ins import ASK, MOST_WANTED
from components.cache.records import NOWHERE, OWN, PASSES, PREFETCHED, Level
from cosim.compiled import inlined, outlined
from cosim.errors import ProtocolError
from cosim.messages import POSTED, PREFETCH

ask_prefetcher = ASK.ask


@outlined
def show(level: Level, entry: Any, where: int) -> None:
    """Show a look-up to the prefetcher and note what it wants."""
    cache = level.cache
    line = entry.address >> cache.line_shift if cache.prefetches_virtual else entry.line
    is_hit = int(where != NOWHERE)
    is_first = int(is_hit != 0 and level.status[where] & PREFETCHED != 0)
    wanted = ask_prefetcher(
        cache.prefetcher, level.words, line, entry.ip, is_hit, is_first, level.wanted
    )
    if wanted < 0 or wanted > MOST_WANTED:
        raise ProtocolError("a prefetcher must ask for 0 to 8 lines; it asked for another number")
    if wanted:
        cache.wanted = wanted
        cache.wanted_place = 0
        cache.wanted_from = line
        cache.wanted_cycle = NOWHERE


@inlined
def ask_ahead(level: Level, cycle: int) -> None:
    """Queue the next wanted line, one per cycle."""
    if level.cache.wanted_cycle != cycle:
        queue_wanted(level, cycle)


@inlined
def ask_first(level: Level, cycle: int) -> None:
    """Queue the first line that a look-up has made the prefetcher want, even in this cycle."""
    if level.cache.wanted_cycle == NOWHERE:
        queue_wanted(level, cycle)


@outlined
def queue_wanted(level: Level, cycle: int) -> None:
    """Put the next wanted line into the queue of prefetches, if there is room."""
    cache = level.cache
    cache.wanted_cycle = cycle
    line = level.wanted[cache.wanted_place]
    page = cache.page_shift - cache.line_shift
    if cache.stays_in_page and line >> page != cache.wanted_from >> page:
        cache.wanted = 0
    else:
        has_room = cache.aheads_held < cache.prefetch_queue
        if has_room:
            append_ahead(level, line)
        if has_room or not cache.insists:
            cache.wanted -= 1
            cache.wanted_place += 1


@inlined
def append_ahead(level: Level, line: int) -> None:
    """Put a line behind those that wait for their turn."""
    cache = level.cache
    ring = cache.first_ahead + cache.aheads_held
    request = level.ahead[ring % level.ahead.shape[0]]
    request.line = line
    request.passes = int(cache.yields != 0 and 2 * cache.open_misses >= cache.mshrs)
    cache.aheads_held += 1
    cache.prefetches_asked += 1


@outlined
def begin_own(level: Level, free: int, cycle: int) -> int:
    """Begin the look-ups of queued prefetches; return how many more may begin."""
    cache = level.cache
    while free > 0 and cache.aheads_held:
        if cache.prefetches_virtual and cache.stashed >= cache.mshrs:
            break
        request = level.ahead[cache.first_ahead]
        number = cache.free_check
        entry = level.checks[number]
        cache.free_check = entry.next
        entry.joined = NOWHERE
        entry.companions = 0
        entry.port = NOWHERE
        entry.kind = PREFETCH
        entry.address = request.line << cache.line_shift
        entry.size_bytes = 1 << cache.line_shift
        entry.tag = POSTED
        entry.ip = 0
        entry.status = OWN | PASSES if request.passes else OWN
        entry.line = request.line
        if cache.prefetches_virtual:
            translate(level, number, cycle)
        append(level, number, cycle)
        cache.first_ahead = (cache.first_ahead + 1) % level.ahead.shape[0]
        cache.aheads_held -= 1
        free -= 1
    return free
