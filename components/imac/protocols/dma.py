"""DMA descriptor: the core says where the inputs lie, and the co-processor fetches them itself.

Models:     address and count in two registers; blocks read one after the other through the core's
            data cache, where the inputs are; the sign unit takes a block at once, one turn of the
            buffer's port. The job begins behind the last block; a timer tells its end.
Leaves out: several blocks under way; chains of descriptors; inputs that do not lie together. What
            is read is what the program has there, since caches and memory carry no data.
Source:     estimate: arXiv:2105.13904 has the core store each element; a port into the core's
            caches as ARM's Accelerator Coherency Port (DDI 0434, chapter 2).
Checked by: tests/components/test_protocols_conformance.py, tests/components/test_protocol_dma.py,
            tests/components/test_protocol_latency.py, tests/scenarios/test_protocols.py
"""

from collections.abc import Iterator

from components.coprocessor import (
    Descriptor,
    HandOffProtocol,
    LoadCodes,
    Start,
    Step,
    Store,
    Wait,
    protocol,
)
from components.imac.addresses import PAYLOAD_ADDRESS, PROTOCOL_ADDRESS, READY_ADDRESS
from components.imac.contract import HandOff
from components.imac.protocols.timer import TimerHandOff
from cosim import (
    Config,
    ProtocolError,
    Steps,
    Transaction,
    initiator_socket,
    param,
    register,
    span,
)
from cosim.messages import READ
from cosim.protocol import event, state, timing

BYTE_BITS = 8

SOURCE, COUNT, FETCH = (PROTOCOL_ADDRESS + offset for offset in range(3))


class DmaConfig(Config):
    """How inputs are fetched."""

    block_bytes: int = param(
        64, doc="read at once", low=4, high=64, source="estimate: a line of the data cache"
    )


class DmaHandOff(TimerHandOff):
    """One job after another; the co-processor fetches its inputs."""

    FETCHING = state("inputs are being fetched; READY is 0")

    store_source = event("where they lie", HandOff.LOADING.stays, by=HandOff.core)
    store_count = event("how many there are", HandOff.LOADING.stays, by=HandOff.core)
    store_fetch = event("the fetch begins", HandOff.LOADING >> FETCHING, by=HandOff.core)
    fetch_block = event("a block is there", FETCHING.stays, by=HandOff.coprocessor)
    store_element = event("an input of it", FETCHING.stays, by=HandOff.coprocessor)
    store_ready_1 = event("the inputs are complete", FETCHING >> HandOff.COMPUTING,
                          by=HandOff.coprocessor)  # fmt: skip
    one_port = timing("one access at a time", store_source, store_count,
                      at_least_ps=HandOff.access_ps)  # fmt: skip
    one_turn = timing("one block at a time", fetch_block, fetch_block,
                      at_least_ps=HandOff.access_ps)  # fmt: skip


@protocol("dma")
class Dma(HandOffProtocol):
    """The co-processor fetches the inputs that a descriptor names; a timer tells the end."""

    config: DmaConfig
    contract = DmaHandOff

    memory = initiator_socket("the core's data cache", optional=True)

    SOURCE = register(SOURCE, "address of the first input")
    COUNT = register(COUNT, "how many inputs", width_bits=10)
    FETCH = register(FETCH, "write 1 to fetch them and begin the job")
    fetching = span("inputs being fetched")

    @FETCH.on_write
    def fetch(self, value: int) -> None:
        """Begin to fetch; refused while it runs."""
        if self.fetching.value is not None:
            raise ProtocolError(
                f"{self.path}: FETCH written while inputs are being fetched at {self.now_ps} ps; "
                "wait for the codes"
            )
        self.spawn(self.run_fetch())

    def run_fetch(self) -> Steps:
        """Fetch block after block, then begin the job."""
        source, count = self.SOURCE.value, self.COUNT.value
        bits = self.feature_bits
        most = self.config.block_bytes * BYTE_BITS // bits
        with self.fetching(f"{count} inputs at {source:#x}"):
            for first in range(0, count, most):
                some = min(most, count - first)
                address, size_bytes = (
                    source + first * bits // BYTE_BITS,
                    -(-some * bits // BYTE_BITS),
                )
                block = Transaction(address, size_bytes=size_bytes, kind=READ)
                yield from self.memory.transport(block)
                if not block.is_ok:
                    raise ProtocolError(
                        f"{self.path}.memory must answer reads from {address:#x} with OK at "
                        f"{self.now_ps} ps, not {block.response.name}; check SOURCE and COUNT"
                    )
                patterns = self.contents(address, some)
                yield from self.coprocessor.take_inputs(first, patterns)
                self.tell("fetch_block")
                for _ in patterns:
                    self.tell("store_element")
        self.tell("store_ready_1")
        self.coprocessor.start()

    @classmethod
    def driver(cls, config: DmaConfig) -> Iterator[Step]:
        """Yield ready = 0, the descriptor, the fetch, the wait, the codes."""
        yield Store(READY_ADDRESS, 0.0)
        yield Descriptor(SOURCE, COUNT)
        yield Start(FETCH, 1)
        yield Wait()
        yield LoadCodes(PAYLOAD_ADDRESS)
