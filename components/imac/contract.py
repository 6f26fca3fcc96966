"""The hand-off between core and co-processor, as one page.

Models:     states, who may do what in each, how many inputs a job has, and how long the answer may
            take: no less than the subarrays need, no more than the timer counts.
Leaves out: which elements were stored and what is in the buffer; loads of the timer.
Source:     arXiv:2105.13904 section V. CONFIGURING: section IV. That the core stores READY = 1,
            and who may access what when: estimate, the paper does not say.
Checked by: tests/components/test_imac_contract.py, tests/components/test_imac_contract_mutants.py,
            tests/components/test_imac_contract_exercise.py
"""

from cosim.protocol import ANY, Contract, event, given, role, state, tally, timing


class HandOff(Contract):
    """One job after another: inputs go over, the core waits, codes come back."""

    core = role("whoever stored READY = 0; anyone before that")
    other = role("any other initiator on the bus")
    coprocessor = role("the co-processor")

    CONFIGURING = state("weights are being written; READY is -1")
    IDLE = state("no inputs, no codes; READY is -1")
    LOADING = state("inputs are being stored; READY is 0")
    COMPUTING = state("the buffer drives the columns; READY is 1")
    CONVERTING = state("the outputs become codes; READY is 1")
    DONE = state("the codes may be loaded; READY is -1")

    inputs = given("inputs of a job")
    access_ps = given("time of one access")
    compute_ps = given("time that layers and conversion need")
    timer_ps = given("time that the timer counts")

    configure = event("every row holds its weights", CONFIGURING >> IDLE, by=coprocessor)
    store_ready_0 = event("inputs are coming", IDLE >> LOADING, DONE >> LOADING, by=core)
    store_element = event("an input", LOADING.stays, by=core)
    store_ready_1 = event("the inputs are complete", LOADING >> COMPUTING, by=core)
    store_ready_minus_1 = event("for the co-processor to say; never legal")
    convert = event("the conversion begins", COMPUTING >> CONVERTING, by=coprocessor)
    write_codes = event("the buffer holds codes, and READY = -1", CONVERTING >> DONE,
                        by=coprocessor)  # fmt: skip
    load_code = event("a code", DONE.stays, by=core)
    load_ready_minus_1 = event("READY is read as -1", CONFIGURING.stays, IDLE.stays, DONE.stays,
                               by=(core, other))  # fmt: skip
    load_ready_0 = event("READY is read as 0", LOADING.stays, by=(core, other))
    load_ready_1 = event("READY is read as 1", COMPUTING.stays, CONVERTING.stays, by=(core, other))
    wait = event("sleep until the timer is zero", COMPUTING.stays, CONVERTING.stays, DONE.stays,
                 by=(core, other))  # fmt: skip
    reset = event("all but the weights is lost", ANY >> IDLE, CONFIGURING.stays, by=coprocessor)

    every_input = tally("every input", store_element, since=store_ready_0, until=store_ready_1,
                        at_least=inputs)  # fmt: skip
    one_port = timing("one access at a time", store_element, store_element, at_least_ps=access_ps)
    answer = timing("from inputs to codes", store_ready_1, write_codes, at_least_ps=compute_ps,
                    at_most_ps=timer_ps, unless=reset)  # fmt: skip


class Told:
    """Terms of a hand-off in which the core must be told that the codes are there.

    What tells it, an event from DONE to READABLE, is what a protocol adds, as in
    `class TimerHandOff(Told, HandOff)`.
    """

    READABLE = state("the codes may be loaded; READY is -1")

    store_ready_0 = event("inputs are coming", HandOff.IDLE >> HandOff.LOADING,
                          READABLE >> HandOff.LOADING, by=HandOff.core)  # fmt: skip
    load_code = event("a code", READABLE.stays, by=HandOff.core)
    load_ready_minus_1 = event("READY is read as -1", HandOff.CONFIGURING.stays,
                               HandOff.IDLE.stays, HandOff.DONE.stays, READABLE.stays,
                               by=(HandOff.core, HandOff.other))  # fmt: skip
    wait = event("sleep until the core is told", HandOff.COMPUTING.stays, HandOff.CONVERTING.stays,
                 HandOff.DONE.stays, READABLE.stays, by=(HandOff.core, HandOff.other))  # fmt: skip
