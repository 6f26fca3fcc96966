"""The fast shell: the core and the parts that only it uses as one compiled loop.

The parts keep their records and their `step`; only the links between them become shared. Between
two SimPy events nothing from outside can reach them, so the loop runs ahead to the next event,
to a message that leaves the island, to a LAYER mark, or to the end of the program. Inside a window
(`watch`) the parts are on their own: there the machine runs in the detailed shell, in its present
state, with everything to be seen; behind the window they are taken over again.

Models:     the same machine as the detailed shell, to the picosecond.
            If anybody listens, its messages are heard in a ring (cosim/exchange.py), and what
            changes in records is seen in a film (cosim/display.py).
Leaves out: outside windows, transactions on the sockets inside the island.
Checked by: tests/modes/test_island.py, tests/modes/test_equal_windows.py,
            tests/modes/test_equal_exchanges.py
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import simpy
from simpy.events import EventPriority

from components.cpu.places import (
    BANKED_MEMORY,
    BUS,
    CORE,
    ITLB,
    LLC,
    MEMORY,
    PARTS,
    WALKER,
    Stepped,
    places,
)
from components.cpu.wiring import join
from components.interconnect.records import BUS as BUS_RECORD
from components.lpddr3.behaviour import overhear_served
from components.lpddr3.records import CHANNEL, SEEN, SERVED, Service
from cosim import Event, Module, ProtocolError, Steps, process
from cosim.bundle import Bundle
from cosim.compiled import Records, call_plugged, direct, inlined, plugged, rarely, record, worded
from cosim.display import SPARE as ROOM
from cosim.display import Display, Film, notice
from cosim.exchange import SPARE, Exchange, Ring, first_unheard, overhear
from cosim.messages import FOREVER, NOBODY, Wires, new_wires
from cosim.module import Scope
from cosim.probes import Probe
from cosim.stepping import Stepping

CALL = record("step", "address")
"""A part: number of its compiled behaviour, and address of the bundle that it works on."""

QUANTUM_PS = 10**9
"""ps; longest stretch run at once, so that the host can interrupt. Changes no result."""

LATE = EventPriority(2)
"""SimPy priority: after everything else of an evaluation."""


@inlined
def first_due(due_ps: Records) -> int:
    """Return the part that is due next; of several the first.

    It is looked for, not carried along with its time: the host guesses how that ends, and begins
    the next step before the last one has said when it wants to run again.
    """
    now_ps = earlier(soonest_from(due_ps, CORE), soonest_from(due_ps, LLC))
    if rarely(due_ps.shape[0] > ITLB):
        now_ps = earlier(now_ps, soonest_from(due_ps, ITLB))
    place = CORE
    while due_ps[place] != now_ps:
        place += 1
    return place


@inlined
def soonest_from(due_ps: Records, first: int) -> int:
    """Return the earliest of the times of four parts, from `first` on.

    They are compared in pairs: one behind the other, the host would wait for each.
    """
    one_ps = earlier(due_ps[first], due_ps[first + 1])
    return earlier(one_ps, earlier(due_ps[first + 2], due_ps[first + 3]))


@inlined
def earlier(one_ps: int, other_ps: int) -> int:
    """Return the earlier of two times."""
    return one_ps if one_ps < other_ps else other_ps  # noqa: FURB136 - numba makes a call of min


@inlined
def hears(wires: Wires, ears: Records, tape: Records, heard: Records, now_ps: int) -> bool:
    """Keep what has arrived until now; return False if the ring might not hold it."""
    if ears.shape[0] and now_ps > tape[0].until_ps:
        if tape[0].count > heard.shape[0] - SPARE:
            return False
        overhear(wires, ears, tape, heard, now_ps)
    return True


@worded
def advance(
    wires: Wires, calls: Records, core: Records, bus: Records, ears: Records, tape: Records,
    heard: Records, sights: Records, shown: Records, reel: Records, changes: Records,
    channel: Records, seen: Records, until_ps: int,
) -> int:  # fmt: skip
    """Run what is due before `until_ps`; return when the next is due, or a message is to be heard.

    `calls` has one CALL per part, by place; `ears`, `tape` and `heard` are a `Ring`, `sights` to
    `changes` a `Film`. Stops early when a message leaves the island (at its arrival), when
    the core is hungry, passes a mark or ends, the bus finds nobody, or ring or film is full.
    """
    due_ps = wires.due_ps
    state = core[0]
    marks, finished = state.marks_made, state.finished
    is_observed = ears.shape[0] > 0 or sights.shape[0] > 0
    while True:
        place = first_due(due_ps)
        now_ps = due_ps[place]
        if rarely(now_ps >= until_ps) or rarely(now_ps >= due_ps[NOBODY]):
            overhear(wires, ears, tape, heard, min(now_ps, until_ps, due_ps[NOBODY]) - 1)
            return min(now_ps, first_unheard(wires, ears, tape))
        if rarely(is_observed):
            is_full = reel[0].count >= changes.shape[0] - ROOM
            if is_full or not hears(wires, ears, tape, heard, now_ps):
                return now_ps
        part = calls[place]
        due_ps[place] = call_plugged(part.step, now_ps, (part.address, now_ps))
        if rarely(is_observed):
            if shown[place].first < shown[place].end:
                notice(sights, shown[place], reel, changes, now_ps)
            if place == MEMORY and ears.shape[0]:
                overhear_served(channel, seen, tape, heard, now_ps)
        if place == CORE:
            if rarely(state.hungry or state.marks_made != marks or state.finished != finished):
                return now_ps
        elif place == BUS and rarely(bus[0].unmapped):
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
        self.overhears = False
        """Whether messages are told to those who listen, and what changes in records is shown; to
        be set before the simulation starts."""
        self.remembers = False
        """Whether a window, or a snapshot after `recall`, begins with the last messages before it;
        to be set likewise."""
        self._ring = Ring()
        self._film = Film()
        self._exchanges: list[Exchange] = []
        self._arrays: tuple[Any, ...] = ()
        self._go: Callable[..., int] = advance
        self._memory: Any = None
        self._stop_ps = 0
        self._is_apart = True

    def watch(self, start_ps: int, end_ps: int) -> None:
        """Leave the parts to their own processes from `start_ps` until `end_ps`."""
        self.windows.append((start_ps, end_ps))

    def keeps(self, probe: Probe) -> bool:
        """Return whether a probe tells nothing while its loop runs, unless that overhears."""
        steppings = [part.stepping for part in self.members]
        told = [one for stepping in steppings for one in (stepping.display, *stepping.exchanges)]
        return any(one is not None and one.audience is probe.audience for one in told)

    def start_of_simulation(self) -> None:
        """Take the parts over from their own processes."""
        self._steppings = places(self.path, self.members)
        self._capture()

    def _capture(self) -> None:
        """Join the parts by shared links, unless they are."""
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
        self._listen(ports)

    def _listen(self, ports: Mapping[int, Records]) -> None:
        """Hear the messages of exchanges that anybody listens to.

        Those at the border are heard where they come and go.
        """
        ears: list[tuple[int, int]] = []
        self._exchanges = []
        heard = self._steppings if self.overhears or self.remembers else {}
        for place, stepping in heard.items():
            for port, exchange in zip(ports[place], stepping.exchanges, strict=True):
                if exchange is None or not exchange.audience.size:
                    continue
                if self.wires.links[int(port["outbox"])]["receiver"] == NOBODY:
                    continue
                ears += [(int(port[name]), len(self._exchanges)) for name in ("inbox", "outbox")]
                self._exchanges.append(exchange)
        self._ring.listen(ears, self.now_ps, last_only=not self.overhears)
        self._film.watch(self._seen_displays(), len(self._calls) - 1)
        self._arrays = self._worked_on()
        self._go = direct(advance, *self._arrays, 0)

    def _seen_displays(self) -> dict[int, Display]:
        """Return what is shown of the parts by their places, and show how it stands."""
        found = {}
        for place, stepping in self._steppings.items():
            display = stepping.display
            if self.overhears and display is not None and display.audience.size:
                display.begin(self.now_ps)
                found[place] = display
        return found

    def _worked_on(self) -> tuple[Any, ...]:
        """Return the arguments of the loop, all but the time."""
        bus, memory = self._steppings.get(BUS), self._steppings.get(MEMORY)
        ring, film = self._ring, self._film
        bus_state = np.zeros(1, BUS_RECORD) if bus is None else bus.state
        channel, seen = np.zeros(0, CHANNEL), np.zeros(0, SEEN)
        if memory is not None and self.overhears:
            self._memory = memory.module
            channel, seen = memory.state, self._memory.served_seen
        heard = (ring.ears, ring.tape, ring.heard)
        shown = (film.sights, film.parts, film.reel, film.changes)
        core = self._steppings[CORE].state
        return (self.wires, self._calls, core, bus_state, *heard, *shown, channel, seen)

    def _release(self) -> None:
        """Let each part step in its own process, unless it does."""
        if self._is_apart:
            return
        self.recall()
        for stepping in self._steppings.values():
            stepping.release()
        self._is_apart = True

    def recall(self) -> None:
        """Let each exchange know its last messages, if they were only remembered."""
        for when_ps, number, kind, address, tag in self._ring.last:
            self._exchanges[number].recall(self.now_ps, (when_ps, kind, address, tag))

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
        self.pulses.flush(self.now_ps - 1)
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
        """Run what is due before `until_ps`; return when the next is due.

        It comes back earlier when it has seen as much as it can keep.
        """
        try:
            next_ps = self._go(*self._arrays, until_ps)
        except ProtocolError as error:
            raise self._steppings[first_due(self.wires.due_ps)].refused(error) from None
        self._film.tell()
        for when_ps, number, kind, address, tag in self._ring.take():
            if number == SERVED:
                self._memory.serve(Service(when_ps, kind, address, tag))
            else:
                self._exchanges[number].hear(when_ps, kind, address, tag)
        return next_ps

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
