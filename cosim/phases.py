"""The phases of a simulation: evaluate, update, notify, and time moves on.

What runs at one instant is a list of items, first come, first served: processes, methods and
SimPy's triggered events. When an instant is over, time moves to the next entry of the schedule.

Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_systemc_*.py
"""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import StopSimulation
from simpy.events import URGENT, EventPriority
from simpy.resources.resource import Release, Request
from simpy.resources.store import StoreGet, StorePut

from cosim import failure
from cosim.errors import DeadlockError
from cosim.event import Event
from cosim.process import Method, Process
from cosim.schedule import NEVER, NOTHING, Schedule
from cosim.signals import Changed

DELTA_LIMIT = 1_000_000
"""Delta cycles at one instant after which a loop without delay is reported. Estimate: one second
of running, and a thousand times the depth of any combinational path."""


class Stage(Enum):
    """Moments of the simulation that can be listened to."""

    POST_UPDATE = "after each update phase"
    PRE_TIMESTEP = "before time moves on"
    PRE_PAUSE = "before `run` returns because of `pause`"
    PRE_STOP = "before `run` returns because of `stop`"


class Timeout(simpy.Timeout):
    """SimPy's timeout; `Phases.timeout` sets its fields, which is faster than a call."""

    __slots__ = ("_delay", "_ok", "_value", "callbacks", "env")

    __init__ = object.__init__


IDLE: list[Any] = []
"""A batch of nothing: this instant is over."""

WAITED_FOR = frozenset(
    (Changed, Event, Method, Process, Release, Request, StoreGet, StorePut, Timeout, simpy.Event)
)
"""The events most often waited for, known by their exact type; others take the longer way."""


