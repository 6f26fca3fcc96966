"""Probes: what a module shows of itself, declared once; waves, timelines and reports listen.

| declare        | for                                                            |
|----------------|----------------------------------------------------------------|
| `counter`      | a number that only grows                                       |
| `held`         | the same, kept in a state record by compiled code              |
| `gauge`        | a value over time                                              |
| `span`         | a stretch of work with a label                                 |
| `distribution` | samples                                                        |
| `energy`       | picojoules; listeners see power, whose integral is the energy  |

Checked by: tests/kernel/test_probes.py
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from typing import Any, TypeVar

from cosim.declaration import Declaration
from cosim.errors import ElaborationError, ProtocolError, SignalError
from cosim.observing import (
    Listener,
    Observed,
    Observer,
    Pen,
    Printing,
    Probe,
    Pulses,
    Tape,
    View,
    Watched,
)
from cosim.spending import PS_MW_PER_PJ, Energy

__all__ = [
    "PS_MW_PER_PJ",
    "Counter",
    "Distribution",
    "Energy",
    "Gauge",
    "Held",
    "Listener",
    "Observed",
    "Observer",
    "Pen",
    "Printing",
    "Probe",
    "Pulses",
    "Span",
    "Tape",
    "View",
    "Watched",
    "counter",
    "distribution",
    "energy",
    "gauge",
    "held",
    "span",
]

AnyProbe = TypeVar("AnyProbe", bound=Probe)


class Counter(Probe):
    """A number that only grows."""

    kind = "counter"
    keeps = ("value",)
    value: int = 0

    def add(self, amount: int = 1) -> None:
        """Count `amount` more; raises ProtocolError if it is negative."""
        if amount < 0:
            raise ProtocolError(
                f"{self.path} is a counter and must grow; it was given {amount}; use a gauge"
            )
        self.value += amount
        if self.listeners:
            self.tell(self.value)


class Held(Probe):
    """A counter that compiled code keeps in a field of a state record."""

    kind = "held"

    def __init__(
        self,
        owner: Observed,
        name: str,
        doc: str,
        *,
        record: str,
        field: str,
        row: int = 0,
        level: str = "",
    ) -> None:
        super().__init__(owner, name, doc, level=level)
        self.record = record
        self.field = field
        self.row = row

    @property
    def value(self) -> int:
        """The field as it is now."""
        return int(getattr(self.owner, self.record)[self.row][self.field])

    def listen(self, listener: Listener, pen: Pen | None = None) -> None:
        """Refuse: compiled code tells nobody."""
        raise ElaborationError(
            f"{self.path} is held in {self.record}[{self.row}].{self.field} and cannot be "
            "listened to; read .value when you need it"
        )


class Gauge(Probe):
    """A value over time: an integer, a real number, one of several states, or free text."""

    kind = "gauge"
    keeps = ("value",)

    def __init__(
        self,
        owner: Observed,
        name: str,
        doc: str,
        *,
        width_bits: int = 1,
        signed: bool = False,
        real: bool = False,
        unit: str = "",
        states: Sequence[str] = (),
        text: bool = False,
        initial: Any = None,
        level: str = "",
    ) -> None:
        super().__init__(owner, name, doc, level=level)
        self.width_bits = width_bits
        self.signed = signed
        self.real = real
        self.unit = unit
        self.states = tuple(states)
        self.text = text
        self.low = -(1 << width_bits - 1) if signed else 0
        self.high = (1 << width_bits - signed) - 1
        self._is_whole = not (states or text or real)
        self._shown_ps = -1
        self.value = self._first() if initial is None else initial
        self.check(self.value)

    def _first(self) -> Any:
        if self.states:
            return self.states[0]
        return "" if self.text else 0.0 if self.real else 0

    def set(self, value: Any) -> None:
        """Take a new value; raises SignalError if it does not fit the declaration."""
        if value == self.value:
            return
        if value.__class__ is int and self._is_whole:
            if not self.low <= value <= self.high:
                self.check(value)
        elif value.__class__ is not str or value not in self.states:
            self.check(value)
        self.value = value
        if self.listeners:
            self.tell(value)

    def show(self, when_ps: int, value: Any) -> None:
        """Have a value, one that fits, since `when_ps`; all that changed before has been told."""
        self._shown_ps = when_ps
        if value != self.value:
            self.value = value
            for listener in self.listeners:
                listener(when_ps, value)

    def show_later(self, when_ps: int, value: Any) -> None:
        """Show a value from `when_ps` on unless another is shown then; at once if nobody sees."""
        if self.listeners:
            self.owner.pulses.add(when_ps, self._come, value)
        else:
            self.value = value

    def _come(self, when_ps: int, value: Any) -> None:
        if when_ps != self._shown_ps:
            self.show(when_ps, value)

    def check(self, value: Any) -> None:
        """Raise SignalError if a value does not fit the declaration."""
        try:
            if self._is_whole:
                fits = self.low <= value <= self.high and value == int(value)
            elif self.states:
                fits = value in self.states
            else:
                fits = isinstance(value, str) if self.text else not isnan(value)
        except TypeError:
            fits = False
        if not fits:
            raise SignalError(f"{self.path} must be {self._needed()}, not {value!r}")

    def _needed(self) -> str:
        if self.states:
            return f"one of {', '.join(self.states)}"
        if self.text or self.real:
            return "text" if self.text else "a number"
        return f"a whole number from {self.low} to {self.high}"


class Span(Probe):
    """A stretch of work with a label: `with self.job("vector 3"):`, or begin and end."""

    kind = "span"
    keeps = ("value", "count", "total_ps", "_since_ps")

    def __init__(self, owner: Observed, name: str, doc: str, *, level: str = "") -> None:
        super().__init__(owner, name, doc, level=level)
        self.value: str | None = None
        self.count = 0
        self.total_ps = 0
        self._since_ps = 0

    def begin(self, label: str) -> None:
        """Open a span; raises ProtocolError if one is open."""
        if self.value is not None:
            raise ProtocolError(
                f"{self.path}: {label!r} begins while {self.value!r} is open; "
                "end it first, or declare a second span"
            )
        self.value = label
        self._since_ps = self.owner.now_ps
        if self.listeners:
            self.tell(label)

    def end(self) -> None:
        """Close the open span; raises ProtocolError if none is open."""
        if self.value is None:
            raise ProtocolError(f"{self.path}: end without begin; begin a span first")
        self.value = None
        self.count += 1
        self.total_ps += self.owner.now_ps - self._since_ps
        if self.listeners:
            self.tell(None)

    @contextmanager
    def __call__(self, label: str) -> Iterator[None]:
        """Open a span for the time of a `with` block."""
        self.begin(label)
        try:
            yield
        finally:
            self.end()


class Distribution(Probe):
    """Samples, kept as count, sum, sum of squares, extremes and powers-of-two bins."""

    kind = "distribution"
    keeps = ("count", "total", "squares", "lowest", "highest", "bins")

    def __init__(
        self, owner: Observed, name: str, doc: str, *, unit: str = "", level: str = ""
    ) -> None:
        super().__init__(owner, name, doc, level=level)
        self.unit = unit
        self.count = 0
        self.total: float = 0
        self.squares: float = 0
        self.lowest: float | None = None
        self.highest: float | None = None
        self.bins: dict[int, int] = {}

    def add(self, sample: float) -> None:
        """Take one sample."""
        self.count += 1
        self.total += sample
        self.squares += sample * sample
        if self.lowest is None or sample < self.lowest:
            self.lowest = sample
        if self.highest is None or sample > self.highest:
            self.highest = sample
        power = int(sample).bit_length()
        self.bins[power] = self.bins.get(power, 0) + 1
        if self.listeners:
            self.tell(sample)

    @property
    def value(self) -> float:
        """Mean of the samples, 0 without any."""
        return self.total / self.count if self.count else 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation of the samples (population)."""
        if not self.count:
            return 0.0
        return float(max(self.squares / self.count - self.value**2, 0.0) ** 0.5)


