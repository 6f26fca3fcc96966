"""One bank of the convolver: a buffer for a strip's inputs and then its codes, and READY.

Models:     inputs as bits from bit 0 on; codes as many bits each as the converters give, from bit 0
            on, written while later windows of the same strip, in the columns' latches by then, are
            still to come.
Leaves out: nothing known.
Source:     64 bytes: arXiv:2105.13904 section V; a bank a strip: estimate, as double buffering has.
Checked by: tests/components/test_convolver.py
"""

from typing import Any

from components.imac.buffer import Buffer, BufferConfig
from components.imac.ready_register import ReadyRegister
from cosim import Clock, Module, gauge
from cosim.module import Scope


class StripBank(Module):
    """Holds a strip's inputs, then its codes."""

    config: BufferConfig

    is_open = gauge("1 while inputs are being stored")
    is_busy = gauge("1 from complete inputs to the last code")

    def __init__(
        self, name: str, parent: Scope, *, config: BufferConfig, clock: Clock | None = None
    ) -> None:
        self.owner: int | None = None
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Make its parts."""
        self.buffer = Buffer("buffer", self, config=self.config)
        self.ready = ReadyRegister("ready", self)

    def open(self) -> None:
        """Inputs are coming."""
        self.is_open.set(1)
        self.ready.open_transfer()
        self.buffer.open_transfer()

    def start(self) -> None:
        """The inputs are complete."""
        self.is_open.set(0)
        self.is_busy.set(1)
        self.ready.start()

    def finish(self) -> None:
        """All codes are there."""
        self.is_busy.set(0)
        self.ready.finish()

    def rests(self) -> bool:
        """Return whether no strip is under way."""
        return not (self.is_open.value or self.is_busy.value)

    def keep(self) -> dict[str, Any]:
        """Return whose it is."""
        return {"owner": self.owner}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.owner = kept["owner"]
