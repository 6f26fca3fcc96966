"""What to issue next: committed requests, refresh, the queues of one direction, unwanted rows.

Models:     write drain between two marks; requests that paid for an ACT are served before their
            row may be closed, even if the direction changes meanwhile.
Source:     committed requests and marks as in Ramulator 2.1.
Checked by: tests/components/test_lpddr3_scheduler.py
"""

from components.lpddr3.device import column_ready, earliest, rank_of
from components.lpddr3.pages import choose_close
from components.lpddr3.policies import Choice, next_command, nothing, pick, sooner
from components.lpddr3.records import (
    COLUMN_FIRST,
    NONE,
    OPEN_PAGE,
    PLUGGED,
    READ_BURST,
    READS,
    WRITES,
    Memory,
)
from components.lpddr3.refresh import choose_refresh
from components.lpddr3.requests import queue_of
from cosim.compiled import inlined


@inlined
def choose_committed(memory: Memory, cycle: int) -> Choice:
    """Return the column command of the requests that paid for an ACT; the oldest ACT first."""
    best = nothing()
    number = memory.channel[0].first_committed
    while number != NONE:
        bank = memory.banks[number]
        is_write = memory.requests[bank.committed].is_write
        from_cycle = column_ready(memory, rank_of(memory, number), is_write)
        ready = max(cycle, bank.column_cycle, from_cycle)
        if ready < best.ready_cycle:
            best = Choice(READ_BURST + is_write, bank.committed, number, ready)
        number = bank.next_committed
    return best


@inlined
def served(memory: Memory) -> int:
    """Return the direction to serve, WRITES or READS.

    Writes are drained above a mark or when no read waits, until few are left and a read waits.
    """
    state = memory.channel[0]
    if state.waiting_reads == 0 or state.waiting_writes > state.drain_above:
        return WRITES
    if state.waiting_writes < state.drain_below:
        return READS
    return WRITES if state.write_mode else READS


@inlined
def choose(memory: Memory, cycle: int) -> Choice:
    """Return the command that goes first from `cycle` on."""
    state = memory.channel[0]
    best = choose_committed(memory, cycle)
    if best.ready_cycle <= cycle:
        return best
    if state.refresh_waits:
        refresh = choose_refresh(memory, cycle)
        if state.refresh_blocks or refresh.ready_cycle <= cycle:
            return sooner(best, refresh)
        best = sooner(best, refresh)
    direction = served(memory)
    state.write_mode = direction
    best = sooner(best, pick(memory, direction, cycle))
    if state.page_policy == OPEN_PAGE:
        return best
    return sooner(best, choose_close(memory, cycle))


@inlined
def disturbs(memory: Memory, slot: int) -> bool:
    """Return whether the youngest request may change what was chosen before it came."""
    state, request = memory.channel[0], memory.requests[slot]
    if state.refresh_waits and state.refresh_blocks:
        return False
    direction = served(memory)
    if state.policy == PLUGGED:
        return True
    if direction != state.write_mode or state.page_policy != OPEN_PAGE:
        return True
    if direction != request.is_write:
        return False
    queue = queue_of(memory, direction, request.bank)
    if slot not in (queue.hit, queue.other):
        return False
    command = next_command(memory.banks[request.bank], request)
    ready = max(request.eligible_cycle, earliest(memory, command, request.bank))
    if state.policy == COLUMN_FIRST:
        return ready <= state.due_cycle
    return ready < state.due_cycle
