"""Replay of request traces on the memory, as the reference simulators were driven.

Every memory clock the controller runs first, then at most one request is offered, strictly in
order, if its earliest clock has come and fewer than `window` reads are outstanding (0: as many
as the queues take). Writes are posted. Clock 0 of a trace is clock 1 of the memory, so that the
first command, a clock later, is command 2, as in the logs of Ramulator.

A trace comes in pieces of any length; what is kept between them does not grow.
Checked by: tests/physics/test_lpddr3_golden.py, tests/components/test_lpddr3_player.py
"""

from collections.abc import Iterable, Iterator
from time import process_time
from typing import NamedTuple

import numpy as np

from components.lpddr3.playing import (
    COMMAND,
    FULL,
    MORE,
    PENDING,
    PLAYER,
    READ_LOG,
    SEEN,
    Logged,
    Numbers,
    Trace,
    play,
)
from components.lpddr3.records import NONE, Memory
from cosim.clock import cycle_at_or_after
from cosim.compiled import Records
from cosim.messages import PORT, new_wires

LINE_BYTES = 64
"""bytes; what one request moves: a cache line."""

DATA_UNDER_WAY = 64
"""Reads whose data are under way at most, for each channel: one every tCCD, RL of 16 at most and
a back-end of 100 clocks."""

LOG_ROWS = 1 << 14
"""Commands or reads kept before they are handed out."""


class Replay(NamedTuple):
    """What a replay measured, in memory clocks.

    `cycles` ends with the last read completion or accepted write; latencies are (n,) int64, from
    when a request was eligible and from when it was accepted; -1 for writes.
    """

    cycles: int
    from_eligible: Numbers
    from_accept: Numbers


class Player:
    """Plays requests into a memory, piece by piece.

    It keeps up to `command_rows` commands and `read_rows` reads at a time; 0: none. `cpu_s` is the
    host's time spent so far.
    """

    def __init__(self, memory: Memory, command_rows: int = 0, read_rows: int = 0) -> None:
        self.memory = memory
        self.state: Records = np.zeros(1, PLAYER)
        self.state[0].size_bytes = LINE_BYTES
        reads = int((memory.channel["read_capacity"] + memory.channel["banks"]).sum())
        reads += 1 + DATA_UNDER_WAY * len(memory.channel)
        self.pending: Records = np.zeros(reads, PENDING)
        self.pending["next"] = [*range(1, reads), NONE]
        self.ports: Records = np.zeros(1, PORT)
        self.ports[0].inbox, self.ports[0].outbox = 0, 1
        self.wires = new_wires(2, reads)
        self.seen: Records = np.zeros(len(memory.channel), SEEN)
        self.log = Logged(np.zeros(command_rows, COMMAND), np.zeros(read_rows, READ_LOG))
        self.latencies = np.zeros((0, 2), np.int64)
        self.cpu_s = 0.0

    @property
    def cycles(self) -> int:
        """Memory clocks until the last read completion or accepted write."""
        state, table = self.state[0], self.memory.timing[0]
        last_ps = max(int(state.done_ps), int(state.accepted_ps))
        return max(0, cycle_at_or_after(int(table.p), int(table.q), last_ps) - 1)

    def feed(self, piece: Trace) -> None:
        """Play the requests of a piece until the last one is accepted."""
        for _ in self.play(piece):
            pass

    def finish(self) -> None:
        """Play on until every read is answered."""
        for _ in self.play(None):
            pass

    def play(self, piece: Trace | None) -> Iterator[Logged]:
        """Play a piece, or to the end if it is None; yield what was logged, some at a time.

        What it yields is overwritten when it goes on.
        """
        if piece is None:
            none = np.zeros(0, np.int64)
            piece = Trace(none, none, none, 0)
        state = self.state[0]
        stopped, is_last = FULL, len(piece.addresses) == 0
        state.window = piece.window
        while stopped == FULL:
            begun_s = process_time()
            stopped = play(
                self.memory, self.ports, self.wires, self.state, self.pending, piece,
                self.latencies, self.log, self.seen, is_last,
            )  # fmt: skip
            self.cpu_s += process_time() - begun_s
            commands, reads = self.log
            yield Logged(commands[: int(state.logged)], reads[: int(state.logged_reads)])
            state.logged = state.logged_reads = 0
        if stopped == MORE:
            state.offered = 0


def replay(memory: Memory, trace: Trace) -> Replay:
    """Play a whole trace and keep the latency of every read; `memory` keeps the counters."""
    player = Player(memory)
    player.latencies = np.full((len(trace.addresses), 2), -1, np.int64)
    player.feed(trace)
    player.finish()
    row = memory.timing[0]
    clocks = np.where(player.latencies < 0, -1, -(-player.latencies * row.q // row.p))
    return Replay(player.cycles, clocks[:, 0], clocks[:, 1])


def replay_commands(memory: Memory, pieces: Iterable[Trace]) -> Iterator[Records]:
    """Play a trace in pieces; yield all commands, some at a time."""
    player = Player(memory, LOG_ROWS)
    for piece in (*pieces, None):
        for logged in player.play(piece):
            yield logged.commands
