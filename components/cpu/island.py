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

import numpy as np
import simpy
from simpy.events import EventPriority

from components.cpu.places import (
    BANKED_MEMORY,
    BUS,
    CORE,
    L1I,
    PARTS,
    WALKER,
    Stepped,
    places,
)
from components.cpu.wiring import join
from components.interconnect.records import BUS as BUS_RECORD
from cosim import Event, Module, Steps, process
from cosim.bundle import Bundle
from cosim.compiled import Records, call_plugged, compiled, plugged, record
from cosim.messages import FOREVER, NOBODY, Wires, new_wires
from cosim.module import Scope
from cosim.stepping import Stepping

CALL = record("step", "address")
"""A part: number of its compiled behaviour, and address of the bundle that it works on."""

QUANTUM_PS = 10**9
"""ps; longest stretch run at once, so that the host can interrupt. Changes no result."""

LATE = EventPriority(2)
"""SimPy priority: after everything else of an evaluation."""


@compiled
def advance(wires: Wires, calls: Records, core: Records, bus: Records, until_ps: int) -> int:
    """Run what is due before `until_ps`; return when the next is due.

    `calls` has one CALL per part, by place; `core` and `bus` are their state. Stops early when a
    message leaves the island (at its arrival), when the core needs instructions, passes a mark or
    ends, and when the bus finds nobody at an address.
    """
    due_ps = wires.due_ps
    state = core[0]
    marks, finished = state.marks_made, state.finished
    while True:
        place = CORE
        now_ps = due_ps[CORE]
        for other in range(L1I, due_ps.shape[0]):
            if due_ps[other] < now_ps:
                place = other
                now_ps = due_ps[other]
        if now_ps >= until_ps or now_ps >= due_ps[NOBODY]:
            return now_ps
        part = calls[place]
        due_ps[place] = call_plugged(part.step, now_ps, (part.address, now_ps))
        if place == CORE and (state.hungry or state.marks_made != marks):
            return now_ps
        if state.finished != finished or bus[0].unmapped:
            return now_ps


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
        self._bundles: dict[int, Bundle] = {}
        self._calls: Records = np.zeros(0, CALL)
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
        self._calls = np.zeros(parts + 1, CALL)
        self._bundles = {}
        for place, stepping in self._steppings.items():
            bundle = self._bundles[place] = stepping.bundled(ports[place])
            self._calls[place] = (plugged(stepping.step, (0, 0)), bundle.address)
            self.wires.due_ps[place] = self.now_ps
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
        next_ps = self._advance(until_ps)
        while core.state["hungry"][0] and core.after is not None and core.after():
            next_ps = self._advance(until_ps)
        self._check_bus()
        stopped = before != self._milestones()
        if stopped and next_ps > self.now_ps:
            self._stop_ps = int(next_ps)
        elif stopped or due_ps[NOBODY] < FOREVER:
            self._hand_over()
        return int(next_ps)

    def _advance(self, until_ps: int) -> int:
        """Run what is due before `until_ps`; return when the next is due."""
        core, bus = self._steppings[CORE].state, self._steppings.get(BUS)
        bus_state = np.zeros(1, BUS_RECORD) if bus is None else bus.state
        return advance(self.wires, self._calls, core, bus_state, until_ps)

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
