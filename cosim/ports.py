"""Declared signals, and the ports through which other modules reach them.

    class Timer(Module):
        zero = signal("1 while the count is zero", reset=1)

    class Core(Module):
        timer_zero = in_port("the timer has run out")

        @timer_zero.on_posedge
        def wake(self) -> None: ...

    core.timer_zero.bind(timer.zero)

A port may be bound to a signal or to another port; the end of the chain is found at elaboration.
Checked by: tests/kernel/test_ports.py, tests/kernel/test_systemc_structure.py
"""

from collections.abc import Sequence
from typing import Any, Protocol

from cosim.declaration import Declaration, Function, Part, mark
from cosim.errors import BindingError
from cosim.event import Event
from cosim.names import join
from cosim.probes import Gauge, Listener, Observed
from cosim.schedule import Schedule
from cosim.signals import Signal


class SignalOwner(Observed, Protocol):
    """What a declared signal or port needs of its module."""

    @property
    def env(self) -> Schedule:
        """The environment whose update phase it takes part in."""
        ...


class SignalGauge(Gauge):
    """A declared signal as observers see it: its last value of every instant."""

    def __init__(self, owner: Observed, name: str, doc: str, signal: Signal, **kind: Any) -> None:
        self.signal = signal
        self._hears = False
        super().__init__(owner, name, doc, initial=signal.value, **kind)

    @property
    def value(self) -> Any:
        """The signal's value."""
        return self.signal.value

    @value.setter
    def value(self, value: Any) -> None:
        """Only the signal's writer sets it."""

    def listen(self, listener: Listener) -> None:
        """Call `listener(when_ps, value)` at the end of each instant that changed the signal."""
        if not self._hears:
            self._hears = True
            self.signal.listen(lambda _, value: self.tell(value))
        super().listen(listener)


class ModuleSignal(Signal):
    """A signal that a module class declares; `gauge` shows it to observers."""

    def __init__(
        self, owner: SignalOwner, name: str, doc: str, reset: Any, many_writers: bool, **kind: Any
    ) -> None:
        plain = Gauge(owner, name, doc, initial=reset, **kind)
        super().__init__(owner.env, plain.path, plain.value, many_writers=many_writers)
        self.owner = owner
        self.doc = doc
        self.path = plain.path
        self.gauge = SignalGauge(owner, name, doc, self, **kind)

    def write(self, value: Any) -> None:
        """Let the signal have `value` from the next delta cycle on; it must fit."""
        if value != self._value:
            self.gauge.check(value)
        super().write(value)


class Port:
    """A declared way to signals of other modules."""

    side = "port"

    def __init__(self, owner: SignalOwner, name: str, doc: str, many: bool, optional: bool) -> None:
        self.owner = owner
        self.name = name
        self.doc = doc
        self.many = many
        self.optional = optional
        self.path = join(owner.path, name)
        self.peers: list[Signal | Port] = []
        self.signals: list[Signal] = []

    def bind(self, peer: "Signal | Port") -> None:
        """Bind to a signal, or to another port that leads to one.

        Raises BindingError if it is bound already and not declared many=True.
        """
        if not isinstance(peer, Signal | Port):
            raise BindingError(
                f"{self.path} must be bound to a signal or a port, not to {type(peer).__name__}"
            )
        name = peer.name if isinstance(peer, Signal) else peer.path
        if peer in self.peers:
            raise BindingError(f"{self.path} is bound to {name} already; remove the second bind")
        if self.peers and not self.many:
            raise BindingError(
                f"{self.path} must be bound once; it was now bound to {name} as well; "
                "remove one, or declare it many=True"
            )
        self.peers.append(peer)

    def resolve(self) -> list[Signal]:
        """Follow the bindings to their signals; called at elaboration.

        Raises BindingError if there is none, or if ports are bound in a circle.
        """
        found = self._ends([])
        if not found and not self.optional:
            raise BindingError(
                f"{self.path} ({self.side}) must be bound to a signal; it was left unbound; "
                "bind it, or declare it optional=True"
            )
        self.signals = found
        return found

    def _ends(self, seen: "list[Port]") -> list[Signal]:
        if self in seen:
            circle = " -> ".join(port.path for port in [*seen, self])
            raise BindingError(f"{self.path} must lead to a signal; it leads to itself: {circle}")
        ends: list[Signal] = []
        for peer in self.peers:
            ends += [peer] if isinstance(peer, Signal) else peer._ends([*seen, self])
        return ends

    @property
    def signal(self) -> Signal:
        """The signal it is bound to, the first if there are several."""
        if not self.signals:
            raise BindingError(
                f"{self.path} ({self.side}) must be bound and elaborated before it is used; "
                "bind it, then call Simulator.elaborate() or run()"
            )
        return self.signals[0]

    @property
    def is_bound(self) -> bool:
        """Whether elaboration found a signal."""
        return bool(self.signals)

    @property
    def value(self) -> Any:
        """The signal's value of this delta cycle."""
        return self.signal.value

    def read(self) -> Any:
        """Return the signal's value of this delta cycle."""
        return self.signal.value

    @property
    def event(self) -> bool:
        """Whether the signal changed just before this delta cycle."""
        return self.signal.event

    @property
    def changed(self) -> Event:
        """Fires when the signal changes."""
        return self.signal.changed

    @property
    def posedge(self) -> Event:
        """Fires when the signal becomes true."""
        return self.signal.posedge

    @property
    def negedge(self) -> Event:
        """Fires when the signal becomes false."""
        return self.signal.negedge


class InPort(Port):
    """A port that reads."""

    side = "in port"


class OutPort(Port):
    """A port that drives."""

    side = "out port"

    def write(self, value: Any) -> None:
        """Let every bound signal have `value` from the next delta cycle on."""
        self.signal.write(value)
        for other in self.signals[1:]:
            other.write(value)


class Sensed(Declaration[Part]):
    """A declaration whose changes can start methods."""

    def on_change(self, function: Function) -> Function:
        """Run the method whenever the value changes."""
        return mark(function, "changed", self)

    def on_posedge(self, function: Function) -> Function:
        """Run the method whenever the value becomes true."""
        return mark(function, "posedge", self)

    def on_negedge(self, function: Function) -> Function:
        """Run the method whenever the value becomes false."""
        return mark(function, "negedge", self)


def signal(
    doc: str,
    *,
    reset: Any = None,
    width_bits: int = 1,
    signed: bool = False,
    real: bool = False,
    unit: str = "",
    states: Sequence[str] = (),
    text: bool = False,
    many_writers: bool = False,
    level: str = "",
) -> Sensed[ModuleSignal]:
    """Declare a signal; the kinds of value are those of `gauge`, `reset` is its first value."""
    return Sensed(
        doc,
        lambda owner, name: ModuleSignal(
            owner,
            name,
            doc,
            reset,
            many_writers,
            width_bits=width_bits,
            signed=signed,
            real=real,
            unit=unit,
            states=states,
            text=text,
            level=level,
        ),
    )


def in_port(doc: str, *, many: bool = False, optional: bool = False) -> Sensed[InPort]:
    """Declare a port that reads a signal of another module."""
    return Sensed(doc, lambda owner, name: InPort(owner, name, doc, many, optional))


def out_port(doc: str, *, many: bool = False, optional: bool = False) -> Sensed[OutPort]:
    """Declare a port that drives a signal of another module."""
    return Sensed(doc, lambda owner, name: OutPort(owner, name, doc, many, optional))
