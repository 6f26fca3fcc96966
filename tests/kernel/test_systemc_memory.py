"""Reference program 23: direct memory and debug transport, compared with SystemC's log."""

from cosim import (
    Command,
    DirectMemory,
    Module,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000
BASE = 0x1000


class Memory(Module):
    sock = target_socket("256 bytes, the lower half open to direct reads")

    def build(self) -> None:
        self.bytes = bytearray(range(256))

    @sock.on_transport
    def serve(self, transaction: Transaction) -> None:
        log(f"  mem b_transport local addr {transaction.address}")
        transaction.access(self.bytes)
        transaction.delay_ps += 10 * NS
        transaction.dmi_allowed = transaction.address < 128

    @sock.on_direct_memory
    def open(self, transaction: Transaction) -> DirectMemory:
        at, command = transaction.address, transaction.command
        log(f"  mem get_direct_mem_ptr local addr {at} cmd {command:d}")
        if at >= 128:
            return DirectMemory(128, 255)
        return DirectMemory(
            0,
            127,
            memoryview(self.bytes)[:128],
            can_read=True,
            read_latency_ps=10 * NS,
            write_latency_ps=12 * NS,
        )

    @sock.on_debug
    def peek(self, transaction: Transaction) -> int:
        at = transaction.address
        count = max(0, min(transaction.size_bytes, 256 - at))
        log(f"  mem transport_dbg local addr {at} -> {count} bytes")
        assert transaction.data is not None
        if transaction.is_read:
            transaction.data[:count] = self.bytes[at : at + count]
        else:
            self.bytes[at : at + count] = transaction.data[:count]
        return count

    @process
    def kick(self) -> Steps:
        yield 100 * NS
        log("mem invalidates 0..63")
        self.sock.invalidate_direct_memory(0, 63)


class Route(Module):
    into = target_socket("addresses from 0x1000")
    out = initiator_socket("local addresses")

    @into.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        transaction.address -= BASE
        steps = self.out.b_transport(transaction)
        if steps is not None:
            yield from steps
        transaction.address += BASE

    @into.on_direct_memory
    def open(self, transaction: Transaction) -> DirectMemory:
        transaction.address -= BASE
        answer = self.out.direct_memory(transaction).shifted(BASE)
        transaction.address += BASE
        return answer

    @into.on_debug
    def peek(self, transaction: Transaction) -> int:
        transaction.address -= BASE
        moved = self.out.transport_debug(transaction)
        transaction.address += BASE
        return moved

    @out.on_invalidate
    def withdraw(self, start: int, end: int) -> None:
        self.into.invalidate_direct_memory(start + BASE, end + BASE)


class Cpu(Module):
    sock = initiator_socket("the bus")

    def build(self) -> None:
        self.direct: DirectMemory | None = None
        self.held = DirectMemory(0, 0)

    @sock.on_invalidate
    def drop(self, start: int, end: int) -> None:
        held = self.held
        log(f"cpu: invalidate {start:x}..{end:x}, holding {held.start:x}..{held.end:x}")
        self.direct = None

    def read(self, address: int) -> Steps:
        direct = self.direct
        if direct is not None and direct.covers(address) and direct.can_read:
            assert direct.memory is not None
            value = direct.memory[address - direct.start]
            yield direct.read_latency_ps
            log(f"cpu: DMI read {address:x} = {value}")
            return
        transaction = Transaction(address, data=bytearray(1))
        yield from self.sock.transport(transaction)
        assert transaction.data is not None
        hint = transaction.dmi_allowed
        log(f"cpu: bus read {address:x} = {transaction.data[0]} dmi hint {hint:d}")
        if hint and self.direct is None:
            self.held = answer = self.sock.direct_memory(transaction)
            self.direct = answer if answer.is_granted else None
            log(
                f"cpu: DMI granted {answer.is_granted:d} {answer.start:x}..{answer.end:x} "
                f"read {answer.can_read:d} write {answer.can_write:d} "
                f"latency {answer.read_latency_ps // NS} ns"
            )

    @process
    def run(self) -> Steps:
        for address in (0x1003, 0x1004, 0x1090):
            yield from self.read(address)
        log("cpu: asks DMI for 0x1090")
        answer = self.sock.direct_memory(Transaction(0x1090))
        log(f"cpu: granted {answer.is_granted:d}, refused range {answer.start:x}..{answer.end:x}")
        data = bytearray.fromhex("deadbeef")
        write = Transaction(0x10FE, command=Command.WRITE, data=data)
        moved = self.sock.transport_debug(write)
        assert write.response is Response.INCOMPLETE
        log(f"cpu: debug write moved {moved} bytes, status TLM_{write.response.name}_RESPONSE")
        read = Transaction(0x10FE, data=bytearray(4))
        moved = self.sock.transport_debug(read)
        assert read.data is not None
        log(f"cpu: debug read moved {moved} bytes: {read.data[0]:02x} {read.data[1]:02x}")
        yield 120 * NS - self.now_ps
        yield from self.read(0x1005)


log = Log()


def test_direct_memory_and_debug_transport_give_the_log_of_systemc():
    with Simulator() as sim:
        log.title("", sim.env)
        cpu, route, memory = Cpu("cpu", sim), Route("route", sim), Memory("mem", sim)
        cpu.sock.bind(route.into)
        route.out.bind(memory.sock)
        sim.run()
        log("end")
    assert_same(log.lines[1:], golden("23_tlm_dmi_debug"))
