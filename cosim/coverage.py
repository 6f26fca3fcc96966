"""Which states and arcs of a contract a run has seen.

    print(check.handoff.coverage.table())

Checked by: tests/kernel/test_protocol_coverage.py
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from cosim.contract_terms import ContractEvent, Moves, State
from cosim.errors import CosimError


class Taken(NamedTuple):
    """How often one arc was taken."""

    source: str
    event: str
    by: str
    target: str
    times: int


class Coverage:
    """How often each state of a contract was entered and each of its arcs was taken."""

    def __init__(self, contract: str, states: Sequence[State], moves: Moves) -> None:
        self.contract = contract
        self.moves = moves
        self._states = states
        self._entered: Counter[State] = Counter()
        self._taken: Counter[tuple[State, ContractEvent]] = Counter()

    def enter(self, state: State) -> None:
        """Count a state that was entered."""
        self._entered[state] += 1

    def take(self, source: State, event: ContractEvent) -> None:
        """Count an arc, and the state it leads to if that is another one."""
        self._taken[source, event] += 1
        target = self.moves[source, event]
        if target is not source:
            self.enter(target)

    def keep(self) -> dict[str, Any]:
        """Return what was counted, by names."""
        taken = [(source.name, event.name, n) for (source, event), n in self._taken.items()]
        return {"entered": {one.name: n for one, n in self._entered.items()}, "taken": taken}

    def resume(self, kept: Mapping[str, Any], terms: Mapping[str, Any]) -> None:
        """Take back what was kept; `terms` are those of the contract by name."""
        self._entered = Counter({terms[name]: n for name, n in kept["entered"].items()})
        self._taken = Counter({(terms[one], terms[by]): n for one, by, n in kept["taken"]})

    @property
    def states(self) -> dict[str, int]:
        """How often each state was entered."""
        return {state.name: self._entered[state] for state in self._states}

    @property
    def arcs(self) -> list[Taken]:
        """How often each arc was taken, in the order of the declaration."""
        return [
            Taken(
                source.name,
                event.name,
                " or ".join(role.name for role in event.by),
                target.name,
                self._taken[source, event],
            )
            for (source, event), target in self.moves.items()
        ]

    @property
    def missing(self) -> list[str]:
        """What was never seen: names of states, then arcs as `IDLE: ring`."""
        states = [name for name, count in self.states.items() if not count]
        return states + [f"{arc.source}: {arc.event}" for arc in self.arcs if not arc.times]

    @property
    def summary(self) -> str:
        """How many of the states and arcs were seen, in a few words."""
        states, arcs = self.states, self.arcs
        seen = sum(count > 0 for count in states.values())
        taken = sum(arc.times > 0 for arc in arcs)
        return f"{seen} of {len(states)} states, {taken} of {len(arcs)} arcs"

    def table(self) -> str:
        """Return both counts as text."""
        states, arcs = self.states, self.arcs
        rows = [("state", "", "", "", "entered")]
        rows += [(name, "", "", "", str(count or "never")) for name, count in states.items()]
        rows += [("from", "event", "by", "to", "taken")]
        rows += [(*arc[:4], str(arc.times or "never")) for arc in arcs]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [f"{self.contract}: {self.summary}"]
        lines += [
            "  ".join([*map(str.ljust, row[:-1], widths), row[-1].rjust(widths[-1])])
            for row in rows
        ]
        return "\n".join(lines)

    def __add__(self, other: Self) -> "Coverage":
        """Return what two runs have seen together; raises CosimError for another contract's."""
        if other.moves != self.moves:
            raise CosimError(
                f"the coverage of {self.contract} must be added to that of {self.contract}, "
                f"not of {other.contract}"
            )
        both = Coverage(self.contract, self._states, self.moves)
        both._entered = self._entered + other._entered
        both._taken = self._taken + other._taken
        return both