def counter(doc: str, *, level: str = "") -> Declaration[Counter]:
    """Declare a number that only grows."""
    return _declared(Counter, doc, level=level)


def held(doc: str, *, record: str, field: str, row: int = 0, level: str = "") -> Declaration[Held]:
    """Declare a counter that lives in `self.<record>[row].<field>`."""
    return _declared(Held, doc, record=record, field=field, row=row, level=level)


def gauge(
    doc: str,
    *,
    width_bits: int = 1,
    signed: bool = False,
    real: bool = False,
    unit: str = "",
    states: Sequence[str] = (),
    text: bool = False,
    initial: Any = None,
    level: str = "",
) -> Declaration[Gauge]:
    """Declare a value over time: unsigned unless `signed`, `real`, `states` or `text` is given."""
    return _declared(
        Gauge,
        doc,
        width_bits=width_bits,
        signed=signed,
        real=real,
        unit=unit,
        states=states,
        text=text,
        initial=initial,
        level=level,
    )


def span(doc: str, *, level: str = "") -> Declaration[Span]:
    """Declare a stretch of work with a label."""
    return _declared(Span, doc, level=level)


def distribution(doc: str, *, unit: str = "", level: str = "") -> Declaration[Distribution]:
    """Declare a collection of samples."""
    return _declared(Distribution, doc, unit=unit, level=level)


def energy(doc: str, *, level: str = "") -> Declaration[Energy]:
    """Declare picojoules spent."""
    return _declared(Energy, doc, level=level)


def _declared(kind: Callable[..., AnyProbe], doc: str, **details: Any) -> Declaration[AnyProbe]:
    return Declaration(doc, lambda owner, name: kind(owner, name, doc, **details))
