"""Payload event queues: things that come out later, in the order of time.

    queue.notify(item)                 now, in this evaluation
    queue.notify_delta(item)           in the next delta cycle
    queue.notify_after(2_000, item)    2,000 ps from now (0 ps is a delta cycle)

Items that are due at one time come out in the order in which they went in.

Models:     `PeqWithGet`, whose event says that `get` has something, and `PeqWithCallback`, which
            calls. `get` goes by time only: with something notified for now, an item for the next
            delta cycle comes out as well.
Source:     IEEE 1666, peq_with_get, peq_with_cb_and_phase; reference program 04.
Checked by: tests/kernel/test_peq.py, tests/kernel/test_systemc_queues.py
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

from cosim.declaration import Declaration, Function, mark
from cosim.errors import BindingError
from cosim.event import Event
from cosim.names import join
from cosim.schedule import NOBODY, Schedule
from cosim.units import check_ps

Item = TypeVar("Item")


class PeqWithGet(Generic[Item]):
    """Items that wait for their time; `event` fires when `get` has one."""

    def __init__(self, env: Schedule, name: str = "peq") -> None:
        self.env = env
        self.name = name
        self.event = Event(env, name)
        self._order = count()
        self._items: list[tuple[int, int, Item]] = []

    def __len__(self) -> int:
        return len(self._items)

    def _put(self, when_ps: int, item: Item) -> None:
        heappush(self._items, (when_ps, next(self._order), item))

    def notify(self, item: Item) -> None:
        """Let an item come out in this evaluation."""
        self._put(self.env.now, item)
        self.event.notify()

    def notify_delta(self, item: Item) -> None:
        """Let an item come out in the next delta cycle, or with one that comes out now."""
        self._put(self.env.now, item)
        self.event.notify_delta()

    def notify_after(self, delay_ps: int, item: Item) -> None:
        """Let an item come out `delay_ps` from now."""
        self.event.notify_after(delay_ps)
        self._put(self.env.now + delay_ps, item)

    def get(self) -> Item | None:
        """Take the next item that is due; None means that `event` will tell of the next.

        Call it until it returns None: only that call arms the event again.
        """
        if not self._items:
            return None
        if self._items[0][0] <= self.env.now:
            return heappop(self._items)[2]
        self.event.notify_at(self._items[0][0])
        return None

    def cancel_all(self) -> None:
        """Drop every item."""
        self._items.clear()
        self.event.cancel()


class PeqWithCallback:
    """Payloads that are handed to `callback` when their time comes, one call each.

    A payload may have several parts, such as transaction and phase. The schedule itself keeps
    what is under way, as calls.
    """

    __slots__ = ("callback", "env", "name")

    def __init__(self, env: Schedule, callback: Callable[..., object], name: str = "peq") -> None:
        self.env = env
        self.name = name
        self.callback: Callable[[Any, Any], object] = lambda payload, _: callback(*payload)

    def __len__(self) -> int:
        return len(self.env.calls_of(self))

    def notify(self, *payload: Any) -> None:
        """Let the callback be called in this evaluation."""
        self.env.runnable.append((self, NOBODY, payload, None))

    def notify_delta(self, *payload: Any) -> None:
        """Let the callback be called in the next delta cycle."""
        self.env.deltas.append((self, NOBODY, payload, None))

    def notify_after(self, delay_ps: int, *payload: Any) -> None:
        """Let the callback be called `delay_ps` from now (0 ps is a delta cycle)."""
        env = self.env
        if type(delay_ps) is not int or delay_ps < 0:
            check_ps(f"a delay of {self.name}", delay_ps)
        if delay_ps:
            env.bucket(env._now + delay_ps).append((self, NOBODY, payload, None))
        else:
            env.deltas.append((self, NOBODY, payload, None))

    def cancel_all(self) -> None:
        """Drop every payload."""
        for when_ps, call in self.env.calls_of(self):
            self.env.take_back(when_ps, call)
            self.env.withdraw(call)


class Delivering(Declaration[PeqWithCallback]):
    """A declared queue with a callback."""

    def on_payload(self, function: Function) -> Function:
        """Call the method with every payload whose time has come."""
        return mark(function, "payload", self)


def payload_queue(doc: str) -> Delivering:
    """Declare a queue whose payloads go to the method marked `@<name>.on_payload`."""

    def make(owner: Any, name: str) -> PeqWithCallback:
        path, callback = join(owner.path, name), owner.callback(name, "payload")
        if callback is None:
            raise BindingError(f"{path} must have a receiver; decorate a method with "
                               f"@{name}.on_payload")  # fmt: skip
        return PeqWithCallback(owner.env, callback, path)

    return Delivering(doc, make)
