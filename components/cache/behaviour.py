"""One level of cache as a state machine; every level runs these rules with other numbers.

Models:     set-associative, write-back, write-allocate, non-inclusive. Misses wait in MSHRs and
            merge; a write-back that misses is placed without a read; a request that finds no
            room holds up those behind it on its port until a reply makes room. At most
            `tags_per_cycle` look-ups per cycle, oldest first, ports in order at the same time.
            A request that arrives at edge n is answered at n + hit_cycles; a miss reaches the
            level below miss_cycles later, and a fill at edge m answers at m + fill_cycles; at
            most `fills_per_cycle` fills per cycle, before look-ups.
Leaves out: coherence, address translation.
Source:     rules after ChampSim's cache (src/cache.cc, 2025-05); write-backs are acknowledged,
            so that what is under way below never exceeds the slots.
Checked by: tests/components/test_cache.py, tests/components/test_cache_limits.py, tests/modes/
"""

from typing import Any, NamedTuple

from components.cache.policies import line_ahead, may_fill, touch, victim
from components.cache.records import DIRTY, EMPTY, PREFETCHED, WRITING
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined
from cosim.messages import (
    FETCH,
    FOREVER,
    POSTED,
    PREFETCH,
    READ,
    REPLY,
    WRITE,
    WRITE_BACK,
    Wires,
    arrival_ps,
    head,
    pop,
    send,
)

NOWHERE = -1
"""Place of a line, slot or port that is not there."""


class Level(NamedTuple):
    """A cache and what it is joined to: `cache` is its CACHE record, the last port is below."""

    cache: Any
    ports: Records
    wires: Wires
    lines: Records
    slots: Records
    targets: Records


@inlined
def step(
    state: Records,
    ports: Records,
    wires: Wires,
    lines: Records,
    slots: Records,
    targets: Records,
    now_ps: int,
) -> int:
    """Do what is due at `now_ps`; return when the cache wants to run again.

    `lines` is (sets * ways,) of LINE, `slots` (slots,) of SLOT, `targets` (slots * targets per
    slot,) of TARGET.
    """
    level = Level(state[0], ports, wires, lines, slots, targets)
    cache = level.cache
    cycle = cycle_at_or_after(cache.p, cache.q, now_ps)
    edge_ps = edge(cache.p, cache.q, cycle)
    if edge_ps > now_ps:
        return edge_ps
    fill_ps = take_replies(level, cycle, now_ps)
    used = cache.tags_used if cache.cycle == cycle else 0
    while True:
        port, next_ps = oldest(level, now_ps)
        if port == NOWHERE:
            return min(next_ps, fill_ps)
        if used >= cache.tags_per_cycle:
            return edge(cache.p, cache.q, cycle + 1)
        if look_up(level, port, cycle):
            pop(wires, ports[port].inbox)
            used += 1
            cache.cycle = cycle
            cache.tags_used = used
        else:
            cache.stalled |= 1 << port
            cache.stalls += 1


@inlined
def oldest(level: Level, now_ps: int) -> tuple[int, int]:
    """Return the port above whose first request has waited longest, NOWHERE if none waits.

    With it, when the next message that is still on its way arrives.
    """
    port = NOWHERE
    soonest_ps = now_ps + 1
    below = level.ports.shape[0] - 1
    next_ps = arrival_ps(level.wires, level.ports[below].inbox)
    if next_ps <= now_ps:
        next_ps = FOREVER
    for number in range(below):
        when_ps = arrival_ps(level.wires, level.ports[number].inbox)
        if when_ps > now_ps:
            next_ps = min(next_ps, when_ps)
        elif when_ps < soonest_ps and not (level.cache.stalled >> number) & 1:
            soonest_ps = when_ps
            port = number
    return port, next_ps


@inlined
def look_up(level: Level, port: int, cycle: int) -> bool:
    """Serve the first request of a port; return False, with nothing changed, if no room."""
    cache = level.cache
    message = head(level.wires, level.ports[port].inbox)
    kind = message.kind
    line = message.address >> cache.line_shift
    where = find(level, line)
    if kind == WRITE_BACK:
        if not accept(level, line, where, cycle):
            return False
        cache.written_back += 1
        answer(level, port, message, cycle + 1)
        return True
    if where != NOWHERE:
        hit(level, where, kind, cycle)
        answer(level, port, message, cycle + cache.hit_cycles)
    elif kind == WRITE and cache.stores_answer_early:
        if not miss(level, line, kind, cycle):
            return False
        answer(level, port, message, cycle + cache.hit_cycles)
    else:
        slot = pending(level, line)
        if slot == NOWHERE:
            slot = begin(level, line, kind, cycle)
            if slot == NOWHERE:
                return False
        elif not merge(level, slot, kind):
            return False
        wait(level, slot, port, message)
    count(cache, kind)
    return True


