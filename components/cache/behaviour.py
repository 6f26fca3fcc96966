"""One level of cache as a state machine; every level, and every TLB, runs these rules.

Models:     set-associative, non-inclusive, inclusive (inclusion.py) or exclusive, write-back or
            write-through. A look-up that begins at edge n ends hit_cycles later with its reply, or
            with a miss that goes below; they end in order, and one which finds no MSHR, target or
            write-back free is tried again every cycle, in the place of one behind it. Per cycle
            at most `tags_per_cycle` begin and end: of each port its share, in turn, writes before
            reads before prefetches, own prefetches last; and `fills_per_cycle` lines are filled,
            before them. Requests for one line that wait on one port at the same time are one
            look-up. With a translator, addresses are translated during the look-up; one that is
            late begins again.
Leaves out: coherence. A look-up that hits at once, with none under way, reads its tag when it
            begins, not when it ends.
Source:     rules after ChampSim's cache (src/cache.cc, 2025-05); write-backs are acknowledged,
            so that what is under way below never exceeds its bound.
Checked by: tests/components/test_cache.py, tests/components/test_cache_limits.py, tests/modes/
"""

from typing import Any

from components.cache.fills import fill, next_placed
from components.cache.inclusion import take_answers
from components.cache.lookups import (
    answer,
    answer_companions,
    is_early,
    keep,
    must_wait,
    next_arrival,
    ranked,
    release,
    remove,
    stash,
    unlink,
    unstash,
    waiting_now,
    waits,
)
from components.cache.misses import find, look_up, use, value_of
from components.cache.plug_ins import NONE as NO_PREFETCHER
from components.cache.prefetch import ask_ahead, ask_first, begin_own
from components.cache.records import LATE, NOWHERE, QUEUE_OF, STALLED, Level, level_at
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import compiled, inlined, outlined, rarely
from cosim.messages import FOREVER, arrival_ps, head, peek, pop


@compiled
def step(address: int, now_ps: int) -> int:
    """Do what is due at `now_ps`; return when the cache wants to run again, or a message comes.

    `address` is that of a bundle of Level, whose arrays `components.cache.tables` makes. Ports:
    those above, the one below, the translator's.
    """
    level = level_at(address)
    cache = level.cache
    cycle = cycle_at_or_after(cache.p, cache.q, now_ps)
    edge_ps = edge(cache.p, cache.q, cycle)
    if rarely(edge_ps > now_ps):
        return edge_ps
    is_idle = cache.checks_held == 0 and cache.placed_held == 0
    is_idle = is_idle and cache.answers_at_once and not waits(level, cache.uppers, now_ps)
    if is_idle and serve(level, cycle, now_ps):
        return next_message(level, now_ps)
    if rarely(cache.translates):
        take_translations(level, now_ps)
    if rarely(cache.inner):
        take_answers(level, cycle, now_ps)
    next_cycle = NOWHERE
    if cache.placed_held or waits(level, cache.uppers, now_ps):
        next_cycle = fill(level, cycle, now_ps)
    begin(level, cycle, now_ps)
    if cache.checks_held:
        next_cycle = sooner(next_cycle, end_due(level, cycle))
    next_cycle = sooner(next_cycle, next_placed(level, cycle))
    if rarely(cache.wanted):
        ask_ahead(level, cycle)
    return next_due(level, next_cycle, cycle, now_ps)


@inlined
def serve(level: Level, cycle: int, now_ps: int) -> bool:
    """Answer what waits if all of it is here; return False if there is more to do."""
    cache = level.cache
    free = room(level, cycle)
    if cache.uppers > 1 and free > 1:
        return False  # each port has its share
    port = first_port(cache, cycle)
    for _ in range(cache.uppers):
        if waits(level, port, now_ps):
            inbox = level.ports[port].inbox
            waiting, is_mixed = waiting_now(level, inbox, now_ps)
            while waiting:
                place = ranked(level, inbox, 0, waiting) if is_mixed else 0
                taken = begin_hit(level, port, place, waiting, cycle) if free > 0 else 0
                if taken == 0:
                    return False
                waiting -= taken
                free -= 1
                count_begun(cache, cycle, 1)
        port = next_port(cache, port)
    return True


@inlined
def sooner(one: int, other: int) -> int:
    """Return the earlier of two cycles, of which NOWHERE is none."""
    if one == NOWHERE:
        return other
    return one if other == NOWHERE else min(one, other)


