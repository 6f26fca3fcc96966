"""Who waits in the middle: processes. Methods, which run to their end, are in cosim/method.py.

A process is a generator. It yields what it waits for:

    yield 2_500                    2,500 ps; yield 0: one delta cycle
    yield event                    an event of ours, or any SimPy event
    yield a | b, yield a & b       see cosim/waits.py
    yield                          the events it is statically sensitive to

The environment resumes a process by calling its `send`. Whatever changes the way a process goes on
(suspend, reset, an answer to hand over, its end) replaces that callable, so that the loop need not
ask.

Source:     IEEE 1666, 5.2 (processes); SimPy 4.1, events.py, for SimPy's own events.
Checked by: tests/kernel/test_process.py, tests/kernel/test_systemc_processes.py
"""

from collections.abc import Callable, Generator, Iterable
from inspect import GEN_CREATED, getgeneratorstate
from typing import Any, TypeAlias

import simpy
from simpy.events import URGENT

from cosim import failure
from cosim.control import Control, Unwind
from cosim.errors import CosimError, ElaborationError
from cosim.event import Event
from cosim.phase_queues import Inbox
from cosim.schedule import DONE, Done, Schedule
from cosim.waits import START, STATIC, Static

Steps: TypeAlias = Generator[Any, Any, Any]
"""What the body of a process is: a generator that yields what it waits for."""

GIVING = (simpy.Event, Inbox)
"""What can have something already for who waits: its `callbacks` are None then."""


