"""Where the time of a request went: entry, queue, bank, refresh, data. Their sum is the latency.

entry    from its arrival until a queue takes it
queue    waiting for other requests, and the front-end
bank     from the first command given for it (PRE or ACT) to its column command; 0 for a row hit
refresh  clocks of the above two in which a refresh kept the channel
data     read latency, burst and back-end
"""

from typing import Any

from components.lpddr3.records import HIT, MISS, NONE, Memory
from cosim.clock import edge
from cosim.compiled import inlined


@inlined
def blocked(memory: Memory, cycle: int) -> int:
    """Return for how many cycles a refresh has kept the channel from requests so far."""
    state = memory.channel[0]
    if state.refresh_waits:
        return state.blocked_cycles + cycle - state.blocked_since  # type: ignore[no-any-return]
    return state.blocked_cycles - max(0, state.blocked_since - cycle)  # type: ignore[no-any-return]


@inlined
def count_request(memory: Memory, is_write: int, queued: bool, arrived_ps: int, cycle: int) -> None:
    """Count a request; `queued` tells that a queued write of its line has answered it already."""
    state, table = memory.channel[0], memory.timing[0]
    if is_write:
        state.writes += 1
        state.coalesced += queued
        return
    state.reads += 1
    if queued:
        state.forwarded += 1
        state.queue_cycles += state.frontend_cycles
        state.entry_ps += edge(table.p, table.q, cycle) - arrived_ps
        when_ps = edge(table.p, table.q, cycle + state.frontend_cycles)
        state.read_latency_ps += when_ps - arrived_ps


@inlined
def mark_opened(memory: Memory, slot: int, cycle: int) -> None:
    """Note when the bank began to work for a request."""
    request = memory.requests[slot]
    if request.opened_cycle == NONE:
        request.opened_cycle = cycle
        request.blocked_at_open = blocked(memory, cycle)


@inlined
def count_latency(memory: Memory, request: Any, cycle: int, done_cycle: int) -> None:
    """Add the parts of the latency of a read whose last column command is at `cycle`."""
    state, table = memory.channel[0], memory.timing[0]
    bank_cycles = 0
    if request.opened_cycle != NONE:
        stalled = blocked(memory, cycle) - request.blocked_at_open
        bank_cycles = cycle - request.opened_cycle - stalled
    refresh_cycles = blocked(memory, cycle) - request.blocked_before
    state.read_latency_ps += edge(table.p, table.q, done_cycle) - request.arrived_ps
    state.entry_ps += edge(table.p, table.q, request.accepted_cycle) - request.arrived_ps
    state.queue_cycles += cycle - request.accepted_cycle - bank_cycles - refresh_cycles
    state.bank_cycles += bank_cycles
    state.refresh_cycles += refresh_cycles
    state.data_cycles += done_cycle - cycle


@inlined
def count_outcome(record: Any, outcome: int) -> None:
    """Count a row hit, miss or conflict in a channel or bank record."""
    if outcome == HIT:
        record.row_hits += 1
    elif outcome == MISS:
        record.row_misses += 1
    else:
        record.row_conflicts += 1
