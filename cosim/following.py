"""Following signals: the last value of each instant that changed them, told when it is over.

A followed signal enters `written` at its first write of an evaluation. `_now` is then what it was
before, so one evaluation needs no other note; if a second one comes at the same instant, `before`
keeps what the first one found.

Checked by: tests/kernel/test_following.py
"""

from typing import Any

from cosim.observing import Tape


class Followers:
    """Who listens to signals: each listener is called, each pen writes by itself."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.before: dict[Any, Any] = {}

    def keep(self) -> None:
        """Note what the signals were: another evaluation comes at this instant."""
        for signal in self.written:
            self.before.setdefault(signal, signal._now)
        self.written.clear()

    def changed(self) -> list[Any]:
        """Return the signals that this instant changed, each once, and forget the instant."""
        if self.before:
            self.keep()
            changed = [signal for signal, value in self.before.items() if signal._next != value]
            self.before.clear()
        else:
            changed = [signal for signal in self.written if signal._next != signal._now]
            self.written.clear()
        return changed

    def settle(self, now_ps: int) -> None:
        """Tell what this instant changed."""
        for signal in self.changed():
            value, pen = signal._next, signal._pen
            if pen is not None:
                pen.tape.write(now_ps, [pen.lines[value]])
            for listener in signal._heard:
                listener(now_ps, value)


class Drawing(Followers):
    """Signals that nothing but the pens of one tape follow: the short way into a wave file."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape = tape

    def settle(self, now_ps: int) -> None:
        """Write what this instant changed; the usual instant has one evaluation that writes."""
        written = self.written
        if self.before:
            written = self.changed()
            lines = [signal._lines[signal._next] for signal in written]
        else:
            lines = [one._lines[one._next] for one in written if one._next != one._now]
            written.clear()
        if lines:
            self.tape.write(now_ps, lines)
