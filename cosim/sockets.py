"""Sockets: how transactions go from an initiator to a target, after TLM-2.0.

    class Core(Module):
        mem = initiator_socket("loads and stores")
        def run(self): yield from self.mem.transport(Transaction(0x100))

    class Memory(Module):
        bus = target_socket("the array")
        @bus.on_transport
        def serve(self, transaction): transaction.delay_ps += 18_000 ...

    core.mem.bind(memory.bus)

Binding is resolved at elaboration, down to the target's own function: `b_transport` is then a
plain call. It returns steps to run if the target waits, None if it only annotated a delay.

Phases go to `on_forward` and `on_backward` at once, with the delay they are annotated with, or,
when that delay has passed, to `on_phase` or into the `inbox`, where processes wait for them.

Models:     blocking and non-blocking transport, debug transport, direct memory interface,
            several initiators or targets on a socket, binding through the hierarchy.
Source:     IEEE 1666-2011, clauses 11 to 16.
Checked by: tests/kernel/test_sockets.py, tests/kernel/test_socket_phases.py,
            tests/kernel/test_systemc_transport.py
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from cosim.declaration import Bound, Declaration, Function, mark
from cosim.dmi import REFUSED, DirectMemory
from cosim.errors import BindingError
from cosim.phase_queues import Inbox
from cosim.process import Steps
from cosim.transaction import Phase, Sync, Transaction

Serve = Callable[[Transaction], Steps | None]
Transport = Callable[[Transaction, Phase, int], Sync]
Tell = Callable[..., Sync]
"""`(transaction, phase, delay_ps, port)`, where the port may be left out."""


class Link:
    """One initiator socket joined to one target socket, as the functions each side calls.

    `port` numbers the links of the target, `index` those of the initiator, both from 0.
    """

    def __init__(self, initiator: "InitiatorSocket", target: "TargetSocket", port: int) -> None:
        self.initiator = initiator
        self.target = target
        self.port = port
        self.index = 0
        self.b_transport: Serve = initiator.unbound
        self.forward: Transport = initiator.unbound
        self.backward: Transport = target.unbound
        self.debug: Callable[[Transaction], int] = _no_debug
        self.direct: Callable[[Transaction], DirectMemory] = _no_direct
        self.invalidate: Callable[[int, int], None] = _nothing


class Socket:
    """What initiator and target sockets share: a name, an owner, and whom they are bound to."""

    side = "socket"

    def __init__(
        self,
        owner: Bound,
        name: str,
        doc: str,
        *,
        many: bool = False,
        optional: bool = False,
        checked: bool = False,
        inbox: bool = False,
    ) -> None:
        self.owner = owner
        self.name = name
        self.doc = doc
        self.many = many
        self.optional = optional
        self.checked = checked
        self.path = f"{owner.path}.{name}"
        self.calls: list[Socket] = []
        self.callers: list[Socket] = []
        self.links: list[Link] = []
        self.hear: Transport | None = None
        """What takes the phases of the other side; known after elaboration."""
        self.box = Inbox(owner.env, f"{self.path}.inbox") if inbox else None
        """Where phases of the other side wait for a process, if they do."""
        self.is_queued = False
        """Whether that is a queue, which may be told in place of this socket's peer."""

    @property
    def inbox(self) -> Inbox:
        """Where phases wait for a process; raises BindingError for a socket without inbox=True."""
        if self.box is None:
            raise BindingError(f"{self.path} must be declared with inbox=True to have an inbox")
        return self.box

    def _join(self, peer: "Socket") -> None:
        self.owner.sim.admit(self.path, "bound")
        if peer.owner.sim is not self.owner.sim:
            raise BindingError(
                f"{self.path} must be bound to a socket of the same simulation; {peer.path} is in "
                "another one"
            )
        if peer in self.calls:
            raise BindingError(
                f"{self.path} is bound to {peer.path} already; remove the second bind"
            )
        if self.calls and not self.many:
            raise BindingError(
                f"{self.path} must be bound once; it is bound to {self.calls[0].path} and was "
                f"now bound to {peer.path}; remove one, or declare it many=True"
            )
        if peer.callers and not peer.many:
            raise BindingError(
                f"{peer.path} must be bound by one socket; it is bound by "
                f"{peer.callers[0].path} and was now bound by {self.path}; "
                "remove one, or declare it many=True"
            )
        self.calls.append(peer)
        peer.callers.append(self)

    def link(self, port: int) -> Link:
        """Return what binding made for a port; raises BindingError if there is none."""
        if not self.links:
            self.unbound()
        if not 0 <= port < len(self.links):
            raise BindingError(
                f"{self.path} is bound {len(self.links)} times; its port must be 0 to "
                f"{len(self.links) - 1}, not {port}"
            )
        return self.links[port]

    def unbound(self, *_: Any) -> Any:
        """Refuse a call before elaboration, or on a socket that is not bound."""
        raise BindingError(
            f"{self.path} ({self.side} socket) must be bound and elaborated before it is used; "
            "bind it, then call Simulator.elaborate() or run()"
        )


