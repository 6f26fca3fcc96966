"""ClockSignal: a signal that rises and falls by itself.

    clock = ClockSignal(env, "clock", 10_000, duty=0.3, start_ps=4_000, posedge_first=False)
    env.method(flop, [clock.posedge], initialize=False)

Models:     duty cycle, start, first edge; periods that are no whole number of ps: edges are
            rounded down one by one and never add up an error. As in SystemC the edge at 0 ps comes
            in delta cycle 1: an edge takes one delta cycle, and a second one for those who hear it.
Leaves out: edges that nobody can hear. An edge is scheduled from when its event is first asked for
            (`posedge`, `negedge`, `changed` or a listener); until then it takes no delta cycle and
            `value` is reckoned from the time. With `every_edge` each one is, as in SystemC.
Source:     IEEE 1666, sc_clock; reference program 08.
Checked by: tests/kernel/test_clock_signal.py, tests/kernel/test_systemc_clock.py
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count, cycle
from numbers import Rational, Real
from typing import Any

from cosim.declared_signals import Sensed, SignalGauge, SignalOwner
from cosim.errors import SignalError, TimeError
from cosim.names import join
from cosim.process import Process, Steps
from cosim.schedule import Schedule
from cosim.signals import Signal
from cosim.units import check_ps

HEARD = {"changed": (1, 0), "posedge": (1,), "negedge": (0,)}
"""Levels whose edges an event needs."""


class ClockSignal(Signal):
    """A clock: 1 for `duty` of each period, from `start_ps` on; nobody can write it.

    Without `posedge_first` it begins at 1 and its first edge falls.
    """

    def __init__(
        self,
        env: Schedule,
        name: str = "clock",
        period_ps: int | Fraction = 1_000,
        *,
        duty: float = 0.5,
        start_ps: int = 0,
        posedge_first: bool = True,
        every_edge: bool = False,
    ) -> None:
        _check_shape(name, period_ps, duty, start_ps)
        super().__init__(env, name, int(not posedge_first))
        self.period_ps = period_ps
        self.high_ps = round(period_ps * duty)
        self.start_ps = start_ps
        self.posedge_first = posedge_first
        if not 0 < self.high_ps < period_ps:
            raise TimeError(
                f"{name} must be 1 for 1 ps or more and 0 for 1 ps or more of its period of "
                f"{period_ps} ps, not 1 for {self.high_ps} ps; change period_ps or duty"
            )
        self._first_ps = self.high_ps if posedge_first else int(period_ps) - self.high_ps
        self._passed = 0
        """Edges that were heard or slept through."""
        self._due: int | None = None
        """Number of the edge that comes next to be heard; edge 0 is the first."""
        self._hears = {1: every_edge, 0: every_edge}
        self._step = 1 if every_edge else 2
        self._told = self.value
        """What its followers were told last."""
        self._driver: Process | None = None
        self._queued = False
        if every_edge:
            self._drive()

    @property
    def value(self) -> int:
        """The level of this delta cycle: 1 or 0."""
        if self._step == 1 and self._due is not None:
            return int(super().read())
        over = self._edges_before(self.env.now + 1)
        return self._level(over if self._due is None else min(over, self._due))

    def read(self) -> int:
        """Return the level of this delta cycle."""
        return self.value

    def write(self, value: Any) -> None:
        """Refuse: a clock drives itself."""
        raise SignalError(f"{self.name} is a clock and must not be written")

    def observe(self, what: str) -> None:
        """Schedule the edges of the event `what` from now on."""
        super().observe(what)
        self._hear(*HEARD[what])

    def _follow(self) -> None:
        """Show each edge: a listener is told, a pen writes."""
        super()._follow()
        if self._written is not None:
            self._told = self.value
            self.observe("changed")

    def _level(self, number: int) -> int:
        """Return the level after so many edges."""
        return (number + (not self.posedge_first)) % 2

    def _edge_ps(self, number: int) -> int:
        return self.start_ps + int(number // 2 * self.period_ps) + number % 2 * self._first_ps

    def _edges_before(self, when_ps: int) -> int:
        since_ps = when_ps - self.start_ps
        if since_ps <= 0:
            return 0
        number = 2 * int((since_ps - 1) // self.period_ps)
        while self._edge_ps(number) < when_ps:
            number += 1
        return number

    def _hear(self, *levels: int) -> None:
        """Schedule the edges to these levels from now on."""
        if all(self._hears[level] for level in levels):
            return
        self._hears.update(dict.fromkeys(levels, True))
        self._step = 1 if all(self._hears.values()) else 2
        self._drive()

    def _drive(self) -> None:
        if self._driver is None:
            self._driver = Process(self.env, self._edges(), self.name, function=self._edges)
            self._driver.may_wait = True
        elif self._due is not None:
            self._driver.reset()

    def _edges(self) -> Steps:
        """Ask for an update at each edge that somebody can hear."""
        env = self.env
        due = max(self._passed, self._edges_before(env.now))
        self._due = due if self._hears[self._level(due + 1)] else due + 1
        self._next = self._now = self._level(self._due)
        wait_ps = self._edge_ps(self._due) - env.now
        if wait_ps:
            yield wait_ps
        for gap_ps in self._gaps(self._due):
            if not self._queued:
                self._queued = True
                env.updates.append(self)
            yield gap_ps

    def _gaps(self, number: int) -> Iterator[int]:
        """Yield the time from edge `number` to the next one heard, and so on."""
        step = self._step
        if isinstance(self.period_ps, int):
            edges: Iterable[int] = range(number, number + 2, step)
            return cycle(self._edge_ps(edge + step) - self._edge_ps(edge) for edge in edges)
        edges = count(number, step)
        return (self._edge_ps(edge + step) - self._edge_ps(edge) for edge in edges)

    def update(self) -> None:
        """Change the level and fire; called in the update phase."""
        self._queued = False
        assert self._due is not None
        self._passed = self._due + 1
        self._next = level = self._level(self._passed)
        self._now, self._told = self._told, level
        if self._written is not None:
            self._written.append(self)
        self._due += self._step
        self.announce(level, not level)


def _check_shape(name: str, period_ps: Any, duty: Any, start_ps: Any) -> None:
    """Refuse what cannot be meant as the shape of a clock."""
    if not isinstance(period_ps, Rational) or period_ps <= 0:
        raise TimeError(
            f"{name}.period_ps must be a whole number of ps or a Fraction, above 0, "
            f"not {period_ps!r}"
        )
    if not isinstance(duty, Real) or not 0 < float(duty) < 1:
        raise TimeError(f"{name}.duty must be a number between 0 and 1, not {duty!r}")
    check_ps(f"{name}.start_ps", start_ps)


class ModuleClock(ClockSignal):
    """A clock signal that a module class declares; `gauge` shows it to observers."""

    def __init__(
        self,
        owner: SignalOwner,
        name: str,
        doc: str,
        period_ps: int | Fraction,
        **shape: Any,
    ) -> None:
        self.path = join(owner.path, name)
        super().__init__(owner.env, self.path, period_ps, **shape)
        self.owner = owner
        self.doc = doc
        self.gauge = SignalGauge(owner, name, doc, self)


def clock_signal(
    doc: str,
    *,
    period_ps: int | None = None,
    duty: float = 0.5,
    start_ps: int = 0,
    posedge_first: bool = True,
    every_edge: bool = False,
) -> Sensed[ModuleClock]:
    """Declare a clock others can listen to; its period is that of the module's clock by default."""

    def make(owner: Any, name: str) -> ModuleClock:
        period = Fraction(owner.clock.p, owner.clock.q) if period_ps is None else period_ps
        return ModuleClock(
            owner,
            name,
            doc,
            int(period) if period == int(period) else period,
            duty=duty,
            start_ps=start_ps,
            posedge_first=posedge_first,
            every_edge=every_edge,
        )

    return Sensed(doc, make)
