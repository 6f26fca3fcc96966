"""The fast shell: the core and the parts that only it uses as one compiled loop.

The parts keep their records and their `step`; only the rings between them become shared. Between
two SimPy events nothing from outside can reach them, so the loop runs ahead to the next event,
to a message that leaves the island, to a LAYER mark, or to the end of the program. Inside a window
(`watch`) the parts are on their own: there the machine runs in the detailed shell, in its present
state, with everything to be seen; behind the window they are taken over again.

Models:     the same machine as the detailed shell, to the picosecond.
Leaves out: outside windows, transactions on the sockets inside the island; there probes change
            where it stops.
Checked by: tests/modes/test_island.py, tests/modes/test_equal_windows.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import simpy
from simpy.events import EventPriority

from components.banked_memory.behaviour import step as step_banked
from components.banked_memory.records import BANK as BANKED_BANK
from components.banked_memory.records import CHANNEL as BANKED_CHANNEL
from components.banked_memory.records import MEMORY as BANKED
from components.banked_memory.records import REQUEST as BANKED_REQUEST
from components.cache.behaviour import step as step_cache
from components.cache.records import AHEAD, CACHE, CHECK, COUNT, LINE, PLACED, SLOT, TARGET
from components.cpu.behaviour import step as step_core
from components.cpu.places import (
    BANKED_MEMORY,
    BUS,
    CORE,
    DTLB,
    ITLB,
    L1D,
    L1I,
    L2,
    LLC,
    MEMORY,
    PARTS,
    STLB,
    WALKER,
    Stepped,
    places,
)
from components.cpu.wiring import join
from components.interconnect.behaviour import step as step_bus
from components.interconnect.records import BUS as BUS_RECORD
from components.interconnect.records import SLOT as BUS_SLOT
from components.lpddr3.behaviour import step as step_memory
from components.lpddr3.records import BANK, CHANNEL, INITIATOR, QUEUE, RANK, REQUEST, SLICE, TIMING
from components.mmu.behaviour import step as step_walker
from components.mmu.records import ENTRY, STRUCTURE, UPPER, WALK
from components.mmu.records import WALKER as WALKER_RECORD
from cosim import Event, Module, Steps, process
from cosim.address_map import RANGE
from cosim.compiled import Records, compiled, inlined
from cosim.messages import FOREVER, NOBODY, PORT, Wires, arrival_ps, new_wires
from cosim.module import Scope
from cosim.stepping import Stepping

QUANTUM_PS = 10**9
"""ps; longest stretch run at once, so that the host can interrupt. Changes no result."""

LATE = EventPriority(2)
"""SimPy priority: after everything else of an evaluation."""


@compiled
def advance(wires: Wires, parts: Any, until_ps: int) -> int:
    """Run what is due before `until_ps`; return when the next is due.

    `parts` has state, ports and tables of each part, by place. Stops early when a message leaves
    the island (at its arrival), when the core needs instructions, passes a mark or ends, and when
    the bus finds nobody at an address.
    """
    due_ps = wires.due_ps
    state, bus = parts[0][0][0], parts[5][0][0]
    marks, finished = state.marks_made, state.finished
    translates = due_ps.shape[0] > ITLB
    while True:
        place = CORE
        now_ps = due_ps[CORE]
        for other in range(L1I, ITLB):
            if due_ps[other] < now_ps:
                place = other
                now_ps = due_ps[other]
        if translates:
            for other in range(ITLB, PARTS + 1):
                if due_ps[other] < now_ps:
                    place = other
                    now_ps = due_ps[other]
        if now_ps >= until_ps or now_ps >= due_ps[NOBODY]:
            return now_ps
        due_ps[place] = run_part(wires, parts, place, now_ps)
        if place == CORE and (state.hungry or state.marks_made != marks):
            return now_ps
        if state.finished != finished or bus.unmapped:
            return now_ps


@inlined
def run_part(wires: Wires, parts: Any, place: int, now_ps: int) -> int:
    """Step one part; return when it is due again."""
    if place == CORE:
        return run_core(wires, parts[0], now_ps)
    if place == L1D:
        return run_cache(wires, parts[2], now_ps)
    if place == L2:
        return run_outer_cache(wires, parts[3], now_ps)
    if place == LLC:
        return run_outer_cache(wires, parts[4], now_ps)
    if place == L1I:
        return run_outer_cache(wires, parts[1], now_ps)
    if place == BUS:
        return run_bus(wires, parts[5], now_ps)
    if place == MEMORY:
        return run_memory(wires, parts[6], now_ps)
    if place == BANKED_MEMORY:
        return run_banked(wires, parts[7], now_ps)
    if place == ITLB:
        return run_outer_cache(wires, parts[8], now_ps)
    if place == DTLB:
        return run_outer_cache(wires, parts[9], now_ps)
    if place == STLB:
        return run_outer_cache(wires, parts[10], now_ps)
    return run_walker(wires, parts[11], now_ps)


@inlined
def run_core(wires: Wires, core: Any, now_ps: int) -> int:
    """Step the core; return when it is due again."""
    next_ps = step_core(
        core[0], core[1], wires, core[2], core[3], core[4], core[5], core[6], core[7], core[8],
        core[9], core[10], core[11], core[12], core[13], core[14], core[15], core[16], core[17],
        core[18], core[19], core[20], core[21], core[22], now_ps,
    )  # fmt: skip
    return soonest(wires, core[1], next_ps, now_ps)


@inlined
def run_cache(wires: Wires, cache: Any, now_ps: int) -> int:
    """Step a cache; return when it is due again."""
    return step_cache(
        cache[0], cache[1], wires, cache[2], cache[3], cache[4], cache[5], cache[6], cache[7],
        cache[8], cache[9], cache[10], now_ps,
    )  # fmt: skip


@compiled
def run_outer_cache(wires: Wires, cache: Any, now_ps: int) -> int:
    """Step a cache that is due less often, out of line: the loop stays small."""
    return run_cache(wires, cache, now_ps)


@inlined
def soonest(wires: Wires, ports: Records, next_ps: int, now_ps: int) -> int:
    """Return the earlier of `next_ps` and the arrival of the next message still on its way."""
    for number in range(ports.shape[0]):
        when_ps = arrival_ps(wires, ports[number].inbox)
        if now_ps < when_ps < next_ps:
            next_ps = when_ps
    return next_ps


@compiled
def run_bus(wires: Wires, bus: Any, now_ps: int) -> int:
    """Step the bus; return when it is due again."""
    next_ps = step_bus(bus[0], bus[1], wires, bus[2], bus[3], now_ps)
    return soonest(wires, bus[1], next_ps, now_ps)


@compiled
def run_memory(wires: Wires, memory: Any, now_ps: int) -> int:
    """Step the memory; return when it is due again."""
    next_ps = step_memory(
        memory[0], memory[1], wires, memory[2], memory[3], memory[4], memory[5], memory[6],
        memory[7], memory[8], now_ps,
    )  # fmt: skip
    return soonest(wires, memory[1], next_ps, now_ps)


@compiled
def run_banked(wires: Wires, memory: Any, now_ps: int) -> int:
    """Step the banked memory; return when it is due again."""
    next_ps = step_banked(memory[0], memory[1], wires, memory[2], memory[3], memory[4], now_ps)
    return soonest(wires, memory[1], next_ps, now_ps)


@compiled
def run_walker(wires: Wires, walker: Any, now_ps: int) -> int:
    """Step the page-table walker; return when it is due again."""
    return step_walker(
        walker[0], walker[1], wires, walker[2], walker[3], walker[4], walker[5], walker[6], now_ps
    )


class Island(Module):
    """Runs a core and the parts that only it uses between SimPy events.

    `parts` are its caches, and the bus and memory behind them. What is bound to others as well
    (a bus with a DMA engine) may be among them: messages from outside end a stretch.
    """

    def __init__(
        self, name: str, parent: Scope, *, core: Stepped, parts: Sequence[Stepped]
    ) -> None:
        self.core = core
        self.members = (core, *parts)
        super().__init__(name, parent)

    def build(self) -> None:
        """Make what wakes the island."""
        self.wake = Event(self.env, f"{self.path}.wake")
        self.windows: list[tuple[int, int]] = []
        self.wires: Wires = new_wires(0, 0)
        self._steppings: dict[int, Stepping] = {}
        self._border: list[Stepping] = []
        self._arrays: tuple[tuple[Records, ...], ...] = ()
        self._stop_ps = 0
        self._is_apart = True

    def watch(self, start_ps: int, end_ps: int) -> None:
        """Leave the parts to their own processes from `start_ps` until `end_ps`."""
        self.windows.append((start_ps, end_ps))

    def start_of_simulation(self) -> None:
        """Take the parts over from their own processes."""
        self._steppings = places(self.path, self.members)
        self._capture()

    def _capture(self) -> None:
        """Join the parts by shared rings, unless they are."""
        if not self._is_apart:
            return
        parts = PARTS if WALKER in self._steppings else BANKED_MEMORY
        self.wires, ports = join(self._steppings, parts, self.wake)
        arrays = absent()
        for place, stepping in self._steppings.items():
            arrays[place - 1] = (stepping.state, ports[place], *stepping.arrays)
            self.wires.due_ps[place] = self.now_ps
        self._arrays = tuple(arrays)
        self._border = [one for one in self._steppings.values() if one.ports["outbox"].any()]
        self._is_apart = False

    def _release(self) -> None:
        """Let each part step in its own process, unless it does."""
        if self._is_apart:
            return
        for stepping in self._steppings.values():
            stepping.release()
        self._is_apart = True

    def rests(self) -> bool:
        """Return whether no part of it is due at this instant."""
        if self._is_apart:
            return True
        return not self._stop_ps and int(self.wires.due_ps[CORE:].min()) > self.now_ps

    @process
    def run(self) -> Steps:
        """Run ahead, then sleep until something is due, a message comes, or a window opens."""
        while True:
            yield self._last_of_instant()
            next_ps = self._end_of_window()
            if next_ps > self.now_ps:
                self._release()
            else:
                self._capture()
                next_ps = self._stop_ps
                if next_ps <= self.now_ps:
                    next_ps = self._run_ahead()
                next_ps = min(next_ps, self._next_window_ps())
            if next_ps < FOREVER:
                self.wake.notify_at(next_ps)
            yield self.wake

    def _end_of_window(self) -> int:
        """Return when the window that is open closes; now if none is."""
        now_ps = self.now_ps
        ends = (end_ps for start_ps, end_ps in self.windows if start_ps <= now_ps < end_ps)
        return max(ends, default=now_ps)

    def _next_window_ps(self) -> int:
        """Return when the next window opens."""
        starts = (start_ps for start_ps, _ in self.windows if start_ps > self.now_ps)
        return min(starts, default=FOREVER)

    def _last_of_instant(self) -> simpy.Event:
        """Return an event that comes when everything else of this evaluation has run."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        self.env.schedule(event, LATE)
        return event

    def _run_ahead(self) -> int:
        """Run to the horizon or a stop; return when to go on."""
        core, due_ps = self._steppings[CORE], self.wires.due_ps
        if self._stop_ps:
            self._hand_over()
        before = self._milestones()
        due_ps[CORE] = min(int(due_ps[CORE]), self.now_ps)
        until_ps = self._horizon_ps()
        next_ps = advance(self.wires, self._arrays, until_ps)
        while core.state["hungry"][0] and core.after is not None and core.after():
            next_ps = advance(self.wires, self._arrays, until_ps)
        self._check_bus()
        stopped = before != self._milestones()
        if stopped and next_ps > self.now_ps:
            self._stop_ps = int(next_ps)
        elif stopped or due_ps[NOBODY] < FOREVER:
            self._hand_over()
        return int(next_ps)

    def _milestones(self) -> tuple[int, int]:
        """Return how many marks the core has passed, and whether its program has ended."""
        state = self._steppings[CORE].state
        return int(state["marks_made"][0]), int(state["finished"][0])

    def _horizon_ps(self) -> int:
        """Return until when nothing from outside can matter; at least this instant is safe."""
        now_ps = self.now_ps
        end_ps = min(self.env.peek(), now_ps + QUANTUM_PS, self._next_window_ps())
        return int(max(end_ps, now_ps + 1))

    def _hand_over(self) -> None:
        """Let the core show where it stands; send what leaves the island."""
        self._stop_ps = 0
        core = self._steppings[CORE]
        if core.after is not None:
            core.after()
        for stepping in self._border:
            stepping.drain(self.now_ps)
        self.wires.due_ps[NOBODY] = FOREVER

    def _check_bus(self) -> None:
        """Let the bus refuse a request that went nowhere."""
        bus = self._steppings.get(BUS)
        if bus is not None and bus.after is not None and bus.state["unmapped"][0]:
            bus.after()


def absent() -> list[tuple[Records, ...]]:
    """Return arrays for the parts that an island does not have; they are never due."""
    ports: Records = np.zeros(1, PORT)

    def empty(*records: np.dtype[Any]) -> tuple[Records, ...]:
        first, *others = (np.zeros(1, one) for one in records)
        return (first, ports, *others)

    number = np.dtype(np.int64)
    cache = empty(CACHE, LINE, SLOT, TARGET, CHECK, PLACED, AHEAD, number, number, COUNT)
    return [(), cache, cache, cache, cache, empty(BUS_RECORD, RANGE, BUS_SLOT),
            empty(CHANNEL, TIMING, BANK, QUEUE, REQUEST, SLICE, INITIATOR, RANK),
            empty(BANKED, BANKED_CHANNEL, BANKED_BANK, BANKED_REQUEST),
            cache, cache, cache,
            empty(WALKER_RECORD, WALK, ENTRY, number, STRUCTURE, UPPER)]  # fmt: skip
