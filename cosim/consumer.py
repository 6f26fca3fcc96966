"""Parts whose energy is priced from what they did.

    class Cache(Consumer):
        def activity(self) -> list[Term]: ...

Checked by: tests/components/test_mixed_signal.py, tests/components/test_near_memory.py
"""

from abc import abstractmethod

from cosim.activity import Term, by_cause
from cosim.module import Module


class Consumer(Module):
    """A module that counts what it did; constants of its configuration make energy of that."""

    @abstractmethod
    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent until now, in pJ, by cause."""
        return by_cause(self.activity(), self.config)
