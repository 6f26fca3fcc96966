"""What can be waited for: events with immediate, delta and timed notification.

    event.notify()            now: who waits runs in this evaluation
    event.notify_delta()      who waits runs in the next delta cycle
    event.notify_after(ps)    who waits runs that much later (0 ps is a delta cycle)
    event.notify_at(ps)       the same, by absolute time

Models:     one pending notification per event, and the earlier wins: an immediate one cancels it,
            a delta replaces a timed one, a later one is dropped.
Leaves out: memory. A notification reaches those who wait when it fires, and nobody else.
Source:     IEEE 1666, 5.10 (sc_event); reference programs 03, 05.
Checked by: tests/kernel/test_event.py, tests/kernel/test_systemc_events.py
"""

import warnings
from collections.abc import Iterable
from numbers import Integral
from typing import Any, Protocol

import simpy

from cosim.errors import ElaborationError, TimeError
from cosim.schedule import Schedule
from cosim.waits import Waits

DELTA = -1
"""Stands for the time of a pending delta notification."""


class KernelWarning(UserWarning):
    """Something the kernel ignores that the author of a model should know about."""


class Waiter(Protocol):
    """Who waits for an event once."""

    def wake(self, event: Any) -> None:
        """Hear that the event fired, or (None) that the time came."""


class Sensitive(Waiter, Protocol):
    """Who is woken by an event again and again, while it listens."""

    listening: bool

    @property
    def name(self) -> str:
        """Its path."""


