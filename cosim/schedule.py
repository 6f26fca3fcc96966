"""What will run, and when: the lists that the environment works through.

One evaluation runs what is in `runnable`, first come, first served. The updates it asked for and
the delta notifications it made come next; when nothing is left at this instant, time moves to the
next of `times`. An entry that was taken back neither moves time nor counts as a delta cycle.

Models:     the order of one simulation: by time, then first come, first served.
Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py, for priorities inside an instant.
Checked by: tests/kernel/test_environment.py, tests/kernel/test_simpy_suite.py
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from heapq import heapify, heappop, heappush
from operator import length_hint
from types import MethodType
from typing import Any, Protocol, TypeAlias

import simpy
from simpy.events import NORMAL, AllOf, AnyOf, EventPriority

from cosim.errors import TimeError
from cosim.following import Drawing, Followers
from cosim.observing import Tape


class Channel(Protocol):
    """Something whose new value becomes visible in the update phase."""

    def update(self) -> None:
        """Take the new value over."""


class Receiver(Protocol):
    """Who is called, and counts as the active process meanwhile."""

    @property
    def name(self) -> str:
        """Its path."""

    @property
    def callback(self) -> Callable[..., object]:
        """What is called."""


class Nothing:
    """Stands in a list for an entry that was taken back."""

    callbacks: tuple[()] = ()

    def wake(self, _: object) -> None:
        """Wake nobody."""


class Done:
    """Stands for the wish of a process that has none: it ended, is held, or was seen to already."""

    callbacks = None


NOTHING = Nothing()
DONE = Done()

Call: TypeAlias = tuple[Receiver, Sequence[Any], Any, Any]
"""An entry `(receiver, waiting, payload, phase)`, for when its time comes: the first of the
processes that are waiting is handed payload and phase; without any
`receiver.callback(payload, phase)` is called."""

NOBODY = ()
"""Waits where payloads go to a callback only."""

LONG = 1_000
"""Entries of a batch after which what follows is put into another, so that SimPy events that go on
and on at one instant can be forgotten. Estimate: a hundredth of what a page of a run needs."""

CROWDED = 64
"""Entries; fewer dead times than this are not worth a clean-up. Estimate: one cache page."""


class Timeout(simpy.Timeout):
    """SimPy's timeout; `Schedule.timeout` sets its fields, which is faster than a call."""

    __slots__ = ("_delay", "_ok", "_value", "callbacks", "env")

    __init__ = object.__init__


