"""The co-processor bus: carries store_imac and load_imac, past the caches.

Models:     one access at a time, in order; request and response hops of whole cycles; decoding by
            address, so several co-processors may share the port. A co-processor sees which
            initiator an access is from.
Leaves out: pipelined or vector stores.
Source:     own address space, not memory: arXiv:2105.13904, section V. Hops: BusConfig below.
Checked by: tests/components/test_coprocessor_bus.py
"""

from cosim import (
    Config,
    Module,
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
from cosim.address_map import AddressMap
from cosim.arbiter import Arbiter
from cosim.messages import KIND_NAMES, LOAD_IMAC, STORE_IMAC
from cosim.transaction import InitiatorId

ADDRESS_SPACE = 1 << 16
"""addresses; estimate: a 16-bit operand selects co-processor, register and element."""

IDLE = "IDLE"


class CoprocessorBusConfig(Config):
    """Timing of the path between core and co-processor."""

    request_cycles: int = param(
        2, doc="core to co-processor", unit="cycles", low=0, high=1000,
        source="estimate: with one buffer cycle a store takes 5 cycles, which explains the"
        " published LeNet-5 gain of arXiv:2105.13904, Table VI, in a roofline model",
    )  # fmt: skip
    response_cycles: int = param(
        2, doc="co-processor to core", unit="cycles", low=0, high=1000,
        source="estimate: as request_cycles",
    )  # fmt: skip


class CoprocessorBus(Module):
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
