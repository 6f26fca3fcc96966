"""Figures about classes: shares with an interval, confusion, ties.

Models:     Wilson's score interval of a share; counts of what was taken for what.
Leaves out: dependence between seeds that see the same images: the interval is over images.
Source:     E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
Checked by: tests/scenarios/test_accuracy_statistics.py
"""

from math import sqrt

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

NORMAL_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


def wilson(right: float, images: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, given how many images were right."""
    share, square = right / images, NORMAL_95**2
    middle = (share + square / (2 * images)) / (1 + square / images)
    spread = sqrt(share * (1 - share) / images + square / (4 * images**2))
    half = NORMAL_95 * spread / (1 + square / images)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def confusion(labels: Integers, found: Integers, classes: int) -> Integers:
    """Return (label, class found): how many images; `found` may be (seeds, images)."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (np.broadcast_to(labels, found.shape), found), 1)
    return table
