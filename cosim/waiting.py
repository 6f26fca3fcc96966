"""What one process waits for, in words, and who could give it.

Models:     mutex, semaphore, arbiter, fifo, transport of both kinds, the end of a process, SimPy's
            resources, events, signals, loops that load until a value is there (`Sought`).
Leaves out: payload queues and SimPy's stores, which are told as plain events.
Checked by: tests/kernel/test_hang.py
"""

from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NamedTuple

import simpy

from cosim.adapters import BlockingToPhases, PhasesToBlocking
from cosim.address_map import AddressMap
from cosim.arbiter import Arbiter
from cosim.census import NOTIFIES, Census, is_timed
from cosim.event import Event
from cosim.fifo import Fifo
from cosim.phase_queues import Inbox
from cosim.sockets import InitiatorSocket, Link
from cosim.sync import Mutex, Semaphore
from cosim.transaction import Phase, Transaction
from cosim.waits import Static, Wait

READS, WRITES = ("read", "nb_read"), ("write", "nb_write")
UNDER_WAY = (Phase.BEGIN_REQ, Phase.END_REQ)
"""Phases of a transaction that has been sent and not been answered."""

Local = dict[str, Any]
"""Local names of a frame."""


class Want(NamedTuple):
    """What a process waits for.

    `givers` are processes, or paths of modules, that could give it; `verb` is what they do: "has",
    "reads", "notifies". It is `owed` if somebody must give it, whether there is work or not.
    `since_ps` is when the wait began, None if that is when the process last stood still.
    """

    kind: str
    text: str
    givers: tuple[Any, ...]
    verb: str
    owed: bool = True
    since_ps: int | None = None


class Sought(NamedTuple):
    """What a loop of loads looks for since a time; a local name of the process that has the loop.

    Such a process hangs although time goes on for it.
    """

    socket: InitiatorSocket
    address: int
    value: int
    since_ps: int


def may_be_stuck(census: Census, process: Any) -> bool:
    """Tell, without reading texts, whether a process might wait for more than work."""
    frames = census.frames[process]
    if process.may_wait or is_timed(process.target):
        return not process.may_wait and _sought(frames) is not None
    return (
        not census.is_server(process)
        or not isinstance(process.target, Event | Inbox | Static)
        or any(frame.f_code in OWING for frame in frames)
        or bool(_under_way(frames))
    )


def want(census: Census, process: Any) -> Want | None:
    """Return what a process waits for, None if time alone will wake it."""
    frames = census.frames[process]
    if is_timed(process.target):
        sought = _sought(frames)
        return None if sought is None else _look(sought)
    codes = [frame.f_code for frame in frames]
    depth = 2 if codes[-2:-1] == [Mutex.lock.__code__] else 1
    if len(codes) >= depth and codes[-depth] in KNOWN:
        return _by_others(process, KNOWN[codes[-depth]](census, frames[-depth].f_locals))
    return _by_others(process, _owed(census, process, _events(census, process)))


def looking(frames: list[FrameType]) -> list[FrameType]:
    """Return the frames of a process up to the one that looks again and again, [] if none does."""
    for number, frame in enumerate(frames, 1):
        if any(isinstance(value, Sought) for value in frame.f_locals.values()):
            return frames[:number]
    return []


def _sought(frames: list[FrameType]) -> Sought | None:
    """Return what a process looks for again and again, None if it does not."""
    local = (value for frame in looking(frames)[-1:] for value in frame.f_locals.values())
    return next((value for value in local if isinstance(value, Sought)), None)


def _look(sought: Sought) -> Want:
    socket, address, value, since_ps = sought
    text = f"{address:#x} to read as {value} through {socket.path}"
    return Want("poll", text, (_behind(socket.link(0), address),), "answers", since_ps=since_ps)


