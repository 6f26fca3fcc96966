"""Reference program 19: blocking transport, compared with SystemC's log."""

from dataclasses import dataclass

from cosim import Command, Module, Simulator, Steps, Transaction, initiator_socket, process
from cosim import target_socket as target
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000


def show(time_ps: int) -> str:
    return f"{time_ps // NS} ns" if time_ps else "0 s"


@dataclass
class Tag:
    value: int


class Target(Module):
    sock = target("64 bytes; writes wait, reads only annotate")

    def build(self) -> None:
        self.memory = bytearray(range(64))

    @sock.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        tag = transaction.extension(Tag)
        log(
            f"  target: cmd={transaction.command:d} addr={transaction.address} "
            f"len={transaction.size_bytes} delay={show(transaction.delay_ps)} "
            f"tag={tag.value if tag else -1} status=TLM_{transaction.response.name}_RESPONSE"
        )
        if transaction.access(self.memory) < 0:
            return None
        if transaction.is_write:
            return self.synchronise(transaction)
        transaction.delay_ps += 3 * NS
        return None

    def synchronise(self, transaction: Transaction) -> Steps:
        yield transaction.delay_ps + 4 * NS
        transaction.delay_ps = 0


class Fan(Module):
    in1 = target("first initiator")
    in2 = target("second initiator")
    out = initiator_socket("the target")

    @in1.on_transport
    @in2.on_transport
    def pass_on(self, transaction: Transaction) -> Steps | None:
        transaction.delay_ps += 1 * NS
        return self.out.b_transport(transaction)


class Init(Module):
    sock = initiator_socket("the target")
    number = 0

    def go(
        self,
        command: Command,
        address: int,
        size_bytes: int,
        delay_ps: int,
        enables: bytes | None = None,
        width_bytes: int | None = None,
    ) -> Steps:
        data = bytearray(range(0xA0, 0xB0))
        transaction = Transaction(address, command=command, size_bytes=size_bytes, data=data)
        transaction.set_extension(Tag(self.number * 100))
        transaction.byte_enables = enables
        transaction.streaming_width_bytes = width_bytes
        transaction.delay_ps = delay_ps
        i = f"i{self.number}"
        log(f"{i}: call cmd={command:d} addr={address} delay={show(delay_ps)}")
        steps = self.sock.b_transport(transaction)
        if steps is not None:
            yield from steps
        log(
            f"{i}: back delay={show(transaction.delay_ps)} "
            f"TLM_{transaction.response.name}_RESPONSE data={data[:size_bytes].hex()}"
        )
        yield transaction.delay_ps

    @process
    def run(self) -> Steps:
        yield 10 * NS
        yield from self.go(Command.READ, 8 * self.number, 4, 0)
        yield from self.go(Command.WRITE, 8 * self.number, 4, 2 * NS)
        yield from self.go(Command.READ, 8 * self.number, 4, 2 * NS)
        if self.number == 2:
            return
        yield from self.go(Command.WRITE, 32, 6, 0, bytes([0xFF, 0]))
        yield from self.go(Command.READ, 32, 6, 0)
        yield from self.go(Command.WRITE, 40, 6, 0, None, 2)
        yield from self.go(Command.READ, 40, 4, 0)
        yield from self.go(Command.READ, 62, 4, 0)
        yield from self.go(Command.IGNORE, 0, 4, 0)
        yield from self.go(Command.READ, 0, 4, 0, None, 0)


log = Log()


def test_blocking_transport_gives_the_log_of_systemc():
    with Simulator() as sim:
        log.title("", sim.env)
        first, second = Init("i1", sim), Init("i2", sim)
        first.number, second.number = 1, 2
        fan, memory = Fan("fan", sim), Target("t", sim)
        first.sock.bind(fan.in1)
        second.sock.bind(fan.in2)
        fan.out.bind(memory.sock)
        sim.run()
        log("end")
    assert_same(log.lines[1:], golden("19_tlm_b_transport"))
