"""Reset of processes by signals, and what tells of it.

    process.reset_on(line)                       each wake while the line is 1 is a reset
    process.reset_on(line, 0, asynchronous=True) also when the line becomes 0
    yield process.reset_event                    the next reset, of whatever kind

Models:     synchronous and asynchronous reset signals, several for one process, and
            `sync_reset_on`; an asynchronous reset makes the process run in the next delta cycle.
Source:     IEEE 1666, 5.2.13 (reset_signal_is), 5.6.6 (reset_event, sync_reset_on); reference
            program 17.
Checked by: tests/kernel/test_resets.py, tests/kernel/test_systemc_resets.py,
            tests/kernel/test_systemc_handles.py
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from cosim.event import Event
from cosim.kinship import Kin
from cosim.waits import Countdown


class ResetLine(Protocol):
    """A signal that resets processes."""

    @property
    def value(self) -> Any:
        """The present level."""

    def listen(self, listener: Callable[[int, Any], None], *, deltas: bool = False) -> None:
        """Call `listener(when_ps, value)` at each change."""


class Resets(Kin):
    """A process as something that is reset."""

    _target: Any
    _resets = 0
    _told: Event | None = None
    always_resets = False
    """Whether every wake is a reset, as `sync_reset_on` asked for."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The name given, or that of the function."""

    @abstractmethod
    def route(self) -> None:
        """Choose how the environment goes on with the process."""

    @abstractmethod
    def reset_now(self) -> None:
        """Carry out what an asynchronous reset signal asks for."""

    @property
    def is_reset(self) -> bool:
        """Whether its next wake is a reset."""
        return self._resets > 0 or self.always_resets

    @property
    def reset_event(self) -> Event:
        """Fires, in the same evaluation, when the process is reset."""
        if self._told is None:
            self._told = Event(self.env, f"{self.name}.reset_event")
            self.route()
        return self._told

    def tell_reset(self) -> None:
        """Let those who wait for `reset_event` know."""
        if self._told is not None:
            self._told.notify()

    def sync_reset_on(self, *, descendants: bool = False) -> None:
        """Make every wake a reset until `sync_reset_off`."""
        if descendants:
            self.tell_family(Resets.sync_reset_on)
            return
        if not self.always_resets:
            self.always_resets = True
            self._hurry()
        self.route()

    def sync_reset_off(self, *, descendants: bool = False) -> None:
        """End what `sync_reset_on` began."""
        if descendants:
            self.tell_family(Resets.sync_reset_off)
            return
        self.always_resets = False
        self.route()

    def reset_on(self, signal: ResetLine, level: int = 1, *, asynchronous: bool = False) -> None:
        """Reset the process while `signal` is at `level`: at each wake.

        An asynchronous reset also acts in the delta cycle in which the level is reached.
        """

        def follow(_: int, value: Any) -> None:
            active = bool(value) == bool(level)
            self._resets += 1 if active else -1
            self.route()
            if active:
                self._hurry()
            if active and asynchronous and not self.terminated:
                self.reset_now()

        self._resets += bool(signal.value) == bool(level)
        self.route()
        signal.listen(follow, deltas=True)

    def _hurry(self) -> None:
        """Stop counting firings, as the reference simulator does when a reset begins."""
        if isinstance(self._target, Countdown):
            self._target.hurry()
