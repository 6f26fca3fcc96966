"""Who runs to its end each time: methods.

    env.method(function, [signal, event])      runs now, and whenever one of them fires
    env.next_trigger(event.within(2_000))      in the function: what starts the next run instead

The environment runs a method by calling its `call`, which whatever changes the way it goes on
replaces, as it does a process's `send`.

Source:     IEEE 1666, 5.2.10 (method processes), 5.2.18 (next_trigger).
Checked by: tests/kernel/test_process.py, tests/kernel/test_systemc_processes.py
"""

from collections.abc import Callable, Iterable
from inspect import isgeneratorfunction
from typing import Any

import simpy

from cosim import failure
from cosim.control import Control, Unwind
from cosim.errors import ElaborationError
from cosim.event import Event
from cosim.schedule import NOTHING, Schedule
from cosim.waits import STATIC


class Method(Control):
    """A function that runs to its end each time one of its events fires."""

    def __init__(
        self,
        env: Schedule,
        function: Callable[[], None],
        sensitive: Iterable[Any] = (),
        *,
        name: str | None = None,
        initialize: bool = True,
    ) -> None:
        _check_function(name, function)
        super().__init__(env, name or function.__name__, sensitive, repeats=True)
        self.call: Callable[[], Any] = function
        self._call = function
        self._generator: Any = None
        self.next: Any = None
        """What starts the next run instead of the static sensitivity."""
        if initialize:
            env.runnable.append(self)
        else:
            self.listening = True

    @property
    def place(self) -> str:
        """Where the function begins."""
        code = getattr(self._call, "__code__", None)
        return f"{code.co_filename}, line {code.co_firstlineno}" if code else self.name

    def run(self) -> None:
        """Run the function, then wait for its trigger; called by the environment."""
        self.env._active_proc = self
        call = self.call
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - as in SimPy, any error ends who raised it
            self.end(error)
        if self.next is None:
            self.listening = True
        else:
            self.arm()

    def arm(self) -> None:
        """Wait for what the function asked for."""
        wish, self.next = self.next, None
        for event in self.static:
            event.expect_repeats()
        self.listening = False
        self.register(wish)
        self.route()

    def route(self) -> None:
        """Choose what the environment calls to run the method."""
        if self.terminated:
            self.call = self._announce
        elif self.suspended:
            self.call = self._hold
        elif self.disabled:
            self.call = self._ignore
        elif self.is_reset and self._told is not None:
            self.call = self._run_reset
        else:
            self.call = self._call if self._target is STATIC else self._run_triggered

    def _run_reset(self) -> None:
        self.tell_reset()
        self._run_triggered()
        self.route()

    def _run_triggered(self) -> None:
        """Run for what the function asked for; the static sensitivity is next."""
        self._target = STATIC
        self.call = self._call
        self._call()

    def _announce(self) -> None:
        self.env.process_event(self)

    def _hold(self) -> None:
        self.hold(None)

    def _ignore(self) -> None:
        self.env.skip()
        if isinstance(self._target, Event):
            self.next = self._target

    def _run_last(self) -> None:
        self._target = STATIC
        self.route()
        self._call()

    def run_once_more(self) -> None:
        """Let a disabled method that is runnable already run."""
        self.call = self._run_last

    def restart(self) -> None:
        """Run the function now."""
        env = self.env
        caller, self.call = env._active_proc, self._call
        self.next = None
        self._target = STATIC
        self.tell_reset()
        self.run()
        self.route()
        env._active_proc = caller

    def reset_now(self) -> None:
        """Run at the end of this update phase; being runnable already is not forgotten."""
        self.env.resets.append(self)
        self.env.put_delta_notice(NOTHING)

    def run_at_reset(self) -> None:
        """Run once more than the events ask for; what is updated is seen."""
        if self.terminated:
            return
        queued = self.env.is_queued(self)
        if not queued:
            self.forget()
        self.restart()
        self.listening = self.listening and not queued

    def unwind(self, *, is_reset: bool) -> None:
        """Do nothing: a method never waits in the middle."""

    def throw(self, error: BaseException, *, descendants: bool = False) -> None:
        """Ignore `error`: a method never waits in the middle."""
        if descendants:
            self.tell_family(lambda one: one.throw(error))
            return
        self.ignored_throw()

    def __call__(self, event: simpy.Event) -> None:
        """Become runnable: the SimPy event waited for happened."""
        self.wake(None)

    def end(self, error: BaseException) -> None:
        """Take note that the function killed its method, or failed."""
        if self.terminated:
            raise error
        if not isinstance(error, Unwind):
            failure.note(error, self.name, self.env._now)
            self.finish(ok=False, value=error)
        elif error.is_reset:
            self.is_unwinding = False
            self.restart()
        else:
            self.finish(ok=True, value=None)


def _check_function(name: str | None, function: Any) -> None:
    """Refuse what cannot run to its end each time."""
    if not callable(function):
        raise ElaborationError(f"{name or 'a method'} must be a function, not {function!r}")
    if isgeneratorfunction(function):
        raise ElaborationError(
            f"{name or function.__name__} must not yield, because it is a method; "
            "mark it @process, or use env.next_trigger for what starts its next run"
        )
