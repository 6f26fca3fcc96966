"""systemc/quanta.cpp: keepers with quanta of their own, and targets that wait."""

from cosim import (
    Environment,
    Module,
    QuantumKeeper,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from cosim.module import Scope
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000
INITIATORS = (
    ("a", 20, 3, (2, 4, 1, 2, 6, 3, 2, 2)),
    ("b", 5, 2, (2, 2, 1, 4, 0, 1, 6, 2)),
    ("c", 10, 7, (0, 2, 3, 2, 1, 1, 0, 4)),
    ("d", 0, 4, (2, 1, 0, 3, 2, 4, 6, 1)),
)
"""Name, quantum and work between accesses in ns, addresses."""


class Target(Module):
    """At odd addresses waits until the caller's own time first; at 3, longer than a quantum."""

    bus = target_socket("accesses")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        transaction.response = Response.OK
        if transaction.address % 2:
            return self.wait(transaction)
        transaction.delay_ps += transaction.address * NS
        return None

    def wait(self, transaction: Transaction) -> Steps:
        yield transaction.delay_ps
        if transaction.address == 3:
            yield 35 * NS
        transaction.delay_ps = 1 * NS


class Initiator(Module):
    """Works, accesses, and synchronises when it must."""

    mem = initiator_socket("the target")

    def __init__(
        self, name: str, parent: Scope, quantum_ns: int, work_ns: int, addresses: tuple[int, ...]
    ) -> None:
        self.quantum_ns, self.work_ns, self.addresses = quantum_ns, work_ns, addresses
        self.log: Log
        super().__init__(name, parent)

    def build(self) -> None:
        self.keeper = QuantumKeeper(self.env, self.quantum_ns * NS)

    def tell(self, text: str) -> None:
        keeper = self.keeper
        self.log(
            f"{self.name} {text} local {keeper.local_ps} current {keeper.current_ps} "
            f"need {keeper.need_sync:d}"
        )

    @process
    def run(self) -> Steps:
        keeper = self.keeper
        keeper.reset()
        self.tell("begins")
        for address in self.addresses:
            keeper.inc(self.work_ns * NS)
            self.tell("worked")
            yield from keeper.transport(self.mem, Transaction(address))
            self.tell("accessed")
            if keeper.need_sync:
                yield from keeper.sync()
                self.tell("synchronised")
        for local_ns in (2, self.quantum_ns):
            yield from keeper.set_and_sync(local_ns * NS)
            self.tell("set and sync")
        yield from self.edges()

    def edges(self) -> Steps:
        keeper = self.keeper
        keeper.inc(3 * NS)
        keeper.reset()
        self.tell("reset")
        yield from keeper.sync()
        self.tell("synchronised at once")
        yield 7 * NS
        self.tell("waited")
        keeper.reset()
        self.tell("reset")
        keeper.inc(keeper.compute_local_quantum())
        self.tell("to the edge")
        keeper.inc(1 * NS)
        self.tell("over the edge")
        yield from keeper.sync()
        self.tell("ends")


def test_keepers_with_quanta_of_their_own_synchronise_as_in_systemc() -> None:
    with Simulator(env=Environment()) as sim:
        log = Log(sim.env)
        for name, quantum_ns, work_ns, addresses in INITIATORS:
            initiator = Initiator(name, sim, quantum_ns, work_ns, addresses)
            initiator.log = log
            initiator.mem.bind(Target(f"t{name}", sim).bus)
        sim.run()
        log("end")
    assert_same(log.lines, printed("quanta"))
