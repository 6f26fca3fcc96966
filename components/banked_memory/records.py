"""Records of the banked memory."""

import numpy as np

from cosim.compiled import Records, record

MEMORY = record(
    "p", "q", "channels", "banks", "line_shift", "channel_bits", "bank_bits", "column_bits",
    "rank_bits", "cas_ticks", "rcd_ticks", "rp_ticks", "turn_ticks", "burst_ticks",
    "refresh_ticks", "closed_ticks", "queue", "places", "high_water", "low_water", "next_tick",
    "reads", "writes", "row_hits", "row_misses", "write_row_hits", "write_row_misses",
    "forwards", "refreshes", "is_instant",
)  # fmt: skip
"""Parameters, present state and counters; `banks` in a channel, all ranks together.

One that `is_instant` answers on arrival and changes nothing: for warm-up, from before the first
request on.
"""

CHANNEL = record(
    "write_mode",
    "reads_held",
    "writes_held",
    "owed",
    "active",
    "active_end",
    "bus_free",
    "period",
)
"""One channel. `active`: the bank whose data is on the bus, NONE if none; `owed` of its writes are
not acknowledged."""

BANK = record("row", "request", "ready", "hit", "is_stale", "refreshed")
"""One bank: its open `row` or NONE, the request it serves or NONE, when its data is there.

It `is_stale` if it must be refreshed once it is idle; it serves again in tick `refreshed`.
"""

REQUEST = record("held", "is_write", "line", "bank", "row", "since", "scheduled", "tag", "owed")
"""One place of a channel's queue: reads first, then writes."""

NONE = -1

EXTRA = 64
"""Writes that a full queue keeps without acknowledging them: as many as a cache sends."""


def new_banks(count: int) -> Records:
    """Make `count` closed, idle banks."""
    banks = np.zeros(count, BANK)
    banks["row"] = banks["request"] = NONE
    return banks
