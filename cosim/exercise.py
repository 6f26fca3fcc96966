"""A state machine for Hypothesis, made from a contract, that drives a model.

    class BellDriver:
        def __init__(self): ...
        actions = property(lambda self: {(Ring.ring, Ring.core): self.ring, ...})
        def state_of(self, of): return self.bell.hand_off.state_of()
        def close(self): self.sim.finish()

    TestBell = exercise(Ring, BellDriver, misuse_by=[Ring.core]).TestCase

It takes random legal steps, after each of which the model must be where the contract says, and
tries random illegal ones, which the model must refuse and survive. A step that fails is shrunk to
the shortest course of events that shows it.

Hypothesis is needed only when `exercise` is called: pip install hypothesis.
Leaves out: limits of time; the driver decides when things happen.
Checked by: tests/kernel/test_protocol_exercise.py, tests/components/test_imac_contract_exercise.py
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Protocol

from cosim.contract_terms import ContractEvent, Given, Limit, Role, State, Tally
from cosim.errors import CosimError, ProtocolError
from cosim.protocol import Contract

APART = 10
"""legal steps between two rare ones; about what a hand-off takes, so that most are not cut short"""

Action = Callable[[int], None]
"""Does something of one item, by number; raises ProtocolError if the model refuses."""


class Driver(Protocol):
    """A model with hands: what each role can do, or try to."""

    @property
    def actions(self) -> Mapping[tuple[ContractEvent, Role], Action]:
        """What causes each event."""
        ...

    def state_of(self, of: int) -> str | None:
        """Return the state that the model is in, None if it cannot be seen."""
        ...

    def close(self) -> None:
        """End the simulation."""
        ...


class Step:
    """An event that a role causes to an item."""

    def __init__(self, event: ContractEvent, by: Role, of: int) -> None:
        self.event = event
        self.by = by
        self.of = of

    def __repr__(self) -> str:
        return f"{self.event} by {self.by} of {self.of}"


class Walk:
    """Where each item stands according to the contract alone."""

    def __init__(
        self,
        contract: type[Contract],
        driver: Driver,
        *,
        items: int = 1,
        rare: Collection[ContractEvent] = (),
        **given: int,
    ) -> None:
        self.contract = contract
        self.driver = driver
        self.rare = rare
        self.given = given
        self.steps = [Step(*action, of) for action in driver.actions for of in range(items)]
        names = contract.state_names
        starts = [driver.state_of(of) or names[0] for of in range(items)]
        self.states = [contract.states[names.index(name)] for name in starts]
        self.counts: dict[tuple[Tally, int], int] = {}
        self.since_rare = 0

    def legal(self, event: ContractEvent) -> list[Step]:
        """Return the steps that an event may come by now."""
        if event in self.rare and self.since_rare < APART:
            return []
        return [step for step in self.steps if step.event is event and self.target(step)
                and self._is_counted(step)]  # fmt: skip

    def illegal(self, by: Collection[Role]) -> list[Step]:
        """Return the steps that some roles must not take now."""
        return [step for step in self.steps if step.by in by and not self.target(step)]

    def target(self, step: Step) -> State | None:
        """Return the state that a step leads to, None if it is not legal."""
        target = self.contract.moves.get((self.states[step.of], step.event))
        if target is None or step.by not in step.event.by:
            return None
        is_free = target is self.states[step.of] or target not in self.states
        return target if is_free or not target.alone else None

    def take(self, step: Step) -> None:
        """Go on by a legal step; the model must go on too."""
        event, of = step.event, step.of
        self.driver.actions[event, step.by](of)
        self.since_rare = 0 if event in self.rare else self.since_rare + 1
        for tally in self.contract.tallies:
            if event is tally.since:
                self.counts[tally, of] = 0
            if event is tally.counted and (tally, of) in self.counts:
                self.counts[tally, of] += 1
        self.states[of] = self.target(step) or self.states[of]
        self.compare(f"after {step}")

    def refuse(self, step: Step) -> None:
        """Try an illegal step; the model must refuse it and stay where it is."""
        try:
            self.driver.actions[step.event, step.by](step.of)
        except ProtocolError:
            self.compare(f"after {step} was refused")
        else:
            state = self.states[step.of]
            raise AssertionError(f"the model must refuse {step!r} in {state}; it did not")

    def compare(self, when: str) -> None:
        """Raise AssertionError if the model is not where the contract says."""
        for of, state in enumerate(self.states):
            seen = self.driver.state_of(of)
            if seen not in (None, state.name):
                raise AssertionError(f"the model must be in {state} {when}; it is in {seen}")

    def _is_counted(self, step: Step) -> bool:
        """Whether enough events, and not too many, came before a step."""
        return all(
            self._number(tally.least) <= self.counts.get((tally, step.of), 0)
            and (tally.most is None
                 or self.counts.get((tally, step.of), 0) <= self._number(tally.most))
            for tally in self.contract.tallies if tally.until is step.event
        )  # fmt: skip

    def _number(self, limit: Limit) -> int:
        return self.given[limit.name] if isinstance(limit, Given) else limit


def exercise(
    contract: type[Contract],
    driver: Callable[[], Driver],
    *,
    misuse_by: Collection[Role] = (),
    items: int = 1,
    rare: Collection[ContractEvent] = (),
    **given: int,
) -> Any:
    """Return a RuleBasedStateMachine; its TestCase is found by pytest.

    `misuse_by` are the roles whose illegal steps are tried, `items` how many there are of what
    the contract is for each of, `rare` the events that begin all over again, `given` the numbers
    that its tallies need. Raises CosimError without Hypothesis.
    """
    try:
        from hypothesis import strategies
        from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
    except ImportError as error:
        raise CosimError("exercise needs Hypothesis; pip install hypothesis") from error

    def begin(self: Any) -> None:
        RuleBasedStateMachine.__init__(self)
        self.driver = driver()
        self.walk = Walk(contract, self.driver, items=items, rare=rare, **given)

    def misuse(self: Any, data: Any) -> None:
        step = data.draw(strategies.sampled_from(self.walk.illegal(misuse_by)), "misuse")
        self.walk.refuse(step)

    parts: dict[str, Any] = dict(_rules(contract, strategies, precondition, rule))
    is_possible = precondition(lambda self: bool(self.walk.illegal(misuse_by)))
    parts["misuse"] = is_possible(rule(data=strategies.data())(misuse))
    parts["__init__"] = begin
    parts["teardown"] = lambda self: self.driver.close()
    return type(f"{contract.__name__}Exercise", (RuleBasedStateMachine,), parts)


def _rules(
    contract: type[Contract], strategies: Any, precondition: Any, rule: Any
) -> Iterator[tuple[str, Any]]:
    """Yield a rule for each event that is ever legal."""
    for event in contract.events:
        if not event.arcs:
            continue

        def take(self: Any, data: Any, event: ContractEvent = event) -> None:
            self.walk.take(data.draw(strategies.sampled_from(self.walk.legal(event)), "step"))

        def is_legal(self: Any, event: ContractEvent = event) -> bool:
            return bool(self.walk.legal(event))

        take.__name__ = event.name
        yield event.name, precondition(is_legal)(rule(data=strategies.data())(take))
