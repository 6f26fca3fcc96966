"""Tables, windows and thresholds that accelerators of quantised networks share."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from components.low_bit import clear, code_of, settle, tables, unfold
from tests.components.low_bit_networks import network


def test_a_window_at_a_corner_has_zeros_outside():
    held = tables(network())
    held.codes[0, :144] = np.arange(1, 145)  # 9 x 8 pixels of 2 channels
    windows = np.zeros((1, 18), np.uint8)
    unfold(held, held.geometry[0], 0, 0, windows, 0)
    # above and left nothing; then pixels (0, 0) and (0, 1), then (1, 0) and (1, 1)
    assert windows[0].tolist() == [0] * 6 + [0, 0, 1, 2, 3, 4] + [0, 0, 17, 18, 19, 20]


def test_the_larger_of_two_codes_stays():
    held = tables(network())
    layer = held.geometry[0]
    held.edges[:3], held.flips[0] = (0, 10, 20), 0
    clear(held, layer, 1)
    for position, total in ((0, 12), (1, 25), (8, 5), (9, -1)):  # one 2 x 2 window of maxima
        settle(held, layer, 1, position, 0, total)
    assert held.codes[1, 0] == 3


def test_an_odd_row_is_left_out_of_maxima():
    held = tables(network())
    layer = held.geometry[0]
    held.edges[:3], held.flips[0] = (0, 10, 20), 0
    clear(held, layer, 1)
    settle(held, layer, 1, 8 * 8, 0, 25)  # the ninth row of nine
    assert not held.codes[1].any()


@given(some.lists(some.integers(-9, 9), min_size=1, max_size=15), some.integers(-10, 10))
def test_a_code_counts_thresholds_reached_or_not_exceeded(edges, total):
    ordered = np.array(sorted(edges), np.int64)
    assert code_of(ordered, 0, len(edges), 0, total) == sum(total >= one for one in edges)
    assert code_of(ordered, 0, len(edges), 1, total) == sum(total <= one for one in edges)