@inlined
def next_due(level: Level, next_cycle: int, cycle: int, now_ps: int) -> int:
    """Return when to run again: in `next_cycle`, as soon as there is room, or a message comes."""
    cache = level.cache
    next_ps = FOREVER
    if next_cycle != cycle + 1:  # else whatever comes before waits until then
        next_ps = next_message(level, now_ps)
        if begins_next(level, now_ps):
            next_cycle = cycle + 1
    if next_cycle != NOWHERE:
        edge_ps = edge(cache.p, cache.q, next_cycle)
        if edge_ps < next_ps:  # noqa: PLR1730 - numba makes a call of min here
            next_ps = edge_ps
    return next_ps


@inlined
def next_message(level: Level, now_ps: int) -> int:
    """Return when the next message comes that matters here."""
    cache = level.cache
    next_ps = FOREVER
    for port in range(level.ports.shape[0]):
        inbox = level.ports[port].inbox
        when_ps = arrival_ps(level.wires, inbox)
        if when_ps <= now_ps:
            if port < cache.uppers and not cache.inner:
                continue  # who waits there goes first
            when_ps = next_arrival(level, inbox, now_ps)
        next_ps = min(next_ps, when_ps)
    return next_ps


@inlined
def begins_next(level: Level, now_ps: int) -> bool:
    """Return whether a look-up, or a prefetch of our own, may begin in the next cycle."""
    cache = level.cache
    if cache.wanted and (not cache.insists or cache.aheads_held < cache.prefetch_queue):
        return True
    if cache.checks_held >= cache.most_checks:
        return False
    if cache.aheads_held or cache.restarts:
        return True
    for port in range(cache.uppers):
        inbox = level.ports[port].inbox
        is_here = arrival_ps(level.wires, inbox) <= now_ps
        if is_here and not must_wait(cache, head(level.wires, inbox).kind):
            return True
    return False


@outlined
def take_translations(level: Level, now_ps: int) -> None:
    """Complete the addresses whose frames have come."""
    cache = level.cache
    inbox = level.ports[cache.uppers + 1].inbox
    while arrival_ps(level.wires, inbox) <= now_ps:
        reply = head(level.wires, inbox)
        entry = level.checks[reply.tag]
        offset = entry.address & ((1 << cache.page_shift) - 1)
        entry.line = (reply.value << cache.page_shift | offset) >> cache.line_shift
        cache.restarts += int(entry.status & LATE != 0)
        pop(level.wires, inbox)


@inlined
def room(level: Level, cycle: int) -> int:
    """Return how many look-ups may begin: of this cycle, and of all under way.

    A look-up of one cycle, of which the request's way is a part, is under way in the next one too.
    """
    cache = level.cache
    free = cache.tags_per_cycle
    if cache.cycle == cycle:
        free -= cache.tags_used
    if rarely(cache.lingers):
        if cache.cycle == cycle:
            free = min(free, cache.tags_per_cycle - cache.tags_before)
        elif cache.cycle == cycle - 1:
            free = min(free, cache.tags_per_cycle - cache.tags_used)
    if cache.checks_held:
        left = cache.checks_used if cache.check_cycle == cycle else 0
        free = min(free, cache.most_checks - cache.checks_held - left)
    return free


