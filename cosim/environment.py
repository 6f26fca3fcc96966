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

from collections.abc import Callable, Iterable
from enum import Enum
from heapq import heappop, heappush
from random import Random
from typing import Any

import simpy
from simpy.core import EmptySchedule, Infinity, StopSimulation
from simpy.events import EventPriority, Timeout

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
        self._ran = 0
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
        timeout = Timeout.__new__(Timeout)
        timeout.env = self
        timeout.callbacks = []
        timeout._value = value
        timeout._delay = delay
        timeout._ok = True
        now = self._now
        at = now + delay
        if at == now:
            self.runnable.append(timeout)
        else:
            self.put(at, timeout)
        return timeout

    def _evaluate(self, batch: list[Any]) -> None:
        """Run a batch of items. The hottest function of all: what it calls is spelt out."""
        urgent, buckets, times, now = self.urgent, self.buckets, self.times, self._now
        self.batch = batch
        self.walk = iter(batch)
        self._ran += len(batch)
        for item in self.walk:
            if urgent:
                self._run_urgent(item)
            answer = None
            if type(item) is Method:
                self._active_proc = item  # type: ignore[assignment]
                try:
                    item.call()
                except BaseException as error:  # noqa: BLE001 - SimPy: it fails its process
                    item.end(error)
                if item.next is None:
                    item.listening = True
                else:
                    item.arm()
                continue
            if type(item) is not Process:
                if not (len(item.callbacks) == 1 and type(item.callbacks[0]) is Process and item._ok):
                    self.process_event(item)
                    continue
                event, item = item, item.callbacks[0]
                event.callbacks, answer = None, event._value
            self._active_proc = item
            try:
                wish = item.send(answer)
            except BaseException as error:  # noqa: BLE001 - the same
                item.end(error)
                continue
            if type(wish) is int and wish > 0:
                item._target = at = now + wish
                bucket = buckets.get(at)
                if bucket is None:
                    buckets[at] = item
                    heappush(times, at)
                elif type(bucket) is list:
                    bucket.append(item)
                else:
                    buckets[at] = [bucket, item]
            elif type(wish) is Event:
                item._target, item.since_ps = wish, now
                wish._waiting.append(item)
            else:
                item.wait(wish)

    def _run_urgent(self, *interrupted: Any) -> None:
        """Run SimPy's urgent events; if that ends the run, put the item they delayed back."""
        self._ran += 1
        try:
            while self.urgent:
                self.process_event(heappop(self.urgent)[2])
        except BaseException:
            self.runnable[:0] = [*interrupted, *self.walk]
            raise

    def process_event(self, event: simpy.Event) -> None:
        """Call everyone who waits for a SimPy event."""
        if event is NOTHING:
            self.skipped += 1
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

    def _cycle(self, stop_at: Any) -> None:
        """Repeat delta cycles and move time until `stop_at`, or until nothing is left."""
        runnable, urgent, late = self.runnable, self.urgent, self.late
        batch: list[Any] | None = []
        deltas = 0
        while batch is not None:
            while batch or runnable or urgent or late:
                if not batch:
                    batch = self._next_batch()
                if self._shuffle is not None:
                    self._shuffle(batch)
                self._evaluate(batch)
                batch = []
            if self._ran or self.updates or self.deltas:
                if not self._delta():
                    return
                deltas += 1
                if deltas > self.delta_limit:
                    self._report_loop()
            if not (runnable or urgent):
                batch = self._advance(stop_at)
                deltas = 0

    def _next_batch(self) -> list[Any]:
        if self.urgent:
            self._run_urgent()
        elif not self.runnable:
            self.runnable.append(heappop(self.late)[2])
        batch = self.runnable.copy()
        self.runnable.clear()
        return batch

    def _delta(self) -> bool:
        """Update, then notify; False if the run ends here."""
        self.stamp += 1
        self._active_proc = None
        if self.updates:
            updates, self.updates = self.updates, []
            for channel in updates:
                channel.update()
        if self._stages:
            self._tell(Stage.POST_UPDATE)
        if self._halt is Stage.PRE_STOP:
            return False
        if self._ran > self.skipped:
            self.delta_count += 1
        self._ran = self.skipped = 0
        if self.deltas:
            deltas, self.deltas = self.deltas, []
            for item in deltas:
                item.wake(None)
        return self._halt is None

    def _advance(self, stop_at: Any) -> list[Any] | None:
        """Move time to the next entry before `stop_at` and return it; None if there is none."""
        if self.settling:
            self._settle()
        when = self._next_time()
        if when >= stop_at:
            return None
        if self._stages:
            self._tell(Stage.PRE_TIMESTEP)
        heappop(self.times)
        bucket = self.buckets.pop(when)
        self._now = when
        self.stamp += 1
        batch = bucket if type(bucket) is list else [bucket]
        if self.ranked:
            while self.ranked and self.ranked[0][0] == when:
                _, priority, _, event = heappop(self.ranked)
                self.schedule_ranked(event, priority, when)
        if self.notices and when in self.notices:
            self.notices.discard(when)
            for item in batch:
                if isinstance(item, simpy.Event):
                    self.runnable.append(item)
                else:
                    item.wake(None)
            return []
        return batch

    def _next_time(self) -> Any:
        while self.times:
            if self.times[0] in self.buckets:
                return self.times[0]
            heappop(self.times)
        return Infinity

    def _settle(self) -> None:
        settling, self.settling = self.settling, []
        for settle in settling:
            settle()

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
        return self._next_time()

    def step(self) -> None:
        """Run one item, as SimPy does; update, notify and move time when an evaluation is over."""
        while not (self.runnable or self.urgent or self.late):
            if self._ran or self.updates or self.deltas:
                self._delta()
            else:
                batch = self._advance(Infinity)
                if batch is None:
                    raise EmptySchedule
                self.runnable.extend(batch)
        if self.urgent:
            self._ran += 1
            self.process_event(heappop(self.urgent)[2])
        else:
            if not self.runnable:
                self.runnable.append(heappop(self.late)[2])
            self._evaluate([self.runnable.pop(0)])
        self._active_proc = None

    def run(self, until: Any = None) -> Any:
        """Run until nothing is left, until a time (what is due then does not run) or an event.

        Returns the value of the event, else None.
        """
        if self._stopped:
            raise CosimError("the simulation was stopped and cannot go on; make a new one")
        if type(self).step is not Environment.step or "step" in self.__dict__:
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
        try:
            self._cycle(stop_at)
        finally:
            self.runnable[:0] = self.walk
            self._active_proc = None
        if self._halt is not None:
            self._stopped = self._halt is Stage.PRE_STOP
            self._tell(self._halt)
        elif stop_at is not Infinity:
            if self._next_time() == stop_at:
                self.runnable.extend(self._advance(Infinity) or ())
            self._now = stop_at

    def run_delta(self) -> None:
        """Run one delta cycle of this instant."""
        self._halt = None
        while self.runnable or self.urgent or self.late:
            self._evaluate(self._next_batch())
        self._delta()
        self._active_proc = None

    def pause(self) -> None:
        """Let `run` return after this delta cycle; the next `run` goes on."""
        self._halt = Stage.PRE_PAUSE

    def stop(self, *, immediately: bool = False) -> None:
        """End the simulation after this evaluation and its updates.

        With `immediately`, what has not run yet in this evaluation does not run either.
        """
        self._halt = Stage.PRE_STOP
        if immediately:
            self.urgent.clear()
            self.runnable.clear()
            for _ in self.walk:
                pass

    def on_stage(self, stage: Stage, callback: Callable[[], None]) -> None:
        """Call `callback` at each such moment."""
        self._stages.setdefault(stage, []).append(callback)

    def _tell(self, stage: Stage) -> None:
        for callback in self._stages.get(stage, ()):
            callback()
