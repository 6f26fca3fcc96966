"""Thresholds give the code of the floating-point function for every integer sum."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from scenarios.networks.quantised.folding import codes, fold


def counted(sums, thresholds):
    """The codes as a machine finds them: it counts comparisons."""
    edges, flip = thresholds
    one = sums[:, None, None]
    return np.where(flip[:, None], one <= edges, one >= edges).sum(axis=2)


def test_a_code_of_one_bit_turns_at_one_half():
    found = fold(np.array([0.1]), np.array([0.0]), 1, 100)
    # 0.1 s rounds to 1 above 0.5, and half rounds to even: s = 5 still gives 0
    assert found.values.tolist() == [[6]]
    assert not found.flip[0]


def test_a_negative_scale_counts_the_other_way():
    found = fold(np.array([-0.1]), np.array([1.0]), 1, 100)
    # 1 - 0.1 s is above 0.5 for s <= 4, and 0.5 itself at s = 5
    assert found.flip[0]
    assert found.values.tolist() == [[4]]


def test_a_channel_that_is_constant_reaches_all_thresholds_or_none():
    found = fold(np.array([0.0, 0.0]), np.array([1.0, 0.0]), 3, 10)
    sums = np.arange(-10, 11)
    assert counted(sums, found).tolist() == [[3, 0]] * 21


@given(some.floats(-3, 3), some.floats(-2, 2), some.integers(1, 8), some.integers(1, 400))
def test_every_sum_has_the_code_of_the_floating_point_function(scale, offset, bits, largest):
    sums, levels = np.arange(-largest, largest + 1), 2**bits - 1
    scales, offsets = np.array([scale / largest]), np.array([offset])
    exact = codes(sums[:, None], scales, offsets, levels)
    found = fold(scales, offsets, levels, largest)
    assert (np.diff(found.values, axis=1) >= 0).all()
    assert np.array_equal(counted(sums, found), exact)
