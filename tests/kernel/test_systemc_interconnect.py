"""systemc/interconnect.cpp: addresses, statuses, debug and direct memory through a router."""

from typing import Any

from cosim import (
    Command,
    DirectMemory,
    Interconnect,
    Module,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    target_socket,
)
from cosim.module import Scope
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Logged(Module):
    """A module with the program's log."""

    def __init__(self, name: str, parent: Scope, log: Log, wait_ns: int = 0) -> None:
        self.log, self.wait_ns = log, wait_ns
        super().__init__(name, parent)


class Memory(Logged):
    """Refuses all that is not plain, each with its own status."""

    bus = target_socket("256 bytes")

    def build(self) -> None:
        self.bytes = bytearray(range(256))

    def refuse(self, transaction: Transaction) -> Response:
        size_bytes = transaction.size_bytes
        if transaction.command is Command.IGNORE:
            return Response.COMMAND_ERROR
        if (transaction.streaming_width_bytes or size_bytes) < size_bytes:
            return Response.BURST_ERROR
        if transaction.byte_enables is not None:
            return Response.BYTE_ENABLE_ERROR
        if transaction.address + size_bytes > 256:
            return Response.ADDRESS_ERROR
        return Response.OK

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        at, delay_ps = transaction.address, transaction.delay_ps
        self.log(f"  {self.name} b_transport {at:x} delay {delay_ps} ps")
        if self.wait_ns:
            return self.serve_later(transaction)
        transaction.delay_ps += 5 * NS
        self.move(transaction)
        return None

    def serve_later(self, transaction: Transaction) -> Steps:
        yield transaction.delay_ps + self.wait_ns * NS
        transaction.delay_ps = 0
        self.move(transaction)

    def move(self, transaction: Transaction) -> None:
        transaction.response = self.refuse(transaction)
        if transaction.is_ok:
            transaction.access(self.bytes)
            transaction.dmi_allowed = True

    @bus.on_debug
    def debug(self, transaction: Transaction) -> int:
        at, size_bytes, data = transaction.address, transaction.size_bytes, transaction.data
        assert data is not None
        count = max(0, min(size_bytes, 256 - at))
        self.log(f"  {self.name} transport_dbg {at:x} {size_bytes} -> {count}")
        if transaction.is_read:
            data[:count] = self.bytes[at : at + count]
        else:
            self.bytes[at : at + count] = data[:count]
        return count

    @bus.on_direct_memory
    def direct(self, transaction: Transaction) -> DirectMemory:
        self.log(f"  {self.name} get_direct_mem_ptr {transaction.address:x}")
        if transaction.is_write and self.wait_ns:
            return DirectMemory(64, 255)
        latency: Any = {"read_latency_ps": 2 * NS, "write_latency_ps": 3 * NS}
        view = memoryview(self.bytes)
        return DirectMemory(0, 255, view, can_read=True, can_write=not self.wait_ns, **latency)


class Silent(Logged):
    """Answers an error, or nothing."""

    bus = target_socket("two addresses")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        if transaction.address == 0:
            transaction.response = Response.GENERIC_ERROR


