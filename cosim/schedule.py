"""What will run, and when: the lists that the environment works through.

One evaluation runs what is in `runnable`, first come, first served. The updates it asked for and
the delta notifications it made come next; when nothing is left at this instant, time moves to the
next entry of `times`. An entry that was taken back never moves time.
"""

from collections.abc import Callable
from heapq import heapify, heappush
from itertools import count
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


NOTHING = Nothing()

CROWDED = 64
"""Entries; fewer dead times than this are not worth a clean-up. Estimate: one cache page."""


class Schedule(simpy.Environment):
    """The lists of one simulation; `Environment` adds the loop that works through them."""

    def __init__(self, initial_time: int = 0) -> None:
        super().__init__(initial_time)
        self._now: Any = initial_time
        self._eid = count()
        self.delta_count = 0
        self.stamp = 0
        self.runnable: list[Any] = []
        self.batch: list[Any] = []
        self.deltas: list[Any] = []
        self.updates: list[Channel] = []
        self.settling: list[Callable[[], None]] = []
        self.urgent: list[tuple[int, int, Any]] = []
        self.late: list[tuple[int, int, Any]] = []
        self.ranked: list[tuple[Any, int, int, Any]] = []
        self.times: list[Any] = []
        self.buckets: dict[Any, Any] = {}
        self.notices: set[Any] = set()
        self.dead = 0

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

    def take_back(self, at: Any, item: Any) -> bool:
        """Withdraw what `put` had entered; True if it was there."""
        bucket = self.buckets.get(at)
        if bucket is item:
            del self.buckets[at]
            self.dead += 1
            if self.dead > CROWDED and 2 * self.dead > len(self.times):
                self.times[:] = self.buckets
                heapify(self.times)
                self.dead = 0
            return True
        if type(bucket) is list and item in bucket:
            bucket.remove(item)
            if len(bucket) == 1:
                self.buckets[at] = bucket[0]
            return True
        return False

    def withdraw(self, item: Any) -> bool:
        """Take `item` out of what runs at this instant; True if it was there."""
        for entries in (self.deltas, self.runnable, self.batch):
            if item in entries:
                entries[entries.index(item)] = NOTHING
                return True
        return False

    def schedule(self, event: Any, priority: EventPriority = NORMAL, delay: Any = 0) -> None:
        """Enter a triggered SimPy event, as SimPy does."""
        now = self._now
        at = now + delay
        if at < now:
            raise TimeError(f"{event} must be scheduled at {now} ps or later, not at {at} ps")
        if priority != NORMAL:
            self._schedule_ranked(event, priority, at)
        elif at == now:
            self.runnable.append(event)
        else:
            self.put(at, event)

    def _schedule_ranked(self, event: Any, priority: int, at: Any) -> None:
        entry = (priority, next(self._eid), event)
        if at != self._now:
            heappush(self.ranked, (at, *entry))
            if at not in self.buckets:
                self.buckets[at] = []
                heappush(self.times, at)
        elif priority < NORMAL:
            heappush(self.urgent, entry)
        else:
            heappush(self.late, entry)
