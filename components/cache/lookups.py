"""Look-ups under way: which places they have, who joined them, who gets the answer.

Models:     look-ups end in the order in which they began; one whose address is not translated in
            time leaves the others and begins again when the translation has come; requests for
            one line that wait together share a look-up, and its answer.
Source:     rules after ChampSim's cache (src/cache.cc, src/channel.cc, 2025-05).
Checked by: tests/components/test_cache_limits.py, tests/components/test_tlb.py
"""

from typing import Any

from components.cache.records import LATE, MOST_COMPANIONS, NOWHERE, QUEUE_OF, QUEUES, Level
from cosim.clock import edge
from cosim.compiled import inlined, outlined, rarely
from cosim.messages import (
    FOREVER,
    POSTED,
    READ,
    REPLY,
    TRANSLATION,
    WRITE,
    WRITE_BACK,
    arrival_ps,
    head,
    peek,
    pop,
    send,
    take,
)


@inlined
def answer(level: Level, port: int, asked: Any, cycle: int, value: int) -> None:
    """Reply to a request at edge `cycle`, unless it was posted."""
    if asked.tag != POSTED:
        cache = level.cache
        when_ps = edge(cache.p, cache.q, cycle)
        outbox = level.ports[port].outbox
        send(level.wires, outbox, when_ps, REPLY, asked.address, asked.size_bytes, asked.tag, value)


@inlined
def remove(level: Level, inbox: int, place: int) -> None:
    """Take a message out of a port."""
    if place:
        take(level.wires, inbox, place)
    else:
        pop(level.wires, inbox)


@inlined
def companion(level: Level, inbox: int, kind: int, address: int, place: int, waiting: int) -> int:
    """Return which of the `waiting` messages, from `place` on, asks for the same, or NOWHERE."""
    shift = 0 if kind == WRITE else level.cache.line_shift
    while place < waiting:
        other = peek(level.wires, inbox, place)
        if other.address >> shift == address >> shift and QUEUE_OF[other.kind] == QUEUE_OF[kind]:
            return place
        place += 1
    return NOWHERE


@inlined
def answer_companions(
    level: Level, port: int, kind: int, address: int, waiting: int, cycle: int, value: int
) -> int:
    """Answer those who wait for a line that was found for another; return how many they are."""
    inbox = level.ports[port].inbox
    place, taken = 0, 0
    while True:
        place = companion(level, inbox, kind, address, place, waiting - taken)
        if place == NOWHERE:
            return taken
        answer(level, port, peek(level.wires, inbox, place), cycle, value)
        remove(level, inbox, place)
        level.cache.joined += 1
        taken += 1


@outlined
def keep(level: Level, port: int, place: int, waiting: int, cycle: int) -> int:
    """Put a message and its companions among the look-ups under way; return how many they are."""
    cache = level.cache
    inbox = level.ports[port].inbox
    message = peek(level.wires, inbox, place)
    kind, address = message.kind, message.address
    if must_wait(cache, kind):
        return 0
    number = note(level, port, message)
    remove(level, inbox, place)
    taken = 1
    if waiting > 1:
        taken += join(level, port, number, waiting - 1)
    level.checks[number].line = address >> cache.line_shift
    if rarely(cache.translates) and kind != TRANSLATION:
        translate(level, number, cycle)
    if is_early(cache, kind):
        answer_all(level, number, cycle + 1, 0)
    append(level, number, cycle)
    return taken


@inlined
def join(level: Level, port: int, number: int, waiting: int) -> int:
    """Let those who wait on a port for the same join a look-up; return how many they are."""
    cache, entry = level.cache, level.checks[number]
    inbox = level.ports[port].inbox
    place, taken = 0, 0
    while cache.companions < MOST_COMPANIONS and taken + 1 < cache.targets:
        place = companion(level, inbox, entry.kind, entry.address, place, waiting - taken)
        if place == NOWHERE:
            break
        other = note(level, port, peek(level.wires, inbox, place))
        remove(level, inbox, place)
        level.checks[other].next = entry.joined
        entry.joined = other
        cache.companions += 1
        cache.joined += 1
        taken += 1
    entry.companions = taken
    return taken


@inlined
def is_early(cache: Any, kind: int) -> bool:
    """Return whether a request is answered when its look-up begins, not when it ends."""
    return kind == WRITE_BACK or (kind == WRITE and cache.stores_answer_early != 0)


@inlined
def must_wait(cache: Any, kind: int) -> bool:
    """Return whether a message of a kind must wait for translations under way."""
    if rarely(cache.translates):
        return cache.stashed >= cache.mshrs and kind != TRANSLATION
    return False


@inlined
def next_arrival(level: Level, inbox: int, now_ps: int) -> int:
    """Return when the first message arrives that is still on its way, FOREVER if none is."""
    for place in range(level.wires.links[inbox].count):
        when_ps = peek(level.wires, inbox, place).when_ps
        if when_ps > now_ps:
            return when_ps
    return FOREVER


