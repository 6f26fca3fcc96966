"""The phases of a simulation: evaluate, update, notify, and time moves on.

At each instant one delta cycle is repeated until nothing is left:

    evaluate   run everything runnable, first come, first served; SimPy's own events belong here,
               its urgent ones (new processes, interrupts) first
    update     channels take over what was written to them; who waits for a change is woken first
    notify     delta notifications and waits of 0 ps wake, in the order in which they were asked for

Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_systemc_scheduler.py
"""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import StopSimulation
from simpy.events import EventPriority

from cosim.errors import DeadlockError
from cosim.process import Method, Process
from cosim.schedule import NOTHING, Schedule

DELTA_LIMIT = 1_000_000
"""Delta cycles at one instant after which a loop without delay is reported. Estimate: one second
of running, and a thousand times the depth of any combinational path."""


class Stage(Enum):
    """Moments of the simulation that can be listened to."""

    POST_UPDATE = "after each update phase"
    PRE_TIMESTEP = "before time moves on"
    PRE_PAUSE = "before `run` returns because of `pause`"
    PRE_STOP = "before `run` returns because of `stop`"


NEVER: Any = object()
"""No delay is this one."""


class Phases(Schedule):
    """Works through the lists of a simulation, phase by phase."""

    def __init__(self, initial_time: Any = 0, *, delta_limit: int = DELTA_LIMIT) -> None:
        super().__init__(initial_time)
        self.delta_limit = delta_limit
        self._halt: Stage | None = None
        self._stages: dict[Stage, list[Callable[[], None]]] = {}

    def on_stage(self, stage: Stage, callback: Callable[[], None]) -> None:
        """Call `callback` at each such moment."""
        self._stages.setdefault(stage, []).append(callback)
        self.special = True

    def _evaluate(self, batches: Iterable[list[Any]]) -> None:  # noqa: C901 - hot
        """Run every item of every batch. The hottest function: what it would call is spelt out."""
        urgent, buckets, times = self.urgent, self.buckets, self.times
        due = enter = NEVER
        for batch in batches:
            now, period, self.batch, self.walk = self._now, NEVER, batch, iter(batch)
            for item in self.walk:
                if urgent:
                    self._run_urgent(item)
                answer, kind = None, type(item)
                if kind is not Process and kind is not Method:
                    who = item.callbacks
                    if len(who) != 1 or type(who[0]) is not Process or not item._ok:
                        self.process_event(item)
                        continue
                    item.callbacks, answer, item = None, item._value, who[0]  # noqa: PLW2901 - hot
                self._active_proc = item
                try:
                    wish = item.send(answer)
                except BaseException as error:  # noqa: BLE001 - whatever ends a process fails it
                    wish = item.end(error)
                if wish is period:  # as the item before: into the same bucket
                    item._target = due
                    enter(item)
                elif type(wish) is int and wish > 0:
                    item._target = at = now + wish
                    if (bucket := buckets.setdefault(at, item)) is item:
                        heappush(times, at)
                        continue
                    if type(bucket) is not list:
                        bucket = buckets[at] = [bucket]
                    period, due, enter = wish, at, bucket.append
                    enter(item)
                elif wish is None and item.static:
                    item.listening = True
                elif (callbacks := getattr(wish, "callbacks", None)) is not None:
                    item._target, item.since_ps = wish, now
                    callbacks.append(item)
                else:
                    item.wait(wish)

    def _run_urgent(self, *interrupted: Any) -> None:
        """Run SimPy's urgent events; if that ends the run, put the item they delayed back."""
        self.batch = self.batch or [NOTHING]
        try:
            while self.urgent:
                self.process_event(heappop(self.urgent)[2])
        except BaseException:
            self.runnable[:0] = [*interrupted, *self.walk]
            raise

    def process_event(self, event: Any) -> None:
        """Call everyone who waits for a SimPy event; skip one that was taken back."""
        if event is NOTHING:
            self.skip()
            return
        self._active_proc = None
        callbacks, event.callbacks = event.callbacks, None
        try:
            for callback in callbacks:
                callback(event)
        except StopSimulation:
            event.callbacks = callbacks[callbacks.index(callback) + 1 :]
            self.schedule(event, EventPriority(-1))
            raise
        if not event._ok and not hasattr(event, "_defused"):
            error = type(event._value)(*event._value.args)
            error.__cause__ = event._value
            raise error

    def _batches(self, stop_at: Any) -> Iterator[list[Any]]:
        """Yield what to run next; update, notify and move time in between."""
        runnable, urgent, late, updates = self.runnable, self.urgent, self.late, self.updates
        deltas, times, buckets, notices = self.deltas, self.times, self.buckets, self.notices
        ran, spins = bool(self.batch), 0
        self._begin()
        while True:
            if runnable or urgent or late:
                ran = ran or bool(urgent)
                yield self._next_batch()
                ran = not (self.skipped and self.all_skipped()) or ran
                continue
            if updates or deltas or self.special:
                if self._turn(ran):
                    return
            elif ran:
                self.delta_count += 1
            ran = False
            if runnable or urgent:
                spins += 1
                if spins > self.delta_limit:
                    self._report_loop()
                continue
            spins = 0
            bucket = None
            while not bucket:
                if not times or times[0] >= stop_at:
                    return
                when = heappop(times)
                bucket = buckets.pop(when, None)
            self.stamp += 1
            if notices or self.special:
                bucket = self._open(when, bucket)
            self._now = when
            if bucket:
                yield bucket if type(bucket) is list else [bucket]
                ran = not (self.skipped and self.all_skipped())

    def _begin(self) -> None:
        """Make what was written and notified before the first evaluation visible in it."""
        if not self.stamp and (self.updates or self.deltas):
            self._turn(False)

    def _turn(self, ran: bool) -> bool:
        """Update and notify; True if the run ends here."""
        self.stamp += 1
        self._active_proc = None
        if self.updates:
            updates = self.updates.copy()
            self.updates.clear()
            for channel in updates:
                channel.update()
        if self.special:
            self._tell(Stage.POST_UPDATE)
            if self._halt is Stage.PRE_STOP:
                return True
        self.delta_count += ran
        if self.deltas:
            deltas = self.deltas.copy()
            self.deltas.clear()
            for item in deltas:
                item.wake(None)
        return self.special and self._attend()

    def _attend(self) -> bool:
        """Do what is rarely asked for at the end of a delta cycle; True if the run ends here."""
        self.clear_dead()
        if not (self.runnable or self.urgent):
            self.settle()
        self.special = bool(self._stages or self.ranked or self.settling)
        return self._halt is not None

    def _open(self, when: Any, bucket: Any) -> list[Any]:
        """Move time; sort a bucket out that holds more than processes and SimPy's events."""
        self._tell(Stage.PRE_TIMESTEP)
        self._now = when
        while self.ranked and self.ranked[0][0] == when:
            _, priority, _, event = heappop(self.ranked)
            self.schedule_ranked(event, priority, when)
        items = bucket if type(bucket) is list else [bucket]
        if when not in self.notices:
            return items
        self.notices.discard(when)
        for item in items:
            if isinstance(item, simpy.Event):
                self.runnable.append(item)
            else:
                item.wake(None)
        return []

    def _next_batch(self) -> list[Any]:
        runnable = self.runnable
        if self.urgent:
            self._run_urgent()
        if self.late and not runnable:
            runnable.append(heappop(self.late)[2])
        batch = runnable.copy()
        runnable.clear()
        return batch

    def _report_loop(self) -> None:
        names = sorted({str(getattr(item, "name", item)) for item in self.runnable})
        raise DeadlockError(
            f"time stands still at {self._now} ps: a loop without delay must end within "
            f"{self.delta_limit} delta cycles; still running: {', '.join(names[:8])}"
        )

    def _tell(self, stage: Stage) -> None:
        for callback in self._stages.get(stage, ()):
            callback()
