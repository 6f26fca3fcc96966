"""Where one item stands in a contract, and which limits its events broke.

Checked by: tests/kernel/test_protocol.py, tests/kernel/test_protocol_limits.py
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from cosim.clock import Clock
from cosim.contract_terms import Bound, ContractEvent, Given, Limit, State, Tally, Term, Timing
from cosim.errors import ElaborationError
from cosim.names import hint

Kind = Literal["illegal", "crowded", "count", "early", "late"]
Number = int | Callable[[], int]


class Breach(NamedTuple):
    """What is wrong with an event, as the rest of a sentence that begins with it."""

    kind: Kind
    event: Term
    why: str


class Clocked(Protocol):
    """What limits in cycles need."""

    @property
    def clock(self) -> Clock:
        """The clock that is counted."""
        ...


class Numbers:
    """The limits of a contract in force, as numbers.

    Raises ElaborationError if a declared number is missing or an unknown one is given.
    """

    def __init__(
        self, path: str, owner: Clocked, declared: Sequence[Given], values: Mapping[str, Number]
    ) -> None:
        self.owner = owner
        self.values = values
        names = [one.name for one in declared]
        for name in values:
            if name not in names:
                raise ElaborationError(
                    f"{path} must be given numbers that it declares, not {name}{hint(name, names)}"
                )
        for one in declared:
            if one.name not in values:
                raise ElaborationError(
                    f"{path} must be given {one.name} ({one.doc}); write {one.name}=..., a number "
                    "or a function that returns one"
                )

    def number(self, limit: Limit) -> int:
        """Return a limit as a number."""
        if not isinstance(limit, Given):
            return limit
        value = self.values[limit.name]
        return value() if callable(value) else value

    def length_ps(self, bound: Bound, from_ps: int) -> int:
        """Return how long a limit of time lasts from a time on."""
        number = self.number(bound.limit)
        if not bound.in_cycles:
            return number
        return self.owner.clock.edge_after(from_ps, number) - from_ps


class _Open(NamedTuple):
    """A timing whose first event has come."""

    first_ps: int
    least_ps: int
    most_ps: int | None


class Course:
    """Where one item stands."""

    def __init__(self, state: State, numbers: Numbers) -> None:
        self.state = state
        self.numbers = numbers
        self._open: dict[Timing, _Open] = {}
        self._counts: dict[Tally, int] = {}

    def keep(self) -> dict[str, Any]:
        """Return the state, what is being timed and what was counted, by their names."""
        return {
            "state": self.state.name,
            "open": {timing.name: list(opened) for timing, opened in self._open.items()},
            "counts": {tally.name: count for tally, count in self._counts.items()},
        }

    def resume(self, kept: Mapping[str, Any], terms: Mapping[str, Any]) -> None:
        """Take back what was kept; `terms` are those of the contract by name."""
        self.state = terms[kept["state"]]
        self._open = {terms[name]: _Open(*opened) for name, opened in kept["open"].items()}
        self._counts = {terms[name]: count for name, count in kept["counts"].items()}

    def timed(
        self, timings: Sequence[Timing], event: ContractEvent, now_ps: int
    ) -> Iterator[Breach]:
        """Yield what of an event is too early or too late; begin the times that it begins."""
        for timing in timings:
            if event is timing.then and timing in self._open:
                yield from _measured(timing, self._open.pop(timing), now_ps)
            if event in timing.unless:
                self._open.pop(timing, None)
            if event is timing.first:
                least, most = timing.least, timing.most
                self._open[timing] = _Open(
                    now_ps,
                    self.numbers.length_ps(least, now_ps) if least else 0,
                    self.numbers.length_ps(most, now_ps) if most else None,
                )

    def overdue(self, event: ContractEvent | None, now_ps: int) -> Iterator[Breach]:
        """Yield what should have come before its time begins anew, is taken back, or all ends."""
        for timing, (first_ps, _, most_ps) in list(self._open.items()):
            is_over = event is None or event is timing.first or event in timing.unless
            if not is_over or timing.then is event or most_ps is None:
                continue
            late_ps = now_ps - first_ps - most_ps
            if late_ps > 0:
                del self._open[timing]
                why = f"is missing; it {_most(timing, first_ps, most_ps)}, and is {late_ps} ps late"
                yield Breach("late", timing.then, why)

    def counted(self, tallies: Sequence[Tally], event: ContractEvent) -> Iterator[Breach]:
        """Yield what of an event comes after too few or too many others; count it."""
        for tally in tallies:
            if event is tally.until and tally in self._counts:
                yield from self._summed(tally, self._counts.pop(tally))
            if event is tally.since:
                self._counts[tally] = 0
            if event is tally.counted and tally in self._counts:
                self._counts[tally] += 1

    def _summed(self, tally: Tally, count: int) -> Iterator[Breach]:
        least = self.numbers.number(tally.least)
        most = None if tally.most is None else self.numbers.number(tally.most)
        if count < least or (most is not None and count > most):
            needed = f"{least} or more" if count < least else f"at most {most}"
            why = f"must come after {needed} {tally.counted} ({tally.doc}), not after {count}"
            yield Breach("count", tally.until, why)


def _measured(timing: Timing, opened: _Open, now_ps: int) -> Iterator[Breach]:
    first_ps, least_ps, most_ps = opened
    passed_ps = now_ps - first_ps
    if passed_ps < least_ps:
        yield Breach(
            "early",
            timing.then,
            f"must come {least_ps} ps or more after {timing.first} at {first_ps} ps "
            f"({timing.doc}); it came {least_ps - passed_ps} ps too early",
        )
    if most_ps is not None and passed_ps > most_ps:
        late = f"it came {passed_ps - most_ps} ps too late"
        yield Breach("late", timing.then, f"{_most(timing, first_ps, most_ps)}; {late}")


def _most(timing: Timing, first_ps: int, most_ps: int) -> str:
    return f"must come at most {most_ps} ps after {timing.first} at {first_ps} ps ({timing.doc})"