@inlined
def miss(level: Level, line: int, kind: int, cycle: int) -> bool:
    """Begin or join a miss that nobody waits for; return False if there is no room."""
    slot = pending(level, line)
    if slot == NOWHERE:
        return begin(level, line, kind, cycle) != NOWHERE
    return merge(level, slot, kind)


@inlined
def count(cache: Any, kind: int) -> None:
    """Count a served request by its kind."""
    if kind == PREFETCH:
        cache.prefetch_requests += 1
        return
    cache.accesses += 1
    if kind == WRITE:
        cache.writes += 1
    elif kind == FETCH:
        cache.fetches += 1


@inlined
def find(level: Level, line: int) -> int:
    """Return where `line` is kept, NOWHERE if it is not; the way used last is tried first."""
    first = (line & level.cache.set_mask) * level.cache.ways
    recent = first + level.lines[first].recent
    if level.lines[recent].tag == line:
        return recent  # type: ignore[no-any-return]
    return search(level, line, first)


@compiled
def search(level: Level, line: int, first: int) -> int:
    """Return where in its set `line` is kept, NOWHERE if it is not; remember the way."""
    for way in range(level.cache.ways):
        if level.lines[first + way].tag == line:
            level.lines[first].recent = way
            return first + way
    return NOWHERE


@inlined
def pending(level: Level, line: int) -> int:
    """Return the slot of the miss that will bring `line`, NOWHERE if there is none."""
    cache, slots = level.cache, level.slots
    if slots[cache.recent_slot].line == line:
        return cache.recent_slot  # type: ignore[no-any-return]
    if cache.open_misses:
        for slot in range(slots.shape[0]):
            if slots[slot].line == line:
                return slot
    return NOWHERE


@compiled
def free_slot(level: Level) -> int:
    """Return a slot that is not in use, NOWHERE if all are."""
    cache = level.cache
    for _ in range(level.slots.shape[0]):
        slot = cache.next_slot
        cache.next_slot = slot + 1 if slot + 1 < level.slots.shape[0] else 0
        if level.slots[slot].line == EMPTY:
            return slot  # type: ignore[no-any-return]
    return NOWHERE


@inlined
def answer(level: Level, port: int, asked: Any, cycle: int) -> None:
    """Reply to a request or target at edge `cycle`, unless it was posted."""
    if asked.tag != POSTED:
        when_ps = edge(level.cache.p, level.cache.q, cycle)
        outbox = level.ports[port].outbox
        send(level.wires, outbox, when_ps, REPLY, asked.address, asked.size_bytes, asked.tag, 0)


@inlined
def hit(level: Level, where: int, kind: int, cycle: int) -> None:
    """Use a line that is here."""
    cache, line = level.cache, level.lines[where]
    if kind != WRITE or cache.stores_refresh:
        touch(cache, line)
    if kind == PREFETCH:
        return
    cache.hits += 1
    if kind == WRITE:
        line.status |= DIRTY
    if line.status & PREFETCHED:
        line.status ^= PREFETCHED
        cache.prefetch_hits += 1
        ask_ahead(level, line.tag, cycle)


@compiled
def merge(level: Level, slot: int, kind: int) -> bool:
    """Join a miss that is under way; return False if it has no target left."""
    cache, entry = level.cache, level.slots[slot]
    if entry.targets == cache.targets:
        return False
    if kind == WRITE:
        entry.status |= DIRTY
    if kind != PREFETCH:
        cache.merges += 1
        if entry.status & PREFETCHED:
            entry.status ^= PREFETCHED
            cache.prefetch_hits += 1
    return True


@compiled
def begin(level: Level, line: int, kind: int, cycle: int) -> int:
    """Ask below for a line that is missing; return its slot, NOWHERE if there is no room."""
    cache = level.cache
    slot = request(level, line, READ if kind == WRITE else kind, cycle)
    if slot == NOWHERE:
        return NOWHERE
    cache.miss_address = line << cache.line_shift
    if kind == WRITE:
        level.slots[slot].status = DIRTY
    if kind != PREFETCH:
        cache.misses += 1
        ask_ahead(level, line, cycle)
    return slot