class InitiatorSocket(Socket):
    """The calling side. With many=True, `port` chooses among the targets, in binding order."""

    side = "initiator"

    def __init__(self, owner: Bound, name: str, doc: str, **kind: bool) -> None:
        super().__init__(owner, name, doc, **kind)
        self.b_transport: Serve = self.unbound
        self.nb_transport_fw: Tell = self.tell_phase
        """Tell the target a phase that begins `delay_ps` from now; see `tell_phase`."""

    @property
    def bound(self) -> list["TargetSocket"]:
        """The targets reached, in port order; complete after elaboration."""
        return [link.target for link in self.links]

    def bind(self, peer: "Socket") -> None:
        """Bind to a target socket, or to the initiator socket of an enclosing module.

        Raises BindingError if either side is bound already and not declared many=True.
        """
        if not isinstance(peer, InitiatorSocket | TargetSocket):
            raise BindingError(
                f"{self.path} must be bound to a socket, not to {type(peer).__name__}"
            )
        if isinstance(peer, InitiatorSocket) and not _encloses(peer.owner, self.owner):
            raise BindingError(
                f"{self.path} must be bound to a target socket, or to an initiator socket of a "
                f"module around it; {peer.path} is neither"
            )
        self._join(peer)

    def transport(self, transaction: Transaction, port: int = 0) -> Steps:
        """Carry out a transaction and wait until its time has passed."""
        steps = (self.link(port) if port else self).b_transport(transaction)
        if steps is not None:
            yield from steps
        delay_ps = transaction.delay_ps
        if delay_ps:
            transaction.delay_ps = 0
            yield delay_ps

    def tell_phase(
        self, transaction: Transaction, phase: Phase, delay_ps: int, port: int = 0
    ) -> Sync:
        """Tell a target a phase; where elaboration can, it puts the target's queue in place.

        On UPDATED and COMPLETED the target's answer is in `transaction.phase` and `.delay_ps`.
        """
        transaction.phase = phase
        transaction.delay_ps = delay_ps
        try:
            forward = self.links[port].forward
        except IndexError:
            forward = self.link(port).forward
        return forward(transaction, phase, delay_ps)

    def transport_debug(self, transaction: Transaction, port: int = 0) -> int:
        """Read or write without time or side effects; return how many bytes were moved."""
        return self.link(port).debug(transaction)

    def direct_memory(self, transaction: Transaction, port: int = 0) -> DirectMemory:
        """Ask for direct access to the memory at the transaction's address."""
        return self.link(port).direct(transaction)


