"""The parameters of a memory channel, and the records a channel starts with."""

from math import ceil, floor

import numpy as np

from components.lpddr3.currents import Currents
from components.lpddr3.records import (
    BANK,
    CHANNEL,
    CLOSED_PAGE,
    COLUMN_FIRST,
    FCFS,
    FR_FCFS,
    NEVER,
    NONE,
    OPEN_PAGE,
    Memory,
)
from components.lpddr3.requests import new_requests
from components.lpddr3.timing import Organisation, SpeedGrade, timing_table
from cosim.config import Config, param

POLICIES = {"fcfs": FCFS, "fr_fcfs": FR_FCFS, "column_first": COLUMN_FIRST}
PAGES = {"open": OPEN_PAGE, "closed": CLOSED_PAGE}
MAPS = ("row_bank_column", "row_column_bank", "bank_row_column")

RAMULATOR = "Ramulator 2.1 c5b1c3a, default of its controller"


class Scheduling(Config):
    """How the controller orders commands, and what it adds to every request."""

    policy: str = param(
        "fr_fcfs",
        doc="fcfs: in order; fr_fcfs: the oldest request whose command is legal now; "
        "column_first: column commands before others",
        choices=tuple(POLICIES),
        source="Rixner et al., ISCA 2000; FRFCFS-RowHit of Ramulator 2.1",
    )
    page: str = param(
        "open",
        doc="open: rows stay open; closed: a row nobody waits for is closed",
        choices=tuple(PAGES),
        source=RAMULATOR,
    )
    protect_hits: bool = param(
        True,
        doc="a row stays open for requests older than the one that wants another",
        source=RAMULATOR,
    )
    commit: bool = param(
        True,
        doc="a request that paid for an ACT is served before its row may be closed",
        source=RAMULATOR,
    )
    read_queue: int = param(
        32, doc="reads that can wait", unit="1", low=1, high=1024, source=RAMULATOR
    )
    write_queue: int = param(
        32, doc="writes that can wait", unit="1", low=1, high=1024, source=RAMULATOR
    )
    drain_above: float = param(
        0.8,
        doc="writes are drained when more than this part of their queue is full",
        unit="1",
        low=0.0,
        high=1.0,
        source=RAMULATOR,
    )
    drain_below: float = param(
        0.2,
        doc="back to reads when less than this part of the write queue is full",
        unit="1",
        low=0.01,
        high=1.0,
        source=RAMULATOR,
    )
    frontend_cycles: int = param(
        1,
        doc="memory clocks from taking a request to its first command",
        low=1,
        high=100,
        source=RAMULATOR,
    )
    backend_cycles: int = param(
        0, doc="memory clocks from the last data to the reply", low=0, high=100, source=RAMULATOR
    )
    power_down_cycles: int = param(
        0,
        doc="idle memory clocks before fast-exit power-down; 0: never",
        low=0,
        high=10**6,
        source="estimate: off, as in all simulators the timing was compared with",
    )
    address_map: str = param(
        "row_bank_column",
        doc="order of the fields of an address, highest first",
        choices=MAPS,
        source="estimate: keeps a stream in one row of 8 KiB; RoBaRaCoCh in Ramulator",
    )
    hash_banks: bool = param(
        False,
        doc="exclusive-or the bank with the lowest bits of the row",
        source="estimate: off, so that an address can be read by eye",
    )


class Lpddr3Config(Config):
    """One LPDDR3 channel."""

    speed: SpeedGrade = param(SpeedGrade(), doc="speed grade")
    organisation: Organisation = param(Organisation(), doc="dies, banks, rows, columns")
    currents: Currents = param(Currents(), doc="currents of a die")
    scheduling: Scheduling = param(Scheduling(), doc="order of commands")


def new_memory(config: Lpddr3Config, line_bytes: int = 64) -> Memory:
    """Return the records of an idle channel with all banks closed, at cycle 0."""
    plan, parts = config.scheduling, config.organisation
    timing = timing_table(config.speed, parts)
    lists, requests = new_requests(plan.read_queue, plan.write_queue, parts.banks)
    banks = np.zeros(parts.banks, BANK)
    banks["row"] = NONE
    channel = np.zeros(1, CHANNEL)
    state = channel[0]
    state.policy = POLICIES[plan.policy]
    state.page_policy = PAGES[plan.page]
    state.protect_hits, state.commit = plan.protect_hits, plan.commit
    state.drain_above = floor(plan.drain_above * plan.write_queue)
    state.drain_below = ceil(plan.drain_below * plan.write_queue)
    state.frontend_cycles, state.backend_cycles = plan.frontend_cycles, plan.backend_cycles
    state.power_down_after = plan.power_down_cycles
    state.line_bytes, state.burst_bytes = line_bytes, parts.burst_bytes
    map_address(state, config)
    state.accepted_cycle = state.command_bank = state.command_row = NONE
    state.activated_1 = state.activated_2 = state.activated_3 = state.activated_4 = -NEVER
    state.plan_cycle = NEVER
    interval = int(timing[0].refresh_interval)
    state.refresh_due_cycle = interval or NEVER
    state.due_cycle = plan.power_down_cycles or NEVER
    state.due_cycle = min(state.due_cycle, state.refresh_due_cycle)
    return Memory(channel, timing, banks, lists, requests)


def map_address(state: np.record, config: Lpddr3Config) -> None:
    """Set where the bank and the row stand in an address."""
    parts = config.organisation
    state.bank_bits = parts.banks.bit_length() - 1
    state.row_bits = parts.rows.bit_length() - 1
    widths = {
        "row": int(state.row_bits),
        "bank": int(state.bank_bits),
        "column": (parts.page_bytes // parts.burst_bytes).bit_length() - 1,
    }
    shift = parts.burst_bytes.bit_length() - 1
    for field in reversed(config.scheduling.address_map.split("_")):
        if field == "row":
            state.row_shift = shift
        elif field == "bank":
            state.bank_shift = shift
        shift += widths[field]
    state.hash_banks = config.scheduling.hash_banks
