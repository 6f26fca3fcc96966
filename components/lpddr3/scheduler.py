"""Which command to issue next: the policies of the controller, over lists of requests.

Models:     FCFS; FR-FCFS, the oldest request whose next command is legal now, with rows protected
            for older hits; column commands first; open page and closed page.
Leaves out: caps on consecutive hits, priorities between initiators.
Source:     Rixner et al., ISCA 2000 (FR-FCFS); the rule that only an older hit protects its row
            and the list of committed requests as in Ramulator 2.1 (FRFCFS-RowHit).
Checked by: tests/components/test_lpddr3_scheduler.py
"""

from typing import Any, NamedTuple

from components.lpddr3.device import earliest
from components.lpddr3.records import (
    ACTIVATE,
    COLUMN_FIRST,
    FCFS,
    NEVER,
    NONE,
    NOP,
    OPENING,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    READS,
    REFRESH,
    WRITE_BURST,
    WRITES,
)
from cosim.compiled import Records, compiled


class Choice(NamedTuple):
    """A command that may be issued in the cycle asked about, or when one can be.

    `slot` is the request it serves (NONE: none), in list `which`, behind the older slot `before`.
    """

    command: int
    which: int
    slot: int
    before: int
    bank: int
    ready_cycle: int


@compiled
def nothing(ready_cycle: int) -> Choice:
    """Return that nothing may be issued before `ready_cycle`."""
    return Choice(NOP, NONE, NONE, NONE, 0, ready_cycle)


@compiled
def next_command(bank: Any, request: Any) -> int:
    """Return what a request needs next from its bank."""
    if bank.row == NONE:
        return ACTIVATE
    if bank.row != request.row:
        return PRECHARGE
    return WRITE_BURST if request.is_write else READ_BURST


@compiled
def choose_from(
    channel: Records,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    which: int,
    cycle: int,
) -> Choice:
    """Return the best command for the requests of one list.

    Of the requests of a bank only the oldest hit and the oldest other one can be first, so each
    bank is looked at twice at most; the masks hold a bit per bank.
    """
    state = channel[0]
    policy = state.policy
    hits = others = 0
    fallback = nothing(NEVER)
    before, slot = NONE, lists[which].first
    while slot != NONE:
        request = requests[slot]
        if request.eligible_cycle > cycle:
            return _sooner(fallback, request.eligible_cycle)
        number = request.bank
        bit = 1 << number
        command = next_command(banks[number], request)
        passed = hits if command >= READ_BURST else others
        if command == PRECHARGE:
            if state.protect_hits:
                passed |= hits
            if banks[number].committed and which != OPENING:
                passed |= bit
        if not passed & bit:
            ready_cycle = earliest(channel, timing, banks, command, number)
            if ready_cycle > cycle:
                fallback = _sooner(fallback, ready_cycle)
            elif policy != COLUMN_FIRST or command >= READ_BURST:
                return Choice(command, which, slot, before, number, ready_cycle)
            elif fallback.command == NOP:
                fallback = Choice(command, which, slot, before, number, ready_cycle)
        if command >= READ_BURST:
            hits |= bit
        else:
            others |= bit
        if policy == FCFS:
            break
        before, slot = slot, request.next
    return fallback


@compiled
def _sooner(choice: Choice, ready_cycle: int) -> Choice:
    """Return `choice` if it is ready before, else that nothing is before `ready_cycle`."""
    if choice.ready_cycle <= ready_cycle:
        return choice
    return nothing(ready_cycle)


@compiled
def choose_refresh(channel: Records, timing: Records, banks: Records, cycle: int) -> Choice:
    """Return the next command towards the refresh that waits; committed rows stay open."""
    command = REFRESH
    if channel[0].open_banks:
        command = PRECHARGE_ALL
        for bank in banks:
            if bank.committed:
                return nothing(NEVER)
    ready_cycle = earliest(channel, timing, banks, command, 0)
    if ready_cycle > cycle:
        return nothing(ready_cycle)
    return Choice(command, NONE, NONE, NONE, 0, ready_cycle)


@compiled
def choose_close(
    channel: Records,
    timing: Records,
    banks: Records,
    lists: Records,
    requests: Records,
    cycle: int,
) -> Choice:
    """Return the precharge of a row that no request wants (closed-page policy)."""
    wanted = 0
    for which in (READS, WRITES, OPENING):
        slot = lists[which].first
        while slot != NONE:
            request = requests[slot]
            if banks[request.bank].row == request.row:
                wanted |= 1 << request.bank
            slot = request.next
    soonest = NEVER
    for number in range(banks.shape[0]):
        if banks[number].row == NONE or wanted >> number & 1:
            continue
        ready_cycle = earliest(channel, timing, banks, PRECHARGE, number)
        if ready_cycle <= cycle:
            return Choice(PRECHARGE, NONE, NONE, NONE, number, ready_cycle)
        soonest = min(soonest, ready_cycle)
    return nothing(soonest)


@compiled
def set_mode(channel: Records, lists: Records) -> int:
    """Decide whether writes are drained, and return the list to serve.

    Drains above a mark or when no read waits, until few writes are left and a read waits.
    """
    state = channel[0]
    waiting = lists[WRITES].count
    if lists[READS].count == 0 or waiting > state.drain_above:
        state.write_mode = 1
    elif waiting < state.drain_below:
        state.write_mode = 0
    return WRITES if state.write_mode else READS
