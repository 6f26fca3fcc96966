"""Compiled behaviour: what numba makes of it."""

from pathlib import Path

import numpy as np
import pytest

from cosim.compiled import (
    Records,
    apart,
    compiled,
    ones,
    prefetch,
    quotient,
    rarely,
    record,
    shared,
    stretch,
)  # fmt: skip
from cosim.compiler import Stamp

jit = pytest.mark.skipif(not hasattr(compiled(lambda: None), "py_func"), reason="numba is off")


@compiled
def _move(table: Records, grid: Records, place: int) -> int:
    """Read one place of a table, write one of a grid."""
    grid[place, place + 1] = table[place]
    return int(table[place])


def test_places_of_tables_and_grids_are_read_and_written():
    table, grid = np.arange(10, 15), np.zeros((3, 4), np.int64)
    assert _move(table, grid, 2) == 12
    assert grid[2, 3] == 12 and grid.sum() == 12


@jit
def test_no_index_is_tested_for_being_negative():
    _move(np.arange(10, 15), np.zeros((3, 4), np.int64), 2)
    _move.recompile()  # type: ignore[attr-defined]  # what comes from the disk cannot be inspected
    (code,) = _move.inspect_llvm().values()  # type: ignore[attr-defined]  # numba's own
    assert "icmp slt i64" not in code


@compiled
def _counted(bits):
    return ones(bits)


@pytest.mark.parametrize(
    ("bits", "found"), [(0, 0), (1, 1), (0xFFFF_FFFF_FFFF_FFFF, 64), (0xA5, 4)]
)
def test_ones_of_a_word_are_counted_compiled_and_not(bits, found):
    assert _counted(np.uint64(bits)) == ones(np.uint64(bits)) == found


@compiled
def _divided(number, divisor):
    return quotient(number, divisor)


@pytest.mark.parametrize(
    ("number", "divisor", "found"),
    [(0, 1, 0), (249, 250, 0), (250, 250, 1), ((1 << 62) - 1, 3, 1537228672809129301)],
)
def test_quotients_are_rounded_down_compiled_and_not(number, divisor, found):
    assert _divided(number, divisor) == quotient(number, divisor) == found


@compiled
def _raise_some(table: Records, first: int, count: int) -> int:
    """Add one to a part of a table; return how long that is."""
    part = stretch(table, first, count)
    for place in range(part.shape[0]):
        part[place] += 1
    return len(part)


def test_a_stretch_is_a_part_of_its_array_compiled_and_not():
    table = np.zeros(5, np.int64)
    assert _raise_some(table, 1, 3) == 3
    assert table.tolist() == [0, 1, 1, 1, 0]
    assert stretch(table, 3, 2).tolist() == [1, 0]


@compiled
def _next_of(rows, limit):
    """Return the first row behind 0, -1 if it is beyond a limit."""
    if rarely(rows[0].ip) or rarely(rows[1].ip >= limit):
        rows[2].ip += 1
        return -1
    return rows[1].ip


def test_what_holds_rarely_holds_as_often_as_without_compiled_and_not():
    rows = np.zeros(3, record("ip"))
    rows["ip"] = [0, 5, 0]
    assert [_next_of(rows, limit) for limit in (4, 5, 6)] == [-1, -1, 5]
    rows[0]["ip"] = 1 << 40
    assert _next_of(rows, 6) == -1
    assert rows[2]["ip"] == 3
    assert [rarely(one) for one in (0, 1 << 40, False, np.True_)] == [False, True, False, True]


@jit
def test_code_is_laid_out_for_what_holds_rarely():
    _next_of(np.zeros(3, record("ip")), 4)
    _next_of.recompile()  # type: ignore[attr-defined]  # what comes from the disk cannot be inspected
    (code,) = _next_of.inspect_llvm().values()  # type: ignore[attr-defined]  # numba's own
    assert "branch_weights" in code and "llvm.expect" not in code


@compiled
def _asked(rows, place):
    prefetch(rows, place)
    return rows[0].ip


@pytest.mark.parametrize("place", [0, 2, -1000, 1 << 40])
def test_the_host_may_be_asked_for_any_place_compiled_and_not(place):
    rows = np.zeros(3, record("ip", "size_bytes:i2"))
    rows["ip"] = 7
    assert _asked(rows, place) == 7
    prefetch(rows, place)


@shared
def _next(kind):
    return kind + 1


@compiled
def _several(kind):
    return _next(3) + _next(4) + _next(kind)


@jit
def test_constants_and_numbers_are_handed_to_one_function():
    assert _several(5) == 4 + 5 + 6
    _several.recompile()  # type: ignore[attr-defined]  # what comes from the disk compiles nothing
    assert len(_next.overloads) == 1  # type: ignore[attr-defined]  # numba's own


PAIR = record("far", "low:i2", "high:i2", "both@low:i4")


@compiled
def _filled(pairs):
    pairs[1].low, pairs[1].high = 3, 5
    pairs[2].both = pairs[1].both
    return pairs[2].high


def test_small_fields_are_also_one_word_compiled_and_not():
    pairs = np.zeros(3, PAIR)
    assert _filled(pairs) == 5
    assert pairs["both"].tolist() == [0, 3 + (5 << 16), 3 + (5 << 16)]
    assert PAIR.itemsize == 12


@apart
def _doubled(number):
    return 2 * number


@compiled
def _quadrupled(number):
    return _doubled(_doubled(number))


def test_what_is_compiled_apart_is_called_compiled_and_not():
    assert _quadrupled(3) == 12
    assert _doubled(3) == 6


_STEPS = np.array((1, 2))


@compiled
def _step_of(kind: int) -> int:
    return int(_STEPS[kind])


@jit
def test_code_on_disk_is_stale_when_an_array_of_constants_or_what_generates_it_has_changed(
    monkeypatch,
):
    stamp = Stamp(_step_of.py_func)  # type: ignore[attr-defined]  # numba's own
    (*kept,) = stamp.__reduce__()[1][0]
    assert stamp == tuple(kept)
    assert {Path(one).name for one in kept if str(one).endswith(".py")} >= {"lanes.py", "bundle.py"}
    monkeypatch.setitem(globals(), "_STEPS", np.array((1, 3)))
    assert stamp != tuple(kept)
