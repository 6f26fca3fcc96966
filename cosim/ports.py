"""Ports: how a module reaches signals and services of other modules.

    class Core(Module):
        timer_zero = in_port("the timer has run out")
        console = port(Console, "where characters go")

        @timer_zero.on_posedge
        def wake(self) -> None: ...

    core.timer_zero.bind(timer.zero)
    core.console.bind(terminal)

A port is bound to what it reaches, or to another port that leads there: of a module around it, or
of one that offers something inside itself (an export). The end of the chain is found at
elaboration; until then it is unknown.
Source:     IEEE 1666, sc_port, sc_export, sc_in, sc_out; `reference/systemc` program 13.
Checked by: tests/kernel/test_ports.py, tests/kernel/test_systemc_binding.py
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from cosim.declaration import Bound, Declaration
from cosim.declared_signals import Sensed
from cosim.errors import BindingError
from cosim.event import Event
from cosim.names import join
from cosim.signals import Signal

Reached = TypeVar("Reached")
Service = TypeVar("Service")


class Port(ABC, Generic[Reached]):
    """A declared way out of a module, to at least `least` and at most `most` ends.

    `ends` are what it reaches, in binding order; empty before elaboration.
    """

    side = "port"

    def __init__(
        self, owner: Bound, name: str, doc: str, least: int = 1, most: int | None = 1
    ) -> None:
        self.owner = owner
        self.name = name
        self.doc = doc
        self.least = least
        self.most = most
        self.path = join(owner.path, name)
        self.peers: list[Reached | Port[Reached]] = []
        self.ends: list[Reached] = []

    @abstractmethod
    def accepts(self, peer: object) -> str:
        """Return "" if a peer may be bound, otherwise what it must be."""

    def bind(self, peer: "Reached | Port[Reached]") -> None:
        """Bind to what the port reaches, or to another port that leads there.

        Raises BindingError if the peer is of the wrong kind, bound already, or one too many.
        """
        needed = self.accepts(peer)
        if needed:
            raise BindingError(
                f"{self.path} must be bound to {needed}, not to {type(peer).__name__}"
            )
        if any(peer is other for other in self.peers):
            raise BindingError(
                f"{self.path} is bound to {_name(peer)} already; remove the second bind"
            )
        self.owner.sim.admit(self.path, "bound")
        if self.most is not None and len(self.peers) == self.most:
            raise BindingError(
                f"{self.path} must be bound {_times(self.most)}; {_name(peer)} is one too many; "
                "remove one, or declare the port for more"
            )
        self.peers.append(peer)

    def resolve(self) -> None:
        """Follow the bindings to their ends; called at elaboration.

        Raises BindingError if there are too few or too many, or if ports lead in a circle.
        """
        ends = list(self._follow(()))
        if len(ends) < self.least:
            found = f"was bound {_times(len(ends))}" if ends else "was left unbound"
            raise BindingError(
                f"{self.path} ({self.side}) must be bound {_times(self.least)}; it {found}; "
                "bind it, or declare it optional"
            )
        if self.most is not None and len(ends) > self.most:
            raise BindingError(
                f"{self.path} ({self.side}) must reach {self.most}; it leads to "
                + ", ".join(_name(end) for end in ends)
            )
        self.ends = ends

    def _follow(self, seen: "tuple[Port[Reached], ...]") -> Iterator[Reached]:
        if self in seen:
            circle = " -> ".join(port.path for port in (*seen, self))
            raise BindingError(f"{self.path} must not lead to itself: {circle}")
        for peer in self.peers:
            if isinstance(peer, Port):
                yield from peer._follow((*seen, self))
            else:
                yield peer

    @property
    def is_bound(self) -> bool:
        """Whether elaboration found an end."""
        return bool(self.ends)

    @property
    def end(self) -> Reached:
        """What it reaches, the first if there are several."""
        if not self.ends:
            raise BindingError(
                f"{self.path} ({self.side}) must be bound and elaborated before it is used; "
                "bind it, then call Simulator.elaborate() or run()"
            )
        return self.ends[0]

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> Reached:
        return self.ends[index]

    def __iter__(self) -> Iterator[Reached]:
        return iter(self.ends)

    def __bool__(self) -> bool:
        return True


class SignalPort(Port[Signal]):
    """A port that reaches signals; it is read like the signal itself."""

    def accepts(self, peer: object) -> str:
        """Accept signals of the same simulation, and signal ports."""
        if isinstance(peer, Signal) and peer.env is not self.owner.env:
            return "a signal of the same simulation"
        return "" if isinstance(peer, Signal | SignalPort) else "a signal or a signal port"

    @property
    def value(self) -> Any:
        """The signal's value of this delta cycle."""
        return self.end.value

    def read(self) -> Any:
        """Return the signal's value of this delta cycle."""
        return self.end.value

    @property
    def event(self) -> bool:
        """Whether the signal changed just before this delta cycle."""
        return self.end.event

    @property
    def changed(self) -> Event:
        """Fires when the signal changes."""
        return self.end.changed

    @property
    def posedge(self) -> Event:
        """Fires when the signal becomes true."""
        return self.end.posedge

    @property
    def negedge(self) -> Event:
        """Fires when the signal becomes false."""
        return self.end.negedge


