"""Signals: a value that is written now and seen one delta cycle later.

Models:     evaluate and update; changed, rising and falling events; one writer per signal, or one
            in each delta cycle (`many_writers`), or any (`unchecked_writers`: the last one wins).
Leaves out: drive strengths; four-valued logic is `ResolvedSignal`.
Source:     IEEE 1666, sc_signal; `reference/systemc` programs 01, 02, 11.
Checked by: tests/kernel/test_signals.py, tests/kernel/test_systemc_signals.py
"""

from collections.abc import Callable
from typing import Any

from cosim.errors import SignalError
from cosim.event import Event
from cosim.schedule import Schedule

Listener = Callable[[int, Any], None]
"""Called as `listener(when_ps, value)`."""


SHARED = object()
"""Stands for the writer of a signal of many: nobody is it, so every write is looked at."""


class Signal:
    """A value with one writer; what is written in an evaluation is read in the next."""

    def __init__(
        self,
        env: Schedule,
        name: str = "signal",
        value: Any = 0,
        *,
        many_writers: bool = False,
        unchecked_writers: bool = False,
    ) -> None:
        self.env = env
        self.name = name
        self.many_writers = many_writers or unchecked_writers
        self.unchecked_writers = unchecked_writers
        self._value = value
        self._next = value
        self._queued = False
        self._writer: Any = SHARED if self.many_writers else None
        self._last: tuple[Any, int] = (None, -1)
        self._stamp = -1
        self._changed: Event | None = None
        self._posedge: Event | None = None
        self._negedge: Event | None = None
        self._heard: list[Listener] = []
        self._heard_deltas: list[Listener] = []
        self._told = value
        self._settles = False
        self._watched = False

    def __repr__(self) -> str:
        return self.name

    @property
    def value(self) -> Any:
        """The value of this delta cycle."""
        return self._value

    def read(self) -> Any:
        """Return the value of this delta cycle."""
        return self._value

    def write(self, value: Any) -> None:
        """Let the signal have `value` from the next delta cycle on; the last write wins."""
        env = self.env
        if env._active_proc is not self._writer:
            self._claim(env._active_proc)
        self._next = value
        if not self._queued and value != self._value:
            self._queued = True
            env.updates.append(self)

    def _claim(self, writer: Any) -> None:
        if writer is None or self.unchecked_writers:
            return
        if self.many_writers:
            self._share(writer)
        elif self._writer is not None:
            raise SignalError(
                f"{self.name} must have one writer; {self._writer.name} drives it, and "
                f"{writer.name} tried to at {self.env.now} ps; "
                "join the two in one process or declare many_writers"
            )
        else:
            self._writer = writer

    def _share(self, writer: Any) -> None:
        last, stamp = self._last
        if stamp == self.env.stamp and last is not writer:
            raise SignalError(
                f"{self.name} must have one writer in a delta cycle; {last.name} wrote it, and "
                f"{writer.name} tried to at {self.env.now} ps; let one of them write later, "
                "or declare unchecked_writers"
            )
        self._last = (writer, self.env.stamp)

    def update(self) -> None:
        """Take the written value over; called in the update phase."""
        self._queued = False
        value, before = self._next, self._value
        if value == before:
            return
        self._value = value
        self._stamp = self.env.stamp
        changed = self._changed
        if changed is not None:
            changed.fire()
        if self._watched:
            self._tell(value, before)

    def _tell(self, value: Any, before: Any) -> None:
        edge = self._posedge if value and not before else self._negedge
        if edge is not None and bool(value) != bool(before):
            edge.fire()
        for listener in self._heard_deltas:
            listener(self.env.now, self._value)
        if self._heard and not self._settles:
            self._settles = True
            self.env.settling.append(self._settle)
            self.env.special = True

    def _settle(self) -> None:
        self._settles = False
        if self._value != self._told:
            self._told = self._value
            for listener in self._heard:
                listener(self.env.now, self._value)

    def listen(self, listener: Listener, *, deltas: bool = False) -> None:
        """Call `listener(when_ps, value)` with the last value of each time step that changed it.

        With `deltas`, call it at every change, glitches of one delta cycle included.
        """
        (self._heard_deltas if deltas else self._heard).append(listener)
        self._told = self._value
        self._watched = True

    @property
    def event(self) -> bool:
        """Whether the value changed in the update just before this delta cycle."""
        return self._stamp == self.env.stamp

    @property
    def changed(self) -> Event:
        """Fires when the value changes."""
        if self._changed is None:
            self._changed = Event(self.env, f"{self.name}.changed")
        return self._changed

    @property
    def posedge(self) -> Event:
        """Fires when the value becomes true (not zero)."""
        if self._posedge is None:
            self._watched = True
            self._posedge = Event(self.env, f"{self.name}.posedge")
        return self._posedge

    @property
    def negedge(self) -> Event:
        """Fires when the value becomes false (zero)."""
        if self._negedge is None:
            self._watched = True
            self._negedge = Event(self.env, f"{self.name}.negedge")
        return self._negedge