@inlined
def note(level: Level, port: int, message: Any) -> int:
    """Give a message a place among the look-ups."""
    cache = level.cache
    number = cache.free_check
    entry = level.checks[number]
    cache.free_check = entry.next
    kind, address, size_bytes = message.kind, message.address, message.size_bytes
    tag, value = message.tag, message.value
    entry.kind, entry.address, entry.size_bytes = kind, address, size_bytes
    entry.tag, entry.ip = tag, value
    entry.port = port
    entry.joined = NOWHERE
    entry.companions = entry.status = 0
    return number


@outlined
def translate(level: Level, number: int, cycle: int) -> None:
    """Ask the translator for the frame of a look-up's page; its line is not known before."""
    cache, entry = level.cache, level.checks[number]
    entry.line = NOWHERE
    outbox = level.ports[cache.uppers + 1].outbox
    when_ps = edge(cache.p, cache.q, cycle + 1)
    send(level.wires, outbox, when_ps, READ, entry.address, entry.size_bytes, number, entry.ip)


@inlined
def append(level: Level, number: int, cycle: int) -> None:
    """Put a look-up behind those under way."""
    cache, entry = level.cache, level.checks[number]
    entry.cycle = cycle + cache.hit_cycles - 1
    entry.next = entry.tried = NOWHERE
    if cache.checks_held:
        level.checks[cache.last_check].next = number
    else:
        cache.first_check = number
    cache.last_check = number
    cache.checks_held += 1


@inlined
def unlink(level: Level, number: int, before: int) -> None:
    """Take a look-up out of those under way; `before` it stands another, or NOWHERE."""
    cache = level.cache
    following = level.checks[number].next
    if before == NOWHERE:
        cache.first_check = following
    else:
        level.checks[before].next = following
    if cache.last_check == number:
        cache.last_check = before
    cache.checks_held -= 1


@outlined
def stash(level: Level, cycle: int) -> int:
    """Put look-ups whose translation is late aside; return when the next is due, or -1."""
    cache = level.cache
    before, number = NOWHERE, cache.first_check
    while cache.checks_held and number != NOWHERE:
        entry = level.checks[number]
        if entry.cycle > cycle:
            return entry.cycle
        following = entry.next
        if entry.line == NOWHERE:
            unlink(level, number, before)
            entry.next = NOWHERE
            entry.status |= LATE
            if cache.stashed:
                level.checks[cache.last_stashed].next = number
            else:
                cache.first_stashed = number
            cache.last_stashed = number
            cache.stashed += 1
        else:
            before = number
        number = following
    return NOWHERE


@outlined
def unstash(level: Level, free: int, cycle: int) -> int:
    """Begin look-ups again whose translation has come; return how many more may begin."""
    cache = level.cache
    before, number = NOWHERE, cache.first_stashed
    while cache.stashed and number != NOWHERE and free > 0:
        entry = level.checks[number]
        following = entry.next
        if entry.line == NOWHERE:
            before = number
        else:
            if before == NOWHERE:
                cache.first_stashed = following
            else:
                level.checks[before].next = following
            if cache.last_stashed == number:
                cache.last_stashed = before
            cache.stashed -= 1
            cache.restarts -= 1
            entry.status ^= LATE
            append(level, number, cycle)
            free -= 1
        number = following
    return free


@inlined
def answer_all(level: Level, number: int, cycle: int, value: int) -> None:
    """Answer a look-up and those who joined it, once."""
    entry = level.checks[number]
    answer(level, entry.port, entry, cycle, value)
    entry.tag = POSTED
    other = entry.joined
    while other != NOWHERE:
        entry = level.checks[other]
        answer(level, entry.port, entry, cycle, value)
        entry.tag = POSTED
        other = entry.next


@inlined
def release(level: Level, number: int) -> None:
    """Give back the places of a look-up and of those who joined it."""
    cache, entry = level.cache, level.checks[number]
    other = entry.joined
    while other != NOWHERE:
        following = level.checks[other].next
        level.checks[other].next = cache.free_check
        cache.free_check = other
        cache.companions -= 1
        other = following
    entry.next = cache.free_check
    cache.free_check = number


@inlined
def waits(level: Level, port: int, now_ps: int) -> bool:
    """Return whether a message waits on a port."""
    return arrival_ps(level.wires, level.ports[port].inbox) <= now_ps


@inlined
def waiting_now(level: Level, inbox: int, now_ps: int) -> tuple[int, bool]:
    """Return how many messages wait on a port, at least one, and whether of several kinds."""
    kind = head(level.wires, inbox).kind
    number, is_mixed = 1, False
    while number < level.wires.links[inbox].count:
        message = peek(level.wires, inbox, number)
        if message.when_ps > now_ps:
            break
        is_mixed |= message.kind != kind
        number += 1
    return number, is_mixed


@outlined
def ranked(level: Level, inbox: int, queue: int, waiting: int) -> int:
    """Return the first of the `waiting` messages in `queue`, else in the next that has any."""
    best, rank = NOWHERE, QUEUES
    for place in range(waiting):
        if rank == queue:
            break
        own = QUEUE_OF[peek(level.wires, inbox, place).kind]
        if queue <= own < rank:
            best = place
            rank = own
    return best
