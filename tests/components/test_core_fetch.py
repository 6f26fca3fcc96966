"""Fetch of the in-order core: blocks, micro-op cache, prediction."""

from components.cpu.program import NOP
from tests.components.core_rig import (
    CODE,
    FETCH_NS,
    FIRST_NS,
    INSTRUCTIONS,
    CoreRig,
    alu,
    assemble,
    between,
    branch,
    chunks,
    mark,
    op,
)

DECODE = 9
REDIRECT = 6
FAR = 0x2000
"""Address of other code."""


def test_code_is_fetched_in_aligned_blocks_one_per_cycle():
    core = CoreRig(assemble(*(alu(1) for _ in range(10))))
    core.run()
    assert core.to(INSTRUCTIONS) == [(1, CODE, 16), (2, CODE + 16, 16), (3, CODE + 32, 16)]


def test_fetch_stops_when_the_queue_is_full():
    core = CoreRig(assemble(*(alu(1, 1) for _ in range(16))), fetch_blocks=2)
    core.run()
    # four dependent adds, from FIRST_NS on, free the first block; its successor is asked for then
    freed_ns = FIRST_NS + 3
    assert [when_ns for when_ns, _, _ in core.to(INSTRUCTIONS)] == [
        1,
        2,
        freed_ns + 1,
        freed_ns + 5,
    ]


def test_a_block_is_fetched_again_only_when_the_micro_op_cache_has_lost_it():
    twice = [alu(1), op(NOP, ip=FAR), alu(1, ip=CODE)]
    small = CoreRig(assemble(*twice), decoded_blocks=1)
    small.run()
    large = CoreRig(assemble(*twice), decoded_blocks=1024)
    large.run()
    assert [address for _, address, _ in small.to(INSTRUCTIONS)] == [CODE, FAR, CODE]
    assert [address for _, address, _ in large.to(INSTRUCTIONS)] == [CODE, FAR]
    assert (large.count("fetches"), large.count("decoded_hits")) == (3, 1)


def test_a_taken_branch_ends_its_block():
    core = CoreRig(assemble(branch(True), alu(1, ip=FAR), alu(2)))
    core.run()
    assert [address for _, address, _ in core.to(INSTRUCTIONS)] == [CODE, FAR]


def test_a_wrong_prediction_costs_redirect_fetch_and_decode():
    # a counter begins at "weakly not taken": the first taken branch is predicted wrongly
    assert between([branch(True), mark(), alu(1, ip=FAR)]) == [
        1 + REDIRECT + 1 + FETCH_NS + DECODE,
        0,
    ]


def test_a_wrong_prediction_costs_less_when_the_right_path_is_decoded():
    warm = [alu(1, ip=FAR), alu(1, ip=CODE + 64)]
    again = [branch(True), mark(), alu(1, ip=FAR)]
    assert between([*warm, mark(), *again])[1] == 1 + REDIRECT + DECODE


def test_two_wrong_guesses_in_a_loop_of_ten():
    body = [alu(1, ip=CODE), branch(True)]
    core = CoreRig(assemble(*body * 9, alu(1, ip=CODE), branch(False)))
    core.run()
    assert core.count("mispredicted") == 2  # the first turn and the way out
    assert core.waits()["branch"] > 0


def test_a_branch_guessed_right_costs_nothing():
    warm = [alu(1, ip=CODE), branch(True)] * 3
    body = [mark(), alu(1, ip=CODE), branch(True), mark(), alu(2, ip=CODE)]
    times = between([*warm, *body])
    assert times[1] == 1  # the next block, a cycle later


def test_nothing_is_fetched_behind_a_branch_guessed_wrongly_until_it_is_executed():
    core = CoreRig(assemble(branch(True), alu(1, ip=FAR)))
    core.run()
    assert [when_ns for when_ns, _, _ in core.to(INSTRUCTIONS)] == [
        1,
        FIRST_NS + 1 + REDIRECT + 1,
    ]


def test_pieces_of_a_program_do_not_change_its_time():
    program = assemble(*(alu(n % 8, (n + 1) % 8) for n in range(200)), mark())
    runs = []
    for size in (1, 7, 64, 1000):
        core = CoreRig(chunks(program, size))
        core.run()
        runs.append((core.marks_ns(), core.waits(), core.sent))
    assert all(run == runs[0] for run in runs)


def test_marks_alone_in_a_block_need_no_fetch():
    core = CoreRig(assemble(mark(), mark()))
    core.run()
    assert core.to(INSTRUCTIONS) == []
    assert core.marks_ns() == [1, 1]
