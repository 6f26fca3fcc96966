"""The hand-off of the multiply-accumulate array, as one page.

Models:     one layer after the other: it is chosen, inputs go over, it computes, sums are loaded. A
            load of a sum while it computes waits, so nothing tells the core.
Leaves out: which inputs were stored, and how often: those that were not are 0.
Source:     the method is ours.
Checked by: tests/components/test_mac_array.py
"""

from cosim.protocol import Contract, event, given, role, state, timing


class MacHandOff(Contract):
    """One layer after the other: chosen, fed, computed, read."""

    core = role("whoever uses it")
    array = role("the array")

    IDLE = state("no layer is chosen")
    LOADING = state("inputs are being stored")
    COMPUTING = state("sums are being made")
    DONE = state("the sums may be loaded")

    compute_cycles = given("cycles that the layer takes")

    choose = event("a layer is chosen; all inputs are 0", IDLE >> LOADING, DONE >> LOADING,
                   LOADING.stays, by=core)  # fmt: skip
    store_inputs = event("four inputs", LOADING.stays, by=core)
    start = event("the inputs are complete", LOADING >> COMPUTING, by=core)
    finish = event("the sums are there", COMPUTING >> DONE, by=array)
    load_sum = event("a sum", DONE.stays, by=core)

    job = timing("from inputs to sums", start, finish, at_least_cycles=compute_cycles,
                 at_most_cycles=compute_cycles)  # fmt: skip
