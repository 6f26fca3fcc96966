"""Contracts: a hand-off protocol declared once, as a page of its datasheet.

    class Ring(Contract):
        core = role("rings, and reads the result")
        array = role("does the job")

        IDLE = state("nothing to do")
        BUSY = state("a job runs")
        DONE = state("the result may be read")

        ring = event("the bell is rung", IDLE >> BUSY, DONE >> BUSY, by=core)
        finish = event("the result is there", BUSY >> DONE, by=array)
        read = event("the result is read", DONE.stays, by=core)

        job = timing("from bell to result", ring, finish, at_least_cycles=4, at_most_ps=100_000)

    class Bell(Module):
        hand_off = follows(Ring)  # shown in the waves; self.hand_off.ring() says that it was rung

A contract that extends another has all its terms; an event that it declares anew takes the place
of the one it inherits, in limits too.

A contract in force is told what happens, event by event. What must not happen is recorded as a
violation and raised as ProtocolError; both name path, event, role, time, state, and what would
have been legal. A contract that nothing follows costs nothing.

Models:     states, legal events by role, times and counts between events; one course for each
            follower, or one for each item (`each="transaction"`) with states for one at a time.
Leaves out: limits between events of different items.
Checked by: tests/kernel/test_protocol.py, tests/kernel/test_protocol_limits.py
"""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from cosim.clock import Clock
from cosim.contract_course import Breach, Course, Kind, Number, Numbers
from cosim.contract_terms import (
    ANY,
    ContractEvent,
    Given,
    Moves,
    Role,
    State,
    Tally,
    Term,
    Timing,
    event,
    given,
    resolve,
    role,
    state,
    tally,
    terms,
    timing,
)
from cosim.coverage import Coverage
from cosim.declaration import Declaration
from cosim.errors import ElaborationError, ProtocolError
from cosim.observing import Observed, View
from cosim.probes import Gauge

__all__ = [
    "ANY",
    "Contract",
    "ContractEvent",
    "Ending",
    "Role",
    "State",
    "Violation",
    "event",
    "follows",
    "given",
    "role",
    "state",
    "tally",
    "timing",
]

AnyContract = TypeVar("AnyContract", bound="Contract")


class Owner(Observed, Protocol):
    """What a contract needs of the module that it is about."""

    @property
    def clock(self) -> Clock:
        """The clock that limits in cycles are counted in."""
        ...


class Violation(NamedTuple):
    """Something that happened although it must not, or did not although it must.

    `kind`: "illegal" in its state or by its role, "crowded" where one at a time may be, "count"
    after too few or too many others, "early", or "late"; `role` is "" if it has not come at all.
    """

    kind: Kind
    path: str
    state: str
    event: str
    role: str
    at_ps: int
    message: str

    def __str__(self) -> str:
        return self.message


