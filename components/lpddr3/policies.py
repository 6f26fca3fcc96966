"""Which waiting request goes first: the policies of the controller, and one's own.

A policy looks at the queues of one direction and returns the command that goes first, and when it
may. One's own is a function with a name for `scheduling.policy`, compiled for both shells:

    @policy("first_port_first")
    def first_port_first(memory: Memory, direction: int, cycle: int) -> Choice:
        best, best_rank = nothing(), NEVER
        slot = first_waiting(memory, direction)
        while slot != NONE:
            choice, request = wanted(memory, slot, cycle), memory.requests[slot]
            rank = (choice.ready_cycle - cycle) * 2**42 + request.port * 2**40 + request.order
            if choice.command != NOP and rank < best_rank:
                best, best_rank = choice, rank
            slot = next_waiting(memory, slot)
        return best

Nothing that a policy returns can break a timing rule: `wanted` says when a command is legal.

Models:     FCFS; FR-FCFS, the oldest request whose next command is legal now, with rows protected
            for older hits and a cap on younger hits; the same with column commands first.
Leaves out: priorities between initiators, other than by a policy of one's own.
Source:     Rixner et al., ISCA 2000 (FR-FCFS); cap: Mutlu and Moscibroda, MICRO 2007 (FR-FCFS+Cap);
            that only an older hit protects its row as in Ramulator 2.1 (FRFCFS-RowHit).
Checked by: tests/components/test_lpddr3_scheduler.py
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from components.lpddr3.device import activate_ready, column_ready, earliest
from components.lpddr3.records import (
    ACTIVATE,
    COLUMN_FIRST,
    FCFS,
    FR_FCFS,
    NEVER,
    NONE,
    NOP,
    PLUGGED,
    PRECHARGE,
    READ_BURST,
    READS,
    WRITE_BURST,
    WRITES,
    Memory,
)
from components.lpddr3.requests import busy_banks, queue_of
from cosim.compiled import call_plugged, inlined
from cosim.errors import ConfigError

Policy: TypeAlias = "Callable[[Memory, int, int], Choice]"
"""Takes the memory of one channel, READS or WRITES, and the present cycle."""

POLICIES = {"fcfs": FCFS, "fr_fcfs": FR_FCFS, "column_first": COLUMN_FIRST}
"""Policies of the controller; PLUGGED is the number of all others."""

OWN: dict[str, Policy] = {}
"""Policies of users, by name."""

ORDER_BITS = 40
"""Bits that hold the order of a request: a million million of them."""

BEHIND = 1 << 39
"""Added to the order of what is to go behind all others that are ready in the same cycle."""

FAR = 1 << 20
"""Cycles; more than any command waits for another."""


class Choice(NamedTuple):
    """The command to issue next and the first cycle in which it may be.

    `slot` is the request it serves (NONE: none). A NOP says that nothing is known to do.
    """

    command: int
    slot: int
    bank: int
    ready_cycle: int


def policy(name: str) -> Callable[[Policy], Policy]:
    """Make a function a policy that configurations may name; raises ConfigError if one has it."""
    if name in POLICIES:
        raise ConfigError(f"a policy must have a name of its own, not {name!r}; take another")

    def declare(function: Policy) -> Policy:
        OWN[name] = function
        return function

    return declare


@inlined
def nothing() -> Choice:
    """Return that there is nothing to issue."""
    return Choice(NOP, NONE, 0, NEVER)


@inlined
def sooner(one: Choice, other: Choice) -> Choice:
    """Return the choice that is ready first, `one` if both are."""
    return other if other.ready_cycle < one.ready_cycle else one


@inlined
def next_command(bank: Any, request: Any) -> int:
    """Return what a request needs next from its bank."""
    if bank.row == NONE:
        return ACTIVATE
    if bank.row != request.row:
        return PRECHARGE
    return WRITE_BURST if request.is_write else READ_BURST


@inlined
def pick(memory: Memory, direction: int, cycle: int) -> Choice:
    """Return what the policy in force takes from the queues of a direction."""
    state = memory.channel[0]
    if state.policy == FCFS:
        return in_order(memory, direction, cycle)
    if state.policy == PLUGGED:
        return call_plugged(state.policy_number, nothing(), (memory, direction, cycle))
    return first_ready(memory, direction, cycle)


@inlined
def in_order(memory: Memory, direction: int, cycle: int) -> Choice:
    """FCFS: the oldest request, whatever it needs."""
    oldest, order = NONE, NEVER
    for number in range(memory.banks.shape[0]):
        first = queue_of(memory, direction, number).first
        if first != NONE and memory.requests[first].order < order:
            oldest, order = first, memory.requests[first].order
    if oldest == NONE:
        return nothing()
    return wanted(memory, oldest, cycle)


@inlined
def wanted(memory: Memory, slot: int, cycle: int) -> Choice:
    """Return the next command of a request and when it is legal; a NOP if it must not be given.

    It must not if its bank waits for a refresh, or if it would close the row of a committed one.
    """
    request = memory.requests[slot]
    bank = memory.banks[request.bank]
    command = next_command(bank, request)
    if bank.refresh_until == NEVER or (command == PRECHARGE and bank.committed != NONE):
        return nothing()
    ready = max(cycle, request.eligible_cycle, earliest(memory, command, request.bank))
    return Choice(command, slot, request.bank, ready)


@inlined
def first_waiting(memory: Memory, direction: int) -> int:
    """Return a waiting request of a direction, NONE if there is none."""
    return _first_from(memory, direction, 0)


@inlined
def next_waiting(memory: Memory, slot: int) -> int:
    """Return the waiting request after another: by banks, within each by age; NONE at the end."""
    request = memory.requests[slot]
    if request.next != NONE:
        return request.next
    return _first_from(memory, request.is_write, request.bank + 1)


@inlined
def _first_from(memory: Memory, direction: int, number: int) -> int:
    """Return the oldest request of the first bank, from `number` on, that has any."""
    while number < memory.banks.shape[0]:
        first = queue_of(memory, direction, number).first
        if first != NONE:
            return first
        number += 1
    return NONE


@inlined
def first_ready(memory: Memory, direction: int, cycle: int) -> Choice:
    """FR-FCFS: what can be issued first, the oldest of those.

    COLUMN_FIRST differs where two can be issued at once: a column command goes before others.
    Cycle and order are compared as one number: which comes first could not be predicted.
    """
    state = memory.channel[0]
    closes_from = max(cycle, state.wake_cycle)
    behind = BEHIND if state.policy == COLUMN_FIRST else 0
    best, soonest = NONE, FAR << ORDER_BITS
    for each in range(memory.ranks.shape[0]):
        rank, first = memory.ranks[each], each << state.rank_shift
        columns_from = max(cycle, column_ready(memory, rank, direction))
        opens_from = max(cycle, activate_ready(memory, rank))
        for place in range(first, first + busy_banks(rank, direction)):
            number = queue_of(memory, direction, place).busy
            queue = queue_of(memory, direction, number)
            wait = min(max(columns_from, queue.hit_ready) - cycle, FAR)
            key = (wait << ORDER_BITS) + queue.hit_order
            best, soonest = (2 * number, key) if key < soonest else (best, soonest)
            from_cycle = closes_from + queue.other_opens * (opens_from - closes_from)
            wait = min(max(from_cycle, queue.other_ready) - cycle, FAR)
            key = (wait << ORDER_BITS) + queue.other_order + behind
            best, soonest = (2 * number + 1, key) if key < soonest else (best, soonest)
    if best == NONE:
        return nothing()
    number, ready = best >> 1, cycle + (soonest >> ORDER_BITS)
    queue = queue_of(memory, direction, number)
    if best & 1:
        command = ACTIVATE if queue.other_opens else PRECHARGE
        return Choice(command, queue.other, number, ready)
    return Choice(READ_BURST + direction, queue.hit, number, ready)


@inlined
def settle(memory: Memory, number: int) -> None:
    """Work out what the requests of a bank need next, after the bank or its queues have changed."""
    for direction in range(READS, WRITES + 1):
        queue = queue_of(memory, direction, number)
        if queue.first != NONE:
            settle_queue(memory, queue, memory.banks[number])


@inlined
def settle_queue(memory: Memory, queue: Any, bank: Any) -> None:
    """Note when a bank takes the next command of the oldest hit and of the oldest other request.

    Younger hits wait if as many as the cap have overtaken the other one. A row stays open for an
    older hit and for a committed request. Nothing begins in a bank that waits for a refresh.
    """
    state, hit, other = memory.channel[0], queue.hit, queue.other
    queue.hit_order = memory.requests[hit].order if hit != NONE else NEVER
    queue.other_order = memory.requests[other].order if other != NONE else NEVER
    overtaken = queue.other_order < queue.hit_order
    held = bank.refresh_until == NEVER
    queue.hit_ready = queue.other_ready = NEVER
    if hit != NONE and not held and not (overtaken and bank.bypassed >= state.cap):
        queue.hit_ready = max(bank.column_cycle, memory.requests[hit].eligible_cycle)
    queue.other_opens, ready = 1, bank.activate_cycle
    if bank.row != NONE:
        queue.other_opens, ready = 0, bank.precharge_cycle
        held |= bank.committed != NONE or not (overtaken or state.protect_hits == 0)
    if other != NONE and not held:
        queue.other_ready = max(ready, memory.requests[other].eligible_cycle)
