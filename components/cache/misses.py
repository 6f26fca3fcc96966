"""What a look-up finds: a hit, a miss to join, a miss to send below, or no room for it.

Models:     hits, MSHRs with merging, stores that pass below in a write-through cache, lines
            written back from above, prefetches that fill the level below only.
Source:     rules after ChampSim's cache (src/cache.cc, 2025-05); exclusive: N. Jouppi, S. Wilton,
            Tradeoffs in Two-Level On-Chip Caching, WRL Research Report 93/3.
Checked by: tests/components/test_cache.py, tests/components/test_cache_limits.py
"""

from typing import Any

from components.cache.lookups import answer_all
from components.cache.plug_ins import NONE
from components.cache.prefetch import show
from components.cache.records import (
    CLASSES,
    CLEAN,
    DIRTY,
    DROPPED,
    EMPTY,
    GONE,
    LOADS,
    NOWHERE,
    OWN,
    PASSES,
    PREFETCHED,
    PREFETCHES,
    TYPE_OF,
    WRITES,
    Level,
)
from components.cache.replacement import touch
from cosim.clock import edge
from cosim.compiled import inlined, outlined, rarely
from cosim.lanes import place_of
from cosim.messages import FETCH, POSTED, PREFETCH, RFO, WRITE, WRITE_BACK, send


@inlined
def find(level: Level, line: int) -> int:
    """Return where `line` is kept, NOWHERE if it is not."""
    ways = level.cache.ways
    return place_of(level.tags, (line & level.cache.set_mask) * ways, ways, line)


@inlined
def value_of(level: Level, where: int) -> int:
    """Return what is kept for a look-up: a page's frame; lines of data have no value."""
    return level.frames[where] if level.cache.is_tlb else 0


@inlined
def use(level: Level, where: int, kind: int, is_clean: int) -> None:
    """Use a line that is here; what is written back from above may be clean."""
    cache = level.cache
    type_ = TYPE_OF[kind]
    level.counts[type_].hits += 1
    if type_ != WRITES or cache.stores_refresh:
        touch(level, where, 0)
    if type_ == WRITES and not is_clean:
        level.status[where] |= DIRTY
    if kind == WRITE_BACK:
        cache.written_back += 1
    elif kind == PREFETCH:
        cache.prefetch_requests += 1
    else:
        cache.hits += 1
        count(cache, kind)


@inlined
def count(cache: Any, kind: int) -> None:
    """Count an access by its kind."""
    cache.accesses += 1
    if kind == WRITE:
        cache.writes += 1
    elif kind == FETCH:
        cache.fetches += 1


@outlined
def look_up(level: Level, number: int, cycle: int) -> bool:
    """End a look-up; return False, with nothing changed but the prefetcher, if no room."""
    cache, entry = level.cache, level.checks[number]
    if entry.kind == WRITE_BACK and entry.ip & GONE:
        return True
    where = find(level, entry.line)
    if rarely(cache.prefetcher != NONE) and not entry.status & OWN and trains(entry.kind):
        show(level, entry, where)
    if rarely(cache.writes_through) and entry.kind == WRITE:
        return store_through(level, number, where, cycle)
    if where != NOWHERE:
        hit(level, number, where, cycle)
        return True
    if entry.kind == WRITE_BACK:
        return place(level, number, cycle)
    return miss(level, number, cycle)


@inlined
def trains(kind: int) -> bool:
    """Return whether the prefetcher sees look-ups of a kind."""
    return TYPE_OF[kind] == LOADS or TYPE_OF[kind] == PREFETCHES


@inlined
def hit(level: Level, number: int, where: int, cycle: int) -> None:
    """Answer a look-up with a line that is here."""
    cache, entry = level.cache, level.checks[number]
    if rarely(entry.status & OWN):
        level.counts[PREFETCHES].hits += 1
        touch(level, where, 0)
        return
    use(level, where, entry.kind, CLEAN & entry.ip if entry.kind == WRITE_BACK else 0)
    if rarely(level.status[where] & PREFETCHED):
        level.status[where] ^= PREFETCHED
        cache.prefetch_hits += 1
    answer_all(level, number, cycle + 1, value_of(level, where))
    if rarely(cache.is_exclusive) and entry.kind != WRITE_BACK:
        leave(level, where, cycle)


