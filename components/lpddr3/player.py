"""Replay of request traces on the memory, as the reference simulators were driven.

Every memory clock the controller runs first, then at most one request is offered, strictly in
order, if its earliest clock has come and fewer than `window` reads are outstanding (0: as many
as the queues take). Writes are posted. Clock 0 of a trace is clock 1 of the memory, so that the
first command, a clock later, is command 2, as in the logs of Ramulator.

A trace comes in pieces of any length; what is kept between them does not grow.
Checked by: tests/physics/test_lpddr3_golden.py, tests/components/test_lpddr3_player.py
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from components.lpddr3.behaviour import advance
from components.lpddr3.records import NONE, Memory
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined, record
from cosim.messages import (
    FOREVER,
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

Numbers = npt.NDArray[np.int64]

LINE_BYTES = 64
"""bytes; what one request moves: a cache line."""

DATA_UNDER_WAY = 64
"""Reads whose data are under way at most, for each channel: one every tCCD, RL of 16 at most and
a back-end of 100 clocks."""

LOG_ROWS = 1 << 14
"""Commands kept before they are handed out."""

PLAYER = record(
    "window",
    "size_bytes",
    "now_ps",
    "next_ps",
    "offered",
    "number",
    "outstanding",
    "waiting",
    "waiting_tag",
    "free",
    "accepted_ps",
    "done_ps",
    "reads",
    "writes",
    "eligible_latency_ps",
    "accept_latency_ps",
    "longest_ps",
    "logged",
)

PENDING = record("next", "number", "eligible_ps", "accepted_ps")
"""A read under way; its place in the table is its tag."""

COMMAND = record("cycle", "channel", "command", "bank", "row", "address")
"""A command as it was issued; row and address are -1 where they mean nothing."""

MORE, PAUSED, FULL, FINISHED = -1, -2, -3, -4
"""Why the player stopped: it needs requests, time is up, the log is full, all is done. No times."""


class Trace(NamedTuple):
    """Requests in program order: (n,) int64 clocks, byte addresses, 1 for a write; the window."""

    earliest: Numbers
    addresses: Numbers
    is_write: Numbers
    window: int


class Replay(NamedTuple):
    """What a replay measured, in memory clocks.

    `cycles` ends with the last read completion or accepted write; latencies are (n,) int64, from
    when a request was eligible and from when it was accepted; -1 for writes.
    """

    cycles: int
    from_eligible: Numbers
    from_accept: Numbers


class Player:
    """Plays requests into a memory, piece by piece."""

    def __init__(self, memory: Memory, window: int = 0, size_bytes: int = LINE_BYTES) -> None:
        self.memory = memory
        self.state: Records = np.zeros(1, PLAYER)
        state = self.state[0]
        state.window, state.size_bytes = window, size_bytes
        reads = int((memory.channel["read_capacity"] + memory.channel["banks"]).sum())
        reads += 1 + DATA_UNDER_WAY * len(memory.channel)
        self.pending: Records = np.zeros(reads, PENDING)
        self.pending["next"] = [*range(1, reads), NONE]
        self.ports: Records = np.zeros(1, PORT)
        self.ports[0].inbox, self.ports[0].outbox = 0, 1
        self.wires = new_wires(2, reads)
        self.log: Records = np.zeros(0, COMMAND)
        self.seen = np.zeros(len(memory.channel), np.int64)
        self.latencies = np.zeros((0, 2), np.int64)

    @property
    def cycles(self) -> int:
        """Memory clocks until the last read completion or accepted write."""
        state, table = self.state[0], self.memory.timing[0]
        last_ps = max(int(state.done_ps), int(state.accepted_ps))
        return max(0, cycle_at_or_after(int(table.p), int(table.q), last_ps) - 1)

    def feed(self, piece: Trace) -> None:
        """Play the requests of a piece until the last one is accepted."""
        for _ in self.commands(piece):
            pass

    def finish(self) -> None:
        """Play on until every read is answered."""
        for _ in self.commands(None):
            pass

    def commands(self, piece: Trace | None, until_ps: int = FOREVER) -> Iterator[Records]:
        """Play a piece, or to the end if it is None; yield the commands, if they are logged.

        Each time it yields (n,) of COMMAND, which are overwritten when it goes on.
        """
        if piece is None:
            none = np.zeros(0, np.int64)
            piece = Trace(none, none, none, 0)
        stopped, is_last = FULL, len(piece.addresses) == 0
        while stopped == FULL:
            stopped = _play(
                *self.memory, self.ports, self.wires, self.state, self.pending, *piece[:3],
                self.latencies, self.log, self.seen, until_ps, is_last,
            )  # fmt: skip
            yield self.log[: int(self.state[0].logged)]
            self.state[0].logged = 0
        if stopped == MORE:
            self.state[0].offered = 0


def replay(memory: Memory, trace: Trace, size_bytes: int = LINE_BYTES) -> Replay:
    """Play a whole trace and keep the latency of every read; `memory` keeps the counters."""
    player = Player(memory, trace.window, size_bytes)
    player.latencies = np.full((len(trace.addresses), 2), -1, np.int64)
    player.feed(trace)
    player.finish()
    row = memory.timing[0]
    clocks = np.where(player.latencies < 0, -1, -(-player.latencies * row.q // row.p))
    return Replay(player.cycles, clocks[:, 0], clocks[:, 1])


def replay_commands(memory: Memory, pieces: Iterable[Trace]) -> Iterator[Records]:
    """Play a trace in pieces; yield all commands, some at a time."""
    player = Player(memory)
    player.log = np.zeros(LOG_ROWS, COMMAND)
    for piece in pieces:
        player.state[0].window = piece.window
        yield from player.commands(piece)
    yield from player.commands(None)


@compiled
def _play(
    channel: Records,
    timing: Records,
    banks: Records,
    queues: Records,
    requests: Records,
    slices: Records,
    initiators: Records,
    ports: Records,
    wires: Wires,
    state: Records,
    pending: Records,
    earliest: Records,
    addresses: Records,
    is_write: Records,
    latencies: Records,
    log: Records,
    seen: Records,
    until_ps: int,
    is_last: bool,
) -> int:
    memory = Memory(channel, timing, banks, queues, requests, slices, initiators)
    player, p, q = state[0], timing[0].p, timing[0].q
    while True:
        now_ps = _next_visit(wires, player, earliest, is_write, is_last, p, q)
        if now_ps < 0:
            return now_ps
        if now_ps >= until_ps:
            return PAUSED
        if log.shape[0] and player.logged + channel.shape[0] > log.shape[0]:
            return FULL
        player.now_ps = now_ps
        _collect(wires, player, pending, latencies)
        if is_due(player, earliest, is_write, p, q):
            _offer(wires, player, pending, addresses, is_write)
        player.next_ps = advance(memory, ports, wires, now_ps)
        if player.waiting and wires.links[0].count == 0:
            _note_accepted(player, pending)
        if log.shape[0]:
            _log(channel, player, log, seen)


@inlined
def _next_visit(
    wires: Wires,
    player: Any,
    earliest: Records,
    is_write: Records,
    is_last: bool,
    p: int,
    q: int,
) -> int:
    """Return when the next thing can happen; MORE or FINISHED instead of a time."""
    when_ps: int = min(player.next_ps, arrival_ps(wires, 1))
    if not player.waiting:
        if player.offered < earliest.shape[0]:
            first_ps = edge(p, q, earliest[player.offered] + 1)
            if first_ps > player.now_ps or may_offer(player, is_write[player.offered]):
                when_ps = min(when_ps, first_ps)
        elif not is_last:
            return MORE
        elif player.outstanding == 0:
            return FINISHED
    return max(edge_after(p, q, player.now_ps), when_ps)


@inlined
def edge_after(p: int, q: int, now_ps: int) -> int:
    """Return the clock edge after the one at `now_ps`."""
    if q == 1:
        return now_ps + p
    return edge(p, q, cycle_at_or_after(p, q, now_ps) + 1)


@inlined
def may_offer(player: Any, is_write: int) -> bool:
    """Return whether a request of this kind may follow those under way."""
    if is_write:
        return True
    if player.window and player.outstanding >= player.window:
        return False
    return player.free != NONE  # type: ignore[no-any-return]


@inlined
def is_due(player: Any, earliest: Records, is_write: Records, p: int, q: int) -> bool:
    """Return whether the next request of the trace can be offered now."""
    place = player.offered
    if player.waiting or place >= earliest.shape[0]:
        return False
    return edge(p, q, earliest[place] + 1) <= player.now_ps and may_offer(player, is_write[place])


@inlined
def _offer(
    wires: Wires, player: Any, pending: Records, addresses: Records, is_write: Records
) -> None:
    """Put the next request of the trace into the memory's inbox."""
    address = addresses[player.offered]
    player.waiting, player.waiting_tag = 1, POSTED
    if is_write[player.offered]:
        player.writes += 1
        send(wires, 0, player.now_ps, WRITE, address, player.size_bytes, POSTED, 0)
    else:
        tag = player.free
        player.free = pending[tag].next
        pending[tag].number = player.number
        pending[tag].eligible_ps = player.now_ps
        player.waiting_tag = tag
        player.outstanding += 1
        player.reads += 1
        send(wires, 0, player.now_ps, READ, address, player.size_bytes, tag, 0)
    player.offered += 1
    player.number += 1


