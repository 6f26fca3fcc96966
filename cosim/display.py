"""What a stepped part shows of its records: looked at after every step, told with its time.

A part names the numbers of its records that its gauges are made of. When one of them has changed
after a step, `show` gets all of them and the time of the step. In the detailed shell Python looks
at them; the loop of the fast shell looks itself and keeps what changed (`Film`), which is told
between SimPy events. So both shells show the same.

    Display(probes, numbers(self.state, ("open", "last_address")), self.show)

Models:     the numbers at the end of each step.
Leaves out: changes within a step, and what is changed between steps.
Checked by: tests/kernel/test_display.py, tests/modes/test_equal_displays.py
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np

from cosim.compiled import Records, compiled, record, word_at
from cosim.observing import Audience, Probe

Place: TypeAlias = tuple[Records, int]
"""An array of int64, and the place of a number in it."""

WORD_BYTES = 8
"""bytes of a number."""

SIGHT = record("address", "seen")
"""A number that the loop looks at: where it is, and what it was."""

PART = record("first", "end")
"""The sights of a part of the loop."""

REEL = record("count")
"""How many changes were kept."""

CHANGE = record("when_ps", "number", "value")
"""A sight that changed, and what it is since then."""

NO_SIGHTS: Records = np.zeros(0, SIGHT)
"""Nothing to look at."""

ROWS, SPARE = 8_192, 256
"""Changes that a film holds, and how many one step may make: twice the numbers of the largest
part, a memory of two channels and four ranks."""


def numbers(records: Records, fields: Sequence[str], row: int = 0) -> Iterator[Place]:
    """Yield where some fields of a record are, all of 64 bits."""
    words, names = records.view(np.int64).reshape(-1), records.dtype.names or ()
    return ((words, row * len(names) + names.index(field)) for field in fields)


class Display:
    """Numbers that some probes are made of, and what shows them.

    `show(when_ps, seen)` gets what `develop(numbers)` makes of them, at once, for what else it
    reads may have gone on when it is the turn of their time; without it, the numbers. `catch_up`
    takes note of what happened unseen, in an island or before a snapshot.
    """

    def __init__(
        self,
        probes: Iterable[Probe],
        places: Iterable[Place],
        show: Callable[[int, Any], None],
        *,
        develop: Callable[[Sequence[int]], Any] | None = None,
        catch_up: Callable[[], None] | None = None,
    ) -> None:
        self.places = tuple(places)
        self.show = show
        self.develop = develop or _as_they_are
        self._catch_up = catch_up
        self.audience = Audience()
        self.seen: tuple[int, ...] = ()
        """The numbers when they were looked at last; nothing before."""
        self._now = _reader(self.places)
        self.sights: Records = np.zeros(len(self.places), SIGHT)
        """The numbers for `differ` to look at."""
        self.sights["address"] = self.addresses
        for probe in probes:
            self.audience.size += len(probe.listeners)
            probe.audience = self.audience
            self._pulses = probe.owner.pulses

    @property
    def addresses(self) -> list[int]:
        """Where the numbers are in memory."""
        return [words.ctypes.data + WORD_BYTES * place for words, place in self.places]

    def look(self, now_ps: int) -> None:
        """Show what the step that has just been made changed, if anybody sees it."""
        if self.audience.size:
            now = self._now()
            if now != self.seen:
                self.seen = now
                self._pulses.flush(now_ps - 1)
                self.show(now_ps, self.develop(now))

    def take(self, when_ps: int, changed: Iterable[tuple[int, int]]) -> None:
        """Have (number, value) pairs that a step at `when_ps` changed; show them in their turn."""
        now = list(self.seen)
        for number, value in changed:
            now[number] = value
        self.seen = tuple(now)
        self._pulses.add_step(when_ps, self.show, self.develop(self.seen))

    def begin(self, now_ps: int) -> None:
        """Show how the numbers stand, whatever was seen before."""
        if self._catch_up is not None:
            self._catch_up()
        self.seen = ()
        self.look(now_ps)


def _as_they_are(seen: Sequence[int]) -> Sequence[int]:
    return seen


def _reader(places: Sequence[Place]) -> Callable[[], tuple[int, ...]]:
    """Return what reads all numbers at once; this is done after every step."""
    read: list[Callable[[], tuple[int, ...]]] = []
    for _, found in groupby(places, lambda place: place[0].ctypes.data):
        words, numbers = zip(*found, strict=True)
        get = itemgetter(*numbers) if len(numbers) > 1 else _single(*numbers)
        read.append(partial(get, memoryview(words[0])))
    return read[0] if len(read) == 1 else lambda: sum([one() for one in read], ())


def _single(number: int) -> Callable[[memoryview], tuple[int, ...]]:
    return lambda words: (words[number],)


class Film:
    """What the compiled loop saw of the displays of its parts, until it is told."""

    def __init__(self) -> None:
        self.watch({}, 0)

    def watch(self, displays: Mapping[int, Display], parts: int) -> None:
        """Look at these displays from now on, each after the steps of the part at its place."""
        self._owners = [
            (display, number)
            for display in displays.values()
            for number in range(len(display.places))
        ]
        self.sights: Records = np.zeros(len(self._owners), SIGHT)
        self.parts: Records = np.zeros(parts + 1, PART)
        first = 0
        for place, display in displays.items():
            end = first + len(display.places)
            self.parts[place] = (first, end)
            self.sights["address"][first:end] = display.addresses
            self.sights["seen"][first:end] = display.seen
            first = end
        self.reel: Records = np.zeros(1, REEL)
        self.changes: Records = np.zeros(ROWS if displays else SPARE + 1, CHANGE)

    def tell(self) -> None:
        """Hand what was seen since the last time to its displays."""
        count = int(self.reel["count"][0])
        self.reel["count"] = 0
        rows = self.changes[:count].tolist()
        owners = self._owners
        for (when_ps, display), found in groupby(rows, lambda row: (row[0], owners[row[1]][0])):
            display.take(when_ps, ((owners[number][1], value) for _, number, value in found))


@compiled
def differ(sights: Records) -> bool:
    """Return whether any of some numbers is another than when they were looked at last."""
    found = False
    for number in range(sights.shape[0]):
        sight = sights[number]
        value = word_at(sight.address)
        if value != sight.seen:
            sight.seen = value
            found = True
    return found


@compiled
def notice(sights: Records, part: Any, reel: Records, changes: Records, now_ps: int) -> None:
    """Keep what a step changed of a part."""
    for number in range(part.first, part.end):
        sight = sights[number]
        value = word_at(sight.address)
        if value != sight.seen:
            sight.seen = value
            change = changes[reel[0].count]
            change.when_ps, change.number, change.value = now_ps, number, value
            reel[0].count += 1