@outlined
def leave(level: Level, where: int, cycle: int) -> None:
    """Forget a line that moved up; what was changed is written back, if there is room, or stays."""
    cache, line = level.cache, level.tags[where]
    if level.status[where] & DIRTY:
        if cache.writes_out == cache.write_backs:
            return
        write_back(level, line, 0, cycle)
    level.tags[where] = EMPTY


@inlined
def place(level: Level, number: int, cycle: int) -> bool:
    """Let a line written back from above take its place; return False if none is free."""
    cache, entry = level.cache, level.checks[number]
    slot = pending(level, entry.line)
    if slot != NOWHERE and not level.slots[slot].status & DROPPED:
        level.slots[slot].status |= DIRTY ^ (entry.ip & CLEAN)
    elif cache.placed_held == level.placed.shape[0]:
        return False
    else:
        ring = cache.first_placed + cache.placed_held
        placed = level.placed[ring % level.placed.shape[0]]
        placed.line = entry.line
        placed.status = DIRTY ^ (entry.ip & CLEAN)
        placed.cycle = cycle + cache.fill_cycles
        cache.placed_held += 1
    level.counts[WRITES].misses += 1
    cache.written_back += 1
    answer_all(level, number, cycle + 1, 0)
    return True


@outlined
def store_through(level: Level, number: int, where: int, cycle: int) -> bool:
    """Pass a store below; it changes its line if it is here, or brings it if so configured."""
    cache, entry = level.cache, level.checks[number]
    brings = where == NOWHERE and cache.allocates_stores and pending(level, entry.line) == NOWHERE
    if cache.writes_out == cache.write_backs or (brings and cache.open_misses == cache.mshrs):
        return False
    counts = level.counts[WRITES]
    if where != NOWHERE:
        counts.hits += 1
        cache.hits += 1
        touch(level, where, 0)
    else:
        counts.misses += 1
        if brings:
            request(level, entry, RFO, cycle)
            cache.misses += 1
        else:
            cache.merges += 1
    count(cache, WRITE)
    cache.written_through += 1
    pass_below(level, WRITE, entry.line, 0, cycle)
    answer_all(level, number, cycle + 1, 0)
    return True


@inlined
def pending(level: Level, line: int) -> int:
    """Return the slot of the miss that will bring `line`, NOWHERE if there is none."""
    slot = level.open[line & CLASSES - 1]
    while slot != NOWHERE and level.slots[slot].line != line:
        slot = level.slots[slot].next
    return slot


@inlined
def close(level: Level, slot: int) -> None:
    """Give back the slot of a miss whose line has come."""
    slots = level.slots
    class_, following = slots[slot].line & CLASSES - 1, slots[slot].next
    if level.open[class_] == slot:
        level.open[class_] = following
    else:
        before = level.open[class_]
        while slots[before].next != slot:
            before = slots[before].next
        slots[before].next = following
    slots[slot].line = EMPTY
    level.cache.open_misses -= 1


@inlined
def miss(level: Level, number: int, cycle: int) -> bool:
    """Join a miss or begin one; return False if there is no room, or the line is leaving."""
    cache, entry = level.cache, level.checks[number]
    slot = pending(level, entry.line)
    joins = slot != NOWHERE
    if joins:
        under_way = level.slots[slot]
        if under_way.status & DROPPED or under_way.targets + entry.companions >= cache.targets:
            return False
        merge(level, slot, entry, cycle)
    elif cache.open_misses == cache.mshrs or (cache.leaving and is_leaving(level, entry.line)):
        return False
    elif entry.status & PASSES:
        send_below(level, PREFETCH, entry.line << cache.line_shift, POSTED, 0, cycle)
        level.counts[PREFETCHES].misses += 1
        return True
    else:
        slot = request(level, entry, RFO if entry.kind == WRITE else entry.kind, cycle)
    counts = level.counts[TYPE_OF[entry.kind]]
    counts.misses += 1
    counts.merges += int(joins)
    if entry.kind == PREFETCH:
        if entry.status & OWN:
            return True
        cache.prefetch_requests += 1
    else:
        cache.merges += int(joins)
        cache.misses += int(not joins)
        count(cache, entry.kind)
    wait_all(level, slot, number)
    return True