class Contract:
    """A protocol, as a class; in force somewhere, as an instance.

    `owner` is the module it is about, `path` what errors call it. Violations are kept in
    `violations` and, with `raises`, raised. Every number that is declared `given` is given by
    name, as a number or as a function that is called when its limit begins. `gauge` shows the
    state in the waves; with `each`, the state that was entered last.
    """

    each: ClassVar[str] = ""
    roles: ClassVar[tuple[Role, ...]] = ()
    states: ClassVar[tuple[State, ...]] = ()
    state_names: ClassVar[tuple[str, ...]] = ()
    events: ClassVar[tuple[ContractEvent, ...]] = ()
    timings: ClassVar[tuple[Timing, ...]] = ()
    tallies: ClassVar[tuple[Tally, ...]] = ()
    moves: ClassVar[Moves] = {}

    owner: Owner
    name: str
    path: str
    raises: bool
    violations: list[Violation]
    coverage: Coverage
    gauge: Gauge

    def __init_subclass__(cls, *, each: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        for term in terms(cls, Term):
            if term.name in vars(Contract) or term.name in Contract.__annotations__:
                raise ElaborationError(
                    f"{cls.__name__}.{term.name} must have another name; "
                    f"{term.name} is an attribute of every contract"
                )
        cls.each = each or cls.each
        cls.roles, cls.states = terms(cls, Role), terms(cls, State)
        cls.state_names = tuple(one.name for one in cls.states)
        cls.events = terms(cls, ContractEvent)
        named = {one.name: one for one in cls.events}
        cls.timings = tuple(one.among(named) for one in terms(cls, Timing))
        cls.tallies = tuple(one.among(named) for one in terms(cls, Tally))
        cls.moves = resolve(cls.__name__, cls.states, cls.events)

    def __init__(
        self,
        owner: Owner,
        name: str,
        *,
        path: str = "",
        raises: bool = True,
        **given: Number,
    ) -> None:
        doc = (type(self).__doc__ or "").strip().partition("\n")[0]
        self.owner = owner
        self.name = name
        self.raises = raises
        self.gauge = Gauge(owner, name, doc, states=self.state_names)
        self.path = path or self.gauge.path
        self.violations = []
        self.coverage = Coverage(type(self).__name__, self.states, self.moves)
        self._numbers = Numbers(self.path, owner, terms(type(self), Given), given)
        self._courses: dict[Hashable, Course] = {}
        self._holders: dict[State, Hashable] = {}
        if not self.each:
            self.coverage.enter(self.states[0])

    @classmethod
    def legal_in(cls, event: ContractEvent) -> frozenset[str]:
        """Return the names of the states in which an event is legal."""
        return frozenset(source.name for source, legal in cls.moves if legal is event)

    def state_of(self, of: Hashable = None) -> str:
        """Return the name of the state that an item is in."""
        return self._course(of).state.name

    def keep(self) -> dict[str, Any]:
        """Return how far it has come, by names; items must be numbers, text or None."""
        return {
            "shown": self.gauge.value,
            "courses": [(of, course.keep()) for of, course in self._courses.items()],
            "holders": [(state.name, of) for state, of in self._holders.items()],
            "violations": [list(one) for one in self.violations],
            "coverage": self.coverage.keep(),
        }

    def go_on(self, kept: Mapping[str, Any]) -> None:
        """Take back what was kept."""
        kinds: tuple[Any, ...] = (*self.states, *self.events, *self.timings, *self.tallies)
        named = {one.name: one for one in kinds}
        self.gauge.set(kept["shown"])
        for of, course in kept["courses"]:
            self._courses[of] = Course(self.states[0], self._numbers)
            self._courses[of].resume(course, named)
        self._holders = {named[state]: of for state, of in kept["holders"]}
        self.violations[:] = [Violation(*one) for one in kept["violations"]]
        self.coverage.resume(kept["coverage"], named)

    def resume(self, state: str, of: Hashable = None) -> None:
        """Stand in a state without an event, as a check that begins in mid-run must."""
        self.gauge.set(state)
        course = self._courses[of] = Course(self.states[0], self._numbers)
        course.state = self.states[self.state_names.index(state)]
        if self.each:
            self.coverage.enter(course.state)

    def tell(
        self,
        event: ContractEvent,
        *,
        by: Role | None = None,
        of: Hashable = None,
        at_ps: int | None = None,
    ) -> None:
        """Take note of an event, now or at a time, of one item if there are several.

        What must not happen in the present state, or not by this role, is refused: the state
        stays. Raises ProtocolError for every violation, if the contract was made to.
        """
        when_ps = self.owner.now_ps if at_ps is None else at_ps
        role, course = self._by(event, by), self._course(of)
        for breach in course.overdue(event, when_ps):
            self._report(breach, course, None, of, when_ps)
        refused = self._refusal(course.state, event, role)
        if refused is not None:
            self._report(refused, course, role, of, when_ps)
            return
        for breach in course.timed(self.timings, event, when_ps):
            self._report(breach, course, role, of, when_ps)
        for breach in course.counted(self.tallies, event):
            self._report(breach, course, role, of, when_ps)
        self._move(course, event, of)

    def end(self, now_ps: int) -> None:
        """Report what should have come by now."""
        for of, course in list(self._courses.items()):
            for breach in course.overdue(None, now_ps):
                self._report(breach, course, None, of, now_ps)

    def _move(self, course: Course, event: ContractEvent, of: Hashable) -> None:
        source, target = course.state, self.moves[course.state, event]
        self.coverage.take(source, event)
        self.gauge.set(target.name)
        if source.alone:
            self._holders.pop(source, None)
        if target.alone:
            self._holders[target] = of
        course.state = target
        self._courses[of] = course
        if self.each and target is self.states[0]:
            del self._courses[of]

    def _course(self, of: Hashable) -> Course:
        return self._courses.get(of) or Course(self.states[0], self._numbers)

    def _by(self, event: ContractEvent, by: Role | None) -> Role | None:
        if by is None and len(event.by) > 1:
            raise ProtocolError(
                f"{self.path}: {event} must say who caused it; write "
                f"{' or '.join(f'by={one}' for one in event.by)}"
            )
        return event.by[0] if by is None and event.by else by

    def _refusal(self, source: State, event: ContractEvent, role: Role | None) -> Breach | None:
        """Return why an event is not legal, None if it is."""
        target = self.moves.get((source, event))
        if target is None or role not in event.by:
            return Breach("illegal", event, f"is not legal; {self._legal(source)}")
        if target in self._holders and target is not source:
            why = f"must wait; one at a time may be in {target}, and {self._holders[target]!r} is"
            return Breach("crowded", event, f"{why}; {self._legal(target)}")
        return None

    def _legal(self, state: State) -> str:
        """Say which events are legal in a state, and by whom."""
        by: dict[tuple[Role, ...], list[str]] = {}
        for source, legal in self.moves:
            if source is state:
                by.setdefault(legal.by, []).append(legal.name)
        each = [f"{', '.join(names)} by {' or '.join(map(str, who))}" for who, names in by.items()]
        return f"legal there: {'; '.join(each)}" if each else "nothing is legal there"

    def _report(
        self, breach: Breach, course: Course, role: Role | None, of: Hashable, at_ps: int
    ) -> None:
        item = f" of {of!r}" if self.each else ""
        by = f" by {role}" if role else ""
        message = (
            f"{self.path}: {breach.event}{item}{by} at {at_ps} ps in {course.state} {breach.why}"
        )
        who = role.name if role else ""
        self.violations.append(
            Violation(
                breach.kind, self.path, course.state.name, breach.event.name, who, at_ps, message
            )
        )
        if self.raises:
            raise ProtocolError(message)


class Ending:
    """Observer that lets a contract report what is overdue when the simulation ends."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def start(self, view: View) -> None:
        """Nothing to prepare."""

    def finish(self, now_ps: int) -> None:
        """Report what should have come by now."""
        self.contract.end(now_ps)


def follows(
    contract: type[AnyContract], *, raises: bool = True, **given: int | Callable[[Any], int]
) -> Declaration[AnyContract]:
    """Declare that a module follows a contract, which then shows its state in the waves.

    A given number may be a function of the module.
    """

    def make(owner: Any, name: str) -> AnyContract:
        numbers = {
            key: partial(value, owner) if callable(value) else value for key, value in given.items()
        }
        made = contract(owner, name, path="", raises=raises, **numbers)
        owner.sim.observe(Ending(made))
        return made

    return Declaration((contract.__doc__ or "").strip().partition("\n")[0], make)
