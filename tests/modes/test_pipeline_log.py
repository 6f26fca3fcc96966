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
CALM = Design()
INTERRUPTED = Design(interrupts=(40_000, 90_000, 170_000, 300_000))


def followed(
    *, fast: bool, from_ps: int = 0, until_ps: int = FOREVER, design: Design = CALM
) -> list[Passage]:
    return machine(fast, from_ps, until_ps, design)[1]


def machine(
    fast: bool, from_ps: int, until_ps: int, design: Design
) -> tuple[Machine, list[Passage]]:
    made = Machine(design, fast=fast)
    log = PipelineLog(made.core, from_ps, until_ps)
    if made.island is not None:
        made.island.watch(from_ps, until_ps)
    made.run(PROGRAM)
    return made, log.all


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return followed(fast=False)


def test_every_instruction_is_followed_to_its_retirement(passages):
    kept = [one for one in passages if one.end >= 0]
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
        assert one.end < 0 or one.end >= cycles[-1]


def test_instructions_retire_in_order_and_are_fetched_in_order(passages):
    kept = [one for one in passages if one.end >= 0]
    assert all(a.end <= b.end for a, b in pairwise(kept))
    assert all(a.stages[0][1] <= b.stages[0][1] for a, b in pairwise(kept))


@pytest.mark.parametrize(("kind", "cycles"), [("ALU", 1), ("MUL", 3), ("BRANCH", 1)])
def test_what_computes_executes_for_its_latency_just_before_it_is_complete(passages, kind, cycles):
    lasted = [
        dict(one.stages)[COMPLETE] - dict(one.stages)[EXECUTE]
        for one in passages
        if one.text.startswith(kind) and "[" not in one.text and COMPLETE in dict(one.stages)
    ]
    assert len(lasted) > 10
    assert set(lasted) == {cycles}


def test_both_shells_show_the_same(passages):
    assert followed(fast=True) == passages


def test_a_window_holds_what_was_fetched_in_it(passages):
    middle = passages[len(passages) // 2].stages[0][1] * 250  # cycles of 4 GHz
    inside = followed(fast=False, from_ps=middle)
    assert 0 < len(inside) < len(passages)
    assert inside[0].stages[0][1] * 250 >= middle


@pytest.mark.parametrize("fast", [True, False])
def test_what_an_interrupt_throws_away_is_flushed_and_followed_again(fast):
    made, seen = machine(fast, 0, FOREVER, INTERRUPTED)
    core = made.core
    assert core.interrupts.value > 2
    flushed = [one for one in seen if one.flushed]
    assert core.squashed.value > 0
    # what was fetched and had no place in the reorder buffer yet is no squashed instruction
    assert sum(len(one.stages) > 1 for one in flushed) == core.squashed.value
    retired = [one.number for one in seen if one.end >= 0 and not one.flushed]
    assert retired == list(range(len(retired)))
    assert {one.number for one in flushed} <= set(retired) | {len(retired)}
    for one in flushed:
        again = next(two for two in seen if two.number == one.number and two.end > one.end)
        assert again.stages[0][1] > one.end
        assert again.text == one.text


def test_a_window_that_opens_before_an_interrupt_follows_what_is_fetched_again():
    middle_ps = 120_000
    whole, seen = (
        followed(fast=False, from_ps=from_ps, design=INTERRUPTED) for from_ps in (0, middle_ps)
    )
    cycle = middle_ps // 250
    wanted = [one for one in whole if one.stages[0][1] > cycle]
    assert [one for one in seen if one.stages[0][1] > cycle] == wanted
    assert wanted
