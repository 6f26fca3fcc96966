"""A line of progress on standard error for runs of more than two seconds."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

QUIET_S = 2.0
"""seconds; a shorter run says nothing."""
TERMINAL_S, LOG_S = 0.2, 15.0
"""seconds between lines on a terminal, where each replaces the last, and in a log."""


MILLION = 1_000_000
"""A run that counts millions tells how many a second."""


class Progress:
    """Tells how far a run is and when it will end; call it with (done, total, what)."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._started = clock()
        self._next = self._started + QUIET_S
        self._drawn = False

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show the state, unless one was shown a moment ago."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (TERMINAL_S if self._terminal else LOG_S)
        line = f"{what}: {self._state(done, total, now - self._started)}"
        self._stream.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        self._stream.flush()
        self._drawn = True

    def restart(self) -> None:
        """Count time anew: what follows has an end of its own."""
        self.close()
        self._started = self._clock()

    def close(self) -> None:
        """Take the line off a terminal."""
        if self._drawn and self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._drawn = False

    @staticmethod
    def _state(done: int, total: int, elapsed_s: float) -> str:
        if total <= 0 or done <= 0:
            return f"{elapsed_s:.0f} s so far"
        left_s = elapsed_s * max(total - done, 0) / done
        percent = min(100 * done // total, 100)
        text = f"{percent} %, {elapsed_s:.0f} s so far, {left_s:.0f} s left"
        return (
            text if done < MILLION else f"{text}, {done / elapsed_s / MILLION:.2f} million a second"
        )


class Stages:
    """Tells how far each stage of a long work is; every new `what` begins one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stage = ""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show the state of a stage."""
        if what != self._stage:
            self._stage = what
            self._progress.restart()
        self._progress(done, total, what)

    def close(self) -> None:
        """Take the line off a terminal."""
        self._progress.close()
