"""The DMA engine: through its registers, against a slow target and against the memory."""

from typing import Any

import pytest

from components.interconnect import Bus, Dma, DmaConfig
from components.lpddr3 import Lpddr3
from cosim import (
    Clock,
    Command,
    DataError,
    Environment,
    Event,
    Module,
    ProtocolError,
    Response,
    Simulator,
    Steps,
    Transaction,
    counter,
    initiator_socket,
    target_socket,
)
from cosim.snapshot import Resume, resting, take

SOURCE, DESTINATION, LENGTH, CONTROL, STATUS = 0x00, 0x08, 0x10, 0x18, 0x1C
START, NO_READ, NO_WRITE, HOLD = 1, 2, 4, 8
SIZE = 4096
READ_PS, WRITE_PS = 50_000, 20_000


class Scratchpad(Module):
    """Bytes that take 50 ns to read and 20 ns to write, any number of accesses at a time."""

    bus = target_socket("accesses", many=True)
    busiest = counter("most accesses at a time")

    def build(self) -> None:
        """Fill with a pattern."""
        self.content = bytearray(number % 251 for number in range(SIZE))
        self.now_open = 0

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Take the time and move the bytes."""
        self.now_open += 1
        self.busiest.add(max(0, self.now_open - self.busiest.value))
        end = transaction.address + transaction.size_bytes
        yield READ_PS if transaction.is_read else WRITE_PS
        self.now_open -= 1
        if end > SIZE or transaction.data is None:
            transaction.response = Response.ADDRESS_ERROR
            return
        if transaction.is_read:
            transaction.data[:] = self.content[transaction.address : end]
        else:
            self.content[transaction.address : end] = transaction.data
        transaction.response = Response.OK


class Software(Module):
    """Programs the engine."""

    port = initiator_socket("the engine's registers")

    def set_register(self, offset: int, value: int) -> Steps:
        """Write a register."""
        yield from self.port.transport(Transaction(offset, command=Command.WRITE, value=value))

    def start(self, source: int, destination: int, length: int, control: int) -> Steps:
        """Program a transfer and start it."""
        for offset, value in (
            (SOURCE, source),
            (DESTINATION, destination),
            (LENGTH, length),
            (CONTROL, control),
        ):
            yield from self.set_register(offset, value)


def machine(env: Environment | None = None, **config: int) -> tuple[Any, ...]:
    sim = Simulator(clock=Clock(1_000_000_000), env=env)
    dma = Dma("dma", sim, config=DmaConfig(**config))
    memory = Scratchpad("memory", sim)
    software = Software("software", sim)
    dma.mem.bind(memory.bus)
    software.port.bind(dma.bus)
    return sim, dma, memory, software


def test_a_copy_arrives_byte_by_byte_and_interrupts() -> None:
    sim, dma, memory, software = machine(outstanding=1)
    before = bytes(memory.content)
    changes: list[tuple[int, int]] = []
    dma.interrupt.gauge.listen(lambda when_ps, value: changes.append((when_ps, value)))
    software.spawn(software.start(0, 2048, 200, START))
    sim.run()
    assert bytes(memory.content[2048:2248]) == before[:200]
    assert bytes(memory.content[2248:]) == before[2248:]
    # 4 cycles of 1 ns, then 64 + 64 + 64 + 8 bytes, one after the other
    assert changes == [(4_000 + 4 * (READ_PS + WRITE_PS), 1)]
    assert (dma.DONE.value, dma.FAILED.value, dma.START.value, dma.busy.value) == (1, 0, 0, 0)
    assert (dma.blocks_read.value, dma.blocks_written.value, dma.transfers.value) == (4, 4, 1)


@pytest.mark.parametrize(("outstanding", "rounds"), [(1, 8), (2, 4), (4, 2), (8, 1)])
def test_blocks_under_way_overlap(outstanding: int, rounds: int) -> None:
    sim, dma, memory, software = machine(outstanding=outstanding)
    software.spawn(software.start(0, 2048, 512, START))
    sim.run()
    assert dma.transfer.total_ps == 4_000 + rounds * (READ_PS + WRITE_PS)
    assert memory.busiest.value == outstanding


def test_a_stream_only_reads_and_a_fill_only_writes() -> None:
    sim, dma, memory, software = machine()
    software.spawn(software.start(0, 0, 256, START | NO_WRITE))
    sim.run()
    assert (dma.blocks_read.value, dma.blocks_written.value) == (4, 0)
    software.spawn(software.start(0, 1024, 256, START | NO_READ))
    sim.run()
    assert (dma.blocks_read.value, dma.blocks_written.value) == (4, 4)
    assert bytes(memory.content[1024:1280]) == bytes(256)


def test_a_held_destination_takes_every_block() -> None:
    sim, _, memory, software = machine(outstanding=1)
    last = bytes(memory.content[192:256])
    software.spawn(software.start(0, 1024, 256, START | HOLD))
    sim.run()
    assert bytes(memory.content[1024:1088]) == last
    assert memory.content[1088] == 1088 % 251


def test_clearing_done_takes_the_interrupt_back() -> None:
    sim, dma, _, software = machine()
    software.spawn(software.start(0, 1024, 64, START))
    sim.run()
    assert dma.interrupt.value == 1
    software.spawn(software.set_register(STATUS, 1))
    sim.run()
    assert (dma.interrupt.value, dma.DONE.value) == (0, 0)


@pytest.mark.parametrize("clears_first", [True, False])
def test_a_clear_in_the_delta_cycle_of_the_end_leaves_interrupt_and_done_alike(
    clears_first: bool,
) -> None:
    sim, dma, _, software = machine(outstanding=1)
    end_ps = 4_000 + READ_PS + WRITE_PS  # 4 cycles of 1 ns, then one block
    ended = Event(sim.env, "ended")
    dma.busy.listen(lambda _, value: None if value else ended.notify())

    def clear() -> Steps:
        yield end_ps if clears_first else ended
        yield from software.set_register(STATUS, 1)

    software.spawn(software.start(0, 2048, 64, START))
    software.spawn(clear())
    sim.run()
    assert sim.now_ps == end_ps
    assert (dma.DONE.value, dma.interrupt.value) == ((1, 1) if clears_first else (0, 0))


def test_a_second_start_while_one_runs_is_refused() -> None:
    sim, _, _, software = machine()
    software.spawn(software.start(0, 1024, 64, START))
    sim.run(until_ps=20_000)
    software.spawn(software.set_register(CONTROL, START))
    with pytest.raises(ProtocolError, match="dma: CONTROL written while a transfer runs"):
        sim.run()


def test_a_refused_block_is_reported() -> None:
    sim, dma, _, software = machine()
    software.spawn(software.start(0, SIZE - 64, 128, START))
    sim.run()
    assert (dma.DONE.value, dma.FAILED.value) == (1, 1)


def test_a_stream_through_the_bus_comes_near_the_bandwidth_of_the_memory() -> None:
    sim = Simulator(clock=Clock(4_000_000_000))
    bus, memory = Bus("bus", sim), Lpddr3("memory", sim)
    dma = Dma("dma", sim, config=DmaConfig(outstanding=16))
    software = Software("software", sim)
    bus.map(0, 1 << 30, memory.bus)
    dma.mem.bind(bus.initiators)
    software.port.bind(dma.bus)
    software.spawn(software.start(0, 0, 1 << 16, START | NO_WRITE))
    sim.run(until_ps=100_000_000)
    assert memory.reads.value == (1 << 16) // 64
    bandwidth = (1 << 16) * 10**12 / dma.transfer.total_ps
    assert 0.85 * 12.8e9 < bandwidth < 12.8e9


def test_a_snapshot_within_a_transfer_is_refused_by_naming_it() -> None:
    sim, _, _, software = machine()
    software.spawn(software.start(0, 2048, 512, START))
    sim.run(60_000)  # the first blocks have been read and are being written
    assert not resting(sim)
    with pytest.raises(DataError) as refusal:
        take(sim)
    assert str(refusal.value) == (
        "dma.run_transfer must have ended before a snapshot; at 60000 ps it is under way; "
        "wait until resting(simulator)"
    )


def test_a_machine_resumed_between_two_transfers_ends_as_if_it_had_not_been() -> None:
    def copy(software: Software, source: int) -> None:
        software.spawn(software.start(source, 2048, 512, START))

    whole, dma, memory, software = machine()
    copy(software, 0)
    whole.run()
    between_ps = whole.now_ps + 1_000
    whole.run(between_ps)
    assert resting(whole)
    kept, content = take(whole), bytes(memory.content)
    copy(software, 1024)
    whole.run()
    resumed, late_dma, late_memory, late_software = machine(Environment(between_ps))
    resumed.observe(Resume(kept))
    late_memory.content[:] = content
    copy(late_software, 1024)
    resumed.run()
    assert resumed.now_ps == whole.now_ps
    assert late_memory.content == memory.content
    for one in ("transfers", "blocks_read", "blocks_written", "interrupt", "DONE", "busy"):
        assert getattr(late_dma, one).value == getattr(dma, one).value, one
    assert late_dma.transfer.total_ps == dma.transfer.total_ps
