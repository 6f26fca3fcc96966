"""Page-table walks as a state machine: from a virtual address to the frame of its page.

Models:     five reads per walk, each of one table entry through the first-level data cache, less
            those that a paging-structure cache saves: it leads to the table that was used last in
            a region, and the walk goes on from the level of that; frames and tables are made at
            their first touch, each at the cost of a minor fault; walks that read the same line
            have it together.
Leaves out: page faults that end on a disc, access and dirty bits, more than one address space.
Source:     ChampSim 2025-05, src/ptw.cc and src/vmem.cc: the walk has five steps for any number of
            levels; behind the first one, an entry is at the index that led to its table, and the
            last one is in a table that belongs to the page alone.
Checked by: tests/components/test_walker.py
"""

from typing import Any

from components.mmu.page_tables import find_upper, frame_of, keep_upper, shift_of, table_of
from components.mmu.records import (
    ENDING,
    ENTRY_BYTES,
    IDLE,
    INDEX_BITS,
    LEVELS,
    LINE_SHIFT,
    NOWHERE,
    READING,
    STEPPING,
    WALKS,
    Tables,
    tables_at,
)
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import compiled, inlined, outlined
from cosim.messages import FOREVER, REPLY, TRANSLATION, arrival_ps, head, pop, send

ABOVE, BELOW = 0, 1
"""Ports: the look-aside buffer that asks, the cache that is read."""


@compiled
def step(address: int, now_ps: int) -> int:
    """Do what is due at `now_ps`; return when the walker wants to run again, or a message comes.

    `address` is that of a bundle of Tables.
    """
    tables = tables_at(address)
    walker, ports, wires = tables.walker, tables.ports, tables.wires
    cycle = cycle_at_or_after(walker.p, walker.q, now_ps)
    edge_ps = edge(walker.p, walker.q, cycle)
    if edge_ps > now_ps:
        return edge_ps
    while arrival_ps(wires, ports[BELOW].inbox) <= now_ps:
        take_line(tables, head(wires, ports[BELOW].inbox).address >> LINE_SHIFT, cycle)
        pop(wires, ports[BELOW].inbox)
    go_on(tables, cycle)
    while arrival_ps(wires, ports[ABOVE].inbox) <= now_ps and may_read(walker, cycle):
        start(tables, cycle)
        pop(wires, ports[ABOVE].inbox)
    return when_next(tables, cycle, now_ps)


@inlined
def may_read(walker: Any, cycle: int) -> bool:
    """Take one of this cycle's walks to begin; return False if there is none left."""
    if walker.read_cycle != cycle:
        walker.read_cycle = cycle
        walker.reads_used = 0
    if walker.reads_used == walker.reads_per_cycle or walker.walks_held == WALKS:
        return False
    walker.reads_used += 1
    return True


@outlined
def start(tables: Tables, cycle: int) -> None:
    """Begin the walk for the first request, at the lowest table that is known."""
    walker = tables.walker
    request = head(tables.wires, tables.ports[ABOVE].inbox)
    number = 0
    while tables.walks[number].phase != IDLE:
        number += 1
    walk = tables.walks[number]
    walk.address = request.address
    walk.port = ABOVE
    walk.size_bytes = request.size_bytes
    walk.tag = request.tag
    walk.since = cycle
    walk.step = LEVELS
    if walker.root == 0:
        walker.root, _ = table_of(tables, walker.root_level, 0)
    walk.table = walker.root
    for level in range(LEVELS, 0, -1):
        place = find_upper(tables, level, walk.address)
        if place != NOWHERE:
            walker.stamp += 1
            tables.uppers[place].used = walker.stamp
            walk.step = level
            walk.table = tables.uppers[place].table
    walker.walks += 1
    walker.walks_held += 1
    read(tables, number, walk.step, cycle)


@inlined
def read(tables: Tables, number: int, level: int, cycle: int) -> None:
    """Ask for the entry that a walk needs next, at the index of a level."""
    walker, walk = tables.walker, tables.walks[number]
    enter(walker, walk, READING)
    walker.reads += 1
    index = (walk.address >> shift_of(walker, level)) & ((1 << INDEX_BITS) - 1)
    walk.entry = walk.table + index * ENTRY_BYTES
    when_ps = edge(walker.p, walker.q, cycle + 1)
    outbox = tables.ports[BELOW].outbox
    send(tables.wires, outbox, when_ps, TRANSLATION, walk.entry, ENTRY_BYTES, walk.turn, 0)


