"""What elaboration does to a tree of modules: resolve every binding, check, start processes.

Errors name what is wrong by its path. Nothing here runs during simulation.
Checked by: tests/kernel/test_sockets.py, tests/kernel/test_ports.py,
            tests/kernel/test_declared_signals.py
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import networkx as nx

from cosim.adapters import BlockingToPhases, PhasesToBlocking
from cosim.declaration import SENSITIVITIES, Mark, marked
from cosim.errors import BindingError, ElaborationError, SignalError
from cosim.module import Module
from cosim.payload_check import PayloadCheck
from cosim.phase_check import PhaseCheck
from cosim.phase_queues import DelayedPhases
from cosim.ports import OutPort, Port, ServicePort, SignalPort
from cosim.registers import Register, Window
from cosim.signals import Signal
from cosim.sockets import InitiatorSocket, Link, Serve, Socket, TargetSocket, Transport
from cosim.transaction import Phase, Sync, Transaction


def join_sockets(modules: Sequence[Module]) -> None:
    """Make every link of every socket, down to the functions that serve it."""
    owners = {id(socket): module for module in modules for socket in module.parts_of(Socket)}
    sockets = [socket for module in modules for socket in module.parts_of(Socket)]
    for socket in sockets:
        _check_bound(socket)
        socket.hear = _receiver(socket, owners[id(socket)])
    targets = [one for one in sockets if isinstance(one, TargetSocket) and not one.calls]
    for target in targets:
        for port, initiator in enumerate(_sources(target)):
            link = Link(initiator, target, port)
            target.links.append(link)
            initiator.links.append(link)
    for socket in sockets:
        if isinstance(socket, InitiatorSocket):
            _order_links(socket)
            for link in socket.links:
                _connect(link, owners[id(socket)], owners[id(link.target)])
            if socket.links:
                socket.b_transport = socket.links[0].b_transport
    for target in targets:
        _shorten(target)


def _shorten(target: TargetSocket) -> None:
    """Let the two sides of an only link call each other's queue of phases themselves."""
    if len(target.links) != 1:
        return
    (link,) = target.links
    initiator = link.initiator
    if initiator.is_queued and link.backward is initiator.hear:
        target.nb_transport_bw = link.backward
    if target.is_queued and link.forward is target.hear and len(initiator.links) == 1:
        initiator.nb_transport_fw = link.forward


def _check_bound(socket: Socket) -> None:
    ends = socket.calls if isinstance(socket, InitiatorSocket) else socket.callers
    if ends or socket.optional:
        return
    if isinstance(socket, InitiatorSocket):
        raise BindingError(
            f"{socket.path} (initiator socket) must be bound to a target; it was left unbound; "
            f"call {socket.path}.bind(target), or declare it optional=True"
        )
    raise BindingError(
        f"{socket.path} (target socket) must be bound by an initiator; it was left unbound; "
        f"call initiator.bind({socket.path}), or declare it optional=True"
    )


def _sources(socket: Socket) -> Iterator[InitiatorSocket]:
    """Yield the initiators that reach a socket, in binding order, through the hierarchy."""
    for caller in socket.callers:
        if isinstance(caller, InitiatorSocket) and not caller.callers:
            yield caller
        else:
            yield from _sources(caller)


def _ends(socket: Socket) -> Iterator[TargetSocket]:
    """Yield the targets that a socket reaches, in binding order, through the hierarchy."""
    for peer in socket.calls:
        if isinstance(peer, TargetSocket) and not peer.calls:
            yield peer
        else:
            yield from _ends(peer)


def _order_links(socket: InitiatorSocket) -> None:
    by_target = {id(link.target): link for link in socket.links}
    if not socket.callers:
        socket.links = [by_target[id(target)] for target in _ends(socket)]
    for index, link in enumerate(socket.links):
        link.index = index


def _connect(link: Link, initiator: Module, target: Module) -> None:
    """Resolve a link's functions: servers, callbacks, adapters, checks."""
    path = f"{link.initiator.path} to {link.target.path}"
    is_checked = link.initiator.checked or link.target.checked
    check = PhaseCheck(path, initiator) if is_checked else None
    serve, forward = _servers(link, target)
    backward = link.initiator.hear
    if forward is None:
        late = _late_backward(link)
        forward = PhasesToBlocking(target.env, link.target.path, link.b_transport, late).forward
    forward = _ported(link, forward)
    link.forward = forward if check is None else check.forward(forward)
    if serve is None:
        adapter = BlockingToPhases(initiator.env, link.initiator.path, link.forward)
        link.b_transport = adapter.b_transport
        backward = _split(adapter, backward)
    backward = backward or link.initiator.unbound
    link.backward = backward if check is None else check.backward(backward)
    if is_checked:
        link.b_transport = PayloadCheck(path).blocking(link.b_transport)
    _connect_memory(link, initiator, target)


def _receiver(socket: Socket, module: Module) -> Transport | None:
    """Return what takes the phases that reach a socket: its method, a queue before it, or inbox."""
    role = "backward" if isinstance(socket, InitiatorSocket) else "forward"
    at_once, in_time = (module.callback(socket.name, one) for one in (role, "phase"))
    ways = {f"a method on_{role}": at_once, "a method on_phase": in_time, "inbox=True": socket.box}
    chosen = [way for way, taker in ways.items() if taker is not None]
    if len(chosen) > 1:
        raise BindingError(
            f"{socket.path} must take phases in one way; it has {' and '.join(chosen)}; remove one"
        )
    socket.is_queued = at_once is None and bool(chosen)
    if in_time is not None:
        return DelayedPhases(module.env, in_time, socket.path).accept
    return at_once if socket.box is None else socket.box.accept


