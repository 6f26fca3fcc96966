"""systemc/adapters_many.cpp: adapters between the transports under several callers at once.

Delta cycles are numbered within their instants: while its request channel is taken, SystemC's
adapter does not count those in which the delay of a further call has passed.
"""

from cosim import (
    Phase,
    Simulator,
    Steps,
    Sync,
    Transaction,
    initiator_socket,
    process,
)
from tests.kernel.golden import Log, assert_same, printed
from tests.kernel.test_systemc_adapters import Blocking, Logged, Phased

NS = 1_000
CALLS = ((0, 1, 2, 3, 0, 0), (0, 2, 1, 0, 1, 3), (1, 1, 0, 2, 3, 1), (2, 0, 3, 1, 1, 0))
"""Addresses that each of four callers uses, one after the other."""


class Callers(Logged):
    """Four processes that make blocking calls through one socket."""

    mem = initiator_socket("calls")

    def start_of_simulation(self) -> None:
        for caller, addresses in enumerate(CALLS):
            self.spawn(self.run(caller, addresses))

    def run(self, caller: int, addresses: tuple[int, ...]) -> Steps:
        for number, address in enumerate(addresses):
            delay_ns = (caller + number) % 3
            transaction = Transaction(address)
            transaction.delay_ps = delay_ns * NS
            self.log(f"{caller} calls {address} delay {delay_ns} ns")
            steps = self.mem.b_transport(transaction)
            assert steps is not None
            yield from steps
            yield transaction.delay_ps
            self.log(f"{caller} has {address}, TLM_{transaction.response.name}_RESPONSE")


class Sender(Logged):
    """Sends phases before the responses of earlier ones have ended."""

    mem = initiator_socket("phases")

    @process
    def run(self) -> Steps:
        yield 500 * NS
        for number in range(12):
            transaction = Transaction(number)
            answer = self.mem.nb_transport_fw(transaction, Phase.BEGIN_REQ, number % 4 * NS)
            self.log(f"sent {number}, answered {answer.name}")
            yield 4_300 if number % 3 else 6_100

    @mem.on_backward
    def backward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.log(f"  bw {transaction.address} {phase.name} delay {delay_ps} ps")
        answer = (Sync.ACCEPTED, Sync.UPDATED, Sync.COMPLETED)[transaction.address % 3]
        if answer is Sync.ACCEPTED:
            self.spawn(self.end(transaction))
        elif answer is Sync.UPDATED:
            transaction.phase, transaction.delay_ps = Phase.END_RESP, delay_ps + 2 * NS
        return answer

    def end(self, transaction: Transaction) -> Steps:
        yield 5_300
        answer = self.mem.nb_transport_fw(transaction, Phase.END_RESP, 0)
        self.log(f"END_RESP {transaction.address} answered {answer.name}")


def test_adapters_under_many_callers_keep_the_exclusion_of_simple_sockets() -> None:
    with Simulator() as sim:
        log = Log(sim.env)
        Callers("a", sim, log).mem.bind(Phased("p", sim, log).bus)
        Sender("b", sim, log).mem.bind(Blocking("q", sim, log).bus)
        sim.run(on_hang="ignore")
        log("end")
    assert_same(log.lines, printed("adapters_many"), relative=True)
