"""What runs now: SimPy's environment with integer picoseconds and delta cycles.

At each instant the environment repeats one delta cycle until nothing is left:

    evaluate   run everything runnable, first come, first served; SimPy's own events belong here,
               its urgent ones (new processes, interrupts) first
    update     channels take over what was written to them; who waits for a change is woken first
    notify     delta notifications and waits of 0 ps wake, in the order in which they were asked for

Then time moves on. With `shuffle_seed` the order inside each evaluation is drawn at random, which
exposes models that rely on it.

Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_systemc_*.py
"""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from heapq import heappop, heappush
from random import Random
from typing import Any

import simpy
from simpy.core import EmptySchedule, Infinity, StopSimulation
from simpy.events import EventPriority

from cosim.errors import CosimError, DeadlockError
from cosim.event import Event
from cosim.process import Method, Process, Steps
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


NEW = object.__new__
NEVER = object()
"""No delay is this one."""

EMPTY: list[Any] = []


class Timeout(simpy.Timeout):
    """SimPy's timeout, made without a call per layer."""

    _ok = True
    _value = None


class Environment(Schedule):
    """Runs processes, methods and SimPy events in the order of simulated time."""

    def __init__(
        self,
        initial_time: Any = 0,
        *,
        shuffle_seed: int | None = None,
        delta_limit: int = DELTA_LIMIT,
    ) -> None:
        super().__init__(initial_time)
        self.delta_limit = delta_limit
        self._halt: Stage | None = None
        self._stopped = False
        self._stages: dict[Stage, list[Callable[[], None]]] = {}
        self._shuffle = Random(shuffle_seed).shuffle if shuffle_seed is not None else None

    def process(  # type: ignore[override]
        self, generator: Steps, name: str | None = None
    ) -> Process:
        """Start a generator as a process, before anything else at this instant."""
        return Process(self, generator, name)

    def spawn(
        self,
        function: Callable[..., Steps],
        *arguments: Any,
        name: str | None = None,
        sensitive: Iterable[Any] = (),
        initialize: bool = True,
    ) -> Process:
        """Start `function(*arguments)` as a process that can be reset.

        A bare `yield` waits for the `sensitive` events or signals. With `initialize=False` the
        process starts when the first of them fires.
        """
        return Process(
            self,
            function(*arguments),
            name or function.__name__,
            function=lambda: function(*arguments),
            sensitive=sensitive,
            initialize=initialize,
        )

    def method(
        self,
        function: Callable[[], None],
        sensitive: Iterable[Any] = (),
        *,
        name: str | None = None,
        initialize: bool = True,
    ) -> Method:
        """Run `function` now (unless told not to) and whenever a `sensitive` event fires."""
        return Method(self, function, sensitive, name=name, initialize=initialize)

    def next_trigger(self, wish: Any = None) -> None:
        """Let the method that is running run next when `wish` comes true; the last call wins."""
        method: Any = self._active_proc
        if not isinstance(method, Method):
            raise CosimError("next_trigger must be called by a method; a process yields its wish")
        method.trigger_next(wish)

    def timeout(self, delay: Any = 0, value: Any = None) -> Timeout:  # type: ignore[override]
        """Return SimPy's event that happens after `delay`."""
        if delay < 0:
            raise ValueError(f"Negative delay {delay}")
        timeout = NEW(Timeout)
        timeout.env = self
        timeout.callbacks = []
        timeout._delay = delay
        if value is not None:
            timeout._value = value
        now = self._now
        at = now + delay
        if at == now:
            self.runnable.append(timeout)
            return timeout
        bucket = self.buckets.get(at)
        if bucket is None:
            self.buckets[at] = timeout
            heappush(self.times, at)
        elif type(bucket) is list:
            bucket.append(timeout)
        else:
            self.buckets[at] = [bucket, timeout]
        return timeout

    def _evaluate(self, batches: Iterable[list[Any]]) -> None:
        """Run every item of every batch. The hottest function: what it would call is spelt out."""
        urgent, buckets, times = self.urgent, self.buckets, self.times
        for batch in batches:
            now, period = self._now, NEVER
            self.batch, self.walk = batch, iter(batch)
            for item in self.walk:
                if urgent:
                    self._run_urgent(item)
                answer, kind = None, type(item)
                if kind is not Process and kind is not Method:
                    callbacks = item.callbacks
                    if len(callbacks) != 1 or type(callbacks[0]) is not Process or not item._ok:
                        self.process_event(item)
                        continue
                    item.callbacks, answer, item = None, item._value, callbacks[0]
                self._active_proc = item
                try:
                    wish = item.send(answer)
                except BaseException as error:
                    wish = item.end(error)
                if wish is period:  # as the item before: into the same bucket
                    item._target = due
                    enter(item)
                elif type(wish) is int and wish > 0:
                    item._target = at = now + wish
                    bucket = buckets.setdefault(at, item)
                    if bucket is item:
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

    def process_event(self, event: simpy.Event) -> None:
        """Call everyone who waits for a SimPy event."""
        if event is NOTHING:
            self.skip()
            return
        self._active_proc = None
        callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
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

    def peek(self) -> Any:
        """Return the time of what comes next, infinity if nothing does."""
        if self.runnable or self.urgent or self.late or self.deltas or self.updates:
            return self._now
        while self.times:
            if self.buckets.get(self.times[0]):
                return self.times[0]
            self.buckets.pop(heappop(self.times), None)
        return Infinity

    def step(self) -> None:
        """Run one item, as SimPy does; update, notify and move time when an evaluation is over."""
        if not (self.runnable or self.urgent):
            batch = next(self._batches(Infinity), None)
            if batch is None:
                self.batch = EMPTY
                raise EmptySchedule
            self.runnable[:0] = batch
        if self.urgent:
            self.batch = self.batch or [NOTHING]
            self.process_event(heappop(self.urgent)[2])
        else:
            self._evaluate([[self.runnable.pop(0)]])
        self._active_proc = None

    def run(self, until: Any = None) -> Any:
        """Run until nothing is left, until a time (what is due then does not run) or an event.

        Returns the value of the event, else None.
        """
        if self._stopped:
            raise CosimError("the simulation was stopped and cannot go on; make a new one")
        if getattr(self.step, "__func__", None) is not Environment.step:
            return super().run(until)
        event = until.once() if isinstance(until, Event) else until
        if not isinstance(event, simpy.Event):
            return self._run_until(self._stop_time(until))
        if event.callbacks is None:
            return event.value
        event.callbacks.append(StopSimulation.callback)
        try:
            self._run_until(Infinity)
        except StopSimulation as stop:
            return stop.args[0]
        if self._halt is None:
            raise RuntimeError(
                f'No scheduled events left but "until" event was not triggered: {event}'
            )
        return None

    def _stop_time(self, until: Any) -> Any:
        if until is None:
            return Infinity
        stop_at = until if isinstance(until, int) else float(until)
        if stop_at <= self._now:
            raise ValueError(f"until ({stop_at}) must be greater than the current simulation time")
        return stop_at

    def _run_until(self, stop_at: Any) -> None:
        self._halt = None
        batches: Iterable[list[Any]] = self._batches(stop_at)
        try:
            self._evaluate(batches if self._shuffle is None else map(self._shuffled, batches))
        finally:
            self.runnable[:0] = self.walk
            self._active_proc = None
        self.batch = EMPTY
        if self._halt is not None:
            self._stopped = self._halt is Stage.PRE_STOP
            self._tell(self._halt)
        elif stop_at is not Infinity:
            self.stamp += 1
            if self.peek() == stop_at:
                bucket = self.buckets.pop(heappop(self.times))
                self.runnable += self._open(stop_at, bucket)
            self._now = stop_at

    def _shuffled(self, batch: list[Any]) -> list[Any]:
        self._shuffle(batch)
        return batch

    def run_delta(self) -> None:
        """Run one delta cycle of this instant."""
        self._halt = None
        self._begin()
        ran = bool(self.batch)
        while self.runnable or self.urgent or self.late:
            ran = ran or bool(self.urgent)
            self._evaluate([self._next_batch()])
            ran = not (self.skipped and self.all_skipped()) or ran
        self._turn(ran)
        self.batch = EMPTY
        self._active_proc = None

    def pause(self) -> None:
        """Let `run` return after this delta cycle; the next `run` goes on."""
        self._halt = Stage.PRE_PAUSE
        self.special = True

    def stop(self, *, immediately: bool = False) -> None:
        """End the simulation after this evaluation and its updates.

        With `immediately`, what has not run yet in this evaluation does not run either.
        """
        self._halt = Stage.PRE_STOP
        self.special = True
        if immediately:
            self.urgent.clear()
            self.runnable.clear()
            for _ in self.walk:
                pass

    def on_stage(self, stage: Stage, callback: Callable[[], None]) -> None:
        """Call `callback` at each such moment."""
        self._stages.setdefault(stage, []).append(callback)
        self.special = True

    def _tell(self, stage: Stage) -> None:
        for callback in self._stages.get(stage, ()):
            callback()
