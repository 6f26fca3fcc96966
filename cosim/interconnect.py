"""A memory-mapped interconnect: several initiators, several targets, an address map between.

    bus = Interconnect("bus", sim, policy=lambda: round_robin(ports=2))
    core.mem.bind(bus.initiators)
    dma.mem.bind(bus.initiators)
    bus.map(0x8000_0000, 0x1000, memory.bus)

Models:     decoding; addresses as the target counts them, put right again for the initiator; the
            way back of phases, direct memory and its withdrawal; for each target one request at a
            time, for each initiator one response, as the base protocol wants it. With a `policy`,
            which is asked for once a target, an initiator has a target for itself until its
            blocking call or its request phase ends. Without one, blocking calls are passed on at
            once and may run ahead of simulated time; request phases come by lowest port.
Leaves out: its own delay and width; accesses that lie in two ranges, which are address errors.
Source:     IEEE 1666-2011, 11.1.2.5 (interconnect components), 14.9 (addresses), 11.2.5 (direct
            memory), 15.2.6 (exclusion rules).
Checked by: tests/kernel/test_interconnect.py, tests/kernel/test_systemc_interconnect.py
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cosim.address_map import AddressMap, AddressRange
from cosim.arbiter import Arbiter, Policy, fixed_priority
from cosim.dmi import DirectMemory
from cosim.errors import ProtocolError
from cosim.module import Module, Scope
from cosim.process import Steps
from cosim.sockets import TargetSocket, initiator_socket, target_socket
from cosim.transaction import Phase, Response, Sync, Transaction


@dataclass
class Journey:
    """A transaction under way in phases: from where, to where, and what it holds."""

    transaction: Transaction
    port: int
    address: int
    place: AddressRange | None
    holds_request: bool = False
    target_waits: bool = False
    """Whether the target waits for END_RESP."""


class Interconnect(Module):
    """Takes each transaction to the target at its address, and back."""

    initiators = target_socket("those who ask", many=True)
    targets = initiator_socket("those who answer", many=True)

    def __init__(
        self, name: str, parent: Scope, *, policy: Callable[[], Policy] | None = None, **kind: Any
    ) -> None:
        self.policy = policy
        super().__init__(name, parent, **kind)

    def build(self) -> None:
        """Make the map; ranges follow with `map`."""
        self.ranges = AddressMap(self.path)
        self.channels: list[Arbiter] = []
        """Who uses a target, in the order of the targets."""
        self._journeys: dict[int, Journey] = {}
        self._responses: list[deque[Journey]] = []

    def map(self, start: int, size_bytes: int, target: TargetSocket, *, base: int = 0) -> None:
        """Answer `size_bytes` from address `start` by `target`, which counts them from `base`.

        Raises AddressError if the range overlaps another one.
        """
        if target not in self.targets.calls:
            self.targets.bind(target)
        port = self.targets.calls.index(target)
        self.ranges.add(target.path, start, size_bytes, port, base=base)

    def end_of_elaboration(self) -> None:
        """Make an arbiter for each target, and a queue of responses for each initiator."""
        choose = self.policy or (lambda: fixed_priority)
        for link in self.targets.links:
            path = f"{self.path}.channel[{link.index}]"
            self.channels.append(Arbiter(self.env, path, choose()))
        self._responses = [deque() for _ in self.initiators.links]

    def place_of(self, transaction: Transaction) -> AddressRange | None:
        """Return the range that holds all of an access, None if there is none."""
        size_bytes = transaction.size_bytes
        width_bytes = transaction.streaming_width_bytes
        span = size_bytes if width_bytes is None else min(size_bytes, width_bytes)
        return self.ranges.decode(transaction.address, span)

    @initiators.on_transport
    def carry(self, transaction: Transaction) -> Steps | None:
        """Carry a blocking call out."""
        place = self.place_of(transaction)
        if place is None:
            transaction.response = Response.ADDRESS_ERROR
            return None
        if self.policy is not None:
            return self._carry_in_turn(transaction, place, transaction.port)
        address = transaction.address
        transaction.address = place.local(address)
        steps = self.targets.link(place.port).b_transport(transaction)
        if steps is not None:
            return self._carry_on(transaction, steps, address)
        transaction.address = address
        return None

    def _carry_on(self, transaction: Transaction, steps: Steps, address: int) -> Steps:
        try:
            yield from steps
        finally:
            transaction.address = address

    def _carry_in_turn(self, transaction: Transaction, place: AddressRange, port: int) -> Steps:
        """Wait until the initiator's own time, then for the target, then for its answer."""
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        if delay_ps:
            yield delay_ps
        channel, address = self.channels[place.port], transaction.address
        yield from channel.acquire(port)
        try:
            transaction.address = place.local(address)
            yield from self.targets.transport(transaction, place.port)
        finally:
            transaction.address = address
            channel.release()

    @initiators.on_debug
    def peek(self, transaction: Transaction) -> int:
        """Carry a debug access out, up to the end of the range it begins in."""
        address, size_bytes = transaction.address, transaction.size_bytes
        place = self.ranges.decode(address)
        if place is None:
            return 0
        transaction.address = place.local(address)
        transaction.size_bytes = min(size_bytes, place.end + 1 - address)
        try:
            return self.targets.transport_debug(transaction, place.port)
        finally:
            transaction.address, transaction.size_bytes = address, size_bytes

    @initiators.on_direct_memory
    def open(self, transaction: Transaction) -> DirectMemory:
        """Pass a grant on, as the initiator counts addresses; never beyond the range."""
        address = transaction.address
        place = self.ranges.decode(address)
        if place is None:
            return DirectMemory(*self.ranges.gap(address))
        transaction.address = place.local(address)
        try:
            grant = self.targets.direct_memory(transaction, place.port)
        finally:
            transaction.address = address
        return grant.shifted(place.start - place.base).clipped(place.start, place.end)

    @targets.on_invalidate
    def withdraw(self, start: int, end: int, port: int) -> None:
        """Withdraw what a target withdraws, in every range it answers."""
        for place in self.ranges:
            first, last = max(start, place.base), min(end, place.base + place.size_bytes - 1)
            if place.port == port and first <= last:
                up = place.start - place.base
                self.initiators.invalidate_direct_memory(first + up, last + up)

    @initiators.on_phase
    def asked(self, transaction: Transaction, phase: Phase) -> None:
        """Take BEGIN_REQ or END_RESP of an initiator, when its time has come."""
        if phase is Phase.END_RESP:
            self._end_response(self._journey(transaction, phase))
            return
        place, port = self.place_of(transaction), transaction.port
        journey = Journey(transaction, port, transaction.address, place)
        self._journeys[id(transaction)] = journey
        if place is None:
            transaction.response = Response.ADDRESS_ERROR
            self._respond(journey)
        else:
            self.spawn(self._send(journey, place))

    @targets.on_phase
    def answered(self, transaction: Transaction, phase: Phase) -> None:
        """Take END_REQ or BEGIN_RESP of a target, when its time has come."""
        journey = self._journey(transaction, phase)
        self._end_request(journey)
        if phase is Phase.END_REQ:
            self.initiators.nb_transport_bw(transaction, phase, 0, journey.port)
        else:
            journey.target_waits = True
            self._respond(journey)

    def _journey(self, transaction: Transaction, phase: Phase) -> Journey:
        journey = self._journeys.get(id(transaction))
        if journey is None:
            raise ProtocolError(
                f"{self.path} must be told {phase.name} of a transaction under way; "
                f"{transaction!r} is not: it never began, or is over"
            )
        return journey

    def _send(self, journey: Journey, place: AddressRange) -> Steps:
        """Send the request when the target is free."""
        transaction = journey.transaction
        yield from self.channels[place.port].acquire(journey.port)
        journey.holds_request = True
        transaction.address = place.local(journey.address)
        answer = self.targets.nb_transport_fw(transaction, Phase.BEGIN_REQ, 0, place.port)
        if answer is Sync.ACCEPTED:
            return
        phase = transaction.phase
        yield transaction.delay_ps
        if answer is Sync.UPDATED:
            self.answered(transaction, phase)
        else:
            self._end_request(journey)
            self._respond(journey)

    def _end_request(self, journey: Journey) -> None:
        if journey.holds_request and journey.place is not None:
            journey.holds_request = False
            self.channels[journey.place.port].release()

    def _respond(self, journey: Journey) -> None:
        """Begin the response, or let it wait for the one before."""
        waiting = self._responses[journey.port]
        waiting.append(journey)
        if len(waiting) == 1:
            self._begin_response(journey)

    def _begin_response(self, journey: Journey) -> None:
        transaction = journey.transaction
        transaction.address = journey.address
        answer = self.initiators.nb_transport_bw(transaction, Phase.BEGIN_RESP, 0, journey.port)
        if answer is not Sync.ACCEPTED:
            self.spawn(self._end_later(journey, transaction.delay_ps))

    def _end_later(self, journey: Journey, delay_ps: int) -> Steps:
        yield delay_ps
        self._end_response(journey)

    def _end_response(self, journey: Journey) -> None:
        """Tell the target that its response is over; the next one has its turn."""
        transaction, waiting = journey.transaction, self._responses[journey.port]
        del self._journeys[id(transaction)]
        if journey.target_waits and journey.place is not None:
            self.targets.nb_transport_fw(transaction, Phase.END_RESP, 0, journey.place.port)
        waiting.popleft()
        if waiting:
            self._begin_response(waiting[0])
