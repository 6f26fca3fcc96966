"""The vocabulary of contracts: roles, states, events, limits.

A term has the name it is declared under and one sentence. `IDLE >> BUSY` is an arc from one state
to another, `BUSY.stays` one from a state to itself; `ANY` stands for every state for which the
same event has no arc of its own.
Checked by: tests/kernel/test_protocol_terms.py
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol, Self, TypeVar, overload

from cosim.errors import ElaborationError

AnyTerm = TypeVar("AnyTerm", bound="Term")


class Term:
    """Something a contract declares."""

    def __init__(self, doc: str) -> None:
        self.doc = doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Role(Term):
    """Who may cause events."""


class State(Term):
    """Where the protocol stands; `alone` if only one of those that follow it may be there."""

    def __init__(self, doc: str, alone: bool) -> None:
        super().__init__(doc)
        self.alone = alone

    def __rshift__(self, target: "State") -> "Arc":
        return Arc(self, target)

    @property
    def stays(self) -> "Arc":
        """The arc from the state to itself."""
        return Arc(self, self)


class Arc(NamedTuple):
    """From a state (None: any) to a state (None: the same)."""

    source: State | None
    target: State | None


class AnyState:
    """Every state without an arc of its own."""

    def __rshift__(self, target: State) -> Arc:
        return Arc(None, target)

    @property
    def stays(self) -> Arc:
        """The arcs from each state to itself."""
        return Arc(None, None)


ANY = AnyState()


class Tell(Protocol):
    """Says that an event has happened."""

    def __call__(
        self, *, by: Role | None = None, of: Hashable = None, at_ps: int | None = None
    ) -> None:
        """Say so; `by` may be left out if only one role can."""
        ...


class Follower(Protocol):
    """What an event needs of the contract in force that it happens to."""

    def tell(
        self,
        event: "ContractEvent",
        *,
        by: Role | None = None,
        of: Hashable = None,
        at_ps: int | None = None,
    ) -> None:
        """Take note of an event."""
        ...


class ContractEvent(Term):
    """Something that happens. On a contract in force, calling it says that it has happened."""

    def __init__(self, doc: str, arcs: Sequence[Arc], by: Sequence[Role]) -> None:
        super().__init__(doc)
        self.arcs = tuple(arcs)
        self.by = tuple(by)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: Follower, owner: type) -> Tell: ...

    def __get__(self, instance: Follower | None, owner: type) -> Self | Tell:
        """Return the event on the class; on a contract in force, how to say that it happened."""
        return self if instance is None else partial(instance.tell, self)


class Given(Term):
    """A number that only the model knows; a contract in force is given it by name."""


Limit = int | Given


class Bound(NamedTuple):
    """A limit of time, in ps or in cycles of the owner's clock."""

    limit: Limit
    in_cycles: bool


class Timing(Term):
    """How soon and how late `then` comes after the last `first`, unless another event comes."""

    def __init__(
        self,
        doc: str,
        first: ContractEvent,
        then: ContractEvent,
        least: Bound | None,
        most: Bound | None,
        unless: Sequence[ContractEvent],
    ) -> None:
        super().__init__(doc)
        self.first = first
        self.then = then
        self.least = least
        self.most = most
        self.unless = tuple(unless)

    def among(self, events: Mapping[str, ContractEvent]) -> "Timing":
        """Return the same limit between the events of these names."""
        unless = [events[one.name] for one in self.unless]
        return _renewed(self, Timing(self.doc, events[self.first.name], events[self.then.name],
                                     self.least, self.most, unless))  # fmt: skip


class Tally(Term):
    """How often an event comes between two others."""

    def __init__(
        self,
        doc: str,
        counted: ContractEvent,
        since: ContractEvent,
        until: ContractEvent,
        least: Limit,
        most: Limit | None,
    ) -> None:
        super().__init__(doc)
        self.counted = counted
        self.since = since
        self.until = until
        self.least = least
        self.most = most

    def among(self, events: Mapping[str, ContractEvent]) -> "Tally":
        """Return the same limit on the events of these names."""
        counted, since, until = (events[one.name] for one in (self.counted, self.since, self.until))
        return _renewed(self, Tally(self.doc, counted, since, until, self.least, self.most))


AnyLimit = TypeVar("AnyLimit", Timing, Tally)


