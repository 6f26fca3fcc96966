"""Loop nests: addresses, branches, skips and data, and that generation can stop anywhere."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cpu import program as isa
from components.cpu.program import INSTRUCTION
from cosim.errors import ElaborationError
from scenarios.networks import loop_nest
from scenarios.networks.assembly import INDEX, INPUT, Assembly, Walk

CODE = 0x1000
STACK = 0x8000


def write(assembly, most=10_000):
    """Return all instructions of a finished assembly."""
    out = np.zeros(most, INSTRUCTION)
    written = loop_nest.expand(assembly.build(), loop_nest.new_position(), out)
    assert written < most
    return out[:written]


def rows(found, *fields):
    return [tuple(int(line[field]) for field in fields) for line in found]


def two_loops():
    assembly = Assembly(CODE, STACK)
    with assembly.loop(2, INPUT) as outer, assembly.loop(3, INDEX) as inner:
        place = Walk(0x100, INPUT).along(outer, 64).along(inner, 4)
        assembly.load(isa.VECTOR, place, 4)
    return assembly


def test_addresses_follow_the_loops():
    loads = [line for line in write(two_loops()) if line["op"] == isa.LOAD]
    assert rows(loads, "address") == [(a,) for a in (256, 260, 264, 320, 324, 328)]


def test_a_loop_ends_with_pointer_compare_and_a_branch_that_falls_through_last():
    found = write(two_loops())
    # An inner turn is load, add, compare, branch; the outer end is add, compare, branch.
    turn = [isa.LOAD, isa.ALU, isa.ALU, isa.BRANCH]
    assert [int(op) for op in found["op"]] == (turn * 3 + [isa.ALU, isa.ALU, isa.BRANCH]) * 2
    branches = found[found["op"] == isa.BRANCH]
    assert branches["value"].tolist() == [1, 1, 0, 1, 1, 1, 0, 0]


def test_a_static_instruction_keeps_its_address():
    found = write(two_loops())
    loads = found[found["op"] == isa.LOAD]
    assert set(loads["ip"].tolist()) == {CODE}
    taken = [int(later["ip"]) for line, later in pairwise(found)
             if line["op"] == isa.BRANCH and line["value"] == 1]  # fmt: skip
    assert set(taken) == {CODE}


def test_an_instruction_that_is_no_taken_branch_is_followed_by_the_next_address():
    found = write(two_loops())
    for line, later in pairwise(found):
        if not (line["op"] == isa.BRANCH and line["value"] == 1):
            assert later["ip"] == line["ip"] + isa.INSTRUCTION_BYTES


def test_a_loop_of_one_turn_needs_no_code():
    assembly = Assembly(CODE, STACK)
    with assembly.loop(1, INPUT) as loop:
        assembly.load(isa.VECTOR, Walk(8).along(loop, 4), 4)
    assert rows(write(assembly), "op", "address") == [(isa.LOAD, 8)]


def test_a_skip_goes_the_way_that_data_say_and_leaves_out_what_it_skips():
    outcomes = np.array([1, 0, 0, 1])
    assembly = Assembly(CODE, STACK)
    with assembly.loop(4, INDEX) as loop:
        index = assembly.keep(outcomes).along(loop, 1)
        with assembly.skip(outcomes, index):
            assembly.emit(isa.MUL, 1)
    found = write(assembly)
    forward = found[found["ip"] == CODE]
    assert forward["value"].tolist() == [1, 0, 0, 1]
    assert int((found["op"] == isa.MUL).sum()) == 2
    assert len(found) == int(assembly.build().executions.sum())


def test_values_come_from_data_or_from_the_loops():
    assembly = Assembly(CODE, STACK)
    data = np.array([70, 80, 90])
    with assembly.loop(3, INDEX) as loop:
        assembly.emit(isa.STORE_IMAC, memory=Walk(1).along(loop, 1))
        assembly.take(loop_nest.DATUM, assembly.keep(data).along(loop, 1))
        assembly.emit(isa.LAYER)
        assembly.take(loop_nest.NUMBER, Walk(5).along(loop, 2))
    found = write(assembly)
    stores = found[found["op"] == isa.STORE_IMAC]
    assert rows(stores, "address", "value") == [(1, 70), (2, 80), (3, 90)]
    assert found[found["op"] == isa.LAYER]["value"].tolist() == [5, 7, 9]


def test_a_mark_takes_no_room_in_the_code():
    assembly = Assembly(CODE, STACK)
    assembly.emit(isa.NOP)
    assembly.emit(isa.LAYER)
    assembly.emit(isa.NOP)
    assert write(assembly)["ip"].tolist() == [CODE, CODE + 4, CODE + 4]


def test_functions_begin_on_cache_lines_and_return_behind_their_call():
    assembly = Assembly(CODE, STACK)
    with assembly.function("one"):
        assembly.emit(isa.MUL, 1)
    assembly.emit(isa.NOP)
    found = write(assembly)
    # Main holds store, branch and NOP: 12 bytes, so the function lies one line of 64 bytes on.
    ips = found["ip"].tolist()
    assert ips[:2] == [CODE, CODE + 4]
    assert ips[2:-1] == [CODE + 64 + 4 * n for n in range(6 + 1 + 6 + 2)]
    assert ips[-1] == CODE + 8
    assert assembly.code_bytes == 64 + 64


def test_a_call_saves_seven_words_on_the_stack_and_restores_them_in_reverse():
    assembly = Assembly(CODE, STACK)
    with assembly.function("one"):
        assembly.emit(isa.MUL, 1)
    found = write(assembly)
    stored = found[found["op"] == isa.STORE]["address"].tolist()
    loaded = found[found["op"] == isa.LOAD]["address"].tolist()
    assert stored == [STACK - 8 * n for n in range(1, 8)]
    assert loaded == stored[::-1]


def test_too_many_loops_are_refused():
    assembly = Assembly(CODE, STACK)

    def nest(left):
        with assembly.loop(2, INPUT):
            if left:
                nest(left - 1)

    with pytest.raises(ElaborationError, match="a program must nest at most 10 loops"):
        nest(10)


def in_parts(nest, sizes):
    """Return the instructions of a nest, generated so many at a time."""
    position = loop_nest.new_position()
    parts = []
    for size in sizes:
        out = np.zeros(size, INSTRUCTION)
        parts.append(out[: loop_nest.expand(nest, position, out)])
    return np.concatenate(parts)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_generation_may_stop_and_go_on_anywhere(sizes):
    whole = write(two_loops())
    assert np.array_equal(in_parts(two_loops().build(), [*sizes, len(whole) + 1]), whole)


def even_loops():
    """Return code whose inner loop has nothing but plain lines, of two trips, beside one."""
    assembly = Assembly(CODE, STACK)
    outcomes = np.array([1, 0, 1])
    with assembly.loop(3, INPUT) as outer:
        with assembly.loop(20, INDEX) as inner:
            assembly.load(isa.VECTOR, Walk(0x1000, INPUT).along(outer, 640).along(inner, 4), 4)
            assembly.emit(isa.FP_ADD, isa.VECTOR)
            assembly.store(isa.VECTOR, Walk(0x9000, INDEX).along(inner, -8), 4)
        with assembly.skip(outcomes, assembly.keep(outcomes).along(outer, 1)):
            assembly.emit(isa.MUL, 1)
    return assembly


def test_all_turns_of_an_even_loop_move_by_its_strides():
    found = write(even_loops())
    turns = [(row, turn) for row in range(3) for turn in range(20)]
    loads, stores = (found[found["op"] == op]["address"].tolist() for op in (isa.LOAD, isa.STORE))
    assert loads == [0x1000 + 640 * row + 4 * turn for row, turn in turns]
    assert stores == [0x9000 - 8 * turn for _, turn in turns]
    assert set(found[found["op"] == isa.FP_ADD]["address"].tolist()) == {isa.NO_ADDRESS}
    inner = found[(found["op"] == isa.BRANCH) & (found["ip"] == CODE + 4 * 5)]
    assert inner["value"].tolist() == ([1] * 19 + [0]) * 3
    assert len(found) == int(even_loops().build().executions.sum())


@given(st.lists(st.integers(1, 90), min_size=1, max_size=20))
def test_generation_of_even_loops_may_stop_and_go_on_anywhere(sizes):
    whole = write(even_loops())
    assert np.array_equal(in_parts(even_loops().build(), [*sizes, len(whole) + 1]), whole)


def test_a_position_is_all_that_is_needed_to_go_on():
    nest = two_loops().build()
    position = loop_nest.new_position()
    first = np.zeros(7, INSTRUCTION)
    loop_nest.expand(nest, position, first)
    saved = position.copy()
    one, other = np.zeros(50, INSTRUCTION), np.zeros(50, INSTRUCTION)
    counts = [loop_nest.expand(nest, position, one), loop_nest.expand(nest, saved, other)]
    assert counts[0] == counts[1]
    assert np.array_equal(one, other)


def test_executions_count_every_line_without_writing_it():
    nest = two_loops().build()
    assert nest.executions.tolist() == [6, 6, 6, 6, 2, 2, 2]
