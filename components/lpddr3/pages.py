"""How long a row stays open when no request waits for it: the page policies.

open       until a request wants another row
closed     not at all
adaptive   a two-bit predictor per bank says: a request that comes while none waits for its bank
           adds one if it wants the row that was open last and takes one if it wants another; the
           row is closed while the count is below two

Source:     two-bit saturating counters as in page-policy predictors: Awasthi et al., PACT 2011.
Checked by: tests/components/test_lpddr3_pages.py
"""

from components.lpddr3.device import earliest
from components.lpddr3.policies import Choice, nothing
from components.lpddr3.records import (
    ADAPTIVE_PAGE,
    CLOSED_PAGE,
    KEEP_MOST,
    NONE,
    OPEN_PAGE,
    PRECHARGE,
    READS,
    WRITES,
    Memory,
)
from components.lpddr3.requests import queue_of
from cosim.compiled import inlined

PAGES = {"open": OPEN_PAGE, "closed": CLOSED_PAGE, "adaptive": ADAPTIVE_PAGE}


@inlined
def predict(memory: Memory, number: int, row: int) -> None:
    """Learn from a request for `row` that is about to wait for a bank."""
    bank = memory.banks[number]
    reads, writes = queue_of(memory, READS, number), queue_of(memory, WRITES, number)
    if bank.committed != NONE or reads.first != NONE or writes.first != NONE:
        return
    if row == bank.last_row:
        bank.keep = min(bank.keep + 1, KEEP_MOST)
    elif bank.last_row != NONE:
        bank.keep = max(bank.keep - 1, 0)


@inlined
def choose_close(memory: Memory, cycle: int) -> Choice:
    """Return the precharge of a row that no request wants and that is not kept."""
    adaptive = memory.channel[0].page_policy == ADAPTIVE_PAGE
    best = nothing()
    for number in range(memory.banks.shape[0]):
        bank = memory.banks[number]
        if bank.row == NONE or bank.committed != NONE:
            continue
        if adaptive and bank.keep > KEEP_MOST // 2:
            continue
        reads, writes = queue_of(memory, READS, number), queue_of(memory, WRITES, number)
        if reads.hit == NONE and writes.hit == NONE:
            ready = max(cycle, earliest(memory, PRECHARGE, number))
            if ready < best.ready_cycle:
                best = Choice(PRECHARGE, NONE, number, ready)
    return best
