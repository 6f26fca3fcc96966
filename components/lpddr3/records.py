"""What the memory controller remembers: records of channels, ranks, banks, queues and requests.

All times are cycles of the memory clock. `TIMING` is one speed grade as a table, `CHANNEL` the
state, the parameters and the counters of one channel, `RANK` one rank of it, `BANK` one bank,
`QUEUE` the requests of one direction for one bank, `REQUEST` one request that waits for its column
commands, `SLICE` a part of the address map, `INITIATOR` the counters of one port.
"""

from typing import NamedTuple

from cosim.bundle import finder
from cosim.compiled import Records, record
from cosim.messages import PORT, Wires

NEVER = 1 << 60
"""Cycles; a moment that does not come."""

NONE = -1
"""No request, no row, no bank."""

NOP, ACTIVATE, PRECHARGE, PRECHARGE_ALL, READ_BURST, WRITE_BURST, REFRESH, REFRESH_BANK = range(8)
POWER_DOWN_ENTRY, POWER_DOWN_EXIT, SELF_REFRESH_ENTRY, SELF_REFRESH_EXIT = range(8, 12)
COMMAND_NAMES = (
    "NOP", "ACT", "PRE", "PREA", "RD", "WR", "REF", "REFPB", "PDE", "PDX", "SRE", "SRX",
)  # fmt: skip

FCFS, FR_FCFS, COLUMN_FIRST, PLUGGED = 0, 1, 2, 3
OPEN_PAGE, CLOSED_PAGE, ADAPTIVE_PAGE = 0, 1, 2
KEEP_MOST = 3
"""Highest value of a bank's two-bit predictor; 2 and 3 say that its row is wanted again."""

READS, WRITES = 0, 1
"""Directions of queues."""

HIT, MISS, CONFLICT = 0, 1, 2

POWERED, POWER_DOWN, SELF_REFRESH = 0, 1, 2
"""Power states of a channel."""

XOR, CHANNEL_BITS, ROW_BITS, BANK_BITS, COLUMN_BITS = 0, 1, 2, 3, 4
"""What a SLICE of the address map is for."""

TIMING = record(
    "p",
    "q",
    "read_data",
    "write_data",
    "burst",
    "column_gap",
    "read_to_write",
    "write_to_read",
    "other_rank_column",
    "other_rank_read_to_write",
    "other_rank_write_to_read",
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
    "refresh_bank",
    "refresh_interval",
    "power_down_exit",
    "power_down_shortest",
    "self_refresh_exit",
    "self_refresh_shortest",
)

CHANNEL = record(
    # parameters
    "policy",
    "policy_number",
    "page_policy",
    "protect_hits",
    "commit",
    "cap",
    "read_capacity",
    "write_capacity",
    "drain_above",
    "drain_below",
    "frontend_cycles",
    "backend_cycles",
    "power_down_after",
    "self_refresh_after",
    "refresh_by_bank",
    "refresh_blocks",
    "refresh_interval",
    "refresh_postponed",
    "refresh_lead",
    "line_bytes",
    "burst_bytes",
    "burst_shift",
    # its part of the other tables
    "ranks",
    "first_rank",
    "rank_shift",
    "banks",
    "first_bank",
    "slots",
    "first_slot",
    # state of the scheduler
    "next_ps",
    "next_cycle",
    "due_cycle",
    "dirty",
    "plan_command",
    "plan_cycle",
    "plan_slot",
    "plan_bank",
    "accepted_cycle",
    "accepted_port",
    "order",
    "free",
    "waiting_reads",
    "waiting_writes",
    "committed",
    "first_committed",
    "last_committed",
    "write_mode",
    # state of the device
    "open_banks",
    "quiet_cycle",
    # refresh
    "refresh_due_cycle",
    "refresh_owed",
    "refresh_waits",
    "refresh_bank",
    # power
    "power",
    "power_since",
    "wake_from",
    "wake_cycle",
    "refreshed",
    # bandwidth
    "column_free",
    "column_is_write",
    "column_rank",
    "filled_cycle",
    # the last command, for waves and logs
    "commands",
    "command",
    "command_cycle",
    "command_rank",
    "command_bank",
    "command_row",
    "command_address",
    # the last read that was served, for logs
    "served",
    "served_tag",
    "served_bank_cycles",
    "served_refresh_cycles",
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
    "bank_refreshes",
    "power_downs",
    "self_refreshes",
    "read_latency_ps",
    "entry_ps",
    "queue_cycles",
    "bank_cycles",
    "refresh_cycles",
    "data_cycles",
    "idle_lost",
    "refresh_lost",
    "turnaround_lost",
    "activate_lost",
    "bank_lost",
    "wake_lost",
    "other_lost",
)

