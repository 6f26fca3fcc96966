"""Queues of waiting requests, one for each bank and direction, over one table of slots.

A queue knows its oldest request for the open row and its oldest for another one: of the requests
of a bank only these two can be first. They change when a request comes or goes or a row opens or
closes, which is far rarer than a choice.
"""

from typing import Any

import numpy as np

from components.lpddr3.device import first_bank, rank_of
from components.lpddr3.records import NEVER, NONE, QUEUE, READS, REQUEST, WRITES, Memory
from cosim.compiled import Records, inlined


def new_requests(channels: int, waiting: int, banks: int) -> tuple[Records, Records]:
    """Make empty queues, and slots for `waiting` requests and one per bank being opened.

    Returns the queues, (channels x 2 x banks,), and the slots, (channels x slots,), of which slot
    0 of each channel is the first free one.
    """
    queues = np.zeros(channels * 2 * banks, QUEUE)
    for field in ("first", "last", "hit", "other"):
        queues[field] = NONE
    for field in ("hit_order", "hit_ready", "other_order", "other_ready"):
        queues[field] = NEVER
    slots = waiting + banks
    requests = np.zeros(channels * slots, REQUEST)
    requests["next"] = [*range(1, slots), NONE] * channels
    return queues, requests


@inlined
def queue_of(memory: Memory, direction: int, number: int) -> Any:
    """Return the queue of a bank for READS or WRITES."""
    return memory.queues[direction * memory.banks.shape[0] + number]


@inlined
def busy_banks(rank: Any, direction: int) -> int:
    """Return how many banks of a rank have requests of a direction."""
    return rank.busy_writes if direction else rank.busy_reads


@inlined
def join_busy(memory: Memory, direction: int, number: int) -> None:
    """Add a bank to those that have requests of a direction."""
    rank = rank_of(memory, number)
    place = first_bank(memory, number) + busy_banks(rank, direction)
    queue_of(memory, direction, place).busy = number
    queue_of(memory, direction, number).place = place
    if direction:
        rank.busy_writes += 1
    else:
        rank.busy_reads += 1


@inlined
def leave_busy(memory: Memory, direction: int, number: int) -> None:
    """Take a bank out of those that have requests of a direction; the last one takes its place."""
    rank = rank_of(memory, number)
    last = first_bank(memory, number) + busy_banks(rank, direction) - 1
    place = queue_of(memory, direction, number).place
    moved = queue_of(memory, direction, last).busy
    queue_of(memory, direction, place).busy = moved
    queue_of(memory, direction, moved).place = place
    if direction:
        rank.busy_writes -= 1
    else:
        rank.busy_reads -= 1


@inlined
def take_slot(memory: Memory) -> int:
    """Take a free slot; there is one for every request that the queues have room for."""
    state = memory.channel[0]
    slot: int = state.free
    state.free = memory.requests[slot].next
    return slot


@inlined
def give_slot_back(memory: Memory, slot: int) -> None:
    """Free the slot of a request that is in no queue."""
    state = memory.channel[0]
    memory.requests[slot].next = state.free
    state.free = slot


@inlined
def append(memory: Memory, slot: int) -> None:
    """Put a request behind the youngest of its bank and direction."""
    state, request = memory.channel[0], memory.requests[slot]
    queue = queue_of(memory, request.is_write, request.bank)
    request.next = NONE
    request.previous = queue.last
    if queue.last == NONE:
        queue.first = slot
        join_busy(memory, request.is_write, request.bank)
    else:
        memory.requests[queue.last].next = slot
    queue.last = slot
    if request.row == memory.banks[request.bank].row:
        if queue.hit == NONE:
            queue.hit = slot
    elif queue.other == NONE:
        queue.other = slot
    if request.is_write:
        state.waiting_writes += 1
    else:
        state.waiting_reads += 1


@inlined
def remove(memory: Memory, slot: int) -> None:
    """Take a request out of its queue."""
    state, request = memory.channel[0], memory.requests[slot]
    queue = queue_of(memory, request.is_write, request.bank)
    before, after = request.previous, request.next
    if before == NONE:
        queue.first = after
    else:
        memory.requests[before].next = after
    if after == NONE:
        queue.last = before
    else:
        memory.requests[after].previous = before
    row = memory.banks[request.bank].row
    if queue.hit == slot:
        while after != NONE and memory.requests[after].row != row:
            after = memory.requests[after].next
        queue.hit = after
    elif queue.other == slot:
        while after != NONE and memory.requests[after].row == row:
            after = memory.requests[after].next
        queue.other = after
    if queue.first == NONE:
        leave_busy(memory, request.is_write, request.bank)
    if request.is_write:
        state.waiting_writes -= 1
    else:
        state.waiting_reads -= 1


@inlined
def note_opened(memory: Memory, number: int) -> None:
    """Find the oldest hits and others of a bank whose row has been opened."""
    row = memory.banks[number].row
    for direction in range(READS, WRITES + 1):
        queue = queue_of(memory, direction, number)
        hit = other = NONE
        slot = queue.first
        while slot != NONE and NONE in (hit, other):
            if memory.requests[slot].row != row:
                other = slot if other == NONE else other
            elif hit == NONE:
                hit = slot
            slot = memory.requests[slot].next
        queue.hit, queue.other = hit, other


@inlined
def note_closed(memory: Memory, number: int) -> None:
    """Let no request of a bank be a hit; the oldest of each direction needs a row."""
    for direction in range(READS, WRITES + 1):
        queue = queue_of(memory, direction, number)
        queue.hit, queue.other = NONE, queue.first


@inlined
def find_write(memory: Memory, number: int, line: int) -> int:
    """Return the slot of the queued write of a bank to the line at address `line`, or NONE."""
    slot: int = queue_of(memory, WRITES, number).first
    while slot != NONE:
        if memory.requests[slot].line == line:
            return slot
        slot = memory.requests[slot].next
    return NONE


@inlined
def commit(memory: Memory, number: int, slot: int) -> None:
    """Let a request that is in no queue be the next one its bank serves."""
    state, bank = memory.channel[0], memory.banks[number]
    bank.committed, bank.next_committed = slot, NONE
    if state.last_committed == NONE:
        state.first_committed = number
    else:
        memory.banks[state.last_committed].next_committed = number
    state.last_committed = number
    rank_of(memory, number).committed += 1
    state.committed += 1


@inlined
def release(memory: Memory, number: int) -> None:
    """Note that the committed request of a bank has been served."""
    state, bank = memory.channel[0], memory.banks[number]
    before, each = NONE, state.first_committed
    while each != number:
        before, each = each, memory.banks[each].next_committed
    if before == NONE:
        state.first_committed = bank.next_committed
    else:
        memory.banks[before].next_committed = bank.next_committed
    if state.last_committed == number:
        state.last_committed = before
    bank.committed = NONE
    rank_of(memory, number).committed -= 1
    state.committed -= 1