class Event:
    """Something that happens, again and again."""

    __slots__ = (
        "_mixed",
        "_pending",
        "_plain",
        "callbacks",
        "env",
        "fired_at",
        "name",
        "quick",
        "static",
    )

    def __init__(self, env: Schedule, name: str = "event") -> None:
        if not isinstance(env, Schedule):
            raise ElaborationError(
                f"{name} must be made for an environment, not for {env!r}; that of a "
                "simulator or module is `.env`"
            )
        self.env = env
        self.name = name
        self.callbacks: list[Any] = []
        """Who waits, first come first; named as in SimPy, so that one loop serves both."""
        self.quick = True
        """Whether who waits can be made runnable without a look at each."""
        self._mixed = False
        self.static: list[Any] = []
        self._plain = True
        self._pending: Any = None
        self.fired_at = -1

    def __repr__(self) -> str:
        return self.name

    def __or__(self, other: Any) -> Waits:
        return Waits((self,)).joined(other, every=False)

    def __and__(self, other: Any) -> Waits:
        return Waits((self,)).joined(other, every=True)

    def within(self, timeout_ps: int) -> Waits:
        """Wait for this event, but give up after `timeout_ps`."""
        return Waits((self,)).within(timeout_ps)

    @property
    def triggered(self) -> bool:
        """Whether the event fired for this delta cycle."""
        return self.fired_at == self.env.stamp

    @property
    def pending(self) -> bool:
        """Whether a delta or timed notification is on its way."""
        return self._pending is not None

    @property
    def waiters(self) -> tuple[Waiter, ...]:
        """Who waits at this moment, first come first."""
        return tuple(self.callbacks)

    def notify(self) -> None:
        """Wake who waits, in this evaluation; cancel what is pending."""
        if self._pending is not None:
            self.cancel()
        if self.quick:
            env = self.env
            self.fired_at = env.stamp
            env.runnable += self.callbacks
            self.callbacks = []
            return
        if self._plain and self.static:
            self.expect_repeats()
        self.fire()

    def notify_delta(self) -> None:
        """Wake who waits in the next delta cycle; replaces a pending timed notification."""
        if self._pending == DELTA:
            return
        if self._pending is not None:
            self.cancel()
        self._pending = DELTA
        self.env.put_delta_notice(self)

    def notify_after(self, delay_ps: int) -> None:
        """Wake who waits `delay_ps` from now, unless an earlier notification is pending."""
        try:
            when_ps = self.env._now + delay_ps
        except TypeError:
            when_ps = delay_ps
        self.notify_at(when_ps)

    def notify_at(self, when_ps: int) -> None:
        """Wake who waits at `when_ps`, unless an earlier notification is pending."""
        now_ps = self.env._now
        if type(when_ps) is not int or when_ps <= now_ps:
            check_notice(self.name, when_ps, now_ps)
            if when_ps == now_ps:
                self.notify_delta()
                return
        pending = self._pending
        if pending is not None:
            if pending <= when_ps:
                return
            self.cancel()
        self._pending = when_ps
        env = self.env
        env.bucket(when_ps).append(self)
        env.notices.add(when_ps)

    def cancel(self) -> None:
        """Take the pending notification back, if there is one."""
        pending, self._pending = self._pending, None
        if pending == DELTA:
            self.env.withdraw(self)
        elif pending is not None:
            self.env.take_back(pending, self)

    def wake(self, _: object) -> None:
        """Carry the pending notification out; called by the environment."""
        self._pending = None
        if self.quick:
            env = self.env
            self.fired_at = env.stamp
            env.runnable += self.callbacks
            self.callbacks = []
        else:
            self.fire()

    def fire(self) -> None:
        """Make everyone who waits runnable; leave a pending notification alone."""
        self.fired_at = self.env.stamp
        self.wake_all()

    def wake_all(self) -> None:
        """Make everyone who waits runnable."""
        env = self.env
        if self.static:
            if self._plain:
                env.runnable.extend(self.static)
            else:
                self._wake_listening()
        waiting = self.callbacks
        if waiting:
            self.callbacks = []
            if self._mixed:
                self._mixed = False
                self.quick = not (self.static or self.watched)
                for waiter in waiting:
                    waiter.wake(self)
            else:
                env.runnable.extend(waiting)

    def _wake_listening(self) -> None:
        env = self.env
        for sensitive in self.static:
            if sensitive.listening:
                sensitive.listening = False
                env.runnable.append(sensitive)
            elif sensitive is env._active_proc:
                warnings.warn(
                    f"{sensitive.name} is sensitive to {self.name} and notified it immediately: "
                    "this does not wake it; use notify_delta",
                    KernelWarning,
                    stacklevel=5,
                )

    def expect_repeats(self) -> None:
        """From now on look at who listens: who is sensitive may be woken twice in an evaluation.

        As long as all who are sensitive are methods that wait for this event only, and nobody
        notifies it immediately, they can be made runnable without a look at each.
        """
        if self._plain:
            self._plain = False
            env = self.env
            for sensitive in self.static:
                queued = env.is_queued(sensitive)
                sensitive.listening = not queued and sensitive is not env._active_proc

    @property
    def watched(self) -> bool:
        """Whether somebody else hears of each firing too."""
        return False

    def observe(self) -> None:
        """Be ready to be waited for."""

    def add_static(self, sensitive: Sensitive, *, plain: bool = False) -> None:
        """Make `sensitive` runnable at each firing while it is listening.

        `plain` promises that it listens whenever it does not run.
        """
        self.observe()
        if not plain:
            self.expect_repeats()
        self.static.append(sensitive)
        self.quick = False

    def remove_static(self, sensitive: Sensitive) -> None:
        """Forget a listener."""
        self.static.remove(sensitive)

    def add_waiter(self, waiter: Waiter) -> None:
        """Call `waiter.wake(self)` once, at the next firing."""
        self.observe()
        self.callbacks.append(waiter)
        self._mixed = True
        self.quick = False

    def remove_waiter(self, waiter: Waiter) -> None:
        """Forget a waiter, if it still waits."""
        if waiter in self.callbacks:
            self.callbacks.remove(waiter)

    def once(self) -> simpy.Event:
        """Return a SimPy event that succeeds at the next firing, for SimPy's conditions."""
        once = _Once(self.env)
        self.add_waiter(once)
        return once


class _Once(simpy.Event):
    """A SimPy event that succeeds when an event of ours fires."""

    def wake(self, event: Event) -> None:
        """Succeed; called when the event fires."""
        self.succeed(event)


def check_notice(name: str, when_ps: Any, now_ps: Any) -> None:
    """Raise TimeError unless a notification can be at `when_ps`."""
    if not isinstance(when_ps, Integral) and when_ps != now_ps:
        raise TimeError(
            f"{name}: a notification must be at a whole number of ps, not at {when_ps} ps"
        )
    if when_ps < now_ps:
        raise TimeError(
            f"{name}: a notification must be at {now_ps} ps or later, not at {when_ps} ps"
        )


class Changing(Protocol):
    """A signal or port: being sensitive to it means to its changes."""

    @property
    def changed(self) -> Event:
        """Fires when the value changes."""


def events_of(name: str, sensitive: Iterable[Event | Changing]) -> tuple[Event, ...]:
    """Return the events that a process is sensitive to; raises ElaborationError for others."""
    try:
        return tuple(item if isinstance(item, Event) else item.changed for item in sensitive)
    except (AttributeError, TypeError):
        raise ElaborationError(
            f"{name} must be sensitive to a list of events, signals and ports, not to {sensitive!r}"
        ) from None
