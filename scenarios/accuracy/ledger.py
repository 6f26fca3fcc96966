"""Who is to blame: images lost between the digital network and the hardware, by cause.

Models:     a ladder of ever more real arithmetic, each rung with one cause more than the one
            before. Seen from the hardware, causes are switched off one at a time: an image that
            only the hardware gets wrong is charged to the cause without which it is right. One
            that only the hardware gets right is credited the same way. What was charged less
            what was credited is the difference of the two accuracies, exactly.
Leaves out: causes that only act together: they are charged to the one that comes last.
Source:     a telescoping sum.
Checked by: tests/scenarios/test_accuracy_ledger.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


class Rung(NamedTuple):
    """What one cause more makes of the images: `classes` is (seeds, images)."""

    cause: str
    classes: Integers


class Entry(NamedTuple):
    """Images that a cause lost and gained, over all seeds."""

    cause: str
    lost: int
    gained: int

    @property
    def net(self) -> int:
        """Images fewer than without the cause."""
        return self.lost - self.gained


@dataclass(frozen=True)
class Ledger:
    """`blamed` is (seeds, images): the rung that lost an image, 0 for none."""

    entries: tuple[Entry, ...]
    blamed: Integers
    difference: int


def ledger(rungs: Sequence[Rung], labels: Integers) -> Ledger:
    """Charge every image to a cause; the first rung is what the others are compared with."""
    seeds = max(len(rung.classes) for rung in rungs)
    right = np.stack([np.broadcast_to(r.classes == labels, (seeds, len(labels))) for r in rungs])
    lost, gained = _last_turn(right), _last_turn(~right)
    entries = tuple(
        Entry(rung.cause, int((lost == place).sum()), int((gained == place).sum()))
        for place, rung in enumerate(rungs)
        if place
    )
    return Ledger(entries, lost, int(right[0].sum()) - int(right[-1].sum()))


def _last_turn(right: npt.NDArray[np.bool_]) -> Integers:
    """Return, where the first rung is true and the last is not, the last one that turned."""
    turned = right[:-1] & ~right[1:]
    places = np.arange(1, len(right))[:, None, None]
    last = np.where(turned, places, 0).max(axis=0, initial=0)
    return np.asarray(np.where(right[0] & ~right[-1], last, 0), np.int64)
