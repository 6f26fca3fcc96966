"""Rows of bits: sensed one or two at once, counted by segments, copied bit by bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pim.machine import pack
from components.pim.popcount import EXACT
from components.pim.rows import AND, OR, READ, copy_bits, count, sense
from cosim.compiled import compiled


@compiled
def counted(row, first, columns):
    """Call what is compiled into its callers."""
    return count(row, 0, first, columns, EXACT)


def bits(seed, columns=128):
    return np.random.default_rng(seed).integers(0, 2, columns).astype(np.uint8)


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [(READ, lambda one, other: one), (AND, np.bitwise_and), (OR, np.bitwise_or)],
)
def test_two_rows_meet_in_every_column(operation, wanted):
    one, other = bits(1), bits(2)
    memory = np.concatenate([pack(one), pack(other)])
    out = np.zeros(4, np.uint64)
    sense(operation, memory, 0, 2, 2, out, 1)
    assert out.tolist() == [0, *pack(wanted(one, other)).tolist(), 0]


@given(st.integers(0, 127), st.integers(1, 128), st.integers(0, 9))
def test_a_segment_is_counted_by_itself(first, columns, seed):
    row = bits(seed)
    columns = min(columns, 128 - first)
    assert counted(pack(row), first, columns) == row[first : first + columns].sum()


@given(st.integers(0, 127), st.integers(0, 127), st.integers(0, 128), st.integers(0, 9))
def test_bits_are_copied_and_those_beside_them_stay(first, at, length, seed):
    length = min(length, 128 - first, 128 - at)
    source, target = bits(seed), bits(seed + 10)
    held = pack(target)
    copy_bits(pack(source), first, held, at, length)
    target[at : at + length] = source[first : first + length]
    assert held.tolist() == pack(target).tolist()