@inlined
def enter(walker: Any, walk: Any, phase: int) -> None:
    """Let a walk come into a phase, behind those that are in it."""
    walk.phase = phase
    walk.turn = walker.turns
    walker.turns += 1


@outlined
def first_in(tables: Tables, phase: int, line: int) -> int:
    """Return the walk that has been in a phase longest, NOWHERE if none is.

    Of those that read, only walks that read an entry of `line`.
    """
    first = NOWHERE
    for number in range(tables.walks.shape[0] if tables.walker.walks_held else 0):
        walk = tables.walks[number]
        if walk.phase != phase or (phase == READING and walk.entry >> LINE_SHIFT != line):
            continue
        if first == NOWHERE or walk.turn < tables.walks[first].turn:
            first = number
    return first


@inlined
def take_line(tables: Tables, line: int, cycle: int) -> None:
    """Let all walks that read an entry of a line use it, in the order in which they asked."""
    number = first_in(tables, READING, line)
    while number != NOWHERE:
        take_entry(tables, tables.walks[number], cycle)
        number = first_in(tables, READING, line)


@outlined
def take_entry(tables: Tables, walk: Any, cycle: int) -> None:
    """Use the entry that has come: it leads to a table, or is the translation."""
    walker = tables.walker
    if walk.step:
        walk.table, is_new = table_of(tables, walk.step, walk.address)
        enter(walker, walk, STEPPING)
    else:
        walk.table, is_new = frame_of(tables, walk.address)
        enter(walker, walk, ENDING)
    walker.faults += is_new
    walk.ready = cycle + is_new * walker.fault_cycles


@inlined
def go_on(tables: Tables, cycle: int) -> None:
    """Answer walks that are done and let others read their next entry, as many as a cycle may.

    One that is not ready holds up those behind it.
    """
    walker = tables.walker
    for phase in (ENDING, STEPPING):
        while True:
            number = first_in(tables, phase, 0)
            if number == NOWHERE or tables.walks[number].ready > cycle:
                break
            if walker.end_cycle != cycle:
                walker.end_cycle = cycle
                walker.ends_used = 0
            if walker.ends_used == walker.ends_per_cycle:
                return
            walker.ends_used += 1
            walk = tables.walks[number]
            if phase == ENDING:
                end(tables, walk, cycle)
            else:
                keep_upper(tables, walk.step, walk.address, walk.table)
                walk.step -= 1
                read(tables, number, walk.step + 1, cycle)


@inlined
def end(tables: Tables, walk: Any, cycle: int) -> None:
    """Answer a walk with the frame."""
    walker = tables.walker
    walk.phase = IDLE
    walker.walks_held -= 1
    walker.walk_cycles += cycle - walk.since
    when_ps = edge(walker.p, walker.q, cycle + 1)
    outbox = tables.ports[ABOVE].outbox
    send(
        tables.wires, outbox, when_ps, REPLY, walk.address, walk.size_bytes, walk.tag, walk.table
    )  # fmt: skip


@inlined
def when_next(tables: Tables, cycle: int, now_ps: int) -> int:
    """Return when something is due: a message, a walk that is ready, one that must wait a cycle."""
    walker = tables.walker
    next_ps = FOREVER
    waits = False
    for port in range(tables.ports.shape[0]):
        when_ps = arrival_ps(tables.wires, tables.ports[port].inbox)
        if when_ps > now_ps:
            next_ps = min(next_ps, when_ps)
        else:
            waits = True
    next_cycle = cycle + 1
    if not waits:
        next_cycle = FOREVER
        for phase in (ENDING, STEPPING):
            number = first_in(tables, phase, 0)
            if number != NOWHERE:
                next_cycle = min(next_cycle, max(cycle + 1, tables.walks[number].ready))
    if next_cycle < FOREVER:
        next_ps = min(next_ps, edge(walker.p, walker.q, next_cycle))
    return next_ps