def _behind(link: Link, address: int) -> str:
    """Return the path of who answers at an address, behind one interconnect or at once."""
    maps = (part for part in vars(link.target.owner).values() if isinstance(part, AddressMap))
    found = next(maps, AddressMap("")).decode(address)
    return link.target.path if found is None else found.name


def _by_others(process: Any, found: Want) -> Want:
    """Leave the process itself out of those who could give what they do not have."""
    others = tuple(giver for giver in found.givers if giver is not process)
    return found if found.verb == "has" or not others else found._replace(givers=others)


def _owed(census: Census, process: Any, found: Want) -> Want:
    """Return the want as one that is owed, if the process is in the middle of a transaction."""
    for frame in census.frames[process]:
        served = _served(census, frame)
        if served:
            return found._replace(text=f"{found.text}, {served}", owed=True)
    sent = _under_way(census.frames[process])
    link = census.answers.get(id(process.target)) if sent else None
    return found if link is None else _response(census, link, sent[0])


def _under_way(frames: list[FrameType]) -> list[Transaction]:
    """Return the transactions that a process has sent and that were not answered."""
    return [
        value
        for frame in frames
        for value in frame.f_locals.values()
        if isinstance(value, Transaction) and value.phase in UNDER_WAY
    ]


def _served(census: Census, frame: FrameType) -> str:
    """Say which transaction a frame carries out, "" if none."""
    local = frame.f_locals
    if frame.f_code is InitiatorSocket.transport.__code__:
        link = local["self"].link(local["port"])
        return f"serving {local['transaction']!r} of {link.initiator.path} at {link.target.path}"
    if frame.f_code is PhasesToBlocking._carry_out.__code__:
        return f"serving {local['transaction']!r} at {local['self'].path}"
    return ""


def _events(census: Census, process: Any) -> Want:
    """Return the want of a process that waits for events or phases."""
    target = process.target
    if isinstance(target, Inbox):
        return _phase(census, target)
    if isinstance(target, Wait):
        events = target.waits.events
    else:
        events = (target,) if isinstance(target, Event | simpy.Event) else tuple(process.static)
    wants = [_event(census, event) for event in events]
    if not wants:
        return Want("nothing", "nothing that could happen", (), "gives")
    if len(wants) == 1:
        return wants[0]
    word = " and " if isinstance(target, Wait) and target.waits.every else " or "
    givers = tuple(dict.fromkeys(giver for one in wants for giver in one.givers))
    text = word.join(one.text for one in wants)
    return Want(wants[0].kind, text, givers, "could give", all(one.owed for one in wants))


def _event(census: Census, event: Any) -> Want:
    if isinstance(event, simpy.Event):
        return _simpy_event(census, event)
    signal = census.signal_of(event)
    if signal is not None:
        writer = signal._writer
        writers = (writer,) if writer in census.calls else census.callers(signal, ("write",))
        return Want("signal", event.name, writers, "drives", owed=False)
    fired = ", which fired before" if event.fired_at >= 0 else ""
    givers = census.callers(event, NOTIFIES)
    return Want("event", f"event {event.name}{fired}", givers, "notifies", owed=False)


def _simpy_event(census: Census, event: simpy.Event) -> Want:
    if isinstance(event, simpy.Process):
        return Want("end", f"the end of {event.name}", (event,), "")
    kind = type(event).__name__
    resource: Any = getattr(event, "resource", None)
    if hasattr(resource, "users"):
        users = tuple(request.proc for request in resource.users)
        return Want("resource", f"a unit of a SimPy {type(resource).__name__}", users, "has")
    pending = [one for one in getattr(event, "_events", ()) if one.callbacks is not None]
    if pending:
        return _event(census, pending[0])
    givers = census.callers(event, ("succeed", "fail", "trigger"))
    return Want("event", f"a SimPy {kind}", givers, "triggers", owed=False)


