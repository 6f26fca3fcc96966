"""The way of each instruction through the core, followed in both shells."""

from itertools import pairwise

import pytest

from components.cpu.pipeline import COMPLETE, EXECUTE, FETCH, SCHEDULE, WAIT, Passage, PipelineLog
from components.cpu.program import OPERATION_NAMES
from cosim.messages import FOREVER
from tests.modes.machine import Design, Machine
from tests.modes.programs import random_program

PROGRAM = random_program(11, 400, code_bytes=2048, data_bytes=1 << 16)
ORDER = (FETCH, WAIT, SCHEDULE, EXECUTE, COMPLETE)


def followed(*, fast: bool, from_ps: int = 0, until_ps: int = FOREVER) -> list[Passage]:
    made = Machine(Design(), fast=fast)
    log = PipelineLog(made.core, from_ps, until_ps)
    if made.island is not None:
        made.island.watch(from_ps, until_ps)
    made.run(PROGRAM)
    return log.all


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return followed(fast=False)


def test_every_instruction_is_followed_to_its_retirement(passages):
    kept = [one for one in passages if one.retired >= 0]
    assert [one.number for one in kept] == list(range(len(kept)))
    assert len(kept) >= len(PROGRAM) - 1  # the end itself leaves no trace
    names = [one.text.split()[0] for one in kept]
    assert names == [OPERATION_NAMES[row["op"]] for row in PROGRAM[: len(kept)]]


def test_stages_follow_each_other_in_order_and_time(passages):
    for one in passages:
        names = [ORDER.index(stage) for stage, _ in one.stages]
        cycles = [cycle for _, cycle in one.stages]
        assert names == sorted(set(names))
        assert cycles == sorted(cycles)
        assert one.retired < 0 or one.retired >= cycles[-1]


def test_instructions_retire_in_order_and_are_fetched_in_order(passages):
    kept = [one for one in passages if one.retired >= 0]
    assert all(a.retired <= b.retired for a, b in pairwise(kept))
    assert all(a.stages[0][1] <= b.stages[0][1] for a, b in pairwise(kept))


def test_both_shells_show_the_same(passages):
    assert followed(fast=True) == passages


def test_a_window_holds_what_was_fetched_in_it(passages):
    middle = passages[len(passages) // 2].stages[0][1] * 250  # cycles of 4 GHz
    inside = followed(fast=False, from_ps=middle)
    assert 0 < len(inside) < len(passages)
    assert inside[0].stages[0][1] * 250 >= middle
