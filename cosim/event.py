"""What can be waited for: events with immediate, delta and timed notification.

    event.notify()            now: who waits runs in this evaluation
    event.notify_delta()      who waits runs in the next delta cycle
    event.notify_after(ps)    who waits runs that much later (0 is a delta)
    event.notify_at(ps)       the same, by absolute time

An event holds one pending notification. The earlier wins: an immediate one cancels what is
pending, a delta replaces a timed one, a later timed one is dropped. Only `notify` can be lost: it
reaches those who wait at that moment.
"""

from collections.abc import Iterable
from typing import Any, Protocol

import simpy

from cosim.errors import CosimError, TimeError
from cosim.schedule import Schedule

DELTA = -1
"""Stands for the time of a pending delta notification."""


class Waiter(Protocol):
    """Who waits for an event."""

    def wake(self, event: "Event | None") -> None:
        """Hear that the event fired, or that the time came."""


class Waits:
    """Several events to wait for at once: any of them, or every one; perhaps with a time-out.

    `yield a | b`, `yield a & b`, `yield (a | b).within(5_000)`. The yield returns the event that
    ended the wait, or None after a time-out.
    """

    __slots__ = ("events", "every", "timeout_ps")

    def __init__(
        self, events: Iterable[Any], *, every: bool = False, timeout_ps: int | None = None
    ) -> None:
        self.events = tuple(dict.fromkeys(events))
        self.every = every
        self.timeout_ps = timeout_ps

    def within(self, timeout_ps: int) -> "Waits":
        """Return the same wait, given up after `timeout_ps`."""
        return Waits(self.events, every=self.every, timeout_ps=timeout_ps)

    def __or__(self, other: Any) -> "Waits":
        return self._joined(other, every=False)

    def __and__(self, other: Any) -> "Waits":
        return self._joined(other, every=True)

    def _joined(self, other: Any, *, every: bool) -> "Waits":
        if len(self.events) > 1 and self.every != every:
            raise CosimError("a wait must be all `|` or all `&`, not a mixture; wait in two steps")
        more = other.events if isinstance(other, Waits) else (other,)
        return Waits(self.events + more, every=every, timeout_ps=self.timeout_ps)

    def __repr__(self) -> str:
        return (" & " if self.every else " | ").join(str(event) for event in self.events)


class Event:
    """Something that happens, again and again."""

    def __init__(self, env: Schedule, name: str = "event") -> None:
        self.env = env
        self.name = name
        self._waiting: list[Any] = []
        self._mixed = False
        self._static: list[Waiter] = []
        self._pending: Any = None
        self._stamp = -1

    def __repr__(self) -> str:
        return self.name

    def __or__(self, other: Any) -> Waits:
        return Waits((self,)) | other

    def __and__(self, other: Any) -> Waits:
        return Waits((self,)) & other

    def within(self, timeout_ps: int) -> Waits:
        """Wait for this event, but give up after `timeout_ps`."""
        return Waits((self,), timeout_ps=timeout_ps)

    @property
    def triggered(self) -> bool:
        """Whether the event fired in this delta cycle."""
        return self._stamp == self.env.stamp

    def notify(self) -> None:
        """Wake who waits, in this evaluation; cancel what is pending."""
        if self._pending is not None:
            self.cancel()
        self.fire()

    def notify_delta(self) -> None:
        """Wake who waits in the next delta cycle; replaces a pending timed notification."""
        if self._pending == DELTA:
            return
        if self._pending is not None:
            self.cancel()
        self._pending = DELTA
        self.env.deltas.append(self)

    def notify_after(self, delay_ps: int) -> None:
        """Wake who waits `delay_ps` from now, unless an earlier notification is pending."""
        self.notify_at(self.env._now + delay_ps)

    def notify_at(self, when_ps: int) -> None:
        """Wake who waits at `when_ps`, unless an earlier notification is pending."""
        env = self.env
        if when_ps <= env._now:
            if when_ps < env._now:
                raise TimeError(
                    f"{self.name}: a notification must be at {env._now} ps or later, "
                    f"not at {when_ps} ps"
                )
            self.notify_delta()
            return
        pending = self._pending
        if pending is not None:
            if pending <= when_ps:
                return
            self.cancel()
        self._pending = when_ps
        env.put_notice(when_ps, self)

    def cancel(self) -> None:
        """Take the pending notification back, if there is one."""
        pending, self._pending = self._pending, None
        if pending == DELTA:
            self.env.withdraw(self)
        elif pending is not None:
            self.env.take_back(pending, self)

    def wake(self, event: "Event | None") -> None:
        """Carry the pending notification out; called by the environment."""
        self._pending = None
        self.fire()

    def fire(self) -> None:
        """Make everyone who waits runnable."""
        env = self.env
        self._stamp = env.stamp
        for waiter in self._static:
            waiter.wake(self)
        waiting = self._waiting
        if waiting:
            self._waiting = []
            if self._mixed:
                self._mixed = False
                for waiter in waiting:
                    waiter.wake(self)
            else:
                env.runnable.extend(waiting)

    def add_static(self, waiter: Waiter) -> None:
        """Wake `waiter` at every firing."""
        self._static.append(waiter)

    def remove_static(self, waiter: Waiter) -> None:
        """Stop waking `waiter`."""
        self._static.remove(waiter)

    def add_waiter(self, waiter: Waiter) -> None:
        """Wake `waiter` once, at the next firing."""
        self._waiting.append(waiter)
        self._mixed = True

    def remove_waiter(self, waiter: Waiter) -> None:
        """Forget a waiter, if it still waits."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)

    def once(self) -> simpy.Event:
        """Return a SimPy event that succeeds at the next firing, for SimPy's conditions."""
        once = _Once(self.env)
        self.add_waiter(once)
        return once


class _Once(simpy.Event):
    """A SimPy event that succeeds when an event of ours fires."""

    def wake(self, event: Event | None) -> None:
        """Succeed; called when the event fires."""
        self.succeed(event)
