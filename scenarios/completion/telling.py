"""What the lab's points say: the table, and from where on one scheme overtakes another.

Checked by: tests/scenarios/test_completion_lab.py
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from cosim.units import show_time
from scenarios.completion.measuring import Point
from waveforms.report import Table

STANDARD = "timer"
"""What the others are held against."""

NEAR = 1.1
"""Ratio of times or energies within which two schemes are as good as each other. estimate: ten
percent, for which nobody changes a protocol."""

Found = Mapping[tuple[str, int, int], Point]
"""Points by scheme, computing time and clock."""


def by_place(points: Iterable[Point]) -> Found:
    """Return points by their place."""
    return {(p.place.scheme.label, p.place.compute_ps, p.place.clock_hz): p for p in points}


def show_clock(clock_hz: int) -> str:
    """Return a clock for people."""
    return f"{clock_hz / 1e9:g} GHz"


def every(points: Sequence[Point]) -> Table:
    """Return all points, one a row, in plain numbers."""
    columns = (
        "scheme", "compute_ps", "clock_hz", "latency_ps", "seen_ps", "instructions", "energy_pj",
        "accesses", "wrong_codes",
    )  # fmt: skip
    rows = [
        (
            p.place.scheme.label, str(p.place.compute_ps), str(p.place.clock_hz),
            str(p.latency_ps), str(p.seen_ps), str(p.instructions), f"{p.energy_pj:.1f}",
            f"{p.accesses:g}", str(p.wrong),
        )
        for p in points
    ]  # fmt: skip
    return Table("Every point", columns, rows, is_folded=True)


def at_a_clock(points: Sequence[Point], clock_hz: int) -> dict[str, Table]:
    """Return what a hand-off takes at one clock, schemes over computing times, by name."""
    times = sorted({p.place.compute_ps for p in points})
    labels = list(dict.fromkeys(p.place.scheme.label for p in points))
    found = by_place(points)
    columns = ("scheme", *map(show_time, times))

    def shown(read: Callable[[Point], str]) -> list[tuple[str, ...]]:
        rows = ([found.get((label, at_ps, clock_hz)) for at_ps in times] for label in labels)
        return [
            (label, *("-" if one is None else "wrong" if one.wrong else read(one) for one in row))
            for label, row in zip(labels, rows, strict=True)
        ]

    return {
        name: Table(f"{title}, core at {show_clock(clock_hz)}", columns, shown(read))
        for name, (title, read) in WHAT.items()
    }


WHAT: Mapping[str, tuple[str, Callable[[Point], str]]] = {
    "seen": ("Codes in the buffer to the first one in the core, ns, by computing time",
             lambda one: f"{one.seen_ps / 1e3:.1f}"),
    "energy": ("Energy of a hand-off without the arrays, nJ",
               lambda one: f"{one.energy_pj / 1e3:,.0f}"),
    "instructions": ("Instructions of a hand-off", lambda one: f"{one.instructions:,}"),
    "accesses": ("Accesses of the co-processor bus", lambda one: f"{one.accesses:,.0f}"),
}  # fmt: skip
"""The tables, by name: title, and what stands in a cell."""


def crossovers(points: Sequence[Point]) -> Table:
    """Return for each scheme and clock where it overtakes the timer, or comes near it."""
    found, rows = by_place(points), []
    clocks = sorted({p.place.clock_hz for p in points})
    labels = [one for one in dict.fromkeys(p.place.scheme.label for p in points) if one != STANDARD]
    times = sorted({p.place.compute_ps for p in points})
    for label in labels:
        for clock_hz in clocks:
            pairs = [
                (time_ps, found[label, time_ps, clock_hz], found[STANDARD, time_ps, clock_hz])
                for time_ps in times
                if (label, time_ps, clock_hz) in found and (STANDARD, time_ps, clock_hz) in found
            ]
            rows.append((label, show_clock(clock_hz), *_crossed(pairs)))
    columns = ("scheme", "clock", "sooner than the timer", "within 10 % of it",
               "10 % more energy", "wrong codes")  # fmt: skip
    note = "Ranges of the computing time; latency is from inputs complete to the first code."
    return Table("Against the timer", columns, rows, note, last_is_text=True)


def _crossed(pairs: Sequence[tuple[int, Point, Point]]) -> tuple[str, ...]:
    right = [(time_ps, one, timer) for time_ps, one, timer in pairs if not one.wrong]
    return (
        _ranges(pairs, {t for t, one, timer in right if one.seen_ps < timer.seen_ps}),
        _ranges(pairs, {t for t, one, timer in right
                        if t + one.seen_ps <= NEAR * (t + timer.seen_ps)}),
        _ranges(pairs, {t for t, one, timer in right if one.energy_pj > NEAR * timer.energy_pj}),
        _ranges(pairs, {t for t, one, _ in pairs if one.wrong}),
    )  # fmt: skip


def _ranges(pairs: Sequence[tuple[int, Point, Point]], chosen: set[int]) -> str:
    """Return the times that are chosen, neighbours joined: 10 ns to 1 us, 30 us."""
    parts: list[list[int]] = []
    was_chosen = False
    for time_ps, *_ in pairs:
        if time_ps in chosen and was_chosen:
            parts[-1].append(time_ps)
        elif time_ps in chosen:
            parts.append([time_ps])
        was_chosen = time_ps in chosen
    if len(chosen) == len(pairs):
        return "everywhere"
    texts = [
        show_time(part[0]) if len(part) == 1 else f"{show_time(part[0])} to {show_time(part[-1])}"
        for part in parts
    ]
    return ", ".join(texts) or "nowhere"
