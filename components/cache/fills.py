"""Lines that have come: from below in answer to a miss, or from above by write-back.

Models:     what comes waits `fill_cycles`, then takes its place, `fills_per_cycle` per cycle, in
            the order in which it came, misses before write-backs; a line that must push out a
            dirty one waits until a write-back below is free. What arrives with these, and answers
            no miss, is taken at once: acknowledgements, and requests to give a line up.
Source:     rules after ChampSim's cache (src/cache.cc, 2025-05).
Checked by: tests/components/test_cache.py, tests/components/test_cache_limits.py
"""

from typing import Any

from components.cache.inclusion import give_up, send_away
from components.cache.lookups import answer
from components.cache.misses import close, find, write_back
from components.cache.records import DIRTY, DROPPED, EMPTY, NOWHERE, PREFETCHED, Level
from components.cache.replacement import touch, victim
from cosim.clock import cycle_at_or_after
from cosim.compiled import inlined, outlined, rarely
from cosim.messages import INVALIDATE, PREFETCH, arrival_ps, head, peek, pop, take


@outlined
def fill(level: Level, cycle: int, now_ps: int) -> int:
    """Fill the lines that are due; return when a miss can end next, NOWHERE if that is unknown."""
    cache = level.cache
    inbox = level.ports[cache.uppers].inbox
    take_others(level, inbox, cycle, now_ps)
    while arrival_ps(level.wires, inbox) <= now_ps:
        reply = head(level.wires, inbox)
        if cache.fill_cycles > 1:
            due = cycle_at_or_after(cache.p, cache.q, reply.when_ps) + cache.fill_cycles - 1
            if due > cycle:
                return due
        if not has_fills(cache, cycle):
            return cycle + 1
        if not finish(level, reply.tag, reply.value, cycle):
            return NOWHERE
        pop(level.wires, inbox)
    while cache.placed_held:
        placed = level.placed[cache.first_placed]
        if placed.cycle > cycle or not has_fills(cache, cycle):
            break
        if placed.line != EMPTY:
            if keep_line(level, placed.line, placed.status, 0, cycle) == NOWHERE:
                break
            count_fill(cache, cycle)
        cache.first_placed = (cache.first_placed + 1) % level.placed.shape[0]
        cache.placed_held -= 1
        cache.changes += 1
    return NOWHERE


@inlined
def next_placed(level: Level, cycle: int) -> int:
    """Return when a line written back can take its place, NOWHERE if that is unknown."""
    cache = level.cache
    if cache.placed_held == 0 or cache.writes_out == cache.write_backs:
        return NOWHERE
    return max(cycle + 1, level.placed[cache.first_placed].cycle)


@inlined
def take_others(level: Level, inbox: int, cycle: int, now_ps: int) -> None:
    """Take acknowledgements of write-backs and invalidations, wherever they stand in the port."""
    cache = level.cache
    place = 0
    while place < level.wires.links[inbox].count:
        reply = peek(level.wires, inbox, place)
        if reply.when_ps > now_ps:
            return
        if reply.tag >= cache.mshrs:
            level.slots[reply.tag].line = EMPTY
            cache.writes_out -= 1
            cache.changes += 1
            take(level.wires, inbox, place)
        elif reply.kind == INVALIDATE:
            give_up(level, reply.address, reply.value, cycle)
            cache.changes += 1
            take(level.wires, inbox, place)
        else:
            place += 1


@inlined
def has_fills(cache: Any, cycle: int) -> bool:
    """Return whether a line can still be filled in this cycle."""
    used = cache.fills_used if cache.fill_cycle == cycle else 0
    return used < cache.fills_per_cycle


@inlined
def count_fill(cache: Any, cycle: int) -> None:
    """Use up one fill of this cycle."""
    if cache.fill_cycle != cycle:
        cache.fill_cycle = cycle
        cache.fills_used = 0
    cache.fills_used += 1


@inlined
def finish(level: Level, slot: int, value: int, cycle: int) -> bool:
    """End a miss and answer all who wait for it; return False if its line finds no place."""
    cache, entry = level.cache, level.slots[slot]
    stays = not cache.is_exclusive or entry.status & PREFETCHED
    stays = stays and not entry.status & DROPPED
    if stays and keep_line(level, entry.line, entry.status, value, cycle) == NOWHERE:
        return False
    close(level, slot)
    cache.changes += 1
    count_fill(cache, cycle)
    cache.fills += 1
    if entry.kind != PREFETCH:
        cache.miss_cycles += cycle - entry.since - 1
        cache.missed += 1
    first = slot * cache.targets
    for number in range(first, first + entry.targets):
        target = level.targets[number]
        answer(level, target.port, target, cycle + 1, value)
    return True


@outlined
def keep_line(level: Level, line: int, status: int, value: int, cycle: int) -> int:
    """Keep `line` in its set; return where, NOWHERE if what it pushes out cannot go below."""
    cache = level.cache
    where = find(level, line)
    if where != NOWHERE:
        level.status[where] |= status
        return where
    where = victim(level, (line & cache.set_mask) * cache.ways)
    old, gone = level.tags[where], level.status[where]
    if old != EMPTY:
        asks = cache.is_inclusive and cache.inner
        if asks or gone & DIRTY or cache.sends_clean_lines:
            if cache.writes_out == cache.write_backs:
                return NOWHERE
            if asks:
                send_away(level, where, cycle)
            else:
                write_back(level, old, DIRTY ^ (gone & DIRTY), cycle)
        cache.evictions += 1
        if gone & PREFETCHED:
            cache.prefetches_useless += 1
    level.tags[where] = line
    level.status[where] = status
    if rarely(cache.is_tlb):
        level.frames[where] = value
    touch(level, where, 1)
    return where
