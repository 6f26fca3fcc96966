"""BufferSignal: a signal that tells of every write, also of the value it has already.

Source:     IEEE 1666, sc_buffer; reference program 01.
Checked by: tests/kernel/test_signals.py, tests/kernel/test_systemc_signals.py
"""

from typing import Any

from cosim.signals import Signal


class BufferSignal(Signal):
    """A signal whose events fire for every delta cycle in which it was written."""

    def write(self, value: Any) -> None:
        """Let the signal have `value` from the next delta cycle on; the last write wins."""
        super().write(value)
        if not self._queued:
            self._queued = True
            self.env.updates.append(self)

    def update(self) -> None:
        """Take the written value over and fire; called in the update phase."""
        self._queued = False
        self._value = value = self._next
        self._stamp = self.env.stamp
        if self._changed is not None:
            self._changed.fire()
        if self._watched:
            self._tell(value, not value)
