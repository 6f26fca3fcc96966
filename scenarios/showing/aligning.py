"""The transactions of two runs, aligned by layer and not by time.

Models:     the n-th time that the same part asks for the same address in the same layer of the same
            image is the same transaction, whenever it was. What is compared is how long it took.
Leaves out: transactions without an answer.
Checked by: tests/scenarios/test_comparing.py
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cosim.units import show_time
from scenarios.measures.metrics import LayerMetrics, read_metrics
from scenarios.measures.transactions import AGAIN, FILE, NEVER_PS, Line, read_transactions
from scenarios.scenario import Advance, untold

Key = tuple[int, str, Line, int, int]
"""Image, layer, line, kind, address."""

BEFORE = (-1, "the start")
"""Where what happens before the first layer belongs."""

CHUNK = 10_000
"""Transactions after which progress is told."""

TOLD = 6
"""Sentences that are told, those about the most time first."""


@dataclass
class Group:
    """The transactions of one line in one layer, over all images."""

    longer: list[int] = field(default_factory=list)
    shorter: list[int] = field(default_factory=list)
    alike: int = 0
    only: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def changed_ps(self) -> int:
        """How much time more all of them took."""
        return sum(self.longer) + sum(self.shorter)

    @property
    def weight(self) -> tuple[int, int]:
        """How much there is to tell."""
        return sum(self.longer) - sum(self.shorter), sum(self.only)

    def __str__(self) -> str:
        told = [
            f"{len(times):,} {what} by {show_time(abs(sum(times)))}"
            for what, times in (("longer", self.longer), ("shorter", self.shorter))
            if times
        ]
        places = ("first", "second")
        told += [
            f"{count:,} in the {place} run only"
            for place, count in zip(places, self.only, strict=True)
            if count
        ]
        whole = self.alike + len(self.longer) + len(self.shorter)
        return f"{', '.join(told)}; {whole:,} in both"


def without_transactions(*runs: Path) -> list[str]:
    """Return a sentence for the runs that kept no transactions to be compared, if there are any."""
    lacking = [str(run) for run in runs if not (run / FILE).exists()]
    if not lacking:
        return []
    return [f"transactions were not compared: {' and '.join(lacking)} kept none; {AGAIN}"]


def compared_transactions(first: Path, second: Path, advance: Advance = untold) -> list[str]:
    """Return a sentence for each line and layer in which transactions differ, the weightiest first.

    None of runs that kept no transactions, or of which only one did. Raises DataError if what one
    kept is damaged.
    """
    if without_transactions(first, second):
        return []
    one, other = (_latencies(run, advance) for run in (first, second))
    groups: dict[tuple[str, Line], Group] = {}
    for key in dict.fromkeys([*one, *other]):
        group = groups.setdefault((key[1], key[2]), Group())
        _compare(group, one.get(key, ()), other.get(key, ()))
    differ = [(name, group) for name, group in groups.items() if any(group.weight)]
    differ.sort(key=lambda pair: pair[1].weight, reverse=True)
    told = [
        f"{layer}, {line.asks} asks {line.answers}: {group}"
        for (layer, line), group in differ[:TOLD]
    ]
    return [*told, *_rest(differ[TOLD:])]


def _rest(differ: Sequence[tuple[tuple[str, Line], Group]]) -> Iterator[str]:
    if differ:
        layers = Counter(name[0] for name, _ in differ)
        yield f"less than that in {len(differ)} more: {', '.join(layers)}"


def _compare(group: Group, one: Sequence[int], other: Sequence[int]) -> None:
    """Count what the same transactions took, and those that only one run has."""
    for a_ps, b_ps in zip(one, other, strict=False):
        if a_ps == b_ps:
            group.alike += 1
        else:
            (group.longer if b_ps > a_ps else group.shorter).append(b_ps - a_ps)
    group.only[0] += max(len(one) - len(other), 0)
    group.only[1] += max(len(other) - len(one), 0)


def _latencies(folder: Path, advance: Advance) -> dict[Key, list[int]]:
    """Return how long the answered transactions of a run took, in order; raises DataError."""
    kept = read_transactions(folder)
    layers = read_metrics(folder / "metrics.json").layers
    rows = kept.rows[kept.rows["end_ps"] != NEVER_PS]
    starts_ps = np.array([layer.start_ps for layer in layers], np.int64)
    at = np.searchsorted(starts_ps, rows["begin_ps"], side="right") - 1
    names = [_name(layer) for layer in layers]
    found: dict[Key, list[int]] = {}
    columns = (at, rows["line"], rows["kind"], rows["address"], rows["end_ps"] - rows["begin_ps"])
    told = zip(*(column.tolist() for column in columns), strict=True)
    for done, (place, line, kind, address, latency_ps) in enumerate(told):
        if done % CHUNK == 0:
            advance(done, len(rows), f"transactions of {folder.name}")
        image, name = names[place] if place >= 0 else BEFORE
        key = image, name, kept.lines[line], kind, address
        found.setdefault(key, []).append(latency_ps)
    return found


def _name(layer: LayerMetrics) -> tuple[int, str]:
    return layer.image, layer.name
