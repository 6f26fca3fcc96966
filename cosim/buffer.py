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
        self.request_update()
        super().write(value)

    def update(self) -> None:
        """Take the written value over and fire; called in the update phase."""
        self.announce(self._next, not self._next)
