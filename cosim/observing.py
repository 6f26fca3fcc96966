"""What probes have in common, and what watches them.

With no listener a probe costs one attribute test. Listeners are called in the order of simulated
time. An energy pulse that ends between two other changes is told at the next change, with the
time at which it ended.
Checked by: tests/kernel/test_probes.py
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol

from cosim.names import join

Listener = Callable[[int, Any], None]
"""Called as `listener(when_ps, value)`."""


class Stage(Enum):
    """Moments of the simulation that can be listened to."""

    POST_UPDATE = "after each update phase"
    PRE_TIMESTEP = "before time moves on"
    PRE_PAUSE = "before `run` returns because of `pause`"
    PRE_STOP = "before `run` returns because of `stop`"


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


class Printing(NamedTuple):
    """How values of so many whole numbers become texts, from the numbers of many in a row."""

    numbers: int
    texts: Callable[[Sequence[int]], list[str]]


class Later(NamedTuple):
    """What will be told at a time that is known already.

    What `outlasts` a run, as the end of an energy pulse, is told even if the run ends before.
    """

    when_ps: int
    rank: int
    order: int
    tell: Listener
    value: Any
    outlasts: bool


class Pulses:
    """What will be drawn at times that are known already, earliest first.

    That is the ends of energy pulses, with the power of each, messages that are under way, states
    that begin later, and what the loop of the fast shell saw on its way to its present time.
    """

    def __init__(self) -> None:
        self._later: list[tuple[int, int, int, Listener, Any, bool]] = []  # as Later, made faster
        self._order = 0

    def add(self, when_ps: int, tell: Listener, value: Any) -> None:
        """Call `tell(when_ps, value)` when time has reached `when_ps`."""
        heappush(self._later, (when_ps, 1, self._order, tell, value, False))
        self._order += 1

    def add_step(self, when_ps: int, tell: Listener, value: Any) -> None:
        """Do so with what a step of a part did, which comes before all else of that time."""
        heappush(self._later, (when_ps, 0, self._order, tell, value, False))
        self._order += 1

    def add_end(self, when_ps: int, tell: Listener, value: Any) -> None:
        """Do so with what outlasts a run."""
        heappush(self._later, (when_ps, 1, self._order, tell, value, True))
        self._order += 1

    @property
    def later(self) -> list[Later]:
        """What is to come."""
        return [Later(*one) for one in sorted(self._later)]

    def flush(self, until_ps: int) -> None:
        """Tell all that is due at a time or before it."""
        later = self._later
        while later and later[0][0] <= until_ps:
            when_ps, _, _, tell, value, _ = heappop(later)
            tell(when_ps, value)

    def finish(self, now_ps: int) -> None:
        """Tell what is due at the end of a run, and what outlasts it."""
        self.flush(now_ps)
        for one in self.later:
            if one.outlasts:
                one.tell(one.when_ps, one.value)
        self._later.clear()


class Audience:
    """How many listen to some probes, so that what nobody sees need not be looked at."""

    def __init__(self) -> None:
        self.size = 0


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
    printing: Printing | None = None
    """How what listeners get becomes the text that `value` is; without it they get the value."""
    value: Any

    def __init__(self, owner: Observed, name: str, doc: str, *, level: str = "") -> None:
        self.owner = owner
        self.name = name
        self.doc = doc
        self.level = level
        self.path = join(owner.path, name)
        self.listeners: tuple[Listener, ...] = ()
        self.audience = Audience()
        """Those of this probe, or of several; see cosim/display.py."""

    def listen(self, listener: Listener, pen: Pen | None = None) -> None:
        """Call `listener(when_ps, value)` at every change from now on.

        `pen` does the same; a probe that knows all changes of an instant at once uses it instead.
        """
        self.listeners += (listener,)
        self.audience.size += 1

    def unlisten(self, listener: Listener) -> None:
        """Stop calling a listener."""
        before = len(self.listeners)
        self.listeners = tuple(one for one in self.listeners if one != listener)
        self.audience.size -= before - len(self.listeners)

    def shown(self, told: Any) -> Any:
        """Return as a value what a listener got, or the value itself."""
        if self.printing is None or isinstance(told, str):
            return told
        return self.printing.texts(told)[0]

    def tell(self, value: Any) -> None:
        """Pass a change at this instant to every listener."""
        now_ps = self.owner.now_ps
        self.owner.pulses.flush(now_ps)
        for listener in self.listeners:
            listener(now_ps, value)

    def tell_at(self, when_ps: int, value: Any) -> None:
        """Pass a change to every listener; all that changed before has been told."""
        for listener in self.listeners:
            listener(when_ps, value)

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
