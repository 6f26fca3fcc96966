"""Inclusion: a line that leaves a level is taken away from the levels above, with its changes.

Models:     a line that makes room in an inclusive level waits where write-backs wait, asks the
            caches above for their copies, and goes below when all have answered; it is changed if
            any copy was. Each level passes the question on at once and answers for itself; answers
            from farther up are passed down. A question overtakes what waits: a miss for the line
            answers and does not stay, a write-back of it is part of the answer.
Leaves out: knowledge of who has a copy: all are asked; the time that a look at their tags takes.
Source:     J.-L. Baer, W.-H. Wang, On the Inclusion Properties for Multi-Level Cache Hierarchies,
            ISCA 1988; questions that pass queues as snoops do in AMBA ACE (ARM IHI 0022, D5).
Checked by: tests/components/test_cache_inclusion.py, tests/modes/test_island_programs.py
"""

from components.cache.misses import find, free_slot, pending, send_below
from components.cache.records import (
    CLEAN,
    DIRTY,
    DROPPED,
    EMPTY,
    GONE,
    NOWHERE,
    PREFETCHED,
    Level,
)
from cosim.clock import edge
from cosim.compiled import inlined, outlined
from cosim.messages import (
    INVALIDATE,
    INVALIDATED,
    POSTED,
    WRITE_BACK,
    peek,
    send,
    take,
)

MORE, MOST_MORE = 2, 255
"""In an answer, bit 0 says that a copy was changed, the next 8 how many more answers will come."""

SLOT = 1 << 9
"""Behind these stands the slot in which the line waits, at the level that lets it go."""

HOP = 1 << 20
"""And behind it, how many levels the question has passed."""


@outlined
def send_away(level: Level, where: int, cycle: int) -> None:
    """Let a line leave, for which there is a slot, when those above have given it up."""
    cache = level.cache
    slot = free_slot(level)
    leaving = level.slots[cache.mshrs + slot]
    leaving.line = level.tags[where]
    leaving.status = level.status[where] & DIRTY
    leaving.targets = ask_above(level, leaving.line << cache.line_shift, slot * SLOT, cycle)
    cache.leaving += 1
    cache.invalidations += 1


@outlined
def ask_above(level: Level, address: int, who: int, cycle: int) -> int:
    """Ask the caches above to give a line up; return how many they are."""
    cache = level.cache
    asked = 0
    when_ps = edge(cache.p, cache.q, cycle + 1)
    for port in range(cache.uppers):
        if (cache.inner >> port) & 1:
            outbox = level.ports[port].outbox
            size_bytes = 1 << cache.line_shift
            send(level.wires, outbox, when_ps, INVALIDATE, address, size_bytes, POSTED, who)
            asked += 1
    return asked


@outlined
def give_up(level: Level, address: int, who: int, cycle: int) -> None:
    """Give a line up that leaves the level below, ask those above, and answer."""
    more = ask_above(level, address, who + HOP, cycle)
    changed = drop(level, address >> level.cache.line_shift)
    send_below(level, INVALIDATED, address, POSTED, who + more * MORE + changed, cycle)


@outlined
def drop(level: Level, line: int) -> int:
    """Let a line be nowhere in this cache, now or when it comes; return whether it was changed."""
    cache = level.cache
    changed = 0
    where = find(level, line)
    if where != NOWHERE:
        status = level.status[where]
        changed |= status & DIRTY
        cache.prefetches_useless += int(status & PREFETCHED != 0)
        cache.invalidated += 1
        level.tags[where] = EMPTY
    slot = pending(level, line)
    if slot != NOWHERE:
        changed |= level.slots[slot].status & DIRTY
        level.slots[slot].status |= DROPPED
    for number in range(cache.placed_held):
        placed = level.placed[(cache.first_placed + number) % level.placed.shape[0]]
        if placed.line == line:
            changed |= placed.status & DIRTY
            placed.line = EMPTY
    return int(changed)


@outlined
def take_answers(level: Level, cycle: int, now_ps: int) -> None:
    """Take what those above have answered out of their ports, before all that waits there."""
    cache = level.cache
    for port in range(cache.uppers):
        inbox = level.ports[port].inbox
        place = 0
        while (cache.inner >> port) & 1 and place < level.wires.links[inbox].count:
            message = peek(level.wires, inbox, place)
            if message.when_ps > now_ps:
                break
            if message.kind == INVALIDATED:
                address, answer = message.address, message.value
                take(level.wires, inbox, place)
                take_answer(level, port, address, answer, cycle)
            else:
                place += 1


@outlined
def take_answer(level: Level, port: int, address: int, answer: int, cycle: int) -> None:
    """Pass an answer down, or let the line go if it is ours and this was the last."""
    cache = level.cache
    cache.changes += 1
    line = address >> cache.line_shift
    answer |= drop(level, line) | gather(level, port, line)
    if answer >= HOP:
        send_below(level, INVALIDATED, address, POSTED, answer - HOP, cycle)
        return
    slot = answer // SLOT
    leaving = level.slots[cache.mshrs + slot]
    leaving.targets += (answer // MORE & MOST_MORE) - 1
    cache.changed_above += int((answer & ~leaving.status) & DIRTY)
    leaving.status |= answer & DIRTY
    if leaving.targets:
        return
    cache.leaving -= 1
    if leaving.status or cache.sends_clean_lines:
        cache.sent_back += 1
        is_clean = CLEAN ^ (leaving.status & DIRTY)
        send_below(level, WRITE_BACK, address, cache.mshrs + slot, is_clean, cycle)
    else:
        leaving.line = EMPTY
        cache.writes_out -= 1


@inlined
def gather(level: Level, port: int, line: int) -> int:
    """Let write-backs that an answer has overtaken be gone; return whether one was of changes."""
    cache = level.cache
    clean = CLEAN
    inbox = level.ports[port].inbox
    for place in range(level.wires.links[inbox].count):
        message = peek(level.wires, inbox, place)
        if message.kind == WRITE_BACK and message.address >> cache.line_shift == line:
            clean &= message.value
            message.value |= GONE
    number = cache.first_check
    for _ in range(cache.checks_held):
        entry = level.checks[number]
        if entry.kind == WRITE_BACK and entry.line == line and entry.port == port:
            clean &= entry.ip
            entry.ip |= GONE
        number = entry.next
    return clean ^ CLEAN