class Schedule(simpy.Environment):
    """The lists of one simulation; `Environment` adds the loop that works through them."""

    __slots__ = (
        "_active_proc",
        "_dead",
        "_now",
        "batch",
        "buckets",
        "census",
        "continued",
        "deltas",
        "followers",
        "last",
        "late",
        "notices",
        "phantoms",
        "ranked",
        "remaining",
        "resets",
        "runnable",
        "skipped",
        "special",
        "stamp",
        "times",
        "updates",
        "urgent",
        "waking",
    )

    def __init__(self, initial_time: Any = 0) -> None:
        super().__init__(initial_time)
        self._now: Any = initial_time
        self._active_proc: Any = None
        self._dead = 0
        self.census: dict[Any, None] | None = None
        """Processes that have not ended, oldest first; kept only if somebody wants to know."""
        self.stamp = 0
        self.continued = -1
        self.phantoms = 0
        self.special = False
        self.skipped = 0
        self.runnable: list[Any] = []
        self.batch: list[Any] = []
        self.remaining: Iterator[Any] = iter(())
        """Walks through `batch`; who takes the rest ends it."""
        self.urgent: list[tuple[int, int, Any]] = []
        self.late: list[tuple[int, int, Any]] = []
        self.deltas: list[Any] = []
        self.waking = False
        """Whether some of `deltas` is to be woken, rather than to be run as it stands."""
        self.last: list[Any] = []
        """What runs when nothing else is left at this instant."""
        self.resets: list[Any] = []
        self.updates: list[Channel] = []
        self.followers: dict[Any, Followers] = {}
        """Who follows signals: pens by their tape, all else under None."""
        self.times: list[Any] = []
        self.buckets: dict[Any, list[Any]] = {}
        self.notices: set[Any] = set()
        """Times at which somebody is to be woken first, or at which nothing is left to do."""
        self.ranked: list[tuple[Any, int, int, Any]] = []
        for name, made in (("event", simpy.Event), ("all_of", AllOf), ("any_of", AnyOf)):
            setattr(self, name, MethodType(made, self))

    @property
    def now(self) -> int:
        """The simulated time in picoseconds."""
        now_ps: int = self._now
        return now_ps

    @property
    def delta_count(self) -> int:
        """How many delta cycles have ended; those in which nothing ran do not count."""
        return self.stamp - self.phantoms

    def bucket(self, at: Any) -> list[Any]:
        """Return the list of what is due at `at`, in the order in which it was asked for."""
        if at not in self.buckets:
            self.buckets[at] = []
            heappush(self.times, at)
        return self.buckets[at]

    def take_out(self, at: Any) -> list[Any]:
        """Return what is due at `at`, the earliest time, and forget it."""
        heappop(self.times)
        return self.buckets.pop(at)

    @property
    def waits_for_time(self) -> bool:
        """Whether anything is due later."""
        return any(self.buckets.values())

    def skip_number(self) -> None:
        """Number the next evaluation anew: events fired for one that nobody took part in."""
        self.stamp += 1
        self.phantoms += 1

    def put(self, at: Any, item: Any) -> None:
        """Let `item` become runnable at time `at`, behind all that were put there before."""
        self.bucket(at).append(item)

    def run_last(self, item: Any) -> None:
        """Let `item` run when nothing else is left to do at this instant."""
        self.last.append(item)
        self.special = True

    def put_delta_notice(self, item: Any) -> None:
        """Let `item.wake(None)` be called in the notify phase of this delta cycle."""
        self.deltas.append(item)
        self.waking = True

    def waits_at(self, at: Any, item: Any) -> bool:
        """Whether `item` is due at `at`."""
        return item in self.buckets.get(at, ())

    def put_notice(self, at: Any, item: Any) -> None:
        """Let `item.wake(None)` be called when time reaches `at`, before anything runs there."""
        self.put(at, item)
        self.notices.add(at)

    def take_back(self, at: Any, item: Any) -> None:
        """Withdraw what `put` had entered, if it is still there."""
        if not self.waits_at(at, item):
            return
        bucket = self.bucket(at)
        bucket.remove(item)
        if bucket:
            return
        self.notices.add(at)
        self._dead += 1
        if self._dead > CROWDED and 2 * self._dead > len(self.times):
            self.special = True

    def calls_of(self, receiver: Receiver) -> list[tuple[Any, Call]]:
        """Return the calls of `receiver` that are under way, each with its time."""
        lists = [*self.buckets.items(), (self._now, self.deltas), (self._now, self.to_run())]
        return [
            (at, item)
            for at, entries in lists
            for item in entries
            if type(item) is tuple and item[0] is receiver
        ]

    def clear_dead(self) -> None:
        """Drop the times at which nothing is left; only between two evaluations."""
        if self._dead <= CROWDED:
            return
        self._dead = 0
        for at in [at for at, bucket in self.buckets.items() if not bucket]:
            del self.buckets[at]
            self.notices.discard(at)
        self.times[:] = self.buckets
        heapify(self.times)

    def skip(self) -> None:
        """Take note that an item of this batch did nothing."""
        self.skipped += 1
        self.special = True

    def all_skipped(self) -> bool:
        """Whether nothing of this evaluation did anything; forget what was noted."""
        skipped, self.skipped = self.skipped, 0
        return skipped > 0 and skipped >= len(self.batch) and self.continued != self.stamp

    def follow(self, tape: Tape | None) -> list[Any]:
        """Return the list that a signal enters when it is written: one for each tape."""
        if tape not in self.followers:
            self.followers[tape] = Followers() if tape is None else Drawing(tape)
        return self.followers[tape].written

    def keep(self) -> None:
        """Another evaluation comes at this instant: keep what followed signals were before."""
        for followers in self.followers.values():
            if followers.written:
                followers.keep()

    def settle(self) -> None:
        """Tell the last values of this instant to those who follow signals."""
        self._active_proc = None
        for followers in tuple(self.followers.values()):
            if followers.written or followers.before:
                followers.settle(self._now)

    def is_queued(self, item: Any) -> bool:
        """Whether `item` is still to run in this evaluation."""
        return item in self.to_run()

    @property
    def has_more(self) -> bool:
        """Whether this evaluation has more to run."""
        if self.runnable is self.batch:
            return length_hint(self.remaining) > 0
        return bool(self.runnable)

    def to_run(self) -> list[Any]:
        """Return what is still to run in this evaluation."""
        rest = list(copy(self.remaining))
        return rest if self.runnable is self.batch else rest + self.runnable

    def put_off(self) -> None:
        """Let what has not run yet in this batch run after something else."""
        rest = list(self.remaining)
        if self.runnable is self.batch:
            self.runnable = rest
        elif rest:
            self.runnable[:0] = rest

    def withdraw(self, item: Any) -> None:
        """Take `item` out of what runs at this instant."""
        for entries in (self.deltas, self.runnable, self.batch):
            if item in entries:
                last = len(entries) - 1 - entries[::-1].index(item)
                entries[last] = NOTHING
                self.waking = self.waking or entries is self.deltas
        for place, (priority, order, urgent) in enumerate(self.urgent):
            if urgent is item:
                self.urgent[place] = (priority, order, NOTHING)

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
            if at in self.buckets:
                self.buckets[at].append(timeout)
            else:
                self.buckets[at] = [timeout]
                heappush(self.times, at)
        else:
            if delay < 0:
                raise ValueError(f"Negative delay {delay}")
            self.runnable.append(timeout)
        return timeout

    def schedule(self, event: Any, priority: EventPriority = NORMAL, delay: Any = 0) -> None:
        """Enter a triggered SimPy event, as SimPy does."""
        if priority is NORMAL and not delay:
            if self.runnable is self.batch and len(self.batch) > LONG:
                self.runnable = []
            self.runnable.append(event)
            return
        now = self._now
        at = now + delay
        if at < now:
            raise TimeError(f"{event} must be scheduled at {now} ps or later, not at {at} ps")
        if priority is not NORMAL:
            self.schedule_ranked(event, priority, at)
        elif at == now:
            self.runnable.append(event)
        else:
            self.put(at, event)

    def schedule_ranked(self, event: Any, priority: int, at: Any) -> None:
        """Enter an event that goes before all others of its instant, or after them."""
        entry = (priority, next(self._eid), event)
        if at != self._now:
            heappush(self.ranked, (at, *entry))
            self.notices.add(at)
            self.put(at, NOTHING)
        elif priority < NORMAL:
            heappush(self.urgent, entry)
            self.put_off()
        else:
            heappush(self.late, entry)
            self.special = True