@outlined
def merge(level: Level, slot: int, entry: Any, cycle: int) -> None:
    """Join a miss that is under way."""
    under_way = level.slots[slot]
    if entry.kind == PREFETCH:
        return
    if entry.kind == WRITE:
        under_way.status |= DIRTY
    if under_way.kind == PREFETCH:
        under_way.kind = entry.kind
        under_way.since = cycle
        if under_way.status & PREFETCHED:
            under_way.status ^= PREFETCHED
            level.cache.prefetch_hits += 1


@outlined
def request(level: Level, entry: Any, kind: int, cycle: int) -> int:
    """Take an MSHR, of which one is free, and send for a line; return the MSHR."""
    cache = level.cache
    slot = cache.next_slot
    while level.slots[slot].line != EMPTY:
        slot = slot + 1 if slot + 1 < cache.mshrs else 0
    cache.next_slot = slot + 1 if slot + 1 < cache.mshrs else 0
    under_way = level.slots[slot]
    class_ = entry.line & CLASSES - 1
    under_way.next = level.open[class_]
    level.open[class_] = slot
    under_way.line = entry.line
    under_way.kind = entry.kind
    under_way.targets = 0
    under_way.since = cycle
    under_way.status = DIRTY if entry.kind == WRITE and not cache.writes_through else 0
    if entry.status & OWN:
        under_way.status = PREFETCHED
        cache.prefetches += 1
    cache.open_misses += 1
    address = entry.address if cache.is_tlb else entry.line << cache.line_shift
    cache.miss_address = address
    send_below(level, kind, address, slot, entry.ip, cycle)
    return slot


@inlined
def send_below(level: Level, kind: int, address: int, tag: int, value: int, cycle: int) -> None:
    """Send a request for a whole line, to arrive after this cycle."""
    cache = level.cache
    outbox = level.ports[cache.uppers].outbox
    when_ps = edge(cache.p, cache.q, cycle + 1)
    send(level.wires, outbox, when_ps, kind, address, 1 << cache.line_shift, tag, value)


@outlined
def write_back(level: Level, line: int, is_clean: int, cycle: int) -> None:
    """Write a line back, or hand a clean one on."""
    level.cache.sent_back += 1
    pass_below(level, WRITE_BACK, line, is_clean, cycle)


@outlined
def pass_below(level: Level, kind: int, line: int, is_clean: int, cycle: int) -> None:
    """Send a line below, for which there is a slot until it is acknowledged."""
    cache = level.cache
    slot = free_slot(level)
    level.slots[cache.mshrs + slot].line = line
    send_below(level, kind, line << cache.line_shift, cache.mshrs + slot, is_clean, cycle)


@inlined
def free_slot(level: Level) -> int:
    """Take one of the slots for lines that go below, of which one is free; return its number."""
    cache = level.cache
    slot = cache.next_write
    while level.slots[cache.mshrs + slot].line != EMPTY:
        slot = slot + 1 if slot + 1 < cache.write_backs else 0
    cache.next_write = slot + 1 if slot + 1 < cache.write_backs else 0
    cache.writes_out += 1
    return slot


@outlined
def is_leaving(level: Level, line: int) -> bool:
    """Return whether a line waits for those above to give it up."""
    cache = level.cache
    for slot in range(cache.mshrs, cache.mshrs + cache.write_backs):
        if level.slots[slot].line == line and level.slots[slot].targets:
            return True
    return False


@inlined
def wait_all(level: Level, slot: int, number: int) -> None:
    """Add a look-up and those who joined it to those who wait for a miss."""
    entry = level.checks[number]
    wait(level, slot, entry)
    other = entry.joined
    while other != NOWHERE:
        wait(level, slot, level.checks[other])
        other = level.checks[other].next


@inlined
def wait(level: Level, slot: int, asked: Any) -> None:
    """Add one request to those who wait for a miss, if it still wants an answer."""
    if asked.tag == POSTED:
        return
    under_way = level.slots[slot]
    target = level.targets[slot * level.cache.targets + under_way.targets]
    port, address, size_bytes, tag = asked.port, asked.address, asked.size_bytes, asked.tag
    target.port, target.address, target.size_bytes, target.tag = port, address, size_bytes, tag
    under_way.targets += 1
