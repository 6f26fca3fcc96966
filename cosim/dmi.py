"""Direct memory interface: an initiator reads and writes the target's memory without a call."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class DirectMemory:
    """A grant, or a refusal, for the addresses `start` to `end`, both included.

    `memory[0]` is the byte at `start`. `memory` is None in a refusal. Latencies are per access.
    """

    start: int
    end: int
    memory: memoryview | None = None
    can_read: bool = False
    can_write: bool = False
    read_latency_ps: int = 0
    write_latency_ps: int = 0

    @property
    def is_granted(self) -> bool:
        """Whether access was given."""
        return self.memory is not None

    def covers(self, address: int) -> bool:
        """Whether an address lies in the granted range."""
        return self.memory is not None and self.start <= address <= self.end

    def shifted(self, offset: int) -> Self:
        """Return the same grant as seen `offset` higher, as an interconnect passes it on."""
        return replace(self, start=self.start + offset, end=self.end + offset)

    def clipped(self, start: int, end: int) -> Self:
        """Return the part that lies in `start` to `end`, both included."""
        first, last = max(self.start, start), min(self.end, end)
        memory = self.memory
        if memory is not None:
            memory = memory[first - self.start : last + 1 - self.start]
        return replace(self, start=first, end=last, memory=memory)


REFUSED = DirectMemory(0, (1 << 64) - 1)
"""The answer of a target that offers no direct access at all."""
