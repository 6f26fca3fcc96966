"""Plays a request trace into a socket: the detailed shell's player.

Models:     at most one request per memory clock, strictly in order, offered when its clock has
            come, fewer reads than the window are outstanding and the one before was taken.
Leaves out: data.
Source:     the player of components/lpddr3/player.py, which does the same compiled.
Checked by: tests/modes/test_equal_dram.py
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

from components.lpddr3.player import LINE_BYTES
from components.lpddr3.playing import Trace
from cosim import Clock, Module, Phase, Steps, Sync, Transaction, gauge, initiator_socket, process
from cosim.event import Event
from cosim.messages import POSTED, READ, WRITE_BACK
from cosim.module import Scope
from cosim.transaction import Command

AFTER_PS = 1
"""ps; looks this much after an edge, when the memory has done what was due at it."""


class Requester(Module):
    """Offers the requests of a trace, a piece at a time, to a memory.

    `taken` tells how many of its requests the memory has taken, and `stepped` is notified when the
    memory has done something; `done` is, when the last read is answered and the last write taken.
    """

    mem = initiator_socket("the memory")

    outstanding = gauge("reads under way", width_bits=16)
    address = gauge("address offered last", width_bits=48)

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        clock: Clock,
        pieces: Iterable[Trace],
        taken: Callable[[], int],
        stepped: Event,
    ) -> None:
        self.pieces = pieces
        self.taken = taken
        self.stepped = stepped
        self.offered = self.reads = self.writes = 0
        self.eligible_latency_ps = self.longest_ps = self.finish_ps = 0
        self._cycle = self._unanswered = self._window = 0
        self._blocked = False
        self._answers_ps: list[int] = []
        self._eligible_ps: dict[int, int] = {}
        super().__init__(name, parent, clock=clock)

    def build(self) -> None:
        """Make the events."""
        self.done = Event(self.env, f"{self.path}.done")
        self._look = Event(self.env, f"{self.path}.look")

    @process
    def run(self) -> Steps:
        """Offer every request, then wait for the last answer."""
        for piece in self.pieces:
            self._window = piece.window
            columns = (piece.earliest.tolist(), piece.addresses.tolist(), piece.is_write.tolist())
            for clock, address, is_write in zip(*columns, strict=True):
                yield from self._wait(max(self._cycle, clock) + 1, is_write)
                self._offer(address, is_write)
        yield from self._wait(self._cycle + 1, is_write=1)
        accepted_ps = self.clock.edge(self._cycle - 1)
        while self._unanswered:
            yield from self._await_answer()
        self.finish_ps = max(self.finish_ps, accepted_ps)
        yield max(self.finish_ps - self.now_ps, AFTER_PS)
        self.done.notify()

    def _wait(self, cycle: int, is_write: int) -> Steps:
        """Wait until the last request was taken and another may be offered, from a clock on."""
        while True:
            look_ps = self.clock.edge(cycle - 1) + AFTER_PS
            if look_ps > self.now_ps:
                yield look_ps - self.now_ps
            while self.taken() < self.offered:
                yield self.stepped
                cycle = self.clock.cycle_of(self.now_ps) + 1
            if is_write or self._window == 0 or self._under_way(cycle) < self._window:
                self._cycle = cycle
                return
            if not self._answers_ps:
                yield from self._await_answer()
            cycle = max(cycle, self.clock.cycles_until(self._answers_ps[0]))

    def _await_answer(self) -> Steps:
        """Wait until the clock before the next answer, of which nothing is known yet."""
        self._blocked = True
        yield self._look

    def _under_way(self, cycle: int) -> int:
        """Return how many reads are not answered at a clock."""
        edge_ps = self.clock.edge(cycle)
        while self._answers_ps and self._answers_ps[0] <= edge_ps:
            heappop(self._answers_ps)
            self.outstanding.set(self.outstanding.value - 1)
        return int(self.outstanding.value)

    def _offer(self, address: int, is_write: int) -> None:
        """Send a request that arrives at the edge that was waited for."""
        arrival_ps = self.clock.edge(self._cycle)
        self.address.set(address)
        self.offered += 1
        if is_write:
            self.writes += 1
            access = Transaction(
                address, command=Command.WRITE, size_bytes=LINE_BYTES, kind=WRITE_BACK, tag=POSTED
            )
        else:
            self.reads += 1
            self._unanswered += 1
            self.outstanding.set(self._under_way(self._cycle) + 1)
            self._eligible_ps[self.offered] = arrival_ps
            access = Transaction(address, size_bytes=LINE_BYTES, kind=READ, tag=self.offered)
        self.mem.nb_transport_fw(access, Phase.BEGIN_REQ, arrival_ps - self.now_ps)

    @mem.on_backward
    def answer(self, access: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take an answer, which is told some time before its data are there."""
        if phase is not Phase.BEGIN_RESP or access.tag not in self._eligible_ps:
            return Sync.ACCEPTED
        when_ps = self.now_ps + delay_ps
        latency_ps = when_ps - self._eligible_ps.pop(access.tag)
        self.eligible_latency_ps += latency_ps
        self.longest_ps = max(self.longest_ps, latency_ps)
        self.finish_ps = max(self.finish_ps, when_ps)
        self._unanswered -= 1
        heappush(self._answers_ps, when_ps)
        if self._blocked:
            self._blocked = False
            look_ps = self.clock.edge(self.clock.cycles_until(when_ps) - 1) + AFTER_PS
            self._look.notify_at(max(look_ps, self.now_ps))
        return Sync.COMPLETED
