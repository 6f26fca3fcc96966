"""A DMA engine: the second initiator. Copies, reads or fills memory in blocks.

Models:     one channel with registers; several blocks under way, each in a lane of its own that
            takes every n-th block and writes it when it has been read; level interrupt until
            STATUS is cleared.
Leaves out: scatter lists, byte lanes, rate control.
Source:     register set of a simple one-channel controller, as ARM PL080 (DDI 0196) without links.
Checked by: tests/components/test_dma.py
"""

from cosim import (
    Access,
    Command,
    Config,
    Module,
    ProtocolError,
    Response,
    Steps,
    Transaction,
    counter,
    gauge,
    initiator_socket,
    param,
    register,
    signal,
    span,
    target_socket,
)
from cosim.messages import READ, WRITE


class DmaConfig(Config):
    """Size and depth of the transfers."""

    block_bytes: int = param(
        64, doc="one transaction on the bus", unit="bytes", low=1, high=4096,
        source="estimate: one cache line, one burst of the 64-bit memory channel",
    )  # fmt: skip
    outstanding: int = param(
        4, doc="blocks under way at most", unit="1", low=1, high=64,
        source="estimate: hides the closed-row latency of the memory at full bandwidth",
    )  # fmt: skip
    setup_cycles: int = param(
        4, doc="write of CONTROL to the first block", unit="cycles", low=0, high=1000,
        source="estimate: two-flop synchroniser and one state each way",
    )  # fmt: skip


class Dma(Module):
    """Moves blocks by itself and interrupts when it is done."""

    config: DmaConfig

    bus = target_socket("register window, seen by software", optional=True)
    mem = initiator_socket("where it reads and writes")

    SOURCE = register(0x00, "address to read from", width_bits=64)
    DESTINATION = register(0x08, "address to write to", width_bits=64)
    LENGTH = register(0x10, "bytes to move", width_bits=64)
    CONTROL = register(0x18, "what to do", access=Access.WRITE_ONE_TO_SET)
    START = CONTROL.field("begin; clears itself at the end", low=0)
    NO_READ = CONTROL.field("write without reading: fill", low=1)
    NO_WRITE = CONTROL.field("read without writing: stream", low=2)
    HOLD_DESTINATION = CONTROL.field("write every block to the same address", low=3)
    STATUS = register(
        0x1C, "how it went; write 1 to clear", access=Access.WRITE_ONE_TO_CLEAR, width_bits=32
    )
    DONE = STATUS.field("the transfer is over; interrupts", low=0)
    FAILED = STATUS.field("a block was refused", low=1)

    interrupt = signal("1 while DONE is set", unchecked_writers=True)
    busy = gauge("a transfer runs")
    under_way = gauge("blocks under way", width_bits=7)
    transfer = span("one transfer")
    transfers = counter("transfers finished")
    blocks_read = counter("blocks read")
    blocks_written = counter("blocks written")

    @CONTROL.on_write
    def control(self, value: int) -> None:
        """Start a transfer; refused while one runs."""
        if self.busy.value:
            raise ProtocolError(
                f"{self.path}: CONTROL written while a transfer runs; wait for DONE in STATUS"
            )
        if self.START.value:
            self.busy.set(1)
            self.spawn(self.run_transfer())

    @STATUS.on_write
    def cleared(self, value: int) -> None:
        """Take the interrupt back when DONE is cleared."""
        self.interrupt.write(self.DONE.value)

    def run_transfer(self) -> Steps:
        """Move all blocks, then say so."""
        source, destination = self.SOURCE.value, self.DESTINATION.value
        length = self.LENGTH.value
        with self.transfer(f"{length} bytes {source:#x} to {destination:#x}"):
            yield self.cycles(self.config.setup_cycles)
            lane = [self._lane(first) for first in range(self.config.outstanding)]
            running = [self.spawn(steps) for steps in lane]
            yield from running
        self.transfers.add()
        self.CONTROL.value = 0
        self.DONE.value = 1
        self.interrupt.write(1)
        self.busy.set(0)

    def _lane(self, first: int) -> Steps:
        """Move every block whose number leaves the rest `first`, one after the other."""
        length, step = self.LENGTH.value, self.config.block_bytes
        for offset in range(first * step, length, step * self.config.outstanding):
            self.under_way.set(self.under_way.value + 1)
            yield from self._move(offset, min(step, length - offset))
            self.under_way.set(self.under_way.value - 1)

    def _move(self, offset: int, size_bytes: int) -> Steps:
        """Read one block and write it."""
        block = bytearray(size_bytes)
        if not self.NO_READ.value:
            access = Transaction(self.SOURCE.value + offset, data=block, kind=READ)
            yield from self.mem.transport(access)
            self.blocks_read.add()
            self._check(access)
        if not self.NO_WRITE.value:
            address = self.DESTINATION.value
            if not self.HOLD_DESTINATION.value:
                address += offset
            access = Transaction(address, command=Command.WRITE, data=block, kind=WRITE)
            yield from self.mem.transport(access)
            self.blocks_written.add()
            self._check(access)

    def _check(self, access: Transaction) -> None:
        if access.response is not Response.OK:
            self.FAILED.value = 1
