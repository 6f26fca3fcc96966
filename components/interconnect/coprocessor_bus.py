"""The co-processor bus: carries store_imac and load_imac, past the caches.

Models:     one access at a time, in order; request and response hops of whole cycles; decoding by
            address, so several co-processors may share the port. A co-processor sees which
            initiator an access is from.
Leaves out: pipelined or vector stores.
Source:     own address space, not memory: arXiv:2105.13904, section V. Hops: BusConfig below.
Checked by: tests/components/test_coprocessor_bus.py
"""

from components.interconnect.wires import bit_energy
from cosim import (
    Config,
    Response,
    Steps,
    TargetSocket,
    Transaction,
    counter,
    gauge,
    initiator_socket,
    param,
    target_socket,
)
from cosim.activity import Term
from cosim.address_map import AddressMap
from cosim.arbiter import Arbiter
from cosim.consumer import Consumer
from cosim.messages import KIND_NAMES, LOAD_IMAC, STORE_IMAC
from cosim.spread import spread
from cosim.transaction import InitiatorId
from cosim.units import PS_PER_S

ADDRESS_SPACE = 1 << 16
"""addresses; estimate: a 16-bit operand selects co-processor, register and element."""

IDLE = "IDLE"

ADDRESS_BITS, DATA_BITS = 16, 32
"""An address of the space above; a float32 there or a code back."""

HOPS = spread(0.5, 2.0, "estimate: one cycle to four; the paper tells none", "co-processor hops")


class CoprocessorBusConfig(Config):
    """Timing of the path between core and co-processor."""

    request_cycles: int = param(
        2, doc="core to co-processor", unit="cycles", low=0, high=1000,
        source="estimate: with one buffer cycle a store takes 5 cycles, which explains the"
        " published LeNet-5 gain of arXiv:2105.13904, Table VI, in a roofline model",
        spread=HOPS,
    )  # fmt: skip
    response_cycles: int = param(
        2, doc="co-processor to core", unit="cycles", low=0, high=1000,
        source="estimate: as request_cycles", spread=HOPS,
    )  # fmt: skip
    bit_pj: float = bit_energy(length_mm=1.0)


class CoprocessorBus(Consumer):
    """Takes co-processor accesses of cores to the target at their address."""

    config: CoprocessorBusConfig

    core = target_socket("store_imac and load_imac", many=True)
    targets = initiator_socket("co-processors", many=True)

    valid = gauge("an access is under way")
    operation = gauge("what is under way", states=(IDLE, *KIND_NAMES))
    address = gauge("its address in the co-processor space", width_bits=16)
    accesses = counter("accesses carried")

    def build(self) -> None:
        """Make the map and the arbiter."""
        self.ranges = AddressMap(self.path)
        self.arbiter = Arbiter(self.env, f"{self.path}.core")

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        bits = self.accesses.value * (ADDRESS_BITS + DATA_BITS)
        return [Term("accesses", bits, "bits", {"bit_pj": 1})]

    def delays(self) -> list[Term]:
        """Return by how much constants have delayed accesses until now, in ps."""
        took_ps = self.accesses.value * PS_PER_S / self.clock.hz
        return [
            Term("hand-off", took_ps, "ps", {"request_cycles": 1}),
            Term("hand-off", took_ps, "ps", {"response_cycles": 1}),
        ]

    def rests(self) -> bool:
        """Return whether no access is under way."""
        return not self.valid.value

    def map(self, start: int, size: int, target: TargetSocket) -> None:
        """Answer `size` addresses from `start` by `target`, which sees them from 0.

        Raises AddressError if the range overlaps another one.
        """
        if target not in self.targets.calls:
            self.targets.bind(target)
        self.ranges.add(target.path, start, size, self.targets.calls.index(target))

    @core.on_transport
    def carry(self, transaction: Transaction) -> Steps:
        """Carry one access there and back."""
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        if delay_ps:
            yield delay_ps
        found = self.ranges.decode(transaction.address)
        if found is None:
            transaction.response = Response.ADDRESS_ERROR
            return
        if transaction.kind not in (STORE_IMAC, LOAD_IMAC):
            yield from self.targets.transport(transaction, found.port)
            return
        transaction.set_extension(InitiatorId(transaction.port))
        yield from self.arbiter.acquire(transaction.port)
        self._show(transaction)
        yield self.cycles(self.config.request_cycles)
        address = transaction.address
        transaction.address = found.local(address)
        yield from self.targets.transport(transaction, found.port)
        transaction.address = address
        yield self.cycles(self.config.response_cycles)
        self.accesses.add()
        self.valid.set(0)
        self.operation.set(IDLE)
        self.arbiter.release()

    def _show(self, transaction: Transaction) -> None:
        self.valid.set(1)
        self.operation.set(KIND_NAMES[transaction.kind])
        self.address.set(transaction.address)