class TargetSocket(Socket):
    """The serving side. With many=True several initiators may bind; `port` numbers them."""

    side = "target"

    def __init__(self, owner: Bound, name: str, doc: str, **kind: bool) -> None:
        super().__init__(owner, name, doc, **kind)
        self.nb_transport_bw: Tell = self.tell_phase
        """Tell the initiator a phase that begins `delay_ps` from now; see `tell_phase`."""

    @property
    def bound(self) -> list[InitiatorSocket]:
        """The initiators that reach it, in port order; complete after elaboration."""
        return [link.initiator for link in self.links]

    def bind(self, peer: "TargetSocket") -> None:
        """Pass everything on to a target socket of a module inside this one."""
        if not isinstance(peer, TargetSocket) or not _encloses(self.owner, peer.owner):
            raise BindingError(
                f"{self.path} must be bound to a target socket of a module inside "
                f"{self.owner.path}; {getattr(peer, 'path', peer)} is not one; "
                "an initiator binds to a target, as in core.mem.bind(memory.bus)"
            )
        self._join(peer)

    def tell_phase(
        self, transaction: Transaction, phase: Phase, delay_ps: int, port: int | None = None
    ) -> Sync:
        """Tell an initiator a phase; where elaboration can, it puts its queue in place.

        `port` is the one the transaction came in through, unless given.
        """
        transaction.phase = phase
        transaction.delay_ps = delay_ps
        if port is None:
            port = transaction.hops.get(id(self), 0) if transaction.hops else 0
        try:
            backward = self.links[port].backward
        except IndexError:
            backward = self.link(port).backward
        return backward(transaction, phase, delay_ps)

    def invalidate_direct_memory(self, start: int, end: int) -> None:
        """Withdraw direct access to start..end, both included, from every initiator."""
        for link in self.links:
            link.invalidate(start, end)


Side = TypeVar("Side", bound=Socket)


class SocketDeclaration(Declaration[Side]):
    """A socket on a module class, with the decorator that both sides have."""

    def on_phase(self, function: Function) -> Function:
        """Call `function(self, transaction, phase)` when the delay of a phase has passed.

        Every phase of the other side is answered ACCEPTED.
        """
        return mark(function, "phase", self)


class InitiatorDeclaration(SocketDeclaration[InitiatorSocket]):
    """An initiator socket on a module class, with the decorators of its callbacks."""

    def on_backward(self, function: Function) -> Function:
        """Call `function(self, transaction, phase, delay_ps) -> Sync` for phases of the target."""
        return mark(function, "backward", self)

    def on_invalidate(self, function: Function) -> Function:
        """Call `function(self, start, end)` when direct access is withdrawn.

        With many=True call `function(self, start, end, port)`: `port` numbers the target.
        """
        return mark(function, "invalidate", self)


class TargetDeclaration(SocketDeclaration[TargetSocket]):
    """A target socket on a module class, with the decorators of its servers."""

    def on_transport(self, function: Function) -> Function:
        """Serve blocking transactions: `function(self, transaction) -> Steps | None`."""
        return mark(function, "transport", self)

    def on_forward(self, function: Function) -> Function:
        """Serve phases: `function(self, transaction, phase, delay_ps) -> Sync`."""
        return mark(function, "forward", self)

    def on_debug(self, function: Function) -> Function:
        """Serve debug transactions: `function(self, transaction) -> int` bytes moved."""
        return mark(function, "debug", self)

    def on_direct_memory(self, function: Function) -> Function:
        """Grant direct access: `function(self, transaction) -> DirectMemory`."""
        return mark(function, "direct_memory", self)


def initiator_socket(
    doc: str,
    *,
    many: bool = False,
    optional: bool = False,
    checked: bool = False,
    inbox: bool = False,
) -> InitiatorDeclaration:
    """Declare the calling side of a connection.

    `many` allows several targets, `optional` none; `checked` checks the rules of transactions;
    with `inbox` phases wait for a process.
    """
    return InitiatorDeclaration(
        doc,
        lambda owner, name: InitiatorSocket(
            owner, name, doc, many=many, optional=optional, checked=checked, inbox=inbox
        ),
    )


def target_socket(
    doc: str,
    *,
    many: bool = False,
    optional: bool = False,
    checked: bool = False,
    inbox: bool = False,
) -> TargetDeclaration:
    """Declare the serving side of a connection.

    `many` allows several initiators, `optional` none; `checked` checks the rules of transactions;
    with `inbox` phases wait for a process.
    """
    return TargetDeclaration(
        doc,
        lambda owner, name: TargetSocket(
            owner, name, doc, many=many, optional=optional, checked=checked, inbox=inbox
        ),
    )


class _Pathed(Protocol):
    @property
    def path(self) -> str: ...


def _encloses(outer: _Pathed, inner: _Pathed) -> bool:
    return inner.path.startswith(outer.path + ".")


def _no_debug(transaction: Transaction) -> int:
    return 0


def _no_direct(transaction: Transaction) -> DirectMemory:
    return REFUSED


def _nothing(start: int, end: int) -> None:
    return None