class Phases(Schedule):
    """Works through the lists of a simulation, phase by phase."""

    __slots__ = ("_check_at", "_checked_ps", "_stages", "always_special", "delta_limit", "halt")

    def __init__(self, initial_time: Any, delta_limit: int) -> None:
        super().__init__(initial_time)
        self.delta_limit = delta_limit
        self.halt: Stage | None = None
        self.always_special = False
        self._check_at = 0
        self._checked_ps: Any = None
        self._stages: dict[Stage, list[Callable[[], None]]] = {}

    def timeout(self, delay: Any = 0, value: Any = None) -> Timeout:
        """Return SimPy's event that happens after `delay`."""
        timeout: Timeout = Timeout()
        timeout.env = self
        timeout.callbacks = []
        timeout._delay = delay
        timeout._value = value
        timeout._ok = True
        if delay > 0:
            at = self._now + delay
            if self.times:
                fresh = [timeout]
                bucket = self.buckets.setdefault(at, fresh)
                if bucket is fresh:
                    heappush(self.times, at)
                else:
                    bucket.append(timeout)
            elif self.lone is None:
                self.lone_at, self.lone = at, [timeout]
            else:
                self.bucket(at).append(timeout)
        else:
            if delay < 0:
                raise ValueError(f"Negative delay {delay}")
            self.runnable.append(timeout)
        return timeout

    def evaluate(self, batches: Iterable[list[Any]], urgent: list[Any]) -> None:
        """Run every item, what is `urgent` first. The hottest function: calls are spelt out."""
        buckets, times = self.buckets, self.times
        fresh: list[Any]
        for batch in batches:
            period = NEVER
            for item in batch:
                if urgent:
                    self.run_urgent(item)
                answer, kind = None, type(item)
                if kind is not Process:
                    if kind is Method:
                        item.run()
                        continue
                    callbacks = item.callbacks
                    if len(callbacks) != 1 or type(callbacks[0]) is not Process or not item._ok:
                        self.process_event(item)
                        continue
                    item.callbacks, answer, item = None, item._value, callbacks[0]  # noqa: PLW2901
                self._active_proc, send = item, item.send
                try:
                    wish = send(answer)
                except BaseException as error:  # noqa: BLE001 - SimPy: it fails its process
                    wish = item.end(error)
                kind = type(wish)
                if kind is int and wish > 0:
                    if wish != period:  # else as the item before: into the same bucket
                        due, period, fresh = self._now + wish, wish, []
                        bucket = buckets.setdefault(due, fresh) if times else self.bucket(due)
                        if bucket is fresh:
                            heappush(times, due)
                        enter = bucket.append
                    item._target = due
                    enter(item)
                elif kind in WAITED_FOR and wish.callbacks is not None:
                    item._target, item.since_ps = wish, self._now
                    wish.callbacks.append(item)
                else:
                    item.wait(wish)

    def run_urgent(self, *interrupted: Any) -> None:
        """Start processes, run SimPy's urgent events.

        If that ends the run, put the item they delayed back.
        """
        self.continued = self.stamp
        while self.urgent:
            items = [item for _, _, item in sorted(self.urgent)]
            self.urgent.clear()
            try:
                self.evaluate([items], IDLE)
            except BaseException:
                for item in self._not_run(items):
                    self.schedule(item, URGENT)
                self.runnable[:0] = interrupted
                raise

    def process_event(self, event: Any) -> None:
        """Call everyone who waits for a SimPy event."""
        if event is NOTHING:
            self.skip()
            return
        self._active_proc = None
        callbacks, event.callbacks = event.callbacks, None
        try:
            for callback in callbacks:
                if type(callback) is Process:
                    callback.resume_with(event)
                else:
                    callback(event)
        except StopSimulation:
            event.callbacks = callbacks[callbacks.index(callback) + 1 :]
            self.schedule(event, EventPriority(-1))
            raise
        if not event._ok and not hasattr(event, "_defused"):
            raise failure.again(event._value)

    def batches(self, stop_at: Any) -> Iterator[list[Any]]:  # noqa: C901 - calls are spelt out
        """Yield what to run next; update, notify and move time in between."""
        urgent = self.urgent
        batch = self._resume()
        while batch is not None:
            while batch:
                self.batch = batch
                yield batch
                if urgent:
                    self.run_urgent()
                if self.runnable:
                    self.continued = self.stamp
                elif self.special:
                    if self.turn():
                        return
                elif self.updates or self.deltas:
                    self._active_proc = None
                    updates, self.updates = self.updates, []
                    for channel in updates:
                        channel.update()
                    self.stamp = stamp = self.stamp + 1
                    if self.deltas:
                        self._notify()
                    if stamp > self._check_at:
                        self._check_time_moves()
                    if not self.runnable:
                        self._end_instant()
                    elif self.followers:
                        self.keep()
                else:
                    self.stamp += 1
                    if not self.followers:
                        break
                    self.settle()
                batch, self.runnable = self.runnable, []
            batch = self._advance(stop_at)

    def _advance(self, stop_at: Any) -> list[Any] | None:
        """Move time to what is due next; None if nothing is, before `stop_at`."""
        lone = self.lone
        if lone is not None:
            when, batch = self.lone_at, lone
            if stop_at is not None and when >= stop_at:
                return None
            self.lone = None
        elif self.times:
            when = self.times[0]
            if stop_at is not None and when >= stop_at:
                return None
            batch = self.buckets.pop(heappop(self.times), IDLE)
        else:
            return None
        if batch:
            if self.notices or self.special:
                batch = self.open(when, batch)
            self._now = when
        return batch

    def _resume(self) -> list[Any] | None:
        """Return what runs first: go on where the last run or step ended."""
        self.begin()
        if not self.runnable and (self.ran or self.updates or self.deltas):
            idle = not self.ran
            if self.turn():
                return None
            self.phantoms += idle
        batch, self.runnable = self.runnable, []
        return batch

    def begin(self) -> None:
        """Make what was written and notified before the very first evaluation seen in it."""
        if not self.stamp and not self.ran and (self.updates or self.deltas):
            self.turn()
            self.phantoms += 1
            self.runnable = list(dict.fromkeys(self.runnable))
        if self.urgent:
            self.run_urgent()

    @property
    def ran(self) -> bool:
        """Whether something ran in this evaluation."""
        return bool(self.batch) or self.continued == self.stamp

    def turn(self) -> bool:
        """Update and notify, and do what is rarely asked for; True if the run ends here."""
        if self.late:
            self.continued = self.stamp
            self.runnable.append(heappop(self.late)[2])
            return False
        self._active_proc = None
        updates, self.updates = self.updates, []
        for channel in updates:
            channel.update()
        skipped = self.all_skipped()
        self.skip_number()
        self.tell(Stage.POST_UPDATE)
        if self.halt is Stage.PRE_STOP:
            return True
        self.phantoms += skipped - 1
        self._notify()
        if not self.runnable:
            self._end_instant()
        elif self.followers:
            self.keep()
        return self.halt is not None

    def _end_instant(self) -> None:
        """Before time moves on: number the next evaluation anew; do what is rarely asked for."""
        self.skip_number()
        if self.followers:
            self.settle()
        if self.special:
            self.clear_dead()
            self.special = self.always_special

    def _notify(self) -> None:
        if self.resets:
            self._run_resets()
        deltas, self.deltas = self.deltas, []
        for item in deltas:
            item.wake(None)

    def _run_resets(self) -> None:
        """Run methods that a signal reset asynchronously, counted with the update phase."""
        resets, self.resets = self.resets, []
        self.phantoms += 1
        for method in resets:
            method.run_at_reset()
        self.phantoms -= 1

    def open(self, when: Any, bucket: list[Any]) -> list[Any]:
        """Move time; return of a bucket what runs, and wake the rest."""
        if self._stages:
            self.tell(Stage.PRE_TIMESTEP)
        self._now = when
        while self.ranked and self.ranked[0][0] == when:
            _, priority, _, event = heappop(self.ranked)
            self.schedule_ranked(event, priority, when)
            self.runnable.append(NOTHING)
        if when not in self.notices:
            return bucket
        self.notices.remove(when)
        runnable = self.runnable
        for item in bucket:
            if isinstance(item, simpy.Event):
                runnable.append(item)
            else:
                item.wake(None)
        if not runnable:
            self.skip_number()
        self.runnable = []
        return runnable

    def tell(self, stage: Stage) -> None:
        """Call who listens to `stage`."""
        for callback in self._stages.get(stage, ()):
            callback()

    def _check_time_moves(self) -> None:
        """Raise an error if time has not moved since this was last called."""
        self._check_at = self.stamp + self.delta_limit
        if self._checked_ps != self._now:
            self._checked_ps = self._now
            return
        names = sorted({str(getattr(item, "name", item)) for item in self.runnable})
        raise DeadlockError(
            f"time stands still at {self._now} ps: a loop without delay must end within "
            f"{self.delta_limit} delta cycles; still running: {', '.join(names[:8])}"
        )

    def left_over(self) -> list[Any]:
        """Return what of the batch that an exception interrupted has not run yet."""
        batch, self.batch = self.batch, [NOTHING]
        return self._not_run(batch)

    def _not_run(self, batch: list[Any]) -> list[Any]:
        done = [self._active_proc, NOTHING, *(entry[2] for entry in self.urgent)]
        return [
            item
            for item in batch
            if not any(item is other for other in done)
            and (
                not item.waiting
                if isinstance(item, Process | Method) and not item.terminated
                else item.callbacks is not None
            )
        ]