@compiled
def request(level: Level, line: int, kind: int, cycle: int) -> int:
    """Take an MSHR and send for `line`; return its slot, NOWHERE if none is free."""
    cache = level.cache
    if cache.open_misses == cache.mshrs:
        return NOWHERE
    slot = free_slot(level)
    if slot == NOWHERE:
        return NOWHERE
    cache.recent_slot = slot
    entry = level.slots[slot]
    entry.line = line
    entry.targets = 0
    entry.status = 0
    cache.open_misses += 1
    send_below(level, kind, line, slot, cycle + cache.hit_cycles + cache.miss_cycles)
    return slot


@compiled
def ask_ahead(level: Level, line: int, cycle: int) -> None:
    """Prefetch what the prefetcher wants after `line`, if it is not here and there is room."""
    ahead = line_ahead(level.cache, line)
    if ahead == EMPTY or find(level, ahead) != NOWHERE or pending(level, ahead) != NOWHERE:
        return
    slot = request(level, ahead, PREFETCH, cycle)
    if slot != NOWHERE:
        level.slots[slot].status = PREFETCHED
        level.cache.prefetches += 1


@compiled
def wait(level: Level, slot: int, port: int, message: Any) -> None:
    """Add the sender of a message to those who wait for a miss."""
    entry = level.slots[slot]
    target = level.targets[slot * level.cache.targets + entry.targets]
    target.port = port
    target.address = message.address
    target.size_bytes = message.size_bytes
    target.tag = message.tag
    entry.targets += 1


@compiled
def send_below(level: Level, kind: int, line: int, slot: int, cycle: int) -> None:
    """Send a request for a whole line, to arrive at edge `cycle`; the slot is its tag."""
    cache = level.cache
    line_bytes = 1 << cache.line_shift
    outbox = level.ports[level.ports.shape[0] - 1].outbox
    when_ps = edge(cache.p, cache.q, cycle)
    send(level.wires, outbox, when_ps, kind, line * line_bytes, line_bytes, slot, 0)


@inlined
def take_replies(level: Level, cycle: int, now_ps: int) -> int:
    """Fill the lines that have come, forget the write-backs that are acknowledged.

    Returns when the rest of what has come can be filled.
    """
    cache = level.cache
    inbox = level.ports[level.ports.shape[0] - 1].inbox
    while arrival_ps(level.wires, inbox) <= now_ps:
        slot = head(level.wires, inbox).tag
        if level.slots[slot].line == WRITING:
            level.slots[slot].line = EMPTY
        elif not may_fill(cache, cycle):
            return edge(cache.p, cache.q, cycle + 1)
        else:
            fill(level, slot, cycle)
        pop(level.wires, inbox)
        cache.stalled = 0
    return FOREVER


@compiled
def fill(level: Level, slot: int, cycle: int) -> None:
    """Put a line that has come into its set and answer all who wait for it."""
    cache, entry = level.cache, level.slots[slot]
    line = entry.line
    entry.line = EMPTY
    cache.open_misses -= 1
    cache.fills += 1
    keep(level, line, entry.status, slot, cycle)
    first = slot * cache.targets
    for number in range(first, first + entry.targets):
        target = level.targets[number]
        answer(level, target.port, target, cycle + cache.fill_cycles)


@compiled
def accept(level: Level, line: int, where: int, cycle: int) -> bool:
    """Take a line written back from above; return False if what it pushes out has no slot."""
    if where != NOWHERE:
        level.lines[where].status |= DIRTY
        touch(level.cache, level.lines[where])
        return True
    miss = pending(level, line)
    if miss != NOWHERE:
        level.slots[miss].status |= DIRTY
        return True
    slot = free_slot(level)
    if slot == NOWHERE:
        return False
    keep(level, line, DIRTY, slot, cycle)
    return True


@compiled
def keep(level: Level, line: int, status: int, slot: int, cycle: int) -> None:
    """Keep `line` in its set; what it pushes out is written back through `slot` if dirty."""
    cache = level.cache
    way = level.lines[victim(cache, level.lines, (line & cache.set_mask) * cache.ways)]
    if way.tag != EMPTY:
        cache.evictions += 1
        if way.status & DIRTY:
            cache.write_backs += 1
            level.slots[slot].line = WRITING
            send_below(level, WRITE_BACK, way.tag, slot, cycle + 1)
    way.tag = line
    way.status = status
    touch(cache, way)
