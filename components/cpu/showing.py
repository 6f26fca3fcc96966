"""What the core shows of its records: where its program is, and what it does or waits for.

Models:     the address of the next instruction to be renamed, and busy or the reason of a wait,
            from each step of the core to its next one.
Leaves out: a busy cycle just before a wait.
Checked by: tests/modes/test_equal_displays.py
"""

from collections.abc import Sequence
from typing import TypeAlias

from components.cpu.records import BUSY, WAITS
from components.cpu.tables import Tables
from cosim import Clock, Gauge
from cosim.display import Display, numbers

REASONS = WAITS.names or ()
"""What a core does or waits for, in the order of its `reason`."""


Doing: TypeAlias = tuple[int, int, int, int]
"""The next instruction's address, and the last three numbers of PLACES."""

PLACES = ("cursor", "accounted", "next_cycle", "reason")
"""Fields of the core's record that are looked at."""


class Showing:
    """Shows a core's `ip` and what it `waits_for`."""

    def __init__(self, tables: Tables, clock: Clock, ip: Gauge, waits_for: Gauge) -> None:
        self.clock = clock
        self.ip = ip
        self.waits_for = waits_for
        self._ip = 0
        self._addresses, self._loaded = tables.program["ip"], tables.state["loaded"]
        places = numbers(tables.state, PLACES)
        self.display = Display((ip, waits_for), places, self.show, develop=self.develop)

    def develop(self, seen: Sequence[int]) -> Doing:
        """Look the instruction's address up, which makes room for others later."""
        cursor, accounted, next_cycle, reason = seen
        if cursor < self._loaded.item():
            self._ip = self._addresses.item(cursor)
        return self._ip, accounted, next_cycle, reason

    def show(self, when_ps: int, doing: Doing) -> None:
        """Show what a step changed."""
        ip, accounted, next_cycle, reason = doing
        self.ip.show(when_ps, ip)
        is_busy = next_cycle == accounted > self.clock.cycle_of(when_ps)
        self.waits_for.show(when_ps, REASONS[BUSY if is_busy else reason])