@inlined
def _note_accepted(player: Any, pending: Records) -> None:
    """Note that a queue took the request that was offered last."""
    player.waiting = 0
    player.accepted_ps = player.now_ps
    if player.waiting_tag != POSTED:
        pending[player.waiting_tag].accepted_ps = player.now_ps


@inlined
def _collect(wires: Wires, player: Any, pending: Records, latencies: Records) -> None:
    """Note the reads that are complete by now."""
    while arrival_ps(wires, 1) <= player.now_ps:
        reply = head(wires, 1)
        one = pending[reply.tag]
        from_eligible = reply.when_ps - one.eligible_ps
        from_accept = reply.when_ps - one.accepted_ps
        player.done_ps = max(player.done_ps, reply.when_ps)
        player.eligible_latency_ps += from_eligible
        player.accept_latency_ps += from_accept
        player.longest_ps = max(player.longest_ps, from_eligible)
        if latencies.shape[0]:
            latencies[one.number, 0] = from_eligible
            latencies[one.number, 1] = from_accept
        one.next = player.free
        player.free = reply.tag
        player.outstanding -= 1
        pop(wires, 1)


@inlined
def _log(channel: Records, player: Any, log: Records, seen: Records) -> None:
    """Keep the commands that were issued in the last step."""
    for number in range(channel.shape[0]):
        state = channel[number]
        if state.commands != seen[number]:
            seen[number] = state.commands
            row = log[player.logged]
            row.cycle, row.channel, row.command = state.command_cycle, number, state.command
            row.bank, row.row = state.command_bank, state.command_row
            row.address = state.command_address
            player.logged += 1
