"""Which read is served when, and how long its bank and refreshes took, for those who listen.

Told in the step that gives its last column command, by the controller in the detailed shell and by
the compiled loop in the fast one.
Checked by: tests/modes/test_equal_exchanges.py
"""

from typing import NamedTuple

from cosim.compiled import Records, inlined, record

SEEN = record("served")
"""How many reads of a channel have been told."""

SERVED = -1
"""Number of what is heard of a read that is served; others are those of exchanges."""


class Service(NamedTuple):
    """A read that is served: when, bank and refresh in memory clocks, its tag on the bus."""

    when_ps: int
    bank_cycles: int
    refresh_cycles: int
    tag: int


@inlined
def overhear_served(
    channel: Records, seen: Records, tape: Records, heard: Records, now_ps: int
) -> None:
    """Keep which reads were served in a step that has just been made."""
    for number in range(channel.shape[0]):
        state = channel[number]
        if state.served != seen[number].served:
            seen[number].served = state.served
            row = heard[tape[0].count]
            row.when_ps, row.number = now_ps, SERVED
            row.kind, row.address = state.served_bank_cycles, state.served_refresh_cycles
            row.tag = state.served_tag
            tape[0].count += 1
