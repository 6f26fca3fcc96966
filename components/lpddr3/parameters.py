"""The parameters of a memory, and the records it starts with."""

from math import ceil, floor

import numpy as np
from pydantic import field_validator

from components.lpddr3.currents import Currents
from components.lpddr3.mapping import AddressMapping, address_slices
from components.lpddr3.pages import PAGES
from components.lpddr3.policies import OWN, POLICIES
from components.lpddr3.records import (
    BANK,
    CHANNEL,
    INITIATOR,
    KEEP_MOST,
    NEVER,
    NONE,
    PLUGGED,
    RANK,
    Memory,
)
from components.lpddr3.requests import new_requests
from components.lpddr3.timing import Organisation, SpeedGrade, timing_table
from cosim.compiled import plugged
from cosim.config import Config, param
from cosim.errors import ConfigError
from cosim.names import hint

RAMULATOR = "Ramulator 2.1 c5b1c3a, default of its controller"

ALL_BANKS, PER_BANK = "all_bank", "per_bank"

MOST_POSTPONED = 8
"""Refreshes; JESD209-3C section 4.12."""


class Scheduling(Config):
    """How the controller orders commands, and what it adds to every request."""

    policy: str = param(
        "fr_fcfs",
        doc="fcfs: in order; fr_fcfs: the oldest request whose command is legal now; "
        "column_first: column commands before others; or the name of one's own",
        source="Rixner et al., ISCA 2000; FRFCFS-RowHit of Ramulator 2.1",
    )
    cap: int = param(
        16,
        doc="younger row hits that may overtake the oldest request of their bank that needs "
        "another row; 0: any number",
        unit="1",
        low=0,
        high=10**6,
        source="Ramulator 1, FRFCFS_Cap",
    )
    page: str = param(
        "open",
        doc="open: rows stay open; closed: a row nobody waits for is closed; adaptive: a "
        "predictor of each bank decides",
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

    @field_validator("policy")
    @classmethod
    def _is_known(cls, policy: str) -> str:
        known = (*POLICIES, *OWN)
        if policy not in known:
            raise ConfigError(
                f"Scheduling.policy must be {', '.join(known)} or declared with @policy, "
                f"not {policy!r}{hint(policy, known)}"
            )
        return policy


class Refreshing(Config):
    """How the controller refreshes."""

    scope: str = param(
        ALL_BANKS,
        doc="all_bank: REF of a rank every tREFI; per_bank: REFpb of the next bank, each in tREFI",
        choices=(ALL_BANKS, PER_BANK),
        source=RAMULATOR,
    )
    postponed: int = param(
        0,
        doc="all-bank refreshes, or eight times as many of one bank, postponed while requests wait",
        unit="1",
        low=0,
        high=MOST_POSTPONED,
        source="estimate: none, as in all simulators the timing was compared with",
    )


class PowerSaving(Config):
    """When an idle channel saves power."""

    power_down_cycles: int = param(
        0,
        doc="idle memory clocks before fast-exit power-down; 0: never",
        low=0,
        high=10**6,
        source="estimate: off, as in all simulators the timing was compared with",
    )
    self_refresh_cycles: int = param(
        0,
        doc="memory clocks without a column command before self-refresh; 0: never",
        low=0,
        high=10**9,
        source="estimate: off, as in all simulators the timing was compared with",
    )


class Lpddr3Config(Config):
    """An LPDDR3 memory of one or two channels."""

    speed: SpeedGrade = param(SpeedGrade(), doc="speed grade")
    organisation: Organisation = param(Organisation(), doc="channels, dies, banks, rows, columns")
    currents: Currents = param(Currents(), doc="currents of a die")
    mapping: AddressMapping = param(AddressMapping(), doc="address map")
    scheduling: Scheduling = param(Scheduling(), doc="order of commands")
    refresh: Refreshing = param(Refreshing(), doc="refresh")
    power: PowerSaving = param(PowerSaving(), doc="power-down and self-refresh")


def new_memory(config: Lpddr3Config, line_bytes: int = 64, initiators: int = 1) -> Memory:
    """Return the records of an idle memory with all banks closed, at cycle 0."""
    plan, parts = config.scheduling, config.organisation
    timing = timing_table(config.speed, parts)
    waiting = plan.read_queue + plan.write_queue
    banks_of_channel = parts.ranks * parts.banks
    queues, requests = new_requests(parts.channels, waiting, banks_of_channel)
    banks = np.zeros(parts.channels * banks_of_channel, BANK)
    banks["row"] = banks["last_row"] = banks["committed"] = NONE
    banks["keep"] = KEEP_MOST
    ranks = np.zeros(parts.channels * parts.ranks, RANK)
    for last in ("activated_1", "activated_2", "activated_3", "activated_4"):
        ranks[last] = -NEVER
    channel = np.zeros(parts.channels, CHANNEL)
    slots = waiting + banks_of_channel
    for number, state in enumerate(channel):
        state.ranks, state.first_rank = parts.ranks, number * parts.ranks
        state.rank_shift = parts.banks.bit_length() - 1
        state.banks, state.first_bank = banks_of_channel, number * banks_of_channel
        state.slots, state.first_slot = slots, number * slots
        state.line_bytes, state.burst_bytes = line_bytes, parts.burst_bytes
        state.burst_shift = parts.burst_bytes.bit_length() - 1
        _set_scheduling(state, plan)
        _set_refresh(state, config, timing[0])
        state.power_down_after = config.power.power_down_cycles
        state.self_refresh_after = config.power.self_refresh_cycles
        state.refreshed = banks_of_channel
        state.first_committed = state.last_committed = NONE
        state.accepted_cycle = state.accepted_port = state.command_bank = state.command_row = NONE
        state.plan_cycle = NEVER
        state.due_cycle = min(state.refresh_due_cycle, *_rests(config))
    slices = address_slices(config.mapping, parts)
    counters = np.zeros(initiators, INITIATOR)
    memory = Memory(channel, timing, banks, queues, requests, slices, counters, ranks)
    plug_policy(memory, plan)
    return memory


def plug_policy(memory: Memory, plan: Scheduling) -> None:
    """Let the memory call a policy of the user's; again in every process that goes on with it."""
    if plan.policy in OWN:
        memory.channel["policy_number"] = plugged(OWN[plan.policy], (memory, 0, 0))


def _set_scheduling(state: np.record, plan: Scheduling) -> None:
    state.policy = POLICIES.get(plan.policy, PLUGGED)
    state.page_policy = PAGES[plan.page]
    state.protect_hits, state.commit, state.cap = plan.protect_hits, plan.commit, plan.cap or NEVER
    state.read_capacity, state.write_capacity = plan.read_queue, plan.write_queue
    state.drain_above = floor(plan.drain_above * plan.write_queue)
    state.drain_below = ceil(plan.drain_below * plan.write_queue)
    state.frontend_cycles, state.backend_cycles = plan.frontend_cycles, plan.backend_cycles


def _set_refresh(state: np.record, config: Lpddr3Config, table: np.record) -> None:
    """Set when refreshes are due.

    The ninth of them must follow the eight postponed ones within 9 tREFI, so all are due earlier
    by the time it takes to serve what is committed and to close all rows.
    """
    by_bank = config.refresh.scope == PER_BANK
    banks, ranks = config.organisation.banks, config.organisation.ranks
    turns = ranks * banks if by_bank else ranks
    state.refresh_by_bank = by_bank
    state.refresh_blocks = turns == 1
    state.refresh_postponed = config.refresh.postponed * turns
    state.refresh_interval = int(table.refresh_interval) // turns
    if config.refresh.postponed == MOST_POSTPONED:
        closing = int(table.write_to_precharge + table.precharge_all)
        state.refresh_lead = closing + banks * int(table.write_to_read + table.read_to_write)
    state.refresh_due_cycle = NEVER
    if state.refresh_interval:
        state.refresh_due_cycle = state.refresh_interval - state.refresh_lead


def _rests(config: Lpddr3Config) -> tuple[int, int]:
    """Return after how many idle cycles each power state is entered."""
    power = config.power
    return power.power_down_cycles or NEVER, power.self_refresh_cycles or NEVER
