"""Who waits: processes, and methods that run to their end each time.

A process is a generator. It yields what it waits for:

    yield 2_500                 2,500 ps
    yield 0                     one delta cycle
    yield event                 an event of ours, or any SimPy event
    yield a | b, yield a & b    any of them, every one of them
    yield (a | b).within(500)   the same with a time-out; returns None if it was too late
    yield                       its static sensitivity
"""

from collections.abc import Callable, Generator, Iterable
from operator import index
from typing import Any, TypeAlias

import simpy
from simpy.events import PENDING, URGENT

from cosim.errors import CosimError, TimeError
from cosim.event import Event, Waits
from cosim.schedule import Schedule

Steps: TypeAlias = Generator[Any, Any, Any]
"""What the body of a process is: a generator that yields what it waits for."""


class Wake:
    """Resumes a process with the answer of a wait for several things."""

    __slots__ = ("answer", "process")

    def __init__(self, process: "Process", answer: Any) -> None:
        self.process = process
        self.answer = answer


class Wait:
    """One process that waits for several things."""

    __slots__ = ("due", "left", "process", "waits")

    def __init__(self, process: "Process", waits: Waits) -> None:
        self.process = process
        self.waits = waits
        self.left = len(waits.events) if waits.every else 1
        env = process.env
        for event in waits.events:
            if isinstance(event, Event):
                event.add_waiter(self)
            elif event.callbacks is None:
                self.wake(event)
            else:
                event.callbacks.append(self.wake)
        self.due: Any = None
        if waits.timeout_ps is not None and self.left:
            self.due = env._now + waits.timeout_ps
            env.put_notice(self.due, self)

    def wake(self, event: Any) -> None:
        """Count what happened; resume the process when it was the last one needed."""
        self.left = self.left - 1 if event is not None else 0
        if self.left == 0:
            if event is None:
                self.due = None
            self.cancel()
            self.process.answer = event
            self.process.env.runnable.append(self.process)

    def cancel(self) -> None:
        """Stop waiting."""
        for event in self.waits.events:
            if isinstance(event, Event):
                event.remove_waiter(self)
            elif event.callbacks is not None and self.wake in event.callbacks:
                event.callbacks.remove(self.wake)
        if self.due is not None:
            self.process.env.take_back(self.due, self)


class Process(simpy.Process):
    """A generator that the environment resumes; also a SimPy event that fires when it ends."""

    def __init__(self, env: Schedule, generator: Steps, name: str | None = None) -> None:
        if not hasattr(generator, "throw"):
            raise ValueError(f"{generator} is not a generator.")
        self.env: Any = env
        self.callbacks: Any = []
        self.send = generator.send
        self.answer: Any = None
        self._generator = generator
        self._name = name
        self._target: Any = simpy.Event(env)
        self._target._ok, self._target._value = True, None
        self._target.callbacks.append(self._resume)
        env.schedule(self._target, URGENT)

    @property
    def name(self) -> str:
        """The name given, or that of the generator function."""
        return self._name or self._generator.__name__

    def wake(self, event: Event | None) -> None:
        """Become runnable; the environment resumes the generator."""
        self.env.runnable.append(self)

    def resume_plain(self) -> None:
        """Resume after a wait of ours."""
        answer, self.answer = self.answer, None
        self.env._active_proc = self
        try:
            wish = self.send(answer)
        except StopIteration as stop:
            self._end(True, stop.value)
        except BaseException as error:
            self._end(False, error)
        else:
            self._wait(wish)
        self.env._active_proc = None

    def _end(self, ok: bool, value: Any) -> None:
        self._ok = ok
        self._value = value
        self._target = None
        self.env.schedule(self)

    def _resume(self, event: simpy.Event) -> None:
        """Resume with the value of a SimPy event, or throw its exception in."""
        self.env._active_proc = self
        while True:
            try:
                if event._ok:
                    wish = self.send(event._value)
                else:
                    event._defused = True
                    error = type(event._value)(*event._value.args)
                    error.__cause__ = event._value
                    wish = self._generator.throw(error)
            except StopIteration as stop:
                self._end(True, stop.value)
                break
            except BaseException as error:
                if error.__traceback__ is not None:
                    error.__traceback__ = error.__traceback__.tb_next
                self._end(False, error)
                break
            if not (isinstance(wish, simpy.Event) and wish.callbacks is None):
                self._wait(wish)
                break
            event = wish
        self.env._active_proc = None

    def _wait(self, wish: Any) -> None:
        env = self.env
        self._target = wish
        if isinstance(wish, Event):
            wish._waiting.append(self)
        elif isinstance(wish, Waits):
            self._target = Wait(self, wish)
        elif isinstance(wish, simpy.Event):
            if wish.callbacks is None:
                self._resume(wish)
            else:
                wish.callbacks.append(self._resume)
        else:
            try:
                delay_ps = index(wish)
            except TypeError:
                raise RuntimeError(f'{self.name}: Invalid yield value "{wish}"') from None
            if delay_ps < 0:
                raise TimeError(f"{self.name}: a wait must be 0 ps or more, not {delay_ps} ps")
            if delay_ps == 0:
                env.deltas.append(self)
            else:
                self._target = env._now + delay_ps
                env.put(self._target, self)

    def interrupt(self, cause: Any = None) -> None:
        """Throw SimPy's Interrupt into the process, before anything else at this instant."""
        if self._value is not PENDING:
            raise RuntimeError(f"{self} has terminated and cannot be interrupted.")
        if self is self.env._active_proc:
            raise RuntimeError("A process is not allowed to interrupt itself.")
        event = simpy.Event(self.env)
        event._ok, event._value, event._defused = False, simpy.Interrupt(cause), True
        event.callbacks.append(self._interrupted)
        self.env.schedule(event, URGENT)

    def _interrupted(self, event: simpy.Event) -> None:
        if self._value is PENDING:
            self.forget()
            self._resume(event)

    def forget(self) -> None:
        """Stop waiting for whatever the process waits for."""
        target = self._target
        if isinstance(target, Event):
            target.remove_waiter(self)
        elif isinstance(target, Wait):
            target.cancel()
        elif isinstance(target, simpy.Event):
            if target.callbacks and self._resume in target.callbacks:
                target.callbacks.remove(self._resume)
        else:
            self.env.take_back(target, self)
        self.env.withdraw(self)


class Method:
    """A function that runs to its end each time one of its events fires."""

    def __init__(
        self,
        env: Schedule,
        function: Callable[[], None],
        sensitive: Iterable[Event] = (),
        *,
        name: str | None = None,
        initialize: bool = True,
    ) -> None:
        self.env = env
        self.function = function
        self.name = name or function.__name__
        self._idle = True
        for event in sensitive:
            event.add_static(self)
        if initialize:
            self.wake(None)

    def wake(self, event: Event | None) -> None:
        """Become runnable, once."""
        if self._idle:
            self._idle = False
            self.env.runnable.append(self)

    def run(self) -> None:
        """Run the function; called by the environment."""
        self._idle = True
        self.env._active_proc = self  # type: ignore[assignment]
        self.function()
        self.env._active_proc = None
