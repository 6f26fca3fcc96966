"""Links shared between behaviours: the outbox of one is the inbox of the other."""

from collections.abc import Mapping

import numpy as np

from components.cpu.places import AT_EDGES
from cosim import InitiatorSocket
from cosim.compiled import Records
from cosim.event import Event
from cosim.messages import NOBODY, PORT, Wires, new_wires
from cosim.sockets import Socket
from cosim.stepping import Stepping

CAPACITY = 512
"""Messages on one link: a core has at most 256 under way, a cache 128, the bus its slots."""

End = tuple[int, int]
"""Place of a behaviour and number of its port."""


def join(
    steppings: Mapping[int, Stepping], parts: int, wake: Event
) -> tuple[Wires, dict[int, Records]]:
    """Join behaviours by place; return their links, and the ports of each.

    `wake` is notified when a message comes from outside.
    """
    ends = {
        (id(socket), index): (place, number)
        for place, stepping in steppings.items()
        for number, (socket, index) in enumerate(stepping.ends)
    }
    wires = new_wires(1 + 2 * len(ends), CAPACITY, parts)
    outboxes = {end: 1 + number for number, end in enumerate(ends.values())}
    ports: dict[int, Records] = {}
    for place, stepping in steppings.items():
        ports[place] = np.zeros(len(stepping.ends), PORT)
        border: dict[int, int] = {}
        for number, (socket, index) in enumerate(stepping.ends):
            outbox = outboxes[place, number]
            peer = ends.get(opposite(socket, index))
            inbox = outbox + len(ends) if peer is None else outboxes[peer]
            wires.links[inbox].receiver = place
            if place in AT_EDGES:
                clock = stepping.module.clock
                wires.links[inbox].p, wires.links[inbox].q = clock.p, clock.q
            ports[place][number] = (inbox, outbox)
            if peer is None:
                wires.links[outbox].receiver = NOBODY
                border[number] = outbox
        stepping.capture(wires, ports[place]["inbox"].tolist(), border, wake)
    return wires, ports


def opposite(socket: Socket, index: int) -> tuple[int, int]:
    """Return the other end of a link: its socket's identity, and its number there."""
    link = socket.links[index]
    if isinstance(socket, InitiatorSocket):
        return id(link.target), link.port
    return id(link.initiator), link.index
