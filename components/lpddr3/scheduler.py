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
    CLOSED_PAGE,
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
    Memory,
)
from cosim.compiled import inlined


class Choice(NamedTuple):
    """The command to issue next and the first cycle in which it may be.

    `slot` is the request it serves (NONE: none), in list `which`, behind the older slot `before`.
    A NOP says that nothing is known before `ready_cycle`: choose again then.
    """

    command: int
    which: int
    slot: int
    before: int
    bank: int
    ready_cycle: int


@inlined
def nothing(ready_cycle: int) -> Choice:
    """Return that there is nothing to issue before `ready_cycle`."""
    return Choice(NOP, NONE, NONE, NONE, 0, ready_cycle)


@inlined
def next_command(bank: Any, request: Any) -> int:
    """Return what a request needs next from its bank."""
    if bank.row == NONE:
        return ACTIVATE
    if bank.row != request.row:
        return PRECHARGE
    return WRITE_BURST if request.is_write else READ_BURST


@inlined
def choose_from(memory: Memory, which: int, cycle: int) -> Choice:
    """Return the command for the requests of one list that goes first from `cycle` on.

    Of the requests of a bank only the oldest hit and the oldest other one can be first, so each
    bank is looked at twice at most; the masks hold a bit per bank.
    """
    policy, protect = memory.channel[0].policy, memory.channel[0].protect_hits
    hits = others = 0
    best = nothing(NEVER)
    before, slot = NONE, memory.lists[which].first
    while slot != NONE:
        request = memory.requests[slot]
        if request.eligible_cycle > cycle:
            if request.eligible_cycle < best.ready_cycle:
                return nothing(request.eligible_cycle)
            return best
        number = request.bank
        bit = 1 << number
        command = next_command(memory.banks[number], request)
        if command >= READ_BURST:
            passed, hits = hits & bit, hits | bit
        else:
            passed, others = others & bit, others | bit
        if command == PRECHARGE:
            passed |= (hits & bit) * protect | memory.banks[number].committed
        if not passed:
            ready_cycle = max(cycle, earliest(memory, command, number))
            sooner = ready_cycle < best.ready_cycle
            if policy == COLUMN_FIRST and ready_cycle == best.ready_cycle:
                sooner = command >= READ_BURST > best.command
            if sooner:
                best = Choice(command, which, slot, before, number, ready_cycle)
                if ready_cycle == cycle and policy != COLUMN_FIRST:
                    return best
        if policy == FCFS:
            return best
        before, slot = slot, request.next
    return best


@inlined
def choose_refresh(memory: Memory, cycle: int) -> Choice:
    """Return the next command towards the refresh that waits; committed rows stay open."""
    command = REFRESH
    if memory.channel[0].open_banks:
        command = PRECHARGE_ALL
        for bank in memory.banks:
            if bank.committed:
                return nothing(NEVER)
    ready_cycle = max(cycle, earliest(memory, command, 0))
    return Choice(command, NONE, NONE, NONE, 0, ready_cycle)


@inlined
def choose_close(memory: Memory, cycle: int) -> Choice:
    """Return the precharge of a row that no request wants (closed-page policy)."""
    wanted = 0
    for which in (READS, WRITES, OPENING):
        slot = memory.lists[which].first
        while slot != NONE:
            request = memory.requests[slot]
            if memory.banks[request.bank].row == request.row:
                wanted |= 1 << request.bank
            slot = request.next
    best = nothing(NEVER)
    for number in range(memory.banks.shape[0]):
        if memory.banks[number].row == NONE or wanted >> number & 1:
            continue
        ready_cycle = max(cycle, earliest(memory, PRECHARGE, number))
        if ready_cycle < best.ready_cycle:
            best = Choice(PRECHARGE, NONE, NONE, NONE, number, ready_cycle)
    return best


@inlined
def served(memory: Memory) -> int:
    """Return the list to serve, WRITES or READS.

    Writes are drained above a mark or when no read waits, until few are left and a read waits.
    """
    state = memory.channel[0]
    waiting = memory.lists[WRITES].count
    if memory.lists[READS].count == 0 or waiting > state.drain_above:
        return WRITES
    if waiting < state.drain_below:
        return READS
    return WRITES if state.write_mode else READS


@inlined
def choose(memory: Memory, cycle: int) -> Choice:
    """Return the best command: committed requests, then refresh, then the queue of the mode."""
    state = memory.channel[0]
    first = choose_from(memory, OPENING, cycle)
    if first.ready_cycle <= cycle and first.command != NOP:
        return first
    if state.refresh_waits:
        second = choose_refresh(memory, cycle)
        return second if second.ready_cycle < first.ready_cycle else first
    which = served(memory)
    state.write_mode = 1 if which == WRITES else 0
    second = choose_from(memory, which, cycle)
    if second.ready_cycle < first.ready_cycle:
        first = second
    if state.page_policy == CLOSED_PAGE:
        third = choose_close(memory, cycle)
        if third.ready_cycle < first.ready_cycle:
            return third
    return first


@inlined
def disturbs(memory: Memory, slot: int) -> bool:
    """Return whether the youngest request may change what was chosen before it came."""
    state, request = memory.channel[0], memory.requests[slot]
    if state.refresh_waits:
        return False
    which = served(memory)
    if (which == WRITES) != state.write_mode or state.page_policy == CLOSED_PAGE:
        return True
    if (which == WRITES) != request.is_write:
        return False
    command = next_command(memory.banks[request.bank], request)
    ready_cycle = earliest(memory, command, request.bank)
    ready_cycle = max(ready_cycle, request.eligible_cycle)
    if state.policy == COLUMN_FIRST:
        return ready_cycle <= state.due_cycle  # type: ignore[no-any-return]
    return ready_cycle < state.due_cycle  # type: ignore[no-any-return]
