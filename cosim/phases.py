"""The phases of a simulation: evaluate, update, notify, and time moves on.

What runs at one instant is a list of items, first come, first served: processes, methods and
SimPy's triggered events. When an instant is over, time moves to the next entry of the schedule.

Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_systemc_*.py
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import heappop
from itertools import chain
from math import nan
from typing import Any

import simpy
from simpy.core import StopSimulation
from simpy.events import EventPriority
from simpy.resources.resource import Release, Request
from simpy.resources.store import StoreGet, StorePut

from cosim import failure
from cosim.errors import DeadlockError
from cosim.event import Event
from cosim.method import Method
from cosim.observing import Stage
from cosim.phase_queues import Inbox
from cosim.process import Process
from cosim.schedule import NOTHING, Schedule, Timeout
from cosim.signals import Changed

DELTA_LIMIT = 1_000_000
"""Delta cycles at one instant after which a loop without delay is reported. Estimate: one second
of running, and a thousand times the depth of any combinational path."""


IDLE: list[Any] = []
"""A batch of nothing: this instant is over."""

WAITED_FOR = frozenset((
    Changed, Event, Inbox, Method, Process, Release, Request, StoreGet, StorePut, Timeout,
    simpy.Event,
))  # fmt: skip
"""The events most often waited for, known by their exact type; others take the longer way."""


RUNNING = (simpy.Event, tuple)
"""What runs when its time comes, processes among them; all else is woken before anything runs."""


NO_OTHER = nan
"""ps; a wait that no other equals."""

REFUSED: tuple[Any, Any, Callable[[Any], None]] = (-1, -1, partial(Process.wait, wish=-1))
"""What a batch begins with, as `_entry` returns it: a wait of -1 ps, which raises TimeError."""


class Phases(Schedule):
    """Works through the lists of a simulation, phase by phase."""

    __slots__ = (
        "_check_at",
        "_checked_ps",
        "_stages",
        "_stop_at",
        "always_special",
        "delta_limit",
        "halt",
    )

    def __init__(self, initial_time: Any, delta_limit: int) -> None:
        super().__init__(initial_time)
        self.delta_limit = delta_limit
        self.halt: Stage | None = None
        self.always_special = False
        self._check_at = 0
        self._stop_at: Any = None
        self._checked_ps: Any = None
        self._stages: dict[Stage, list[Callable[[], None]]] = {}

    def evaluate(self, batches: Iterable[Iterable[Any]]) -> None:
        """Run every item. The hottest function: calls are spelt out."""
        for batch in batches:
            due, period, enter = REFUSED
            for item in batch:
                answer = None
                if type(item) is not Process:
                    if type(item) is tuple:
                        receiver, waiting, payload, phase = item
                        if not waiting:
                            self._active_proc, call = receiver, receiver.callback
                            call(payload, phase)
                            continue
                        answer, item = (payload, phase), waiting.pop(0)  # noqa: PLW2901 - who takes it runs now
                    elif type(item) is Method:
                        self._run_methods(item, batch)
                        continue
                    else:
                        callbacks = item.callbacks
                        if len(callbacks) != 1 or type(callbacks[0]) is not Process or not item._ok:
                            self.process_event(item)
                            continue
                        item.callbacks, answer, item = None, item._value, callbacks[0]  # noqa: PLW2901 - who waits for it runs now
                send = item.send
                self._active_proc = item
                try:
                    wish = send(answer)
                except BaseException as error:  # noqa: BLE001 - as in SimPy, any error ends who raised it
                    wish = item.end(error)
                if type(wish) is int:
                    if wish != period:  # else as the item before: into the same list
                        due, period, enter = self._entry(wish)
                    item._target = due
                    enter(item)
                elif type(wish) in WAITED_FOR and wish.callbacks is not None:
                    item._target, item.since_ps = wish, self._now
                    wish.callbacks.append(item)
                else:
                    item.wait(wish)

    def _run_methods(self, method: Method, others: Iterable[Any]) -> None:
        """Run a method and those right behind it, up to an item of another kind, which runs too."""
        for item in chain((method,), others):
            if type(item) is not Method:
                self.evaluate(((item,),))
                return
            self._active_proc = item
            try:
                item.call()
            except BaseException as error:  # noqa: BLE001 - as in SimPy, any error ends who raised it
                item.end(error)
            if item.next is None:
                item.listening = True
            else:
                item.arm()

    def _entry(self, delay: Any) -> tuple[Any, Any, Callable[[Any], None]]:
        """Return when an item is due after `delay`, for which delay that holds, and what takes it.

        That is a bucket, or what comes in the next delta cycle; if nothing else happens it is
        `_run_alone`, which holds for no other item.
        """
        at = self._now + delay
        if delay <= 0:
            return at, delay, partial(Process.wait, wish=delay) if delay else self.deltas.append
        if not self.times and len(self.batch) == 1:
            return at, NO_OTHER, self._run_alone
        return at, delay, self.bucket(at).append

    def _run_alone(self, process: Process) -> None:
        """Let time pass for a process that waits for time, as long as nothing else happens."""
        wish = process._target - self._now
        while (
            type(wish) is int
            and wish > 0
            and not (self.times or self.updates or self.deltas or self.special)
            and not (self.urgent or self.followers)
            and self.runnable is self.batch
            and len(self.batch) == 1
        ):
            due = self._now + wish
            if self._stop_at is not None and due >= self._stop_at:
                break
            self._now = process._target = due
            self.stamp += 1
            try:
                wish = process.send(None)
            except BaseException as error:  # noqa: BLE001 - as in SimPy, any error ends who raised it
                wish = process.end(error)
        process.wait(wish)

    def interrupt(self, error: BaseException) -> None:
        """Keep what has not run yet for the next run; say on the error of a call whose it is."""
        self.put_off()
        self.batch = [NOTHING]
        active = self._active_proc
        if active is not None and not isinstance(active, simpy.Event):
            failure.note(error, active.name, self._now)

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

    def batches(self, stop_at: Any) -> Iterator[Iterator[Any]]:
        """Go on where the last run or step ended: yield what to run, up to `stop_at`."""
        self.begin()
        if not (self.runnable or self.urgent) and (self.ran or self.updates or self.deltas):
            idle = not self.ran
            if self.turn():
                return iter(())
            self.phantoms += idle
        return self._batches(stop_at)

    def _batches(self, stop_at: Any) -> Iterator[Iterator[Any]]:  # noqa: C901, PLR0912 - the hot loop calls nothing it can do itself
        """Yield what to run, a list that grows while it is walked; then update, notify, move on."""
        batch, check_at, urgent = IDLE, self._check_at, self.urgent
        times, buckets, notices, followers = self.times, self.buckets, self.notices, self.followers
        while self.runnable or urgent or self._advance(stop_at):
            if urgent:
                yield self.take()
            else:
                self.batch = batch = self.runnable
                self.remaining = remaining = iter(batch)
                yield remaining
            if self.special or self.runnable is not batch:
                if self.turn_with_care(batch):
                    return
                continue
            if self.updates or self.deltas:
                if self.updates or self.waking:
                    self.runnable, self._active_proc = [], None
                    updates, self.updates = self.updates, []
                    for channel in updates:
                        channel.update()
                    self.stamp = stamp = self.stamp + 1
                    if self.deltas:
                        self._notify()
                else:
                    self.runnable, self.deltas = self.deltas, []
                    self.stamp = stamp = self.stamp + 1
                if stamp > check_at:
                    check_at = self._check_time_moves()
                if followers or not self.runnable:
                    self._end_evaluation()
            else:
                self.stamp += 1
                if stop_at is None and times and not (notices or followers):
                    self._now = when = heappop(times)  # as `_advance` does
                    self.runnable = buckets.pop(when)
                else:
                    self.runnable = []
                    if followers:
                        self.settle()

    def turn_with_care(self, batch: list[Any]) -> bool:
        """End a batch after which something rare may come; True if the run ends here."""
        if self.runnable is batch:
            self.runnable = []
        if not (self.urgent or self.runnable):
            return self.turn()
        self.continued = self.stamp
        return False

    def take(self) -> Iterator[Any]:
        """Return what runs next in this evaluation: something urgent, or all that is runnable."""
        if self.urgent:
            self.continued = self.stamp
            self.remaining = iter((heappop(self.urgent)[2],))
        else:
            self.batch = self.runnable
            self.remaining = iter(self.batch)
        return self.remaining

    def _advance(self, stop_at: Any) -> bool:
        """Move time to what is due next; False if nothing is, before `stop_at`."""
        while self.times:
            when = self.times[0]
            if stop_at is not None and when >= stop_at:
                return False
            batch = self.buckets.pop(heappop(self.times), IDLE)
            if not batch:
                self.notices.discard(when)
                continue
            if not (self.notices or self.special):
                self._now, self.runnable = when, batch
                return True
            self.open(when, batch)
            if self.runnable or self.urgent:
                return True
        return False

    def begin(self) -> None:
        """Make what was written and notified before the very first evaluation seen in it."""
        if not self.stamp and not self.ran and (self.updates or self.deltas):
            self.turn()
            self.phantoms += 1
            self.runnable = list({id(item): item for item in self.runnable}.values())

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
            self.runnable, self.last = self.last, []
        self._end_evaluation()
        return self.halt is not None

    def _end_evaluation(self) -> None:
        """Let followers of signals know that another comes; else do what an instant ends with."""
        if self.runnable:
            self.keep()
            return
        self.skip_number()
        if self.followers:
            self.settle()
        if self.special:
            self.clear_dead()
            self.special = self.always_special

    def _notify(self) -> None:
        if self.resets:
            self._run_resets()
        deltas, self.deltas, self.waking = self.deltas, [], False
        self._wake(deltas)

    def _wake(self, items: list[Any]) -> None:
        """Make runnable what runs itself, and wake the rest, in one order."""
        for item in items:
            if isinstance(item, RUNNING):
                self.runnable.append(item)
            else:
                item.wake(None)

    def _run_resets(self) -> None:
        """Run methods that a signal reset asynchronously, counted with the update phase."""
        resets, self.resets = self.resets, []
        self.phantoms += 1
        for method in resets:
            method.run_at_reset()
        self.phantoms -= 1

    def open(self, when: Any, bucket: list[Any]) -> None:
        """Move time; make runnable what runs of a bucket, and wake the rest."""
        if self._stages:
            self.tell(Stage.PRE_TIMESTEP)
        self._now = when
        while self.ranked and self.ranked[0][0] == when:
            _, priority, _, event = heappop(self.ranked)
            self.schedule_ranked(event, priority, when)
            self.runnable.append(NOTHING)
        if when not in self.notices:
            self.runnable = bucket
            return
        self.notices.remove(when)
        self._active_proc = None
        self._wake(bucket)
        if not self.runnable:
            self.skip_number()

    def tell(self, stage: Stage) -> None:
        """Call who listens to `stage`."""
        self._active_proc = None
        for callback in self._stages.get(stage, ()):
            callback()

    def _check_time_moves(self) -> int:
        """Raise an error if time stands still since the last call; return when to call again."""
        self._active_proc = None
        self._check_at = self.stamp + self.delta_limit
        if self._checked_ps != self._now:
            self._checked_ps = self._now
            return self._check_at
        names = sorted({str(getattr(item, "name", item)) for item in self.runnable})
        raise DeadlockError(
            f"time stands still at {self._now} ps: a loop without delay must end within "
            f"{self.delta_limit} delta cycles; still running: {', '.join(names[:8])}"
        )
