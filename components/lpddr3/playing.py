"""The compiled part of the player: offers requests, collects answers, keeps logs.

All times are absolute, in ps; the records hold everything, so that a trace may come in pieces.
Checked by: tests/physics/test_lpddr3_golden.py, tests/components/test_lpddr3_player.py
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from components.lpddr3.behaviour import advance
from components.lpddr3.records import NONE, Memory
from cosim.clock import cycle_at_or_after, edge
from cosim.compiled import Records, compiled, inlined, record
from cosim.messages import POSTED, READ, WRITE, Wires, arrival_ps, head, pop, send

Numbers = npt.NDArray[np.int64]

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
    "logged_reads",
)

PENDING = record(
    "next", "number", "address", "eligible_ps", "accepted_ps", "bank_cycles", "refresh_cycles",
    "data_cycles",
)  # fmt: skip
"""A read under way; its place in the table is its tag."""

READ_LOG = record(
    "number", "address", "eligible_ps", "done_ps", "entry_ps", "bank_cycles", "refresh_cycles",
    "data_cycles",
)  # fmt: skip
"""A read that is complete: its number in the trace and the parts of its latency; what is left of it
was spent in the queue. Clocks of the memory; entry is the time until a queue took it."""

COMMAND = record("cycle", "channel", "rank", "command", "bank", "row", "address")
"""A command as it was issued; `bank` is that of its rank. Bank, row, address: -1 for none."""

SEEN = record("commands", "served")
"""How many commands and reads of a channel have been logged."""

MORE, FULL, FINISHED = -1, -2, -3
"""Why the player stopped: it needs requests, a log is full, all is done. No times."""


class Trace(NamedTuple):
    """Requests in program order: (n,) int64 clocks, byte addresses, 1 for a write; the window."""

    earliest: Numbers
    addresses: Numbers
    is_write: Numbers
    window: int


class Logged(NamedTuple):
    """What a player kept: commands, (n,) of COMMAND, and complete reads, (m,) of READ_LOG."""

    commands: Records
    reads: Records


@compiled
def play(
    memory: Memory,
    ports: Records,
    wires: Wires,
    state: Records,
    pending: Records,
    piece: Trace,
    latencies: Records,
    log: Logged,
    seen: Records,
    is_last: bool,
) -> int:
    """Play until more requests are needed, a log is full, or all is done; return which."""
    player, p, q = state[0], memory.timing[0].p, memory.timing[0].q
    channels, commands, reads = memory.channel.shape[0], log.commands.shape[0], log.reads.shape[0]
    while True:
        now_ps = _next_visit(wires, player, piece, is_last, p, q)
        if now_ps < 0:
            return now_ps
        if commands and player.logged + channels > commands:
            return FULL
        if reads and player.logged_reads + pending.shape[0] > reads:
            return FULL
        player.now_ps = now_ps
        _collect(wires, player, pending, latencies, log.reads)
        if is_due(player, piece, p, q):
            _offer(wires, player, pending, piece)
        player.next_ps = advance(memory, ports, wires, now_ps)
        if player.waiting and wires.links[0].count == 0:
            _note_accepted(player, pending)
        if commands:
            _log_commands(memory.channel, player, log.commands, seen)
        if reads:
            _note_parts(memory.channel, memory.timing[0], pending, seen)


@inlined
def _next_visit(wires: Wires, player: Any, piece: Trace, is_last: bool, p: int, q: int) -> int:
    """Return when the next thing can happen; MORE or FINISHED instead of a time."""
    when_ps: int = min(player.next_ps, arrival_ps(wires, 1))
    if not player.waiting:
        if player.offered < piece.earliest.shape[0]:
            first_ps = edge(p, q, piece.earliest[player.offered] + 1)
            if first_ps > player.now_ps or may_offer(player, piece.is_write[player.offered]):
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
    return player.free != NONE


@inlined
def is_due(player: Any, piece: Trace, p: int, q: int) -> bool:
    """Return whether the next request of the trace can be offered now."""
    place = player.offered
    if player.waiting or place >= piece.earliest.shape[0]:
        return False
    if edge(p, q, piece.earliest[place] + 1) > player.now_ps:
        return False
    return may_offer(player, piece.is_write[place])


@inlined
def _offer(wires: Wires, player: Any, pending: Records, piece: Trace) -> None:
    """Put the next request of the trace into the memory's inbox."""
    address = piece.addresses[player.offered]
    player.waiting, player.waiting_tag = 1, POSTED
    if piece.is_write[player.offered]:
        player.writes += 1
        send(wires, 0, player.now_ps, WRITE, address, player.size_bytes, POSTED, 0)
    else:
        tag = player.free
        player.free = pending[tag].next
        pending[tag].number, pending[tag].address = player.number, address
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
def _collect(
    wires: Wires, player: Any, pending: Records, latencies: Records, reads: Records
) -> None:
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
        if reads.shape[0]:
            _log_read(player, one, reply.when_ps, reads)
        one.next = player.free
        player.free = reply.tag
        player.outstanding -= 1
        pop(wires, 1)


@inlined
def _log_read(player: Any, one: Any, done_ps: int, reads: Records) -> None:
    """Keep a read that is complete."""
    row = reads[player.logged_reads]
    row.number, row.address = one.number, one.address
    row.eligible_ps, row.done_ps = one.eligible_ps, done_ps
    row.entry_ps = one.accepted_ps - one.eligible_ps
    row.bank_cycles, row.refresh_cycles = one.bank_cycles, one.refresh_cycles
    row.data_cycles = one.data_cycles
    one.bank_cycles = one.refresh_cycles = one.data_cycles = 0
    player.logged_reads += 1


@inlined
def _note_parts(channel: Records, table: Any, pending: Records, seen: Records) -> None:
    """Note the parts of the latency of reads whose last burst began in this step."""
    for number in range(channel.shape[0]):
        state = channel[number]
        if state.served != seen[number].served:
            seen[number].served = state.served
            one = pending[state.served_tag]
            one.bank_cycles = state.served_bank_cycles
            one.refresh_cycles = state.served_refresh_cycles
            one.data_cycles = table.read_data + state.backend_cycles


@inlined
def _log_commands(channel: Records, player: Any, commands: Records, seen: Records) -> None:
    """Keep the commands that were issued in the last step."""
    for number in range(channel.shape[0]):
        state = channel[number]
        if state.commands != seen[number].commands:
            seen[number].commands = state.commands
            row = commands[player.logged]
            row.cycle, row.channel, row.command = state.command_cycle, number, state.command
            row.rank, row.bank, row.row = state.command_rank, state.command_bank, state.command_row
            if row.bank != NONE:
                row.bank -= row.rank << state.rank_shift
            row.address = state.command_address
            player.logged += 1
