"""What can be done to a process from outside: kill, reset, throw, suspend, disable.

Models:     kill, reset and throw act inside the call, `finally` blocks included; a suspended
            process remembers that it was woken, a disabled one does not. Reset signals are in
            cosim/resets.py. With `descendants` all that the process started are told first
            (cosim/kinship.py).
Source:     IEEE 1666, 5.6.6 (process control); reference programs 15, 17.
Checked by: tests/kernel/test_control.py, tests/kernel/test_systemc_processes.py,
            tests/kernel/test_systemc_control.py
"""

import warnings
from abc import abstractmethod
from collections.abc import Iterable
from operator import index
from typing import Any

import simpy
from simpy.events import PENDING, URGENT

from cosim.errors import CosimError, TimeError
from cosim.event import Changing, Event, KernelWarning, events_of
from cosim.kinship import Kin
from cosim.phase_queues import Inbox
from cosim.resets import Resets
from cosim.schedule import Schedule
from cosim.waits import HERE, START, STATIC, Countdown, Firings, Here, Static, Wait, Waits


class Unwind(BaseException):  # not an error: `except Exception` in a process must not stop it
    """Thrown into a process that is killed or reset."""

    def __init__(self, is_reset: bool) -> None:
        super().__init__(is_reset)
        self.is_reset = is_reset


