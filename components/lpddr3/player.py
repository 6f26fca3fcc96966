"""Replay of a request trace on the memory controller, as the reference simulators were driven.

Every memory clock the controller runs first, then at most one request is offered, strictly in
order, if its earliest clock has come and fewer than `window` reads are outstanding (0: as many
as the queues take). Writes are posted. Clock 0 of a trace is clock 1 of the memory, so that the
first command, a clock later, is command 2, as in the logs of Ramulator.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.lpddr3.behaviour import step
from components.lpddr3.records import Memory
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled
from cosim.messages import (
    PORT,
    POSTED,
    READ,
    WRITE,
    Wires,
    arrival_ps,
    head,
    new_wires,
    pop,
    send,
)


class Trace(NamedTuple):
    """Requests in program order: (n,) int64 clocks, byte addresses, 1 for a write; the window."""

    earliest: npt.NDArray[np.int64]
    addresses: npt.NDArray[np.int64]
    is_write: npt.NDArray[np.int64]
    window: int


class Replay(NamedTuple):
    """What a replay measured, in memory clocks.

    `cycles` ends with the last read completion or accepted write; latencies are (n,) int64, from
    when a request was eligible and from when it was accepted; -1 for writes.
    """

    cycles: int
    from_eligible: npt.NDArray[np.int64]
    from_accept: npt.NDArray[np.int64]


def replay(memory: Memory, trace: Trace, size_bytes: int = 64) -> Replay:
    """Play a whole trace; `memory` keeps the counters."""
    count = len(trace.addresses)
    ports = np.zeros(1, PORT)
    ports[0].inbox, ports[0].outbox = 0, 1
    wires = new_wires(2, 256)
    eligible, accepted, done = (np.full(count, -1, np.int64) for _ in range(3))
    accepted_last = _play(memory, ports, wires, trace, size_bytes, eligible, accepted, done)
    is_read = np.asarray(trace.is_write) == 0
    return Replay(
        max(accepted_last, int(done.max())),
        np.where(is_read, done - eligible, -1),
        np.where(is_read, done - accepted, -1),
    )


@compiled
def _play(
    memory: Memory,
    ports: Records,
    wires: Wires,
    trace: Trace,
    size_bytes: int,
    eligible: Records,
    accepted: Records,
    done: Records,
) -> int:
    p, q = memory.timing[0].p, memory.timing[0].q
    count = trace.addresses.shape[0]
    offered = outstanding = last = cycle = 0
    while True:
        now_ps = edge(p, q, cycle + 1)
        outstanding -= _collect(wires, done, now_ps, p, q)
        waiting = wires.links[0].count > 0
        if not waiting and offered < count and trace.earliest[offered] <= cycle:
            write = trace.is_write[offered]
            if write or trace.window == 0 or outstanding < trace.window:
                eligible[offered] = cycle
                kind, tag = (WRITE, POSTED) if write else (READ, offered)
                send(wires, 0, now_ps, kind, trace.addresses[offered], size_bytes, tag, 0)
                outstanding += 0 if write else 1
                offered += 1
                waiting = True
        next_ps = step(
            memory.channel, ports, wires, memory.timing, memory.banks, memory.lists,
            memory.requests, now_ps)  # fmt: skip
        if waiting and wires.links[0].count == 0:
            accepted[offered - 1] = last = cycle
            waiting = False
        if offered == count and outstanding == 0 and not waiting:
            return last
        following = cycle_at_or_after(p, q, min(next_ps, arrival_ps(wires, 1))) - 1
        if not waiting and offered < count:
            free = trace.is_write[offered] or trace.window == 0 or outstanding < trace.window
            if free or trace.earliest[offered] > cycle:
                following = min(following, trace.earliest[offered])
        cycle = max(cycle + 1, following)


@compiled
def _collect(wires: Wires, done: Records, now_ps: int, p: int, q: int) -> int:
    """Note the reads that are complete at `now_ps`; return how many."""
    arrived = 0
    while arrival_ps(wires, 1) <= now_ps:
        reply = head(wires, 1)
        done[reply.tag] = cycle_at_or_after(p, q, reply.when_ps) - 1
        pop(wires, 1)
        arrived += 1
    return arrived