@inlined
def begin(level: Level, cycle: int, now_ps: int) -> None:
    """Begin look-ups: those whose translation was late, of each port, then our own."""
    cache = level.cache
    free = before = room(level, cycle)
    if rarely(cache.restarts):
        free = unstash(level, free, cycle)
    share = free if cache.uppers == 1 else max(1, free // cache.uppers)
    port = first_port(cache, cycle)
    for _ in range(cache.uppers):
        if free > 0 and waits(level, port, now_ps):
            free = begin_port(level, port, free, share, cycle, now_ps)
        port = next_port(cache, port)
    if rarely(cache.aheads_held):
        free = begin_own(level, free, cycle)
    if free < before:
        count_begun(cache, cycle, before - free)


@inlined
def count_begun(cache: Any, cycle: int, number: int) -> None:
    """Count look-ups that began in this cycle; remember those of the one before."""
    if cache.cycle != cycle:
        cache.tags_before = cache.tags_used if cache.cycle == cycle - 1 else 0
        cache.cycle = cycle
        cache.tags_used = 0
    cache.tags_used += number


@inlined
def first_port(cache: Any, cycle: int) -> int:
    """Return whose turn is first: every cycle another port's."""
    return cycle % cache.uppers if cache.uppers > 1 else 0


@inlined
def next_port(cache: Any, port: int) -> int:
    """Return whose turn is next."""
    return port + 1 if port + 1 < cache.uppers else 0


@inlined
def begin_port(level: Level, port: int, free: int, share: int, cycle: int, now_ps: int) -> int:
    """Begin look-ups of a port, its share of each queue; return how many more may begin."""
    inbox = level.ports[port].inbox
    waiting, is_mixed = waiting_now(level, inbox, now_ps)
    queue, left, place = 0, share, 0
    while free > 0 and waiting:
        if rarely(is_mixed):
            place = ranked(level, inbox, queue, waiting)
            if place == NOWHERE:
                break
            own = QUEUE_OF[peek(level.wires, inbox, place).kind]
            if own > queue:
                queue, left = own, share
        taken = begin_one(level, port, place, waiting, cycle)
        if taken == 0:
            break
        waiting -= taken
        free -= 1
        left -= 1
        if left == 0:
            if not is_mixed:
                break
            queue += 1
            left = share
    return free


@inlined
def begin_one(level: Level, port: int, place: int, waiting: int, cycle: int) -> int:
    """Begin the look-up of one message of those `waiting`; return how many it took, 0 if none."""
    cache = level.cache
    if cache.answers_at_once and cache.checks_held == 0:
        taken = begin_hit(level, port, place, waiting, cycle)
        if taken:
            return taken
    return keep(level, port, place, waiting, cycle)


@inlined
def begin_hit(level: Level, port: int, place: int, waiting: int, cycle: int) -> int:
    """Answer a message, and those like it, if its line is here; return how many they are."""
    cache = level.cache
    inbox = level.ports[port].inbox
    message = peek(level.wires, inbox, place)
    kind, address = message.kind, message.address
    where = find(level, address >> cache.line_shift)
    if where == NOWHERE:
        return 0
    use(level, where, kind, message.value)
    value = value_of(level, where)
    later = cycle + (1 if is_early(cache, kind) else cache.hit_cycles)
    answer(level, port, message, later, value)
    remove(level, inbox, place)
    if waiting == 1:
        return 1
    return 1 + answer_companions(level, port, kind, address, waiting - 1, later, value)


@inlined
def end_due(level: Level, cycle: int) -> int:
    """End the look-ups that are due, unless that is in vain; return when the next can end."""
    cache = level.cache
    if cache.stuck == cache.changes:
        return NOWHERE
    first_cycle = level.checks[cache.first_check].cycle
    return first_cycle if first_cycle > cycle else end(level, cycle)


@outlined
def end(level: Level, cycle: int) -> int:
    """End the look-ups that are due; return when the next can end, or NOWHERE.

    As many as may end are tried, the first ones; those that find no room stay in front, and are
    not tried again in this cycle.
    """
    cache = level.cache
    next_cycle = NOWHERE
    if rarely(cache.translates):
        next_cycle = stash(level, cycle)
    ended = cache.checks_used if cache.check_cycle == cycle else 0
    tried = cache.checks_tried if cache.tried_cycle == cycle else ended
    blocked, again = tried - ended, False
    before, number = NOWHERE, cache.first_check
    while number != NOWHERE:
        entry = level.checks[number]
        if entry.cycle > cycle:
            next_cycle = sooner(next_cycle, entry.cycle)
            break
        following = entry.next
        if blocked == 0:
            if tried == cache.tags_per_cycle:
                again |= ended > 0
                break
            tried += 1
        if blocked == 0 and end_one(level, number, before, cycle):
            ended += 1
        else:
            blocked = max(0, blocked - 1)
            again |= cache.prefetcher != NO_PREFETCHER
            before = number
        number = following
    count_ended(cache, cycle, ended, tried, again)
    return sooner(next_cycle, cycle + 1) if again else next_cycle


@inlined
def count_ended(cache: Any, cycle: int, ended: int, tried: int, again: bool) -> None:
    """Note how many look-ups have ended in this cycle, and how many were tried."""
    if ended:
        cache.checks_used, cache.check_cycle = ended, cycle
    elif tried == cache.tags_per_cycle and not (again or cache.translates):
        cache.stuck = cache.changes
    if again and tried:
        cache.tried_cycle, cache.checks_tried = cycle, tried


@inlined
def end_one(level: Level, number: int, before: int, cycle: int) -> bool:
    """End a look-up that stands behind `before`; return False if it finds no room."""
    cache, entry = level.cache, level.checks[number]
    if entry.tried == cache.changes:
        return False
    is_done = look_up(level, number, cycle)
    ask_first(level, cycle)
    if is_done:
        unlink(level, number, before)
        release(level, number)
        return True
    if not entry.status & STALLED:
        entry.status |= STALLED
        cache.stalls += 1
    if cache.prefetcher == NO_PREFETCHER:  # which must see every try
        entry.tried = cache.changes
    return False
