"""Saboteurs: modules that stand in a connection and now and then spoil what passes.

Models:     a line whose rising edges are lost or late; a bus that answers an access with an error
            in place of carrying it out. What is not spoilt passes unchanged and takes no time.
Leaves out: glitches, and data that change on the way.
Source:     saboteurs between parts, as in E. Jenn et al., "Fault injection into VHDL models: the
            MEFISTO tool", FTCS 1994.
Checked by: tests/components/test_faults.py
"""

from typing import Any

from components.faults.config import FaultsConfig
from components.faults.faults import Faults
from cosim import (
    Clock,
    Module,
    Response,
    Steps,
    Transaction,
    counter,
    in_port,
    initiator_socket,
    process,
    signal,
    target_socket,
)
from cosim.messages import LOAD_IMAC, STORE_IMAC
from cosim.module import Scope


class Saboteur(Module):
    """Something in a connection that tells `faults` what it spoilt."""

    config: FaultsConfig

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        config: FaultsConfig,
        faults: Faults,
        clock: Clock | None = None,
    ) -> None:
        self.faults = faults
        super().__init__(name, parent, config=config, clock=clock)


class FaultyLine(Saboteur):
    """Passes a line on; rising edges may be lost or late."""

    line = in_port("the line as it is driven")
    out = signal("the line as it arrives")

    def build(self) -> None:
        """Draw from a stream of its own."""
        self._random = self.sim.rng(self.path)

    @process
    def run(self) -> Steps:
        """Follow the line."""
        self.out.write(self.line.value)
        while True:
            yield self.line.changed
            if self.line.value:
                yield from self._rise()
            else:
                self.out.write(0)

    def _rise(self) -> Steps:
        """Let a rising edge through, late or not at all; one that falls meanwhile is lost."""
        config = self.config
        if self._random.random() < config.lost_completions:
            self.faults.note("lost_completion", "an edge of the completion line was lost")
            return
        if self._random.random() < config.late_completions:
            self.faults.note(
                "late_completion", f"an edge of the completion line came {config.late_ps} ps late"
            )
            if (yield self.line.negedge.within(config.late_ps)) is not None:
                return
        self.out.write(1)


class FaultyBus(Saboteur):
    """Carries accesses on to one co-processor; some are answered with an error instead."""

    bus = target_socket("accesses as they come", many=True)
    target = initiator_socket("accesses as they arrive")

    carried = counter("accesses that came")

    def build(self) -> None:
        """Draw from a stream of its own."""
        self._random = self.sim.rng(self.path)

    @bus.on_transport
    def carry(self, transaction: Transaction) -> Steps:
        """Carry one access on, or answer with an error."""
        if transaction.kind in (STORE_IMAC, LOAD_IMAC) and self._spoils():
            what = f"access to {transaction.address:#x} answered with an error"
            self.faults.note("bus_error", what)
            transaction.response = Response.GENERIC_ERROR
            return
        yield from self.target.transport(transaction)

    def keep(self) -> dict[str, Any]:
        """Return the state of its random numbers."""
        return {"random": self._random.bit_generator.state}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self._random.bit_generator.state = kept["random"]

    def _spoils(self) -> bool:
        number = self.carried.value
        self.carried.add()
        is_drawn = bool(self._random.random() < self.config.bus_errors)
        return is_drawn or number == self.config.bus_error_at