def _phase(census: Census, inbox: Inbox) -> Want:
    told_by = [
        *((one.target, "nb_transport_bw") for one in census.links if one.initiator.box is inbox),
        *((one.initiator, "nb_transport_fw") for one in census.links if one.target.box is inbox),
    ]
    givers = [
        giver
        for peer, verb in told_by
        for giver in census.callers(peer, (verb,)) or (peer.owner.path,)
    ]
    text = f"a phase in {inbox.name}"
    return Want("phase", text, tuple(dict.fromkeys(givers)), "tells", owed=False)


def _response(census: Census, link: Link, transaction: Transaction) -> Want:
    senders: tuple[Any, ...] = census.callers(link.target, ("nb_transport_bw",))
    text = f"the response to {transaction!r} through {link.initiator.path}"
    return Want("response", text, senders or (link.target.owner.path,), "owes")


def _mutex(census: Census, local: Local) -> Want:
    mutex: Mutex = local["self"]
    return Want("mutex", f"mutex {mutex.name}", _known(mutex.owner), "has")


def _unit(census: Census, local: Local) -> Want:
    semaphore: Semaphore = local["self"]
    text = f"a unit of semaphore {semaphore.name}"
    takers = tuple(dict.fromkeys(semaphore.takers))
    if takers:
        return Want("semaphore", text, takers, "has")
    return Want("semaphore", text, census.callers(semaphore, ("post",)), "posts")


def _grant(census: Census, local: Local) -> Want:
    arbiter: Arbiter = local["self"]
    return Want("arbiter", f"a grant of arbiter {arbiter.path}", _known(arbiter.user), "has")


def _room(census: Census, local: Local) -> Want:
    fifo: Fifo[Any] = local["self"]
    text = f"room in fifo {fifo.name} ({fifo.level} of {fifo.capacity} used)"
    return Want("fifo", text, census.callers(fifo, READS), "reads")


def _item(census: Census, local: Local) -> Want:
    fifo: Fifo[Any] = local["self"]
    writers = census.callers(fifo, WRITES)
    return Want("fifo", f"an item in fifo {fifo.name}", writers, "writes", owed=False)


def _called(census: Census, local: Local) -> Want:
    """A blocking call that was turned into phases: its response, or its turn."""
    adapter: BlockingToPhases = local["self"]
    transaction: Transaction = local["transaction"]
    if adapter.serves(transaction):
        (link,) = [one for one in census.links if one.forward is adapter.forward]
        return _response(census, link, transaction)
    ahead = tuple(
        process
        for process in census.processes
        for frame in census.frames[process]
        if frame.f_code is BlockingToPhases.b_transport.__code__
        and frame.f_locals["transaction"] is adapter._requesting
    )
    return Want("turn", f"its turn to send a request through {adapter.path}", ahead, "has")


def _carried_out(census: Census, local: Local) -> Want:
    """A response that waits for the end of the one before it."""
    adapter: PhasesToBlocking = local["self"]
    sources = [one.initiator for one in census.links if one.target.path == adapter.path]
    senders = [one for socket in sources for one in census.callers(socket, ("nb_transport_fw",))]
    owners = senders or [socket.owner.path for socket in sources]
    text = f"END_RESP of {adapter._responding!r} at {adapter.path}"
    return Want("response", text, tuple(dict.fromkeys(owners)), "owes")


def _known(process: Any) -> tuple[Any, ...]:
    return () if process is None else (process,)


KNOWN: dict[CodeType, Callable[[Census, Local], Want]] = {
    Mutex.lock.__code__: _mutex,
    Semaphore.wait.__code__: _unit,
    Arbiter.acquire.__code__: _grant,
    Fifo.write.__code__: _room,
    Fifo.read.__code__: _item,
    BlockingToPhases.b_transport.__code__: _called,
    PhasesToBlocking._carry_out.__code__: _carried_out,
}
"""The kernel's own waits, told from the local names of their frames."""

OWING = KNOWN.keys() - {Fifo.read.__code__} | {InitiatorSocket.transport.__code__}
"""The kernel's waits in which something is owed."""
