"""What probes have in common, and what watches them.

With no listener a probe costs one attribute test. Listeners are called in the order of simulated
time. An energy pulse that ends between two other changes is told at the next change, with the
time at which it ended.
Checked by: tests/kernel/test_probes.py
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from cosim.names import join

Listener = Callable[[int, Any], None]
"""Called as `listener(when_ps, value)`."""


class Tape(Protocol):
    """A text that grows in the order of simulated time."""

    def write(self, when_ps: int, lines: Sequence[str]) -> None:
        """Take lines of one instant."""
        ...


class Pen(NamedTuple):
    """How a value becomes a line of a tape: the short way for what changes at most once an instant.

    Where a listener is a call for every change, a tape takes all that an instant changed at once.
    """

    tape: Tape
    lines: Mapping[Any, str]


class Pulses:
    """What will be drawn at times that are known already, earliest first.

    That is the ends of energy pulses, with the power of each, and messages that are under way.
    """

    def __init__(self) -> None:
        self._ends: list[tuple[int, int, Listener, Any]] = []
        self._order = 0

    def add(self, end_ps: int, end: Listener, value: Any) -> None:
        """Call `end(end_ps, value)` when time has reached `end_ps`."""
        heapq.heappush(self._ends, (end_ps, self._order, end, value))
        self._order += 1

    @property
    def drawn(self) -> list[tuple[int, Listener, Any]]:
        """What is to come: when, who is told, and what."""
        return [(end_ps, end, value) for end_ps, _, end, value in sorted(self._ends)]

    def flush(self, until_ps: int | None = None) -> None:
        """End all pulses due at a time or before it; all there are without one."""
        ends = self._ends
        while ends and (until_ps is None or ends[0][0] <= until_ps):
            end_ps, _, end, value = heapq.heappop(ends)
            end(end_ps, value)


class Observed(Protocol):
    """What a probe needs of the module that owns it."""

    @property
    def path(self) -> str:
        """Hierarchical path."""
        ...

    @property
    def now_ps(self) -> int:
        """Present simulated time."""
        ...

    @property
    def pulses(self) -> Pulses:
        """Energy pulses of the whole simulation."""
        ...


class Probe:
    """A named value of a module.

    `value` is its present value, `path` its full name. `level` is the least detailed trace it
    belongs in: "protocol", "full", or "" to let the trace decide.
    """

    kind = "probe"
    keeps: tuple[str, ...] = ()
    """Attributes that a snapshot keeps."""
    value: Any

    def __init__(self, owner: Observed, name: str, doc: str, *, level: str = "") -> None:
        self.owner = owner
        self.name = name
        self.doc = doc
        self.level = level
        self.path = join(owner.path, name)
        self.listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener, pen: Pen | None = None) -> None:
        """Call `listener(when_ps, value)` at every change from now on.

        `pen` does the same; a probe that knows all changes of an instant at once uses it instead.
        """
        self.listeners += (listener,)

    def unlisten(self, listener: Listener) -> None:
        """Stop calling a listener."""
        self.listeners = tuple(one for one in self.listeners if one != listener)

    def tell(self, value: Any) -> None:
        """Pass a change at this instant to every listener."""
        now_ps = self.owner.now_ps
        self.owner.pulses.flush(now_ps)
        for listener in self.listeners:
            listener(now_ps, value)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path} = {self.value!r}>"


class Watched(Protocol):
    """A module as an observer sees it."""

    @property
    def path(self) -> str:
        """Hierarchical path."""
        ...

    @property
    def probes(self) -> Sequence[Probe]:
        """Its own probes, in declaration order."""
        ...


class View(Protocol):
    """The simulation as an observer sees it."""

    @property
    def now_ps(self) -> int:
        """Present simulated time."""
        ...

    @property
    def pulses(self) -> Pulses:
        """Energy pulses being drawn; a tape ends those that are due before a new time."""
        ...

    def modules(self) -> Sequence[Watched]:
        """Every module, parents before children."""
        ...

    def probes(self) -> Sequence[Probe]:
        """Every probe, signals and registers included, module by module."""
        ...


class Observer(Protocol):
    """Something that watches a simulation from elaboration to its end."""

    def start(self, view: View) -> None:
        """Begin: the structure is complete, time is 0 or where the observer was added."""
        ...

    def finish(self, now_ps: int) -> None:
        """End: write and close what there is, even after an error."""
        ...
