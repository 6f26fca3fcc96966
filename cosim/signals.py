"""Signals: a value that is written now and seen one delta cycle later.

Models:     evaluate and update; changed, rising and falling events; one writer per signal, or one
            in each delta cycle (`many_writers`), or any (`unchecked_writers`: the last one wins).
Leaves out: drive strengths; four-valued logic is cosim/resolved.py.
Source:     IEEE 1666, 6.4 (sc_signal), 6.6 (sc_buffer); reference programs 01, 02, 11.
Checked by: tests/kernel/test_signals.py, tests/kernel/test_systemc_signals.py
"""

from collections.abc import Mapping
from typing import Any

from cosim.errors import SignalError
from cosim.event import Event
from cosim.observing import Listener, Pen
from cosim.schedule import Schedule

NOBODY = object()
"""The writer of a signal that has none yet, or many: no process is it, so a write is looked at."""


class Changed(Event):
    """The event of a signal's changes; nobody has waited for it while `callbacks` is None."""

    __slots__ = ("signal",)

    def __init__(self, signal: "Signal") -> None:
        super().__init__(signal.env, f"{signal.name}.changed")
        self.signal = signal
        self.callbacks: Any = None
        self.quick = False

    @property
    def triggered(self) -> bool:
        """Whether the event fired for this delta cycle."""
        self.observe()
        signal, stamp = self.signal, self.env.stamp
        return self.fired_at == stamp or signal.changed_at(stamp - 1)

    @property
    def watched(self) -> bool:
        """Whether the signal has edge events or listeners of delta cycles."""
        return self.signal.watched

    def observe(self) -> None:
        """Let the signal take part in the update phase from now on."""
        if self.callbacks is None:
            self.callbacks = []
            self.quick = not (self.static or self.watched)
            self.signal.observe("changed")