class Control(Resets, simpy.Process):
    """A process as seen by others; a SimPy event that fires when the process ends."""

    may_wait = False
    """Whether it may wait for ever, as a server does, and is never counted as hung."""

    listening = False
    disabled = False
    suspended = False
    answer: Any = None
    static: tuple[Event, ...] = ()
    dynamic = False
    """Whether it was started while the simulation ran."""
    is_unwinding = False
    """Whether it is being killed or reset, and its `finally` blocks run."""
    _woken = False

    def __init__(
        self,
        env: Schedule,
        name: str,
        sensitive: Iterable[Event | Changing],
        *,
        repeats: bool = False,
    ) -> None:
        self.env: Any = env
        self.callbacks: Any = []
        self._target: Any = STATIC
        self.since_ps: Any = env._now
        self._name = name
        if env.census is not None:
            env.census[self] = None
        active = env._active_proc
        if isinstance(active, Kin):  # a queue that calls is active too
            active.adopt(self)
        if active is not None or env.stamp:
            self.dynamic = True
        if sensitive:
            self.static = events_of(name, sensitive)
            plain = repeats and len(self.static) == 1
            for event in self.static:
                event.add_static(self, plain=plain)

    @property
    def name(self) -> str:
        """The name given, or that of the function."""
        return self._name

    @property
    def terminated(self) -> bool:
        """Whether the process has ended."""
        return self._value is not PENDING

    @property
    def target(self) -> Any:
        """What the process waits for: an event, a time in ps, a wait for several things."""
        return STATIC if self.listening else self._target

    @property
    def wanted(self) -> str:
        """What the process waits for, in words."""
        return f"{self.target} ps" if isinstance(self.target, int) else str(self.target)

    @property
    def waiting(self) -> bool:
        """Whether the process waits for something that has not happened yet."""
        target: Any = self.target
        if isinstance(target, Wait | Countdown):
            return target.active
        if isinstance(target, Event | Inbox | simpy.Event):
            return target.callbacks is not None and self in target.callbacks
        if isinstance(target, Static | Here):
            return not self.env.is_queued(self)
        if target is START:
            return False
        return self.env.waits_at(target, self) or self in self.env.deltas

    @property
    @abstractmethod
    def place(self) -> str:
        """Where in its text the process is."""

    @property
    def runs(self) -> bool:
        """Whether its body runs at this moment, or calls what does."""
        return self.env._active_proc is self

    def check_stands(self, what: str) -> None:
        """Raise CosimError if its body runs: `what` can only be done to who waits."""
        if self.runs:
            raise CosimError(
                f"{self.name} must wait to be {what}; it runs, and called what runs now; do it "
                "later, after a wait"
            )

    @abstractmethod
    def unwind(self, *, is_reset: bool) -> None:
        """Let the process clean up."""

    @abstractmethod
    def throw(self, error: BaseException, *, descendants: bool = False) -> None:
        """Throw `error` into the process at its wait."""

    @abstractmethod
    def restart(self) -> None:
        """Run the process from its beginning to its first wait."""

    @abstractmethod
    def run_once_more(self) -> None:
        """Let a disabled process that is runnable already run."""

    @abstractmethod
    def __call__(self, event: simpy.Event) -> None:
        """Go on: the SimPy event that was waited for happened."""

    def wake(self, event: Any) -> None:
        """Become runnable, unless disabled; called by who wakes one process, once."""
        if self.disabled and isinstance(event, Event):
            event.add_waiter(self)
            return
        if self.answer is not None:
            self.route()
        self.env.runnable.append(self)

    def finish(self, *, ok: bool, value: Any) -> None:
        """End: fire as a SimPy event."""
        self._ok = ok
        self._value = value
        self._target = None
        self.is_unwinding = False
        self.since_ps = self.env._now
        self.listening = False
        if self.env.census is not None:
            self.env.census.pop(self, None)
        if self.parent is not None or self._children:
            self.leave()
        for event in self.static:
            event.remove_static(self)
        self.static = ()
        self.route()
        self.env.schedule(self)

    def forget(self) -> None:
        """Stop waiting for whatever the process waits for."""
        target: Any = self._target
        self.listening = self._woken = False
        self.answer = None
        if isinstance(target, Wait | Countdown):
            target.cancel()
        elif isinstance(target, Inbox | simpy.Event):
            if target.callbacks is not None:
                if self in target.callbacks:
                    target.callbacks.remove(self)
                return
        elif isinstance(target, Event):
            target.remove_waiter(self)
        elif target is not STATIC:
            self.env.take_back(target, self)
        self.env.withdraw(self)

    def kill(self, *, descendants: bool = False) -> None:
        """End the process now; its `finally` blocks run inside this call."""
        if descendants:
            self.tell_family(Control.kill)
            return
        if self.terminated:
            return
        if self.env._active_proc is self:
            self.is_unwinding = True
            raise Unwind(is_reset=False)
        self.check_stands("killed")
        self.forget()
        self.unwind(is_reset=False)
        self.finish(ok=True, value=None)

    def reset(self, *, descendants: bool = False) -> None:
        """Let the process start again now, up to its first wait."""
        if descendants:
            self.tell_family(Control.reset)
            return
        if self.terminated:
            return
        if self.env._active_proc is self:
            self.is_unwinding = True
            raise Unwind(is_reset=True)
        self.check_stands("reset")
        self.forget()
        self.unwind(is_reset=True)
        self.restart()

    def suspend(self, *, descendants: bool = False) -> Here:
        """Hold the process; what wakes it meanwhile is remembered.

        A process that suspends itself goes on to its next yield; `yield process.suspend()` stops
        it there until `resume`.
        """
        if descendants:
            self.tell_family(Control.suspend)
            return HERE
        self.suspended = True
        self.route()
        return HERE

    def resume(self, *, descendants: bool = False) -> None:
        """Let a suspended process go on; it runs in this evaluation if something woke it."""
        if descendants:
            self.tell_family(Control.resume)
            return
        self.suspended = False
        self.route()
        if self._woken:
            self._woken = False
            self.env.runnable.append(self)

    def hold(self, answer: Any) -> None:
        """Remember that a suspended process was woken."""
        self._woken = True
        self.env.skip()
        if answer is not None:
            self.answer = answer

    def disable(self, *, descendants: bool = False) -> None:
        """Make the process deaf; what happens meanwhile is lost. If runnable, it runs once more."""
        if descendants:
            self.tell_family(Control.disable)
            return
        target = self.target
        runs = self.env._active_proc is self
        runnable = not self.waiting
        if not runnable and not runs:
            timed = isinstance(target, Wait) and target.waits.timeout_ps is not None
            if timed or not isinstance(target, Event | Static | Wait | Countdown):
                raise CosimError(
                    f"{self.name} must wait for events only to be disabled, not for {self.wanted}: "
                    "what comes only once would be lost for ever; suspend it"
                )
            if isinstance(target, Event):
                target.remove_waiter(self)
                target.add_waiter(self)
        self.disabled = True
        self.route()
        if runnable and not runs:
            self.run_once_more()

    def enable(self, *, descendants: bool = False) -> None:
        """Let a disabled process hear again."""
        if descendants:
            self.tell_family(Control.enable)
            return
        self.disabled = False
        self.route()

    def ignored_throw(self) -> None:
        """Tell that there is nothing an exception could be thrown into."""
        warnings.warn(
            f"{self.name} does not wait in the middle of its body: what was thrown is ignored",
            KernelWarning,
            stacklevel=3,
        )

    def interrupt(self, cause: Any = None) -> None:
        """Throw SimPy's Interrupt into the process, before anything else at this instant."""
        if self.terminated:
            raise RuntimeError(f"{self} has terminated and cannot be interrupted.")
        if self is self.env._active_proc:
            raise RuntimeError("A process is not allowed to interrupt itself.")
        event = simpy.Event(self.env)
        event._ok, event._value, event._defused = False, simpy.Interrupt(cause), True
        event.callbacks = [self._interrupted]
        self.env.schedule(event, URGENT)

    def _interrupted(self, event: simpy.Event) -> None:
        if not self.terminated:
            self.forget()
            self.route()
            self(event)

    def register(self, wish: Any) -> None:
        """Wait for `wish`."""
        env = self.env
        self._target = wish
        self.since_ps = env._now
        if isinstance(wish, Event):
            wish.observe()
            wish.add_waiter(self) if self.disabled else wish.callbacks.append(self)
        elif isinstance(wish, Inbox | simpy.Event) and wish.callbacks is not None:
            wish.callbacks.append(self)
        elif isinstance(wish, Waits):
            self._target = Wait(self, wish)
        elif isinstance(wish, Firings):
            self._target = Countdown(self, self.static, wish.count)
        elif wish is HERE:
            self._woken = True
        elif wish is None and self.static:
            self._target = STATIC
            self.listening = True
        else:
            self._register_time(wish)

    def _register_time(self, wish: Any) -> None:
        env = self.env
        try:
            delay_ps = index(wish)
        except TypeError:
            raise RuntimeError(
                f'{self.name}, {self.place}: {_advice(wish)} Invalid yield value "{wish}"'
            ) from None
        if delay_ps < 0:
            raise TimeError(
                f"{self.name}, {self.place}: a wait must be 0 ps or more, not {delay_ps} ps"
            )
        self._target = env._now + delay_ps
        if delay_ps:
            env.put(self._target, self)
        else:
            env.deltas.append(self)


def _advice(wish: Any) -> str:
    """Return what to yield instead of something that cannot be waited for."""
    if wish is None:
        return "who is sensitive to nothing must yield what it waits for;"
    if hasattr(wish, "send"):
        return "steps must be run with `yield from`;"
    if hasattr(wish, "changed"):
        return f"yield its event, {wish}.changed;"
    return "a process must yield an event, several, or a whole number of ps;"