class Initiator(Logged):
    """Makes accesses and tells how they went."""

    mem = initiator_socket("the router")

    @mem.on_invalidate
    def invalidate(self, start: int, end: int) -> None:
        self.log(f"  {self.name} invalidate {start:x}..{end:x}")

    def access(
        self, at: int, size_bytes: int, command: Command = Command.READ, **kind: Any
    ) -> Steps:
        data = bytearray(0xA0 + index for index in range(16))
        transaction = Transaction(at, command=command, size_bytes=size_bytes, data=data)
        for name, value in kind.items():
            setattr(transaction, name, value)
        steps = self.mem.b_transport(transaction)
        if steps is not None:
            yield from steps
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        self.log(
            f"{self.name} access {at:x}: TLM_{transaction.response.name}_RESPONSE first "
            f"{data[0]:02x} dmi {transaction.dmi_allowed:d} address {transaction.address:x} "
            f"delay {delay_ps} ps"
        )
        yield delay_ps

    def debug(self, at: int, size_bytes: int, command: Command = Command.READ) -> None:
        data = bytearray([1, 2, 3, 4]) + bytearray(296)
        transaction = Transaction(at, command=command, size_bytes=size_bytes, data=data)
        moved = self.mem.transport_debug(transaction)
        self.log(
            f"{self.name} debug {at:x}: {moved} bytes, first {data[0]:02x}, "
            f"TLM_{transaction.response.name}_RESPONSE, address {transaction.address:x}"
        )

    def direct(self, at: int, command: Command = Command.READ) -> None:
        grant = self.mem.direct_memory(Transaction(at, command=command))
        self.log(
            f"{self.name} direct {at:x}: {grant.is_granted:d} {grant.start:x}..{grant.end:x} "
            f"read {grant.can_read:d} write {grant.can_write:d}"
        )
        if grant.memory is not None:
            latencies = f"{grant.read_latency_ps} {grant.write_latency_ps}"
            self.log(f"{self.name} first byte {grant.memory[0]:02x} latencies {latencies}")


class Program:
    """The program."""

    def __init__(self, sim: Simulator) -> None:
        log = self.log = Log(sim.env)
        self.quick, self.slow = Memory("quick", sim, log), Memory("slow", sim, log, wait_ns=7)
        silent, bus = Silent("silent", sim, log), Interconnect("router", sim)
        self.one, self.two = Initiator("one", sim, log), Initiator("two", sim, log)
        for initiator in (self.one, self.two):
            initiator.mem.bind(bus.initiators)
        bus.map(0x000, 0x40, self.quick.bus)
        bus.map(0x100, 0x80, self.slow.bus, base=0x80)
        bus.map(0x200, 0x10, silent.bus)
        bus.map(0x300, 0x40, self.quick.bus, base=0x40)
        sim.env.process(self.first())
        sim.env.process(self.second())

    def first(self) -> Steps:
        one, write = self.one, Command.WRITE
        yield from one.access(0x10, 4)
        yield from one.access(0x13C, 4)
        yield from one.access(0x13E, 4, write)
        yield from one.access(0x17E, 4)
        yield from one.access(0x310, 4, delay_ps=3 * NS)
        for at in (0x3E, 0x80, 0x200, 0x204, 0x20E):
            yield from one.access(at, 4)
        yield from one.access(0x10, 4, Command.IGNORE)
        yield from one.access(0x10, 8, streaming_width_bytes=4)
        yield from one.access(0x10, 4, byte_enables=b"\xff")
        yield from one.access(0x3C, 8, streaming_width_bytes=4)
        for at, size_bytes in ((0x10, 8), (0x38, 16), (0x170, 200)):
            one.debug(at, size_bytes)
        one.debug(0x170, 4, write)
        for at in (0x80, 0x200, 0x170):
            one.debug(at, 4)
        one.direct(0x10)
        one.direct(0x120)
        one.direct(0x120, write)
        one.direct(0x304, write)
        for at in (0x1F0, 0x50, 0x400, 0x200):
            one.direct(at)
        yield 100 * NS
        self.log("quick invalidates 20..47")
        self.quick.bus.invalidate_direct_memory(0x20, 0x47)
        self.log("slow invalidates all")
        self.slow.bus.invalidate_direct_memory(0, (1 << 64) - 1)
        self.log("slow invalidates what nobody sees")
        self.slow.bus.invalidate_direct_memory(0, 0x10)

    def second(self) -> Steps:
        yield from self.two.access(0x100, 4)
        yield from self.two.access(0x100, 4, Command.WRITE, delay_ps=2 * NS)
        yield from self.two.access(0x0, 1)
        yield 1 * NS
        yield from self.two.access(0x0, 4)


def test_an_interconnect_carries_calls_debug_and_direct_memory_as_a_router_in_systemc() -> None:
    with Simulator() as sim:
        program = Program(sim)
        sim.run()
        program.log("end")
    assert_same(program.log.lines, printed("interconnect"))
