"""Loads, stores and co-processor accesses of the in-order core."""

import pytest

from components.cpu.program import FENCE, LOAD_IMAC, STORE_IMAC, WAIT_IMAC
from cosim import ProtocolError, messages
from tests.components.core_rig import (
    COPROCESSOR,
    DATA,
    DATA_NS,
    FIRST_NS,
    IMAC_NS,
    CoreRig,
    alu,
    assemble,
    between,
    between_marks,
    load,
    mark,
    op,
    store,
)

FORWARD = 5
LOAD_TO_USE = 1 + DATA_NS


def test_an_access_across_two_lines_becomes_two_a_cycle_apart():
    core = CoreRig(assemble(load(16, 0x1030, size=32)))
    core.run()
    assert core.to(DATA) == [(FIRST_NS + 1, 0x1030, 16), (FIRST_NS + 2, 0x1040, 16)]
    assert core.count("splits") == 1
    assert between_marks(load(1, 0x103E), alu(2, 1)) == LOAD_TO_USE + 1


def test_an_access_that_ends_with_its_line_is_one():
    core = CoreRig(assemble(load(16, 0x1020, size=32)))
    core.run()
    assert core.to(DATA) == [(FIRST_NS + 1, 0x1020, 32)]


def test_stores_leave_in_order_one_per_cycle():
    core = CoreRig(assemble(*(store(1, 64 * n) for n in (3, 1, 2))))
    core.run()
    first_ns = FIRST_NS + 1 + 1  # in the buffer for a cycle, then on the way
    assert core.to(DATA) == [(first_ns + n, address, 4) for n, address in enumerate((192, 64, 128))]
    assert all(sent.kind == messages.WRITE for sent in core.sent if sent.port == DATA)


def test_stores_under_way_are_limited():
    stores = [store(1, 64 * n) for n in range(3)]
    core = CoreRig(assemble(*stores), writes_under_way=1)
    core.run()
    first_ns = FIRST_NS + 2
    turn_ns = DATA_NS + 1  # the next leaves when the reply is back
    assert [when_ns for when_ns, _, _ in core.to(DATA)] == [
        first_ns,
        first_ns + turn_ns,
        first_ns + 2 * turn_ns,
    ]


def test_a_full_store_buffer_holds_up_the_next_store():
    stores = [store(1, 64 * n) for n in range(3)]
    assert between_marks(*stores, stores=2) == 1 + 1 + DATA_NS  # the first is done
    assert between_marks(*stores, stores=3) == 2


def test_a_load_inside_a_buffered_store_is_forwarded():
    core = CoreRig(assemble(mark(), store(1, 64, 8), load(2, 68), alu(3, 2), mark()))
    core.run()
    begin_ns, end_ns = core.marks_ns()
    assert end_ns - begin_ns == FORWARD
    assert (core.count("forwards"), len(core.to(DATA))) == (1, 1)


def test_a_load_that_overlaps_a_buffered_store_in_part_waits_for_it():
    done = 1 + 1 + DATA_NS
    assert between_marks(store(1, 64), load(2, 66), alu(3, 2)) == done + LOAD_TO_USE


def test_the_youngest_store_decides_for_a_load():
    # inside the older store, across the younger one, which leaves a cycle behind it
    later = [store(1, 64, 8), store(1, 66, 2), load(2, 64), alu(3, 2)]
    assert between_marks(*later) == 1 + 2 + DATA_NS + LOAD_TO_USE


def test_a_load_behind_a_finished_store_goes_to_the_cache():
    core = CoreRig(assemble(store(1, 64), op(FENCE), load(2, 64)))
    core.run()
    assert (core.count("forwards"), len(core.to(DATA))) == (0, 2)


def test_a_load_that_comes_when_the_store_is_just_done_is_not_forwarded():
    # seven dependent adds take the core past the moment at which the store is done
    core = CoreRig(assemble(store(1, 64), *(alu(2, 2) for _ in range(7)), load(3, 64, 2)))
    core.run()
    assert core.count("forwards") == 0


def test_a_co_processor_store_holds_up_what_follows_until_its_reply():
    assert between_marks(op(STORE_IMAC, -1, 1, address=3, value=7), alu(1)) == 1 + IMAC_NS
    core = CoreRig(assemble(op(STORE_IMAC, -1, 1, address=3, value=7)))
    core.run()
    sent = next(one for one in core.sent if one.port == COPROCESSOR)
    assert (sent.kind, sent.address, sent.value) == (messages.STORE_IMAC, 3, 7)


def test_a_co_processor_access_waits_for_earlier_loads_and_not_for_stores():
    assert between([load(1, 64), op(STORE_IMAC, address=1), mark(), alu(2)])[0] == (
        LOAD_TO_USE + 1 + IMAC_NS
    )
    assert between([store(1, 64), op(STORE_IMAC, address=1), mark(), alu(2)])[0] == 1 + IMAC_NS


def test_co_processor_accesses_go_one_after_the_other():
    core = CoreRig(assemble(*(op(STORE_IMAC, address=n) for n in range(3))))
    core.run()
    first_ns = FIRST_NS + 1
    assert [when_ns for when_ns, _, _ in core.to(COPROCESSOR)] == [
        first_ns + n * (1 + IMAC_NS) for n in range(3)
    ]


def test_a_co_processor_load_keeps_what_it_brought():
    core = CoreRig(assemble(op(LOAD_IMAC, 5, address=2), alu(6, 5)))
    core.run()
    result = core.core.results[0]
    reply_ns = FIRST_NS + 1 + IMAC_NS
    assert (result.address, result.value, result.when_ps) == (2, 40 + 2, reply_ns * 1000)
    assert core.count("finish_ps") == (reply_ns + 1) * 1000


def test_waiting_for_the_co_processor_is_attributed_to_it():
    core = CoreRig(assemble(op(WAIT_IMAC), alu(1)))
    core.run()
    assert core.waits()["imac"] == IMAC_NS  # all but the cycle of issue


def test_a_core_without_a_co_processor_refuses_its_instructions():
    core = CoreRig(assemble(op(STORE_IMAC, address=0)), ports=2)
    with pytest.raises(ProtocolError, match="bind the core to one"):
        core.run()
