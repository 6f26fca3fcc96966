"""What runs now: SimPy's environment with integer picoseconds and delta cycles.

At each instant the environment repeats one delta cycle until nothing is left:
evaluate (run everything runnable, first come, first served), update (channels take their new
values over), notify (delta notifications and zero waits make processes runnable again). Then time
moves on. SimPy events without delay belong to the evaluation.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop
from random import Random
from typing import Any

import simpy
from simpy.core import EmptySchedule, Infinity, StopSimulation
from simpy.events import PENDING, EventPriority

from cosim.event import Event
from cosim.process import Method, Process, Steps
from cosim.schedule import NOTHING, Schedule


class Environment(Schedule):
    """Runs processes, methods and SimPy events in the order of simulated time."""

    def __init__(self, initial_time: int = 0, *, shuffle_seed: int | None = None) -> None:
        super().__init__(initial_time)
        self._ran = False
        self._shuffle = Random(shuffle_seed).shuffle if shuffle_seed is not None else None

    def process(self, generator: Steps, name: str | None = None) -> Process:  # type: ignore[override]
        """Start a generator as a process."""
        return Process(self, generator, name)

    def spawn(self, function: Callable[..., Steps], *args: Any, name: str | None = None) -> Process:
        """Start `function(*args)` as a process."""
        return Process(self, function(*args), name)

    def method(
        self,
        function: Callable[[], None],
        sensitive: Iterable[Event] = (),
        *,
        name: str | None = None,
        initialize: bool = True,
    ) -> Method:
        """Run `function` at time 0 (unless told not to) and whenever an event fires."""
        return Method(self, function, sensitive, name=name, initialize=initialize)

    def _walk(self, batch: Iterator[Any]) -> None:
        urgent = self.urgent
        for item in batch:
            if isinstance(item, Process) and item._value is PENDING:
                item.resume_plain()
            elif isinstance(item, Method):
                item.run()
            elif item is not NOTHING:
                self._process(item)
            if urgent:
                self._run_urgent()

    def _run_urgent(self) -> None:
        while self.urgent:
            self._process(heappop(self.urgent)[2])

    def _process(self, event: simpy.Event) -> None:
        """Call what waits for a SimPy event."""
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

    def _evaluate(self) -> None:
        runnable = self.runnable
        while True:
            self._run_urgent()
            if not runnable:
                if not self.late:
                    return
                runnable.append(heappop(self.late)[2])
            self._ran = True
            self.batch = runnable.copy()
            runnable.clear()
            if self._shuffle is not None:
                self._shuffle(self.batch)
            walk = iter(self.batch)
            try:
                self._walk(walk)
            except BaseException:
                runnable[:0] = walk
                raise

    def _delta(self) -> bool:
        """Update, then notify; True if there is something to run again."""
        self.stamp += 1
        if self._ran:
            self.delta_count += 1
            self._ran = False
        updates = self.updates
        for channel in updates:
            channel.update()
        updates.clear()
        deltas = self.deltas.copy()
        self.deltas.clear()
        for item in deltas:
            if item is not NOTHING:
                item.wake(None)
        return bool(self.runnable or self.urgent)

    def _settle(self) -> None:
        for settle in self.settling:
            settle()
        self.settling.clear()

    def _advance(self, stop_at: Any) -> bool:
        """Move time to the next entry before `stop_at`; False if there is none."""
        when = self.peek()
        if self.settling:
            self._settle()
        if when >= stop_at:
            return False
        heappop(self.times)
        self._now = when
        self.stamp += 1
        bucket = self.buckets.pop(when)
        items = bucket if type(bucket) is list else [bucket]
        while self.ranked and self.ranked[0][0] == when:
            _, priority, _, event = heappop(self.ranked)
            self._schedule_ranked(event, priority, when)
        if when in self.notices:
            self.notices.discard(when)
            for item in items:
                if isinstance(item, Process | Method | simpy.Event):
                    self.runnable.append(item)
                else:
                    item.wake(None)
        else:
            self.runnable.extend(items)
        return True

    def peek(self) -> Any:
        """Return the time of what comes next, infinity if nothing does."""
        if self.runnable or self.urgent or self.late or self.deltas or self.updates:
            return self._now
        while self.times:
            if self.times[0] in self.buckets:
                return self.times[0]
            heappop(self.times)
        return Infinity

    def step(self) -> None:
        """Process everything of one evaluation."""
        while not (self.runnable or self.urgent or self.late):
            if not self._delta() and not self._advance(Infinity):
                raise EmptySchedule
        self._evaluate()

    def run(self, until: Any = None) -> Any:
        """Run until nothing is left, until a time (events at it do not run) or an event."""
        stop_at = Infinity
        if isinstance(until, simpy.Event):
            if until.callbacks is None:
                return until.value
            until.callbacks.append(StopSimulation.callback)
        elif until is not None:
            stop_at = until if isinstance(until, int) else float(until)
            if stop_at <= self._now:
                raise ValueError(
                    f"until ({stop_at}) must be greater than the current simulation time"
                )
        try:
            while True:
                self._evaluate()
                if not self._delta() and not self._advance(stop_at):
                    break
        except StopSimulation as stop:
            return stop.args[0]
        if isinstance(until, simpy.Event):
            raise RuntimeError(
                f'No scheduled events left but "until" event was not triggered: {until}'
            )
        if stop_at is not Infinity:
            self._now = stop_at
        return None