class Process(Control):
    """A generator that the environment resumes; also a SimPy event that fires when it ends."""

    def __init__(
        self,
        env: Schedule,
        generator: Steps,
        name: str | None = None,
        *,
        function: Callable[[], Steps] | None = None,
        sensitive: Iterable[Any] = (),
        initialize: bool = True,
    ) -> None:
        if not hasattr(generator, "throw"):
            if function is not None:
                raise ElaborationError(
                    f"{name} must yield what it waits for, to be a process; it returned "
                    f"{generator!r}; mark a function without waits @method"
                )
            raise ValueError(f"{generator} is not a generator.")
        super().__init__(env, str(name or getattr(generator, "__name__", "process")), sensitive)
        self._generator: Any = generator
        self._function = function
        self.send: Callable[[Any], Any] = generator.send
        if initialize:
            self._target = START
            env.schedule(self, URGENT)
        else:
            self.listening = True

    @property
    def _started(self) -> bool:
        return getattr(self._generator, "gi_frame", None) is None or (
            getgeneratorstate(self._generator) != GEN_CREATED
        )

    @property
    def runs(self) -> bool:
        """Whether its body runs at this moment, or calls what does."""
        return getattr(self._generator, "gi_running", False)

    def route(self) -> None:
        """Choose what the environment calls to resume the process."""
        if self.terminated:
            self.send = self._announce
        elif self.suspended:
            self.send = self._hold
        elif self.disabled:
            self.send = self._ignore
        elif self.is_reset:
            self.send = self._begin_again if self._started else self._begin
        elif self.answer is not None:
            self.send = self._hand_over
        else:
            self.send = self._generator.send

    def _announce(self, _: Any) -> Any:
        self.env.process_event(self)
        return DONE

    def _hold(self, answer: Any) -> Any:
        self.hold(answer)
        return DONE

    def _ignore(self, _: Any) -> Any:
        if not isinstance(self._target, Event | Static):
            raise CosimError(
                f"{self.name} waited for {self.wanted} while it was disabled, and would never "
                "wake; let it wait for an event"
            )
        self.env.skip()
        return self._target if isinstance(self._target, Event) else None

    def _begin(self, _: Any) -> Any:
        self.send = self._begin_again
        return self._generator.send(None)

    def _begin_again(self, _: Any) -> Any:
        self.unwind(is_reset=True)
        self._renew()
        return self._generator.send(None)

    def _hand_over(self, _: Any) -> Any:
        answer, self.answer = self.answer, None
        self.route()
        return self._generator.send(answer)

    def run_once_more(self) -> None:
        """Let a disabled process that is runnable already run."""
        self.send = self._hand_over

    def _renew(self) -> None:
        if self._function is None:
            raise CosimError(
                f"{self.name} was started from a generator, which cannot be started again; "
                "use spawn(function) for a process that is reset"
            )
        self._generator = self._function()
        self.answer = None

    def restart(self) -> None:
        """Run a new generator to its first wait."""
        self._renew()
        wish = self._step(self._generator.send, None)
        self.route()
        self.wait(wish)

    def reset_now(self) -> None:
        """Run in the next delta cycle; the reset line makes that a reset, or a first start."""
        self.forget()
        if self.disabled:
            self.send = self._reset_once
        self.env.runnable.append(self)

    def _reset_once(self, _: Any) -> Any:
        self.route()
        if self._started:
            self.unwind(is_reset=True)
            self._renew()
        return self._generator.send(None)

    def unwind(self, *, is_reset: bool) -> None:
        """Throw Unwind into the generator, which must end."""
        if not self._started:
            self._generator.close()
            return
        env = self.env
        caller, env._active_proc = env._active_proc, self
        self.is_unwinding = True
        if is_reset:
            self.tell_reset()
        try:
            self._generator.throw(Unwind(is_reset))
        except (Unwind, StopIteration):
            pass
        else:
            raise CosimError(f"{self.name} must not wait while it is killed or reset")
        finally:
            env._active_proc = caller
            self.is_unwinding = False

    def throw(self, error: BaseException, *, descendants: bool = False) -> None:
        """Throw `error` into the process at its wait; it runs to its next wait inside this call."""
        if descendants:
            self.tell_family(lambda one: one.throw(error))
            return
        if self.terminated or not self._started:
            self.ignored_throw()
            return
        if self.env._active_proc is self:
            raise error
        self.check_stands("thrown into")
        self.forget()
        self.route()
        self.wait(self._step(self._generator.throw, error))

    def _step(self, go: Callable[[Any], Any], value: Any) -> Any:
        """Run to the next wait, wherever we are called from; return what the process yielded."""
        env = self.env
        caller, env._active_proc = env._active_proc, self
        try:
            return go(value)
        except BaseException as error:  # noqa: BLE001 - as in SimPy, any error ends who raised it
            return self.end(error)
        finally:
            env._active_proc = caller

    def resume_with(self, event: simpy.Event) -> None:
        """Resume with the value of a SimPy event, or throw its exception in."""
        env = self.env
        env._active_proc = self
        if event._ok:
            send = self.send
            try:
                wish = send(event._value)
            except BaseException as error:  # noqa: BLE001 - as in SimPy, any error ends who raised it
                wish = self.end(error)
        else:
            wish = self._throw_failure(event)
        callbacks = getattr(wish, "callbacks", None)
        if callbacks is not None:
            self._target, self.since_ps = wish, env._now
            callbacks.append(self)
        else:
            self.wait(wish)
        env._active_proc = None

    __call__ = _resume = resume_with

    def _throw_failure(self, event: simpy.Event) -> Any:
        event._defused = True
        return self._step(self._generator.throw, failure.again(event._value))

    def _pass_on(self, event: simpy.Event | Inbox) -> Any:
        if isinstance(event, Inbox):
            return self._step(self.send, event.get())
        if event._ok:
            return self._step(self.send, event._value)
        return self._throw_failure(event)

    def end(self, error: BaseException) -> Done:
        """Take note that the generator ended: by returning, by being unwound, or failing."""
        if self.terminated:
            raise error
        if isinstance(error, StopIteration):
            self.finish(ok=True, value=error.value)
        elif not isinstance(error, Unwind):
            if error.__traceback__ is not None:
                error.__traceback__ = error.__traceback__.tb_next
            failure.note(error, self.name, self.env._now)
            self.finish(ok=False, value=error)
        elif error.is_reset:
            self.is_unwinding = False
            self.tell_reset()
            self.restart()
        else:
            self.finish(ok=True, value=None)
        return DONE

    def wait(self, wish: Any) -> None:
        """Register what the process yielded."""
        if wish is None and self.static:
            self._target = STATIC
            self.listening = True
            return
        while isinstance(wish, GIVING) and wish.callbacks is None:
            wish = self._pass_on(wish)
        if wish is DONE:
            return
        self.register(wish)

    @property
    def place(self) -> str:
        """Where in its text the process is."""
        frame = getattr(self._generator, "gi_frame", None)
        return f"{frame.f_code.co_filename}, line {frame.f_lineno}" if frame else "its end"
