"""Why the data bus was not busy: every clock without data, told by cause.

A column command could follow the last one after tCCD. What it comes later is, in this order:

idle        no request waited
wake        the channel left power-down or self-refresh
refresh     its bank was held for a refresh
turnaround  the data bus changed its direction or its rank: tWTR, read latency, tRTRS
activate    its ACT waited for tRRD or tFAW
bank        its row was closed and opened: tRP, tRCD, tRAS, tWR and the like
other       the rest: the command bus was taken, or the order of requests wanted it so
"""

from typing import Any

from components.lpddr3.device import activate_ready, rank_of
from components.lpddr3.records import NONE, Memory
from cosim.compiled import inlined


@inlined
def overlap(start: int, end: int, since: int, until: int) -> int:
    """Return how much of `since` to `until` lies between `start` and `end`."""
    return max(0, min(end, until) - max(start, since))


@inlined
def note_window(memory: Memory, number: int, request: Any, cycle: int) -> None:
    """Note for how long the ACT of a request, given at `cycle`, waited for tRRD or tFAW only."""
    state, bank, rank = memory.channel[0], memory.banks[number], rank_of(memory, number)
    ready = max(bank.activate_cycle, request.eligible_cycle, state.wake_cycle)
    request.window_cycles = max(0, min(cycle, activate_ready(memory, rank)) - ready)


@inlined
def count_lost(memory: Memory, request: Any, is_write: int, cycle: int) -> None:
    """Count the clocks that were lost before the column command of a request at `cycle`."""
    state, bank, rank = (
        memory.channel[0], memory.banks[request.bank], rank_of(memory, request.bank)
    )  # fmt: skip
    start = state.column_free
    state.column_free = cycle + memory.timing[0].column_gap
    number = request.bank >> state.rank_shift
    turned = state.column_is_write != is_write or state.column_rank != number
    state.column_is_write, state.column_rank = is_write, number
    if cycle <= start:
        return
    idle = max(0, min(cycle, state.filled_cycle) - start)
    state.idle_lost += idle
    start += idle
    left = cycle - start
    wake = min(left, overlap(start, cycle, state.wake_from, state.wake_cycle))
    left -= wake
    state.wake_lost += wake
    held = min(left, overlap(start, cycle, bank.refresh_from, bank.refresh_until))
    left -= held
    state.refresh_lost += held
    if turned:
        ready = rank.write_cycle if is_write else rank.read_cycle
        turn = ready - max(start, bank.column_cycle, request.eligible_cycle)
        turn = max(0, min(left, turn))
        left -= turn
        state.turnaround_lost += turn
    if request.opened_cycle == NONE:
        state.other_lost += left
        return
    window = min(left, request.window_cycles)
    state.activate_lost += window
    state.bank_lost += left - window