class InPort(SignalPort):
    """A port that reads."""

    side = "in port"


class OutPort(SignalPort):
    """A port that drives."""

    side = "out port"

    def write(self, value: Any) -> None:
        """Let every signal it reaches have `value` from the next delta cycle on."""
        self.end.write(value)
        for other in self.ends[1:]:
            other.write(value)


class ServicePort(Port[Service]):
    """A port that reaches objects of an interface; `port.end.method()` calls the first."""

    def __init__(
        self,
        owner: Bound,
        name: str,
        doc: str,
        least: int,
        most: int | None,
        interface: Callable[..., Service],
    ) -> None:
        super().__init__(owner, name, doc, least, most)
        self.interface = interface

    def accepts(self, peer: object) -> str:
        """Accept objects with the interface, and ports of the same interface."""
        wanted: Any = self.interface
        if isinstance(peer, ServicePort):
            return "" if peer.interface is wanted else f"a port of {wanted.__name__}"
        return "" if isinstance(peer, wanted) else f"a {wanted.__name__} or a port of it"


def in_port(doc: str, *, many: bool = False, optional: bool = False) -> Sensed[InPort]:
    """Declare a port that reads a signal of another module."""
    least, most = _count(many, optional)
    return Sensed(doc, lambda owner, name: InPort(owner, name, doc, least, most))


def out_port(doc: str, *, many: bool = False, optional: bool = False) -> Sensed[OutPort]:
    """Declare a port that drives a signal of another module."""
    least, most = _count(many, optional)
    return Sensed(doc, lambda owner, name: OutPort(owner, name, doc, least, most))


def port(
    interface: Callable[..., Service],
    doc: str,
    *,
    many: bool = False,
    optional: bool = False,
    exactly: int | None = None,
    at_most: int | None = None,
) -> Declaration[ServicePort[Service]]:
    """Declare a port to objects of a class or runtime-checkable protocol.

    A module exports something inside itself by binding such a port to it in `build`; others bind
    to the port. `exactly` asks for that number of bindings, `at_most` allows up to that many.
    """
    least, most = (exactly, exactly) if exactly is not None else _count(many, optional)
    most = most if at_most is None else at_most
    return Declaration(
        doc, lambda owner, name: ServicePort(owner, name, doc, least, most, interface)
    )


def _count(many: bool, optional: bool) -> tuple[int, int | None]:
    return 0 if optional else 1, None if many else 1


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _name(peer: object) -> str:
    return str(getattr(peer, "path", None) or getattr(peer, "name", None) or peer)
