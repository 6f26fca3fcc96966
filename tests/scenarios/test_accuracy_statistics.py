"""Intervals and confusion, against published values and counts by hand."""

import numpy as np
import pytest

from scenarios.accuracy.statistics import confusion, wilson


@pytest.mark.parametrize(
    ("right", "images", "low", "high"),
    [  # R: prop.test(..., correct = FALSE)$conf.int
        (0, 10, 0.0, 0.2775328),
        (5, 10, 0.2365931, 0.7634069),
        (15, 50, 0.1910336, 0.4375049),
        (10, 10, 0.7224672, 1.0),
    ],
)
def test_the_interval_is_wilsons(right, images, low, high):
    assert wilson(right, images) == pytest.approx((low, high), abs=2e-7)


def test_confusion_counts_every_chip_label_by_class():
    found = confusion(np.array([0, 1, 1]), np.array([[0, 1, 0], [2, 1, 1]]), 3)
    assert found.tolist() == [[1, 0, 1], [1, 3, 0], [0, 0, 0]]