def _renewed(before: AnyLimit, after: AnyLimit) -> AnyLimit:
    """Return the limit as it was if nothing has changed, under the same name."""
    after.name = before.name
    return before if vars(before) == vars(after) else after


Moves = dict[tuple[State, ContractEvent], State]
"""Where an event leads from a state; what is not in it is not legal."""


def role(doc: str) -> Role:
    """Declare who may cause events."""
    return Role(doc)


def state(doc: str, *, alone: bool = False) -> State:
    """Declare a state; the first is where all begins. `alone`: only one item at a time."""
    return State(doc, alone)


def event(doc: str, *arcs: Arc, by: Role | Sequence[Role] = ()) -> ContractEvent:
    """Declare an event, where it leads, and who may cause it; without arcs it is never legal."""
    return ContractEvent(doc, arcs, (by,) if isinstance(by, Role) else by)


def given(doc: str) -> Given:
    """Declare a number that only the model knows."""
    return Given(doc)


def timing(
    doc: str,
    first: ContractEvent,
    then: ContractEvent,
    *,
    at_least_ps: Limit | None = None,
    at_most_ps: Limit | None = None,
    at_least_cycles: Limit | None = None,
    at_most_cycles: Limit | None = None,
    unless: ContractEvent | Sequence[ContractEvent] = (),
) -> Timing:
    """Declare how soon and how late `then` follows the last `first`; `unless` takes it back.

    n cycles last until the nth clock edge after `first`. Raises ElaborationError for a limit that
    is given twice, or for none at all.
    """
    least, most = _bound(doc, at_least_ps, at_least_cycles), _bound(doc, at_most_ps, at_most_cycles)
    if least is None and most is None:
        raise ElaborationError(
            f"the timing {doc!r} must have a limit; give at_least_ps=, at_most_ps= or one in cycles"
        )
    instead = (unless,) if isinstance(unless, ContractEvent) else unless
    return Timing(doc, first, then, least, most, instead)


def tally(
    doc: str,
    counted: ContractEvent,
    *,
    since: ContractEvent,
    until: ContractEvent,
    at_least: Limit = 0,
    at_most: Limit | None = None,
) -> Tally:
    """Declare how often `counted` comes between two other events."""
    return Tally(doc, counted, since, until, at_least, at_most)


def _bound(doc: str, limit_ps: Limit | None, limit_cycles: Limit | None) -> Bound | None:
    if limit_ps is not None and limit_cycles is not None:
        raise ElaborationError(f"the timing {doc!r} must have a limit in ps or in cycles, not both")
    if limit_ps is not None:
        return Bound(limit_ps, in_cycles=False)
    return None if limit_cycles is None else Bound(limit_cycles, in_cycles=True)


def terms(cls: type, kind: type[AnyTerm]) -> tuple[AnyTerm, ...]:
    """Return the terms of a kind that a class declares, bases first, as they are written."""
    found: dict[str, Term] = {}
    for ancestor in reversed(cls.__mro__):
        found |= {name: item for name, item in vars(ancestor).items() if isinstance(item, Term)}
    return tuple(item for item in found.values() if isinstance(item, kind))


def resolve(contract: str, states: Sequence[State], events: Sequence[ContractEvent]) -> Moves:
    """Return where each event leads from each state.

    Raises ElaborationError for two arcs of one event from one state, and for a state that no
    events lead to.
    """
    moves: Moves = {}
    for event in events:
        own = [arc for arc in event.arcs if arc.source is not None]
        every = [Arc(state, arc.target) for arc in event.arcs if arc.source is None
                 for state in states if state not in {one.source for one in own}]  # fmt: skip
        for source, target in own + every:
            assert source is not None
            if (source, event) in moves:
                raise ElaborationError(
                    f"{contract}.{event} must have one arc from {source}; it has two; "
                    "declare two events, or remove one"
                )
            moves[source, event] = target or source
    _check_reached(contract, states, moves)
    return moves


def _check_reached(contract: str, states: Sequence[State], moves: Moves) -> None:
    reached, before = set(states[:1]), set[State]()
    while reached != before:
        before = set(reached)
        reached |= {target for (source, _), target in moves.items() if source in before}
    for state in states:
        if state not in reached:
            raise ElaborationError(
                f"{contract}.{state} must be reached from {states[0]}, the first state; "
                "no events lead there; add an arc, or remove the state"
            )
