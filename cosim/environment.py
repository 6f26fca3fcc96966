"""The environment of a simulation: SimPy's, with integer picoseconds and delta cycles.

Processes, methods and SimPy's own events run in the order of simulated time; `cosim/phases.py`
says in which order within an instant. With `shuffle_seed` the order inside each evaluation is drawn
at random, which exposes models that rely on it.

Source:     IEEE 1666, 4.2 (scheduler) and 4.5 (stop, pause); SimPy 4.1, core.py.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_simpy_suite.py,
            tests/kernel/test_simpy_random_models.py
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from random import Random
from typing import Any

import simpy
from simpy.core import EmptySchedule, Infinity, StopSimulation

from cosim.errors import CosimError
from cosim.event import Event
from cosim.phases import DELTA_LIMIT, Phases, Stage
from cosim.process import Method, Process, Steps
from cosim.schedule import NOTHING

NEW = object.__new__
EMPTY: list[Any] = []


class Timeout(simpy.Timeout):
    """SimPy's timeout, made without a call per layer."""

    _ok = True
    _value = None


class Environment(Phases):
    """Runs processes, methods and SimPy events in the order of simulated time."""

    def __init__(
        self,
        initial_time: Any = 0,
        *,
        shuffle_seed: int | None = None,
        delta_limit: int = DELTA_LIMIT,
    ) -> None:
        super().__init__(initial_time, delta_limit=delta_limit)
        self._stopped = False
        self._random = None if shuffle_seed is None else Random(shuffle_seed)

    def process(self, generator: Steps, name: str | None = None) -> Process:
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

    def timeout(self, delay: Any = 0, value: Any = None) -> Timeout:
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
            self._evaluate(self._shuffled(batches, self._random) if self._random else batches)
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

    def _shuffled(self, batches: Iterable[list[Any]], random: Random) -> Iterator[list[Any]]:
        for batch in batches:
            random.shuffle(batch)
            yield batch

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
