"""Issue of the in-order core on a 1 ns clock: widths, latencies, what waits for what.

A mark takes no time: it is passed in the cycle in which the instruction behind it could issue.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.cpu.program import ALU, FENCE, FMA, FP_ADD, FP_MUL, MUL, NOP, VECTOR
from cosim.messages import FOREVER
from tests.components.core_rig import (
    DATA_NS,
    FIRST_NS,
    CoreRig,
    alu,
    assemble,
    between,
    between_marks,
    branch,
    load,
    mark,
    op,
    store,
)
from tests.modes.programs import random_program

V = VECTOR
LOAD_TO_USE = 1 + DATA_NS
"""cycles; way to the data cache, and its reply."""


def test_first_instruction_issues_after_fetch_and_decode():
    core = CoreRig(assemble(mark(), alu(1)))
    core.run()
    assert core.marks_ns() == [FIRST_NS]


def test_four_independent_adds_issue_per_cycle():
    assert between_marks(*(alu(n % 16) for n in range(16))) == 16 // 4 - 1


@pytest.mark.parametrize("width", [1, 2, 4])
def test_width_limits_issue(width: int) -> None:
    assert between_marks(*(alu(n) for n in range(8)), width=width) == 8 // width - 1


@pytest.mark.parametrize(
    ("code", "latency"), [(ALU, 1), (MUL, 3), (FP_ADD, 4), (FP_MUL, 4), (FMA, 4)]
)
def test_a_dependent_chain_takes_the_latency_per_link(code: int, latency: int) -> None:
    register = V if code >= FP_ADD else 1
    assert between_marks(*(op(code, register, register) for _ in range(5))) == 4 * latency


@pytest.mark.parametrize(
    ("code", "per_cycle"), [(ALU, 4), (MUL, 1), (FP_ADD, 2), (FP_MUL, 2), (FMA, 2), (NOP, 4)]
)
def test_units_limit_independent_operations(code: int, per_cycle: int) -> None:
    operations = [op(code, V + n if code >= FP_ADD else n) for n in range(8)]
    assert between_marks(*operations) == 8 // per_cycle - 1


def test_two_loads_and_one_store_issue_per_cycle():
    assert between_marks(*(load(n, 64 * n) for n in range(8))) == 8 // 2 - 1
    assert between_marks(*(store(1, 64 * n) for n in range(4))) == 4 // 1 - 1


def test_a_load_is_used_after_its_reply():
    assert between_marks(load(1, 64), alu(2, 1)) == LOAD_TO_USE


def test_a_load_holds_up_only_what_uses_it():
    assert between(
        [load(1, 64), alu(2, 3), mark(), alu(4, 1)],
    ) == [0, LOAD_TO_USE]


def test_an_instruction_behind_one_that_waits_waits_too():
    assert between([load(1, 64), alu(2, 1), mark(), alu(3, 4)]) == [LOAD_TO_USE, 0]


def test_a_register_written_again_does_not_wait_for_the_load_that_had_it():
    assert between_marks(load(1, 64), alu(1, 2), alu(3, 1)) == 1  # the second add, a cycle later


def test_loads_that_return_out_of_order_are_each_used_as_they_come():
    times = {0: 30, 64: 3}
    assert between([load(1, 0), load(2, 64), alu(3, 2), mark(), alu(4, 1)], data_ns=times) == [
        1 + 3,
        (1 + 30) - (1 + 3),
    ]


def test_loads_under_way_are_limited():
    loads = [load(n, 64 * n) for n in range(4)]
    assert between_marks(*loads, loads=2) == LOAD_TO_USE  # the third when the first is back
    assert between_marks(*loads, loads=4) == 1


def test_a_fused_operation_needs_its_address_at_issue_and_its_vectors_with_the_data():
    fused = op(FMA, V, V, V + 1, 1, address=64)
    assert between_marks(op(FP_ADD, V, V + 2), fused) == 0  # 4 cycles ahead of the add's result
    assert between_marks(alu(1), fused) == 1


def test_the_result_of_a_fused_operation_follows_data_and_latency():
    fused = op(FMA, V, V, address=64)
    assert between_marks(fused, op(FP_ADD, V + 1, V)) == LOAD_TO_USE + 4


def test_a_chain_of_fused_operations_takes_their_latency_each():
    chain = [op(FMA, V, V, address=64 * n) for n in range(5)]
    assert between_marks(*chain) == 4 * 4


def test_a_fused_operation_takes_a_load_unit_and_its_own():
    assert between_marks(*(op(ALU, n, address=64 * n) for n in range(4))) == 4 // 2 - 1
    mixed = [op(FMA, V + n, address=64 * n) for n in range(2)]
    assert between_marks(*mixed, load(1, 512), load(2, 576)) == 1


def test_a_fence_waits_for_loads_and_stores():
    assert between_marks(load(1, 64), op(FENCE)) == LOAD_TO_USE
    # a store leaves the buffer a cycle after issue and takes a cycle on the way
    assert between_marks(store(1, 64), op(FENCE)) == 1 + 1 + DATA_NS


@pytest.mark.parametrize(
    ("last", "cycles"),
    [(alu(1), 1), (op(FMA, V), 4), (load(1, 64), LOAD_TO_USE), (store(1, 64), 2 + DATA_NS)],
)
def test_the_end_waits_for_everything_under_way(last: dict[str, int], cycles: int) -> None:
    core = CoreRig(assemble(last))
    core.run()
    assert core.count("finish_ps") == (FIRST_NS + cycles) * 1000
    assert core.count("cycles") == FIRST_NS + cycles


def test_every_cycle_is_told_apart_by_what_it_waited_for():
    core = CoreRig(
        assemble(alu(1), op(MUL, 2, 1), alu(3, 2), load(4, 64), alu(5, 4), store(5, 128), op(FENCE))
    )
    core.run()
    assert core.waits() == {
        "fetch": FIRST_NS,
        "busy": 6,  # add; multiply; add and load; add; store; fence
        "execution": 3 - 1,  # a multiply takes 3 cycles, in the first of which it issues
        "load": LOAD_TO_USE - 1,
        "store": 1 + DATA_NS,
    }


@settings(max_examples=30)
@given(st.integers(0, 1 << 30), st.data())
def test_a_step_at_which_nothing_is_due_changes_nothing(seed: int, data: st.DataObject) -> None:
    program = random_program(seed, 60, code_bytes=256, data_bytes=256)
    core = CoreRig(program, loads=2, stores=2, writes_under_way=1)
    while (due_ps := core.due_ps()) < FOREVER:
        if due_ps > core.now_ps + 1:
            between_ps = data.draw(st.integers(core.now_ps, due_ps - 1))
            before = core.snapshot()
            core.call(between_ps)
            assert core.snapshot() == before
        core.call(due_ps)
    assert core.state[0].finished
    assert sum(core.waits().values()) == core.count("cycles")


def test_marks_tell_time_cycles_and_instructions():
    core = CoreRig(assemble(alu(1), mark(7), alu(2, 1), alu(3, 2), mark(8)))
    core.run()
    first, second = core.core.marks[:2]
    assert (first.number, first.instructions, first.cycles) == (7, 1, FIRST_NS)
    assert (second.number, second.instructions, second.cycles) == (8, 3, FIRST_NS + 2)


def test_operations_are_counted_by_kind():
    core = CoreRig(
        assemble(alu(1), alu(2), op(FMA, V, address=0), load(3, 64), store(3, 0), branch(False))
    )
    core.run()
    counts = core.core.counts[0]
    assert (counts.integer, counts.fmas, counts.plain_loads, counts.stores) == (2, 1, 1, 1)
    assert (counts.branches, core.count("loads"), core.count("instructions")) == (1, 2, 6)
