"""What the memory controller remembers: records of the channel, its banks and its requests.

All times are cycles of the memory clock. `TIMING` is one speed grade as a table, `CHANNEL` the
state, the parameters and the counters of one channel, `BANK` one bank, `REQUEST` one line that
waits for its column command, `LIST` one of the linked lists that hold the requests by age.
"""

from typing import NamedTuple

from cosim.compiled import Records, record

NEVER = 1 << 60
"""Cycles; a moment that does not come."""

NONE = -1
"""No request, no row."""

NOP, ACTIVATE, PRECHARGE, PRECHARGE_ALL, READ_BURST, WRITE_BURST, REFRESH = range(7)
COMMAND_NAMES = ("NOP", "ACT", "PRE", "PREA", "RD", "WR", "REF")

FCFS, FR_FCFS, COLUMN_FIRST = 0, 1, 2
OPEN_PAGE, CLOSED_PAGE = 0, 1

READS, WRITES, OPENING, FREE = 0, 1, 2, 3
"""Lists of requests: waiting reads, waiting writes, those that paid for an ACT, unused slots."""

HIT, MISS, CONFLICT = 0, 1, 2

TIMING = record(
    "p",
    "q",
    "read_data",
    "write_data",
    "burst",
    "column_gap",
    "read_to_write",
    "write_to_read",
    "activate_to_column",
    "activate_to_precharge",
    "activate_to_activate",
    "bank_to_bank",
    "four_activates",
    "read_to_precharge",
    "write_to_precharge",
    "precharge",
    "precharge_all",
    "refresh",
    "refresh_interval",
    "power_down_exit",
    "power_down_shortest",
)

CHANNEL = record(
    # parameters
    "policy",
    "page_policy",
    "protect_hits",
    "commit",
    "drain_above",
    "drain_below",
    "frontend_cycles",
    "backend_cycles",
    "power_down_after",
    "line_bytes",
    "burst_bytes",
    "bank_shift",
    "bank_bits",
    "row_shift",
    "row_bits",
    "hash_banks",
    # state
    "due_cycle",
    "plan_command",
    "plan_cycle",
    "plan_list",
    "plan_slot",
    "plan_before",
    "plan_bank",
    "accepted_cycle",
    "refresh_due_cycle",
    "refresh_waits",
    "write_mode",
    "open_banks",
    "read_cycle",
    "write_cycle",
    "activate_cycle",
    "activated_1",
    "activated_2",
    "activated_3",
    "activated_4",
    "wake_cycle",
    "power_down",
    "quiet_cycle",
    "background_since",
    "blocked_since",
    "blocked_cycles",
    # the last command, for waves
    "command",
    "command_cycle",
    "command_bank",
    "command_row",
    # counters
    "reads",
    "writes",
    "forwarded",
    "coalesced",
    "row_hits",
    "row_misses",
    "row_conflicts",
    "activates",
    "precharges",
    "precharge_alls",
    "precharged_banks",
    "read_bursts",
    "write_bursts",
    "refreshes",
    "power_downs",
    "active_cycles",
    "precharged_cycles",
    "active_down_cycles",
    "precharged_down_cycles",
    "read_latency_ps",
    "entry_ps",
    "queue_cycles",
    "bank_cycles",
    "refresh_cycles",
    "data_cycles",
)

BANK = record(
    "row",
    "column_cycle",
    "precharge_cycle",
    "activate_cycle",
    "committed",
    "closed_on_demand",
    "reads",
    "writes",
    "row_hits",
    "row_misses",
    "row_conflicts",
)

REQUEST = record(
    "next",
    "line",
    "address",
    "size_bytes",
    "tag",
    "bank",
    "row",
    "bursts",
    "is_write",
    "outcome",
    "arrived_ps",
    "accepted_cycle",
    "eligible_cycle",
    "opened_cycle",
    "blocked_before",
    "blocked_at_open",
)

LIST = record("first", "last", "count", "capacity")


class Memory(NamedTuple):
    """All records of a channel, in the order in which the behaviour takes them.

    `channel` and `timing` are (1,), `banks` (banks,), `lists` (4,), `requests` (slots,).
    """

    channel: Records
    timing: Records
    banks: Records
    lists: Records
    requests: Records
