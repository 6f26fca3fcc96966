"""A core without a pipeline: executes the steps of a driver over its socket.

    host = Host("host", simulator)
    host.bus.bind(coprocessor.bus)
    host.completion.bind(coprocessor.completion)
    codes = yield from host.drive(steps, features, outputs=10)

Models:     one access at a time, each as long as the target takes; polls by their period.
Leaves out: instructions and their time, which are the core's.
Source:     the method is ours.
Checked by: tests/scenarios/test_protocols.py
"""

import struct
from collections.abc import Callable, Iterable, Sequence

from components.coprocessor.driver import (
    FLOAT_BYTES,
    Descriptor,
    Exit,
    Load,
    LoadCodes,
    Packed,
    Poll,
    Start,
    Step,
    Store,
    StoreFeatures,
    Wait,
    pack,
)
from cosim import Command, Module, ProtocolError, Steps, Transaction, in_port, initiator_socket
from cosim.messages import LOAD_IMAC, STORE_IMAC
from cosim.waiting import Sought

CODE_BYTES = 1
"""Size of what a load brings: a code, or the value of a register."""

FEATURES_AT = 0x1000
"""Address at which a host's features lie in memory, for descriptors."""


def pattern(value: float) -> int:
    """Return what a store carries: a float's float32 pattern, an int as it is."""
    return value if isinstance(value, int) else int.from_bytes(struct.pack("<f", value), "little")


def lying(
    features: Sequence[float], bits: int, *, at: int = FEATURES_AT
) -> Callable[[int, int], Sequence[int]]:
    """Return what says, as float32 patterns, which features lie from an address on.

    They begin at `at`, with `bits` of each.
    """
    patterns = [pattern(float(value)) for value in features]

    def contents(address: int, count: int) -> Sequence[int]:
        first = 8 * (address - at) // bits
        return patterns[first : first + count]

    return contents


def _store(address: int, value: int, size_bytes: int) -> Transaction:
    return Transaction(
        address, command=Command.WRITE, size_bytes=size_bytes, value=value, kind=STORE_IMAC
    )


class Host(Module):
    """Stores, loads and waits as a core does."""

    bus = initiator_socket("co-processor port")
    completion = in_port("1 when the codes may be read", optional=True)

    def store(self, address: int, value: float) -> Steps:
        """Store one value."""
        yield from self.access(_store(address, pattern(value), FLOAT_BYTES))

    def load(self, address: int, size_bytes: int = CODE_BYTES) -> Steps:
        """Load one value, or several codes of a byte, and return it."""
        load = Transaction(address, size_bytes=size_bytes, kind=LOAD_IMAC)
        return (yield from self.access(load))

    def access(self, transaction: Transaction) -> Steps:
        """Carry a transaction out and return its value; raises ProtocolError if it is refused."""
        yield from self.bus.transport(transaction)
        if not transaction.is_ok:
            raise ProtocolError(
                f"{self.path}: {transaction!r} must be answered with OK at {self.now_ps} ps, not "
                f"{transaction.response.name}; check the address in the driver"
            )
        return transaction.value

    def drive(self, steps: Iterable[Step], features: Sequence[float], outputs: int) -> Steps:
        """Execute a driver for one job; return its codes."""
        codes: list[int] = []
        for step in steps:
            match step:
                case Store(address, value) | Start(address, value) | Exit(address, value):
                    yield from self.store(address, value)
                case StoreFeatures(address, lanes):
                    yield from self.transfer(address, features, lanes)
                case Descriptor(source, count) | Packed(source, count):
                    yield from self.store(source, FEATURES_AT)
                    yield from self.store(count, len(features))
                case Wait():
                    while not self.completion.value:
                        yield self.completion.posedge
                case Poll():
                    yield from self.poll(step)
                case Load(address):
                    yield from self.load(address)
                case LoadCodes(address):
                    for index in range(outputs):
                        codes += [(yield from self.load(address + index))]
        return codes

    def transfer(self, address: int, features: Sequence[float], lanes: int) -> Steps:
        """Store features, `lanes` at a time."""
        for first in range(0, len(features), lanes):
            some = features[first : first + lanes]
            if len(some) == 1:
                yield from self.store(address + first, float(some[0]))
                continue
            size_bytes = FLOAT_BYTES * len(some)
            yield from self.access(_store(address + first, int(pack(some)), size_bytes))

    def poll(self, step: Poll) -> Steps:
        """Load until the value is there, one poll a period."""
        sought = Sought(self.bus, step.address, step.until, self.now_ps)
        while True:
            begun_ps = self.now_ps
            if (yield from self.load(sought.address)) == sought.value:
                return
            again_ps = self.clock.edge_after(begun_ps, step.period_cycles)
            if again_ps > self.now_ps:
                yield again_ps - self.now_ps
