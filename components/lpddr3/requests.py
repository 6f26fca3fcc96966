"""Lists of waiting requests, oldest first, over one table of slots."""

import numpy as np

from components.lpddr3.records import FREE, LIST, NONE, REQUEST
from cosim.compiled import Records, compiled


def new_requests(reads: int, writes: int, banks: int) -> tuple[Records, Records]:
    """Make empty lists for `reads` and `writes` waiting requests and one per bank being opened.

    Returns the lists, (4,) of LIST in the order READS, WRITES, OPENING, FREE, and their slots.
    """
    slots = reads + writes + banks
    lists = np.zeros(4, LIST)
    lists["first"] = lists["last"] = NONE
    lists["capacity"] = (reads, writes, banks, slots)
    requests = np.zeros(slots, REQUEST)
    for slot in range(slots):
        append(lists, requests, FREE, slot)
    return lists, requests


@compiled
def append(lists: Records, requests: Records, which: int, slot: int) -> None:
    """Put a slot that is in no list behind the youngest of a list."""
    line = lists[which]
    requests[slot].next = NONE
    if line.last == NONE:
        line.first = slot
    else:
        requests[line.last].next = slot
    line.last = slot
    line.count += 1


@compiled
def unlink(lists: Records, requests: Records, which: int, slot: int, before: int) -> None:
    """Take a slot out of a list; `before` is the next older one, NONE if it is the oldest."""
    line = lists[which]
    after = requests[slot].next
    if before == NONE:
        line.first = after
    else:
        requests[before].next = after
    if after == NONE:
        line.last = before
    line.count -= 1


@compiled
def find(lists: Records, requests: Records, which: int, line: int) -> int:
    """Return the slot of a list that holds the line at address `line`, NONE if there is none."""
    slot = lists[which].first
    while slot != NONE:
        if requests[slot].line == line:
            return slot
        slot = requests[slot].next
    return NONE