class Signal:
    """A value with one writer; what is written in an evaluation is read in the next.

    As long as nobody waits for its changes or listens, a signal costs nothing in the update phase:
    a reader tells by the number of the evaluation which of two values to see.
    """

    __slots__ = (
        "_at",
        "_changed_in",
        "_heard",
        "_heard_deltas",
        "_last",
        "_lines",
        "_negedge",
        "_next",
        "_now",
        "_observed",
        "_pen",
        "_posedge",
        "_when",
        "_writer",
        "_written",
        "changed",
        "env",
        "many_writers",
        "name",
        "unchecked_writers",
        "watched",
    )

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
        self._now = self._next = value
        self._at = -1
        self._changed_in = -2
        """The evaluation whose update is known to have changed it."""
        self._when: Any = None
        self._writer: Any = NOBODY
        self._last: tuple[Any, int] = (None, -1)
        self._observed = False
        self.changed = Changed(self)
        """Fires when the value changes."""
        self._posedge: Event | None = None
        self._negedge: Event | None = None
        self.watched = False
        """Whether there are edge events or listeners of delta cycles."""
        self._written: list[Any] | None = None
        """Where it enters itself when it is written, if somebody follows it."""
        self._lines: Mapping[Any, str] = {}
        self._pen: Pen | None = None
        self._heard: tuple[Listener, ...] = ()
        self._heard_deltas: list[Listener] = []

    def __repr__(self) -> str:
        return self.name

    def read(self) -> Any:
        """Return the value of this delta cycle."""
        return self._now if self._at == self.env.stamp else self._next

    @property
    def value(self) -> Any:
        """The value of this delta cycle."""
        return self._now if self._at == self.env.stamp else self._next

    def write(self, value: Any) -> None:
        """Let the signal have `value` from the next delta cycle on; the last write wins."""
        env = self.env
        if env._active_proc is not self._writer:
            self._claim()
        stamp = env.stamp
        if self._at != stamp:
            if self._observed:
                env.updates.append(self)
            elif self._when != env._now:
                self._when = env._now
            elif self._at == stamp - 1 and self._next != self._now:
                self._changed_in = self._at
            if self._written is not None:
                self._written.append(self)
            self._at = stamp
            self._now = self._next
        self._next = value

    def resume(self, value: Any) -> None:
        """Have the value of a snapshot before anything runs; nobody is told."""
        self._now = self._next = value

    def _claim(self) -> None:
        """Check that the active process may write, and note it as the writer."""
        env = self.env
        writer = env._active_proc
        if writer is None:
            if not self._observed and self not in env.updates:
                env.updates.append(self)
        elif self.many_writers:
            self._share(writer)
        elif self._writer is not NOBODY:
            raise SignalError(
                f"{self.name} must have one writer; {self._writer.name} drives it, and "
                f"{writer.name} tried to at {env.now} ps; "
                "join the two in one process or declare many_writers"
            )
        else:
            self._writer = writer

    def _share(self, writer: Any) -> None:
        last, stamp = self._last
        if stamp == self.env.stamp and last is not writer and not self.unchecked_writers:
            raise SignalError(
                f"{self.name} must have one writer in a delta cycle; {last.name} wrote it, and "
                f"{writer.name} tried to at {self.env.now} ps; let one of them write later, "
                "or declare unchecked_writers"
            )
        self._last = (writer, self.env.stamp)

    def update(self) -> None:
        """Tell who waits for a change; called in the update phase."""
        if self._next == self._now:
            return
        env = self.env
        changed = self.changed
        self._changed_in = env.stamp
        if changed.quick:
            if env.runnable:
                env.runnable += changed.callbacks
                changed.callbacks = []
            else:  # the empty list goes round
                env.runnable, changed.callbacks = changed.callbacks, env.runnable
        else:
            changed.wake_all()
            if self.watched:
                self._tell(self._next, self._now)

    def changed_at(self, stamp: int) -> bool:
        """Whether a write of evaluation `stamp` was a change; only the last two are known."""
        return self._changed_in == stamp or (self._at == stamp and self._next != self._now)

    def announce(self, value: Any, before: Any) -> None:
        """Fire the events of a change from `before` to `value`, for the next evaluation."""
        changed = self.changed
        changed.fired_at = self.env.stamp + 1
        changed.wake_all()
        if self.watched:
            self._tell(value, before)

    def request_update(self) -> None:
        """Let `update` be called once in this delta cycle."""
        env = self.env
        stamp = env.stamp
        if self._at != stamp:
            if self.changed_at(stamp - 1):
                self._changed_in = stamp - 1
            self._at = stamp
            self._now = self._next
            env.updates.append(self)
            if self._written is not None:
                self._written.append(self)

    def observe(self, what: str) -> None:
        """Take part in the update phase from now on: somebody waits for the event `what`."""
        if self._observed:
            return
        env = self.env
        self._observed = True
        if self._at == env.stamp:
            if self not in env.updates:
                env.updates.append(self)
        elif self._when != env._now:
            self._at = -1

    def _tell(self, value: Any, before: Any) -> None:
        rises = bool(value)
        edge = self._posedge if rises else self._negedge
        if edge is not None and rises != bool(before):
            edge.fired_at = self.env.stamp + 1
            edge.wake_all()
        for listener in self._heard_deltas:
            listener(self.env._now, value)

    def listen(self, listener: Listener, *, deltas: bool = False) -> None:
        """Call `listener(when_ps, value)` with the last value of each instant that changed it.

        With `deltas`, call it at every change, glitches of one delta cycle included.
        """
        if deltas:
            self._watch("changed")
            self._heard_deltas.append(listener)
        else:
            self._heard += (listener,)
            self._follow()

    def draw(self, pen: Pen) -> None:
        """Write the last value of each instant that changed it with a pen; it holds one."""
        self._pen, self._lines = pen, pen.lines
        self._follow()

    @property
    def is_drawn(self) -> bool:
        """Whether it holds a pen."""
        return self._pen is not None

    def unlisten(self, listener: Listener | Pen) -> None:
        """Stop calling a listener of instants, or writing with a pen."""
        self._heard = tuple(one for one in self._heard if one != listener)
        if self._pen is listener:
            self._pen = None
        self._follow()

    def _follow(self) -> None:
        """Enter the list of those who follow it: of a tape, if nothing but its pen does."""
        before, self._written = self._written, None
        if self._heard or self._pen is not None:
            tape = self._pen.tape if self._pen is not None and not self._heard else None
            self._written = self.env.follow(tape)
        if self._written is before:
            return
        if before is not None and self in before:
            before.remove(self)
        if self._written is not None and self._at == self.env.stamp:
            self._written.append(self)

    @property
    def event(self) -> bool:
        """Whether the value changed in the update just before this delta cycle."""
        return self.changed.triggered

    @property
    def posedge(self) -> Event:
        """Fires when the value becomes true (not zero)."""
        if self._posedge is None:
            self._posedge = self._edge("posedge", rises=True)
        return self._posedge

    @property
    def negedge(self) -> Event:
        """Fires when the value becomes false (zero)."""
        if self._negedge is None:
            self._negedge = self._edge("negedge", rises=False)
        return self._negedge

    def _edge(self, name: str, *, rises: bool) -> Event:
        """Make the event of an edge; it has fired if the signal has just changed so."""
        event, stamp = Event(self.env, f"{self.name}.{name}"), self.env.stamp
        if self._at == stamp - 1 and self.changed_at(stamp - 1):
            now, before = self._levels(self._next, self._now)
            if now == rises != before:
                event.fired_at = stamp
        self._watch(name)
        return event

    def _levels(self, value: Any, before: Any) -> tuple[bool, bool]:
        """Return two values as levels: what an edge is between."""
        return bool(value), bool(before)

    def _watch(self, what: str) -> None:
        self.watched = True
        self.changed.quick = False
        self.observe(what)
