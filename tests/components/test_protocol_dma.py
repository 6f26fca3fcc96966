"""The descriptor's fetch: blocks in order, refused where it cannot be."""

import pytest

from components.coprocessor import Host, Store
from components.imac import Imac, ImacConfig
from components.imac.conformance import BEGIN_PS, FEATURES, OUTPUTS, give_memory, small_network
from components.imac.protocols.dma import FETCH
from cosim import (
    Clock,
    InitiatorSocket,
    Module,
    ProtocolError,
    Response,
    Simulator,
    Transaction,
    target_socket,
)

FEATURES_AT = 0x1000


class Memory(Module):
    """Notes what is read; answers at once, and refuses what lies behind its end."""

    bus = target_socket("reads")
    end = 1 << 20

    def build(self) -> None:
        self.seen: list[tuple[int, int]] = []

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        self.seen.append((transaction.address, transaction.size_bytes))
        behind = transaction.address >= self.end
        transaction.response = Response.ADDRESS_ERROR if behind else Response.OK


def reads(protocol: str, *more: Store, end: int = 1 << 20) -> list[tuple[int, int]]:
    """Return the reads of one job, with stores behind the one that begins it."""
    given = {"protocol": protocol, "timer": {"clock_hz": "1 GHz"}, "analog": {"layer_ps": 5_000}}
    with Simulator(clock=Clock(1_000_000_000)) as simulator:
        config = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=small_network(), config=config)
        host, memory = Host("host", simulator), Memory("memory", simulator)
        memory.end = end
        give_memory(imac, FEATURES, memory.bus)
        host.bus.bind(imac.bus)
        host.completion.bind(imac.completion)
        first = list(config.hand_off.steps())

        def run():
            yield BEGIN_PS
            yield from host.drive([*first[:3], *more, *first[3:]], FEATURES, OUTPUTS)

        simulator.env.process(run(), "run")
        simulator.run(on_hang="ignore")
        assert len(imac.protocol.parts_of(InitiatorSocket)) == 1
    return memory.seen


def test_inputs_are_read_in_blocks_up_to_the_last() -> None:
    # twelve floats of 4 bytes: a line at once, or 16 bytes at a time
    assert reads("dma") == [(FEATURES_AT, 48)]
    apart = [(FEATURES_AT, 16), (FEATURES_AT + 16, 16), (FEATURES_AT + 32, 16)]
    assert reads("dma:block_bytes=16") == apart


def test_a_second_fetch_while_one_runs_is_refused() -> None:
    with pytest.raises(ProtocolError, match="protocol: FETCH written while inputs are being fetch"):
        reads("dma:block_bytes=4", Store(FETCH, 1))


def test_a_read_that_nobody_answers_is_refused() -> None:
    with pytest.raises(ProtocolError, match="memory must answer reads from 0x1000 with OK"):
        reads("dma", end=FEATURES_AT)
