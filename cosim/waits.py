"""Waiting for several things at once.

    yield a | b                   any of them
    yield a & b                   every one of them; each counts once
    yield (a | b).within(5_000)   given up after 5,000 ps
    yield Firings(2)              the second firing of the static sensitivity

The yield returns the event that ended the wait, or None after a time-out. SimPy events may be among
them, but not first: `|` between two SimPy events is SimPy's own.

Source:     IEEE 1666, 5.2.18 (wait) and 5.9 (event lists); reference programs 05, 07.
Checked by: tests/kernel/test_waits.py
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import simpy

from cosim.errors import CosimError
from cosim.schedule import Schedule
from cosim.units import check_ps


class Resumed(Protocol):
    """What a wait needs to know of its process."""

    env: Any
    answer: Any
    disabled: bool

    @property
    def is_reset(self) -> bool:
        """Whether its next wake is a reset."""

    def wake(self, event: Any) -> None:
        """Become runnable."""

    def __call__(self, event: simpy.Event) -> None:
        """Resume with a SimPy event, throwing its exception in if it failed."""


@dataclass(frozen=True, slots=True)
class Firings:
    """Wait for the `count`th firing of the static sensitivity from now on."""

    count: int


class Static:
    """Stands for the static sensitivity as what a process waits for."""

    def __repr__(self) -> str:
        return "the events it is sensitive to"


class Start:
    """What a process waits for that has not begun yet."""

    def __repr__(self) -> str:
        return "its start"


class Here:
    """What a process yields to stop where it suspended itself."""


STATIC = Static()
HERE = Here()
START = Start()


class Waits:
    """Several events to wait for: any of them, or every one; perhaps with a time-out."""

    __slots__ = ("events", "every", "timeout_ps")

    def __init__(
        self, events: Iterable[Any], *, every: bool = False, timeout_ps: int | None = None
    ) -> None:
        self.events = tuple(dict.fromkeys(events))
        self.every = every
        self.timeout_ps = timeout_ps

    def within(self, timeout_ps: int) -> "Waits":
        """Return the same wait, given up after `timeout_ps` (0 ps is one delta cycle)."""
        if type(timeout_ps) is not int or timeout_ps < 0:
            check_ps(f"the time-out of {self}", timeout_ps)
        return Waits(self.events, every=self.every, timeout_ps=timeout_ps)

    def __or__(self, other: Any) -> "Waits":
        return self.joined(other, every=False)

    def __and__(self, other: Any) -> "Waits":
        return self.joined(other, every=True)

    def joined(self, other: Any, *, every: bool) -> "Waits":
        """Return one wait for these events and `other`: an event or a wait of the same kind."""
        more = other.events if isinstance(other, Waits) else (other,)
        if not (hasattr(other, "add_waiter") or isinstance(other, Waits | simpy.Event)):
            raise CosimError(
                f"a wait for {self} must be joined with another event, not with {other!r}; "
                "use within(timeout_ps) for a time, and `changed` of a signal"
            )
        mixed = isinstance(other, Waits) and len(more) > 1 and other.every != every
        if mixed or (len(self.events) > 1 and self.every != every):
            raise CosimError(
                f"a wait must be all `|` or all `&`, not a mixture of {self} and {other}; "
                "wait in two steps"
            )
        return Waits(self.events + more, every=every, timeout_ps=self.timeout_ps)

    def __repr__(self) -> str:
        return (" & " if self.every else " | ").join(str(event) for event in self.events)


class Wait:
    """One process that waits for several things."""

    __slots__ = ("_due", "_left", "process", "waits")

    def __init__(self, process: Resumed, waits: Waits) -> None:
        self.process = process
        self.waits = waits
        self._left = len(waits.events) if waits.every else 1
        self._due: Any = None
        for event in waits.events:
            if not isinstance(event, simpy.Event):
                event.add_waiter(self)
            elif event.callbacks is not None:
                event.callbacks.append(self.wake)
            else:
                self.wake(event)
                if self._left == 0:
                    return
        if waits.timeout_ps is not None:
            self._start_timeout(process.env, waits.timeout_ps)

    def __repr__(self) -> str:
        return str(self.waits)

    def _start_timeout(self, env: Schedule, timeout_ps: int) -> None:
        self._due = env._now + timeout_ps
        if timeout_ps:
            env.put_notice(self._due, self)
        else:
            env.put_delta_notice(self)

    def wake(self, event: Any) -> None:
        """Count what happened (None: the time-out); resume the process after the last needed."""
        if not self._left:  # ended already, by an event of this instant
            return
        if event is not None:
            if self.process.disabled:
                event.add_waiter(self)
                return
            failed = isinstance(event, simpy.Event) and not event._ok
            self._left = 0 if failed else self._left - 1
            if self._left:
                return
            self.cancel()
            if failed:
                self.process(event)
                return
        else:
            self._left = 0
            self._due = None
            self.cancel()
        self.process.answer = event
        self.process.wake(event)

    @property
    def active(self) -> bool:
        """Whether the wait goes on."""
        return self._left > 0

    def cancel(self) -> None:
        """Stop waiting."""
        for event in self.waits.events:
            if not isinstance(event, simpy.Event):
                event.remove_waiter(self)
            elif event.callbacks is not None and self.wake in event.callbacks:
                event.callbacks.remove(self.wake)
        if self._due is not None:
            env = self.process.env
            env.take_back(self._due, self)
            env.withdraw(self)


class Countdown:
    """One process that waits for the nth firing of the events it is sensitive to."""

    __slots__ = ("_events", "_left", "process")

    def __init__(self, process: Resumed, events: Iterable[Any], count: int) -> None:
        if not isinstance(count, int) or count < 1:
            raise CosimError(f"a process must wait for 1 firing or more, not {count!r}")
        self.process = process
        self._events = tuple(events)
        if not self._events:
            raise CosimError(
                "a process that waits for firings must be sensitive to something; "
                "use spawn(function, sensitive=[...])"
            )
        self._left = count
        for event in self._events:
            event.add_waiter(self)

    def __repr__(self) -> str:
        return f"{self._left} firings of {STATIC}"

    def wake(self, event: Any) -> None:
        """Count one firing; a reset does not wait for the others."""
        process = self.process
        if process.disabled or (self._left > 1 and not process.is_reset):
            self._left -= not process.disabled
            event.add_waiter(self)
        else:
            self._left = 0
            self.cancel()
            self.process.wake(event)

    def hurry(self) -> None:
        """Let the next firing end the wait: a reset began."""
        self._left = min(self._left, 1)

    @property
    def active(self) -> bool:
        """Whether the wait goes on."""
        return self._left > 0

    def cancel(self) -> None:
        """Stop waiting."""
        for event in self._events:
            event.remove_waiter(self)