def _servers(link: Link, target: Module) -> tuple[Serve | None, Transport | None]:
    """Return what serves blocking calls and phases; registers serve where nothing else does."""
    name = link.target.name
    serve: Serve | None = target.callback(name, "transport")
    forward = link.target.hear
    if serve is None and forward is None:
        serve = _window(link, target)
        if serve is None:
            raise BindingError(
                f"{link.target.path} (target socket) must have a server; "
                f"decorate a method with @{name}.on_transport, @{name}.on_forward or "
                f"@{name}.on_phase, or declare registers"
            )
    if serve is not None:
        link.b_transport = _marked(link, serve)
    return serve, forward


def _connect_memory(link: Link, initiator: Module, target: Module) -> None:
    """Resolve debug transport, direct memory and its withdrawal."""
    name = link.target.name
    link.debug = target.callback(name, "debug") or link.debug
    link.direct = target.callback(name, "direct_memory") or link.direct
    withdraw = initiator.callback(link.initiator.name, "invalidate")
    if withdraw is not None:
        link.invalidate = partial(withdraw, port=link.index) if link.initiator.many else withdraw


def _window(link: Link, target: Module) -> Serve | None:
    """Return the server that a module's registers make, None if it has none."""
    registers = target.parts_of(Register)
    if not registers:
        return None
    window = Window(target.path, registers)
    link.debug = window.debug
    return window.serve


def _marked(link: Link, serve: Serve) -> Serve:
    """Return the server itself, or one that notes the port first if there may be several."""
    if not link.target.many:
        return serve
    port = link.port

    def serve_port(transaction: Transaction) -> Any:
        transaction.port = port
        return serve(transaction)

    return serve_port


def _ported(link: Link, forward: Transport) -> Transport:
    """Return the phase server itself, or one that notes the port first."""
    if not link.target.many:
        return forward
    port, hop = link.port, id(link.target)

    def forward_port(transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        transaction.port = port
        if transaction.hops is None:
            transaction.hops = {}
        transaction.hops[hop] = port
        return forward(transaction, phase, delay_ps)

    return forward_port


def _late_backward(link: Link) -> Transport:
    """Return the link's backward call, which is resolved after this."""

    def backward(transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return link.backward(transaction, phase, delay_ps)

    return backward


def _split(adapter: BlockingToPhases, backward: Transport | None) -> Transport:
    """Let the adapter hear of its own transactions, the initiator's method of all others."""
    if backward is None:
        return adapter.backward
    own = backward

    def hear(transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        chosen = adapter.backward if adapter.serves(transaction) else own
        return chosen(transaction, phase, delay_ps)

    return hear


def join_ports(modules: Sequence[Module]) -> None:
    """Resolve every port; refuse two drivers of a signal."""
    kinds: tuple[type[Port[Any]], ...] = (SignalPort, ServicePort)
    ports = [port for module in modules for kind in kinds for port in module.parts_of(kind)]
    inner = {id(peer) for port in ports for peer in port.peers}
    drivers: dict[int, OutPort] = {}
    for port in ports:
        port.resolve()
        if not isinstance(port, OutPort) or id(port) in inner:
            continue
        for signal in port.ends:
            other = drivers.setdefault(id(signal), port)
            if other is not port and not signal.many_writers:
                raise SignalError(
                    f"{signal.name} must have one driver; {other.path} and {port.path} are "
                    "both bound to it; remove one, or declare the signal many_writers=True"
                )


def check_loops(modules: Sequence[Module]) -> None:
    """Refuse a circle of signals in which every step is a method that declares what it drives."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for module in modules:
        for name, marks in marked(type(module)).items():
            for heard in (one for one in marks if one.role == "changed"):
                for driven in (one for one in marks if one.role == "drives"):
                    for pair in product(_signals(module, heard), _signals(module, driven)):
                        graph.add_edge(*pair, through=f"{module.path}.{name}")
    if nx.is_directed_acyclic_graph(graph):
        return
    circle = nx.find_cycle(graph)
    ring = " -> ".join([circle[0][0], *(pair[1] for pair in circle)])
    through = ", ".join(graph.edges[pair]["through"] for pair in circle)
    raise ElaborationError(
        f"{circle[0][0]} must not depend on itself without a clock; the circle is {ring}, "
        f"through {through}; make one of these methods clocked with on_posedge"
    )


def _signals(module: Module, one: Mark) -> list[str]:
    part = module.parts[one.declaration.name if one.declaration else ""]
    return [part.name] if isinstance(part, Signal) else [end.name for end in part.ends]


def start_processes(modules: Sequence[Module]) -> None:
    """Start what `@process`, `@method` and sensitivities mark, in construction order."""
    for module in modules:
        for name, marks in marked(type(module)).items():
            roles = {one.role for one in marks}
            sensitive = [
                getattr(module.parts[one.declaration.name], one.role)
                for one in marks
                if one.declaration and one.role in SENSITIVITIES
            ]
            path, function = f"{module.path}.{name}", getattr(module, name)
            if "process" in roles:
                started = module.env.spawn(function, name=path, sensitive=sensitive)
                started.may_wait = "background" in roles
                module.processes[name] = started
            elif "method" in roles or sensitive:
                module.processes[name] = module.env.method(
                    function, sensitive, name=path, initialize="method" in roles
                )
