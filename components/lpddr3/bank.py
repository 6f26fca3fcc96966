"""One bank of the channel, as waves and reports show it."""

import numpy as np

from components.lpddr3.records import BANK, NONE
from cosim import Module, Steps, gauge, held
from cosim.compiled import Records

IDLE, ACTIVATING, ACTIVE = "IDLE", "ACTIVATING", "ACTIVE"
PRECHARGING, REFRESHING = "PRECHARGING", "REFRESHING"


class Bank(Module):
    """State, open row and counters of one bank; the controller's records hold the counters."""

    state = gauge("what the bank does", states=(IDLE, ACTIVATING, ACTIVE, PRECHARGING, REFRESHING))
    row = gauge("row opened last", width_bits=16)
    reads = held("reads served", record="counters", field="reads")
    writes = held("writes served", record="counters", field="writes")
    row_hits = held(
        "column commands that found their row open", record="counters", field="row_hits"
    )
    row_misses = held(
        "column commands that had a row opened", record="counters", field="row_misses"
    )
    row_conflicts = held(
        "column commands that had another row closed first",
        record="counters",
        field="row_conflicts",
    )

    def build(self) -> None:
        """Start with counters of its own, until it is joined to a controller."""
        self.counters: Records = np.zeros(1, BANK)
        self._changes = 0

    def join(self, bank: Records) -> None:
        """Show the counters of a bank of the controller, (1,) of BANK."""
        self.counters = bank

    def move(self, passing: str, lasting: str, clocks: int) -> int:
        """Show a passing state and, unless another follows, the lasting one; return its clocks."""
        self._changes += 1
        if self.state.listeners:
            self.state.set(passing)
            self.spawn(self._settle(lasting, self.cycles(clocks), self._changes))
        else:
            self.state.set(lasting)
        return clocks

    def catch_up(self) -> None:
        """Show how the bank stands after commands that nobody saw."""
        row = int(self.counters["row"][0])
        self._changes += 1
        self.state.set(ACTIVE if row != NONE else IDLE)
        if row != NONE:
            self.row.set(row)

    def _settle(self, lasting: str, after_ps: int, change: int) -> Steps:
        yield after_ps
        if change == self._changes:
            self.state.set(lasting)
