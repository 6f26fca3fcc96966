"""One bank of the channel, as waves and reports show it."""

import numpy as np

from components.lpddr3.records import BANK, NONE
from cosim import Module, gauge, held
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

    def join(self, bank: Records) -> None:
        """Show the counters of a bank of the controller, (1,) of BANK."""
        self.counters = bank

    def move(self, when_ps: int, passing: str, lasting: str, until_ps: int) -> None:
        """Show a passing state, then the lasting one; no command comes between."""
        self.state.show(when_ps, passing)
        self.state.show_later(until_ps, lasting)

    def catch_up(self, now_ps: int) -> None:
        """Show how the bank stands after commands that nobody saw."""
        row, last_row = int(self.counters["row"][0]), int(self.counters["last_row"][0])
        self.state.show(now_ps, ACTIVE if row != NONE else IDLE)
        if last_row != NONE:
            self.row.show(now_ps, last_row)
