"""Lists of waiting requests, oldest first, over one table of slots."""

import numpy as np

from components.lpddr3.records import FREE, LIST, NONE, REQUEST, Memory
from cosim.compiled import Records, inlined


def new_requests(reads: int, writes: int, banks: int) -> tuple[Records, Records]:
    """Make empty lists for `reads` and `writes` waiting requests and one per bank being opened.

    Returns the lists, (4,) of LIST in the order READS, WRITES, OPENING, FREE, and their slots.
    """
    slots = reads + writes + banks
    lists = np.zeros(4, LIST)
    lists["first"] = lists["last"] = NONE
    lists["capacity"] = (reads, writes, banks, slots)
    lists[FREE] = (0, slots - 1, slots, slots)
    requests = np.zeros(slots, REQUEST)
    requests["next"] = [*range(1, slots), NONE]
    return lists, requests


@inlined
def append(memory: Memory, which: int, slot: int) -> None:
    """Put a slot that is in no list behind the youngest of a list."""
    line = memory.lists[which]
    memory.requests[slot].next = NONE
    if line.last == NONE:
        line.first = slot
    else:
        memory.requests[line.last].next = slot
    line.last = slot
    line.count += 1


@inlined
def unlink(memory: Memory, which: int, slot: int, before: int) -> None:
    """Take a slot out of a list; `before` is the next older one, NONE if it is the oldest."""
    line = memory.lists[which]
    after = memory.requests[slot].next
    if before == NONE:
        line.first = after
    else:
        memory.requests[before].next = after
    if after == NONE:
        line.last = before
    line.count -= 1


@inlined
def find(memory: Memory, which: int, line: int) -> int:
    """Return the slot of a list that holds the line at address `line`, NONE if there is none."""
    slot: int = memory.lists[which].first
    while slot != NONE:
        if memory.requests[slot].line == line:
            return slot
        slot = memory.requests[slot].next
    return NONE
