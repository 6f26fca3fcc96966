"""Vector store: 8 or 16 signs in one instruction.

Models:     the sign unit at the core's side of the port, one for each lane; two bits a lane on the
            bus; all lanes into the buffer in one access. A timer tells the end, as in the paper.
Leaves out: wires and area of a wider port.
Source:     estimate: arXiv:2105.13904 has one element an instruction; 8 and 16 are the floats of
            an AVX2 and of an AVX-512 register.
Checked by: tests/components/test_protocols_conformance.py, tests/scenarios/test_protocols.py,
            tests/components/test_protocol_latency.py, tests/components/test_protocols_mutants.py
"""

from collections.abc import Iterator
from typing import Literal

from components.coprocessor import HandOffProtocol, Step, Wait, protocol
from components.imac.contract import HandOff
from components.imac.offload import offload
from components.imac.protocols.timer import TimerHandOff
from cosim import Config, param
from cosim.protocol import event, timing


class VectorConfig(Config):
    """How wide a store is."""

    lanes: Literal[8, 16] = param(
        8, doc="signs of one store", unit="1", source="estimate: the floats of an AVX2 register"
    )


class VectorHandOff(TimerHandOff):
    """One job after another; inputs come several at a time."""

    store_vector = event("several inputs", HandOff.LOADING.stays, by=HandOff.core)
    one_port = timing("one access at a time", store_vector, store_vector,
                      at_least_ps=HandOff.access_ps)  # fmt: skip


@protocol("vector")
class Vector(HandOffProtocol):
    """One store carries several signs; a timer tells the end."""

    config: VectorConfig
    contract = VectorHandOff

    @property
    def lanes(self) -> int:
        """Elements that one store may carry."""
        return self.config.lanes

    @classmethod
    def driver(cls, config: VectorConfig) -> Iterator[Step]:
        """Yield ready = 0, the inputs in vectors, ready = 1, the wait, the codes."""
        yield from offload(Wait(), lanes=config.lanes)
