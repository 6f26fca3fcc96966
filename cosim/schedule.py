"""What will run, and when: the lists that the environment works through.

One evaluation runs what is in `runnable`, first come, first served. The updates it asked for and
the delta notifications it made come next; when nothing is left at this instant, time moves to the
next of `times`. An entry that was taken back neither moves time nor counts as a delta cycle.

Models:     the order of one simulation: by time, then first come, first served.
Source:     IEEE 1666, 4.2 (scheduler); SimPy 4.1, core.py, for priorities inside an instant.
Checked by: tests/kernel/test_environment.py, tests/kernel/simpy_compat/
"""

from collections.abc import Callable, Iterator
from heapq import heapify, heappush
from operator import length_hint
from typing import Any, Protocol

import simpy
from simpy.events import NORMAL, EventPriority

from cosim.errors import TimeError


class Channel(Protocol):
    """Something whose new value becomes visible in the update phase."""

    def update(self) -> None:
        """Take the new value over."""


class Nothing:
    """Stands in a list for an entry that was taken back."""

    callbacks: tuple[()] = ()

    def wake(self, _: object) -> None:
        """Wake nobody."""


NOTHING = Nothing()

CROWDED = 64
"""Entries; fewer dead times than this are not worth a clean-up. Estimate: one cache page."""


class Schedule(simpy.Environment):
    """The lists of one simulation; `Environment` adds the loop that works through them."""

    def __init__(self, initial_time: Any = 0) -> None:
        super().__init__(initial_time)
        self._now: Any = initial_time
        self.delta_count = 0
        self.stamp = 0
        self.runnable: list[Any] = []
        self.batch: list[Any] = []
        self.walk: Iterator[Any] = iter(())
        self.skipped = 0
        self.deltas: list[Any] = []
        self.updates: list[Channel] = []
        self.settling: list[Callable[[], None]] = []
        self.urgent: list[tuple[int, int, Any]] = []
        self.late: list[tuple[int, int, Any]] = []
        self.ranked: list[tuple[Any, int, int, Any]] = []
        self.times: list[Any] = []
        self.buckets: dict[Any, Any] = {}
        self.notices: set[Any] = set()
        self._dead = 0

    @property
    def now(self) -> int:
        """The simulated time in picoseconds."""
        return self._now  # type: ignore[no-any-return]

    def put(self, at: Any, item: Any) -> None:
        """Let `item` become runnable at time `at`, behind all that were put there before."""
        bucket = self.buckets.get(at)
        if bucket is None:
            self.buckets[at] = item
            heappush(self.times, at)
        elif type(bucket) is list:
            bucket.append(item)
        else:
            self.buckets[at] = [bucket, item]

    def put_notice(self, at: Any, item: Any) -> None:
        """Let `item.wake(None)` be called when time reaches `at`, before anything runs there."""
        self.put(at, item)
        self.notices.add(at)

    def take_back(self, at: Any, item: Any) -> None:
        """Withdraw what `put` had entered, if it is still there."""
        bucket = self.buckets.get(at)
        if bucket is item:
            del self.buckets[at]
            self._dead += 1
            if self._dead > CROWDED and 2 * self._dead > len(self.times):
                self.times[:] = self.buckets
                heapify(self.times)
                self._dead = 0
        elif type(bucket) is list and item in bucket:
            bucket.remove(item)
            if len(bucket) == 1:
                self.buckets[at] = bucket[0]

    def withdraw(self, item: Any) -> None:
        """Take `item` out of what runs at this instant."""
        for entries in (self.deltas, self.runnable, self.batch):
            if item in entries:
                entries[entries.index(item)] = NOTHING

    def is_runnable(self, item: Any) -> bool:
        """Whether `item` will still run in this evaluation."""
        left = length_hint(self.walk)
        return item in self.runnable or (left > 0 and item in self.batch[-left:])

    def schedule(self, event: Any, priority: EventPriority = NORMAL, delay: Any = 0) -> None:
        """Enter a triggered SimPy event, as SimPy does."""
        now = self._now
        at = now + delay
        if at < now:
            raise TimeError(f"{event} must be scheduled at {now} ps or later, not at {at} ps")
        if priority != NORMAL:
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
            if at not in self.buckets:
                self.buckets[at] = []
                heappush(self.times, at)
        else:
            heappush(self.urgent if priority < NORMAL else self.late, entry)
