"""Where the time of a request went: entry, queue, bank, refresh, data. Their sum is the latency.

entry    from its arrival until a queue takes it
queue    waiting for other requests, and the front-end
bank     from the first command given for it (PRE or ACT) to its column command; 0 for a row hit
refresh  clocks of the above two in which its bank was held for a refresh
data     read latency, burst and back-end
"""

from typing import Any

from components.lpddr3.records import HIT, MISS, NONE, Memory
from cosim.clock import edge
from cosim.compiled import inlined


@inlined
def refreshed(bank: Any, cycle: int) -> int:
    """Return for how many cycles a bank has been held for refreshes until `cycle`."""
    now = max(0, min(cycle, bank.refresh_until) - bank.refresh_from)
    return bank.refresh_spent + now


@inlined
def count_request(
    memory: Memory, port: int, is_write: int, queued: bool, arrived_ps: int, cycle: int
) -> None:
    """Count a request; `queued` tells that a queued write of its line has answered it already."""
    state, table, initiator = memory.channel[0], memory.timing[0], memory.initiators[port]
    if is_write:
        state.writes += 1
        initiator.writes += 1
        state.coalesced += queued
        return
    state.reads += 1
    initiator.reads += 1
    if queued:
        state.forwarded += 1
        state.queue_cycles += state.frontend_cycles
        state.entry_ps += edge(table.p, table.q, cycle) - arrived_ps
        when_ps = edge(table.p, table.q, cycle + state.frontend_cycles)
        initiator.read_latency_ps += when_ps - arrived_ps
        state.read_latency_ps += when_ps - arrived_ps


@inlined
def mark_opened(memory: Memory, slot: int, cycle: int) -> None:
    """Note when the bank began to work for a request."""
    request = memory.requests[slot]
    if request.opened_cycle == NONE:
        request.opened_cycle = cycle
        request.refreshed_at_open = refreshed(memory.banks[request.bank], cycle)


@inlined
def count_latency(memory: Memory, request: Any, cycle: int, done_cycle: int) -> None:
    """Add the parts of the latency of a read whose last column command is at `cycle`."""
    state, table = memory.channel[0], memory.timing[0]
    held = refreshed(memory.banks[request.bank], cycle)
    bank_cycles = 0
    if request.opened_cycle != NONE:
        bank_cycles = cycle - request.opened_cycle - (held - request.refreshed_at_open)
    refresh_cycles = held - request.refreshed_before
    latency_ps = edge(table.p, table.q, done_cycle) - request.arrived_ps
    memory.initiators[request.port].read_latency_ps += latency_ps
    state.read_latency_ps += latency_ps
    state.entry_ps += edge(table.p, table.q, request.accepted_cycle) - request.arrived_ps
    state.served += 1
    state.served_tag = request.tag
    state.served_bank_cycles, state.served_refresh_cycles = bank_cycles, refresh_cycles
    state.queue_cycles += cycle - request.accepted_cycle - bank_cycles - refresh_cycles
    state.bank_cycles += bank_cycles
    state.refresh_cycles += refresh_cycles
    state.data_cycles += done_cycle - cycle


@inlined
def count_outcome(record: Any, outcome: int) -> None:
    """Count a row hit, miss or conflict in a channel, bank or initiator record."""
    if outcome == HIT:
        record.row_hits += 1
    elif outcome == MISS:
        record.row_misses += 1
    else:
        record.row_conflicts += 1
