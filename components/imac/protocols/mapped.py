"""Memory-mapped buffer: the core packs the signs into a line of memory, through its caches.

Models:     one bit a feature, packed by the core with ordinary loads, compares and stores; a fence,
            behind which they are in the data cache; then the co-processor reads the line there, as
            it reads a descriptor's inputs. What that costs is what it takes to be coherent.
Leaves out: caches of other cores; codes that come back the same way; as for `dma`, data in caches.
Source:     estimate: arXiv:2105.13904 keeps the buffer out of the memory's addresses; the opposite
            design, as accelerators on ARM's ACP (DDI 0434, chapter 2) have it.
Checked by: tests/components/test_protocols_conformance.py, tests/scenarios/test_protocols.py,
            tests/components/test_protocol_latency.py, tests/components/test_protocols_mutants.py
"""

from collections.abc import Iterator

from components.coprocessor import LoadCodes, Packed, Start, Step, Store, Wait, protocol
from components.imac.addresses import PAYLOAD_ADDRESS, READY_ADDRESS
from components.imac.protocols.dma import COUNT, FETCH, SOURCE, Dma, DmaConfig


@protocol("mapped")
class Mapped(Dma):
    """The core packs the signs into memory, and the co-processor reads them there."""

    feature_bits = 1

    @classmethod
    def driver(cls, config: DmaConfig) -> Iterator[Step]:
        """Yield ready = 0, the signs and where they are, the fetch, the wait, the codes."""
        yield Store(READY_ADDRESS, 0.0)
        yield Packed(SOURCE, COUNT)
        yield Start(FETCH, 1)
        yield Wait()
        yield LoadCodes(PAYLOAD_ADDRESS)
