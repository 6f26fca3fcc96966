"""systemc/adapters.cpp: blocking calls into targets with phases, phases into blocking targets."""

from cosim import (
    Environment,
    Module,
    PeqWithGet,
    Phase,
    Response,
    Simulator,
    Steps,
    Sync,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from cosim.module import Scope
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Logged(Module):
    """A module with the program's log."""

    def __init__(self, name: str, parent: Scope, log: Log) -> None:
        self.log = log
        super().__init__(name, parent)


class Blocking(Logged):
    """Serves blocking calls: it waits, or annotates."""

    bus = target_socket("calls")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        address = transaction.address
        self.log(f"  b_transport {address} delay {transaction.delay_ps} ps")
        if address % 2:
            yield 7 * NS
            transaction.delay_ps += 2 * NS
        else:
            transaction.delay_ps += 4 * NS
        transaction.response = Response.OK
        self.log(f"  b_transport {address} returns delay {transaction.delay_ps} ps")


class Phased(Logged):
    """Serves phases; what it does depends on the address."""

    bus = target_socket("phases")

    def build(self) -> None:
        self.requests = PeqWithGet[Transaction](self.env, "requests")

    @bus.on_forward
    def forward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.log(f"  fw {transaction.address} {phase.name} delay {delay_ps} ps")
        if phase is Phase.END_RESP:
            return Sync.COMPLETED
        transaction.response = Response.OK
        if transaction.address == 0:
            self.requests.notify_after(delay_ps + 6 * NS, transaction)
            return Sync.ACCEPTED
        if transaction.address == 1:
            transaction.phase, transaction.delay_ps = Phase.END_REQ, delay_ps + 1 * NS
            self.requests.notify_after(delay_ps + 7 * NS, transaction)
            return Sync.UPDATED
        if transaction.address == 2:
            transaction.phase, transaction.delay_ps = Phase.BEGIN_RESP, delay_ps + 3 * NS
            return Sync.UPDATED
        transaction.delay_ps = delay_ps + 5 * NS
        return Sync.COMPLETED

    @process
    def serve(self) -> Steps:
        while True:
            yield self.requests.event
            while (transaction := self.requests.get()) is not None:
                if transaction.address == 0:
                    answer = self.bus.nb_transport_bw(transaction, Phase.END_REQ, 0)
                    self.log(f"  END_REQ answered {answer.name}")
                    yield 2 * NS
                answer = self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, 1 * NS)
                self.log(f"  BEGIN_RESP answered {answer.name} delay 1000 ps")


class BlockingInitiator(Logged):
    """Makes blocking calls."""

    mem = initiator_socket("calls")

    def call(self, address: int, delay_ns: int) -> Steps:
        transaction = Transaction(address)
        transaction.delay_ps = delay_ns * NS
        self.log(f"b call {address} delay {delay_ns} ns")
        yield from self.mem.transport(transaction)
        told = f"TLM_{transaction.response.name}_RESPONSE"
        self.log(f"b call {address} returned delay {transaction.delay_ps} ps, {told}")

    @process
    def run(self) -> Steps:
        for address in range(4):
            yield 100 * NS
            yield from self.call(address, 3 if address % 2 else 0)

    @process
    def second(self) -> Steps:
        yield 500 * NS
        yield from self.call(0, 0)


class PhasedInitiator(Logged):
    """Sends phases."""

    mem = initiator_socket("phases")

    def send(self, address: int, delay_ns: int) -> None:
        transaction = Transaction(address)
        transaction.delay_ps = delay_ns * NS
        self.log(f"fw call {address} delay {delay_ns} ns")
        answer = self.mem.nb_transport_fw(transaction, Phase.BEGIN_REQ, delay_ns * NS)
        self.log(f"fw call {address} answered {answer.name} BEGIN_REQ delay {delay_ns * NS} ps")

    @process
    def run(self) -> Steps:
        for delay_ns, calls in ((600, [(0, 0)]), (100, [(1, 3)]), (100, [(3, 0), (4, 1)])):
            yield delay_ns * NS
            for call in calls:
                self.send(*call)

    @mem.on_backward
    def backward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.log(f"  bw {transaction.address} {phase.name} delay {delay_ps} ps")
        if transaction.address == 1:
            transaction.phase, transaction.delay_ps = Phase.END_RESP, delay_ps + 2 * NS
            return Sync.UPDATED
        self.spawn(self.end(transaction, delay_ps + 1 * NS))
        return Sync.ACCEPTED

    def end(self, transaction: Transaction, delay_ps: int) -> Steps:
        yield delay_ps
        answer = self.mem.nb_transport_fw(transaction, Phase.END_RESP, 0)
        self.log(f"END_RESP {transaction.address} answered {answer.name}")


def test_the_adapters_between_the_transports_keep_the_times_of_simple_sockets():
    with Simulator(env=Environment()) as sim:
        log = Log(sim.env)
        BlockingInitiator("a", sim, log).mem.bind(Phased("p", sim, log).bus)
        PhasedInitiator("b", sim, log).mem.bind(Blocking("q", sim, log).bus)
        sim.run(on_hang="ignore")
        log("end")
    assert_same(log.lines, printed("adapters"))
