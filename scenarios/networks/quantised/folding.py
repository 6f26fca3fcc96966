"""Batch norm, bias, activation and quantiser of a stage as thresholds of its integer sums.

Models:     code(s) = round(clip(s scale + offset, 0, 1) (2^bits - 1)) in double precision. It
            never falls, or never rises, as s grows; so a bisection over the integers finds for
            each code the very sum at which the floating-point function reaches it.
Leaves out: nothing: rounding of the multiplication and of the addition is in the thresholds.
Source:     thresholds in place of batch norm: FINN, arXiv:1612.07119.
Checked by: tests/scenarios/test_quantised_folding.py
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


class Thresholds(NamedTuple):
    """`values` (outputs, codes - 1) ascending; `flip` (outputs,): the code counts those >= s."""

    values: Integers
    flip: npt.NDArray[np.bool_]


def codes(sums: Integers, scale: Reals, offset: Reals, levels: int) -> Integers:
    """Return the codes 0 to `levels` of sums whose last axis is that of the outputs."""
    shares = np.clip(sums.astype(np.float64) * scale + offset, 0.0, 1.0)
    return np.rint(shares * levels).astype(np.int64)


def fold(scale: Reals, offset: Reals, levels: int, largest: int) -> Thresholds:
    """Return the thresholds for sums from -`largest` to `largest`."""
    flip = scale < 0
    side = np.where(flip, -1, 1)[:, None]
    wanted = np.arange(1, levels + 1)[None, :]
    low = np.full((len(scale), levels), -largest - 1, np.int64)  # not reached yet
    high = np.full((len(scale), levels), largest + 1, np.int64)  # reached, or never
    while (high - low > 1).any():
        middle = (low + high) // 2
        found = codes((middle * side).T, scale, offset, levels).T
        reached = found >= wanted
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return Thresholds(np.sort(high * side, axis=1), flip)
