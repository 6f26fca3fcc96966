"""Intervals and confusion, against their definition and counts by hand."""

from math import sqrt

import numpy as np
import pytest

from scenarios.accuracy.statistics import confusion, wilson


@pytest.mark.parametrize(
    ("right", "images"), [(0, 10), (5, 10), (15, 50), (9784, 10_000), (10, 10)]
)
def test_at_both_ends_of_the_interval_the_score_test_just_fails(right, images):
    """Wilson: a share p is inside unless the one found is 1.96 of p's own deviations away."""
    share = right / images
    for end in wilson(right, images):
        away = abs(share - end)
        assert away == pytest.approx(1.959964 * sqrt(end * (1 - end) / images), abs=1e-6)


def test_an_interval_leaves_neither_nothing_nor_more_than_all():
    assert wilson(0, 10)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_confusion_counts_every_chip_label_by_class():
    found = confusion(np.array([0, 1, 1]), np.array([[0, 1, 0], [2, 1, 1]]), 3)
    assert found.tolist() == [[1, 0, 1], [1, 3, 0], [0, 0, 0]]
