"""The environment: SimPy's, with integer picoseconds and delta cycles.

At each instant it repeats one delta cycle until nothing is left:

    evaluate   run everything runnable, first come, first served; SimPy's own events belong here,
               its urgent ones (new processes, interrupts) first
    update     channels take over what was written to them; who waits for a change is woken first
    notify     delta notifications and waits of 0 ps wake, in the order in which they were asked for

Then time moves on. With `shuffle_seed` the order inside each evaluation is drawn at random, which
exposes models that rely on it.

Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_systemc_*.py
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import simpy
from simpy.core import EmptySchedule, Infinity, StopSimulation

from cosim.errors import CosimError, ElaborationError
from cosim.event import Event
from cosim.method import Method
from cosim.observing import Stage
from cosim.phase_queues import Inbox
from cosim.phases import DELTA_LIMIT, Phases
from cosim.process import Process, Steps
from cosim.schedule import Channel


class Environment(Phases):
    """Runs processes, methods and SimPy events in the order of simulated time."""

    def __init__(
        self,
        initial_time: Any = 0,
        *,
        shuffle_seed: int | None = None,
        delta_limit: int = DELTA_LIMIT,
    ) -> None:
        super().__init__(initial_time, delta_limit)
        self._stopped = False
        self._shuffle = Random(shuffle_seed).shuffle if shuffle_seed is not None else None

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
        if not callable(function):
            raise ElaborationError(
                f"spawn must be given a function that yields, and its arguments, not {function!r}; "
                "give steps that have begun to process()"
            )
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
        if isinstance(wish, Inbox):
            raise CosimError(
                f"{method.name} must be triggered by an event or a time, not by {wish}: a method "
                f"is handed nothing; use {wish.arrived}, then get()"
            )
        method.next = wish

    def request_update(self, channel: Channel) -> None:
        """Call `channel.update()` in the update phase of this delta cycle."""
        if channel not in self.updates:
            self.updates.append(channel)

    def peek(self) -> Any:
        """Return the time of what comes next, infinity if nothing does.

        Within `run(until)` the end of the run comes next if nothing does before.
        """
        if self.has_more or self.urgent or self.late or self.deltas or self.updates or self.last:
            return self._now
        if self.times and self.buckets.get(self.times[0]):
            at = self.times[0]
        else:
            at = min((at for at, bucket in self.buckets.items() if bucket), default=Infinity)
        return at if self._stop_at is None else min(at, self._stop_at)

    def step(self) -> None:
        """Run one item, as SimPy does; update, notify and move time when an evaluation is over."""
        batch = next(self.batches(None), None)
        if batch is None:
            self.batch = []
            raise EmptySchedule
        item = next(batch)
        self.put_off()
        self.special = True  # nothing passes by itself
        before = self.skipped
        self.evaluate([iter((item,))])
        if self.skipped == before:
            self.continued = self.stamp  # this evaluation did something, whatever else it runs
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
            self._run_until(None)
        except StopSimulation as stop:
            return stop.args[0]
        if self.halt is None:
            raise RuntimeError(
                f'No scheduled events left but "until" event was not triggered: {event}'
            )
        return None

    def _stop_time(self, until: Any) -> Any:
        if until is None:
            return None
        stop_at = until if isinstance(until, int) else float(until)
        if stop_at <= self._now:
            raise ValueError(f"until ({stop_at}) must be greater than the current simulation time")
        return stop_at

    def _run_until(self, stop_at: Any) -> None:
        self.halt = None
        self._stop_at = stop_at
        try:
            batches = self.batches(stop_at)
            self.evaluate(batches if self._shuffle is None else map(self._shuffled, batches))
        except BaseException as error:
            self.interrupt(error)
            raise
        finally:
            self._active_proc = self._stop_at = None
        self.batch = []
        if self.halt is not None:
            self._stopped = self.halt is Stage.PRE_STOP
            self.tell(self.halt)
        elif stop_at is not None:
            if self.peek() == stop_at:
                self.open(stop_at, self.take_out(stop_at))
            self._now = stop_at

    def _shuffled(self, remaining: Iterator[Any]) -> Iterator[Any]:
        if self._shuffle is not None and self.runnable is self.batch:
            self._shuffle(self.batch)
            self.runnable = []
        return remaining

    def run_delta(self) -> None:
        """Run one delta cycle of this instant."""
        self.halt = None
        self.special = True  # nothing passes by itself
        self.begin()
        while self.urgent or self.runnable:
            self.evaluate([self.take()])
            if self.runnable is self.batch:
                self.runnable = []
        idle = not self.ran
        self.turn()
        self.phantoms += idle
        self.batch = []
        self._active_proc = None

    def pause(self) -> None:
        """Let `run` return after this delta cycle; the next `run` goes on."""
        self.halt = Stage.PRE_PAUSE
        self.special = True

    def stop(self, *, immediately: bool = False) -> None:
        """End the simulation after this evaluation and its updates.

        With `immediately`, what has not run yet in this evaluation does not run either.
        """
        self.halt = Stage.PRE_STOP
        self.special = True
        if immediately:
            self.urgent.clear()
            self.runnable.clear()
            deque(self.remaining, maxlen=0)

    def on_stage(self, stage: Stage, callback: Callable[[], None]) -> None:
        """Call `callback` at each such moment."""
        self._stages.setdefault(stage, []).append(callback)
        self.always_special = self.special = True