RANK = record(
    "open_banks",
    "committed",
    "busy_reads",
    "busy_writes",
    "read_cycle",
    "write_cycle",
    "activate_cycle",
    "activated_1",
    "activated_2",
    "activated_3",
    "activated_4",
    "refresh_bank_cycle",
    "background_since",
    "active_cycles",
    "precharged_cycles",
    "active_down_cycles",
    "precharged_down_cycles",
    "self_refresh_cycles",
)
"""Dies with a chip select of their own; the ranks of a channel share commands, data and CKE."""

BANK = record(
    "row",
    "column_cycle",
    "precharge_cycle",
    "activate_cycle",
    "committed",
    "next_committed",
    "bypassed",
    "last_row",
    "keep",
    "closed_on_demand",
    "refresh_from",
    "refresh_until",
    "refresh_spent",
    "reads",
    "writes",
    "row_hits",
    "row_misses",
    "row_conflicts",
)

QUEUE = record(
    "first",
    "last",
    "busy",
    "place",
    "hit",
    "hit_order",
    "hit_ready",
    "other",
    "other_order",
    "other_ready",
    "other_opens",
)
"""Requests by age: `first` is the oldest slot, `last` the youngest.

The `busy` numbers of the queues of a rank and direction list, without gaps and in any order, the
banks whose queue holds any; `place` is where a bank stands in that list.
`hit` is the oldest for the open row, `other` the oldest for another row. Beside them stand their
order, and from when on their bank takes their next command, NEVER for none; `other_opens` is 1 if
that of the other one is an ACT, 0 if it is a PRE.
"""

REQUEST = record(
    "next",
    "previous",
    "order",
    "row",
    "bank",
    "eligible_cycle",
    "line",
    "is_write",
    "bursts",
    "outcome",
    "address",
    "size_bytes",
    "tag",
    "port",
    "arrived_ps",
    "accepted_cycle",
    "opened_cycle",
    "window_cycles",
    "refreshed_before",
    "refreshed_at_open",
)

SLICE = record("kind", "shift", "mask", "place")
"""`(address >> shift & mask) << place`: bits of a field, or bits that flip others (XOR)."""

INITIATOR = record("reads", "writes", "row_hits", "row_misses", "row_conflicts", "read_latency_ps")


class Memory(NamedTuple):
    """All records of a memory, in the order in which the behaviour takes them.

    `channel` is (channels,), `timing` (1,), `banks` (channels x ranks x banks,), `queues`
    (channels x 2 directions x ranks x banks,), `requests` (channels x slots,), `slices` (slices,),
    `initiators` (ports,), `ranks` (channels x ranks,). A bank's number counts through the ranks of
    its channel. The functions of one channel take the same tuple with its part of each table.
    """

    channel: Records
    timing: Records
    banks: Records
    queues: Records
    requests: Records
    slices: Records
    initiators: Records
    ranks: Records


class Joined(NamedTuple):
    """All records of a memory, and what it is joined to."""

    channel: Records
    ports: Records
    wires: Wires
    timing: Records
    banks: Records
    queues: Records
    requests: Records
    slices: Records
    initiators: Records
    ranks: Records


joined_at = finder(
    Joined, channel=CHANNEL, ports=PORT, timing=TIMING, banks=BANK, queues=QUEUE,
    requests=REQUEST, slices=SLICE, initiators=INITIATOR, ranks=RANK,
)  # fmt: skip
"""Finds the records of a memory."""


SEEN = record("served")
"""How many reads of a channel have been told."""

SERVED = -1
"""Number of what is heard of a read that is served; others are those of exchanges."""


class Service(NamedTuple):
    """A read whose last column command is given: when, by which tag on the bus.

    Bank and refresh are what it waited for them, in memory clocks.
    """

    when_ps: int
    bank_cycles: int
    refresh_cycles: int
    tag: int
