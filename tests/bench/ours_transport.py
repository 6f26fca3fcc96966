"""The workloads of `naive_transport.py` as one writes them on this kernel.

Blocking calls go down plain functions, which annotate their time. Decoupled: what is annotated is
the initiator's own time, and a quantum keeper waits for it. Four phases: the memory hears
each phase when its delay has passed (`on_phase`), the core waits for each (`inbox`).
"""

from typing import Any

from cosim import (
    Command,
    Module,
    Phase,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from cosim.quantum import QuantumKeeper

QUANTUM_PS = 1_000_000
LATENCY_PS = 1_000
READ, WRITE, OK = Command.READ, Command.WRITE, Response.OK
BEGIN_REQ, END_REQ = Phase.BEGIN_REQ, Phase.END_REQ
BEGIN_RESP, END_RESP = Phase.BEGIN_RESP, Phase.END_RESP


class Memory(Module):
    """Annotates its latency, or tells four phases."""

    bus = target_socket("four bytes at a time")

    def build(self) -> None:
        self.bytes = bytearray(4096)

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        at = transaction.address
        data: Any = transaction.data
        if transaction.command is READ:
            data[:] = self.bytes[at : at + 4]
        else:
            self.bytes[at : at + 4] = data
        transaction.delay_ps += LATENCY_PS
        transaction.response = OK

    def start_of_simulation(self) -> None:
        self.answer = self.bus.nb_transport_bw

    @bus.on_phase
    def hear(self, transaction: Transaction, phase: Phase) -> None:
        if phase is BEGIN_REQ:
            self.serve(transaction)
            answer = self.answer
            answer(transaction, END_REQ, LATENCY_PS)
            answer(transaction, BEGIN_RESP, 2 * LATENCY_PS)


class Router(Module):
    """Chooses by one address bit."""

    into = target_socket("the core")
    low = initiator_socket("below 0x1000")
    high = initiator_socket("from 0x1000")

    def start_of_simulation(self) -> None:
        self.targets = self.low.b_transport, self.high.b_transport

    @into.on_transport
    def serve(self, transaction: Transaction) -> None:
        at = transaction.address
        transaction.address = at & 0xFFF
        self.targets[at >> 12](transaction)
        transaction.address = at


class Core(Module):
    """Makes `count` accesses, and waits for each."""

    mem = initiator_socket("the router")
    count = 0

    @process
    def run(self) -> Steps:
        serve, transaction = self.mem.b_transport, Transaction(0, data=bytearray(4))
        for number in range(self.count):
            transaction.command = WRITE if number & 1 else READ
            transaction.address = number * 4 & 0x1FFF
            transaction.delay_ps = 0
            serve(transaction)
            yield transaction.delay_ps


class DecoupledCore(Core):
    """Runs ahead of simulated time by a quantum."""

    def run(self) -> Steps:
        keeper, serve = QuantumKeeper(self.env, QUANTUM_PS), self.mem.b_transport
        transaction, left_ps = Transaction(0, data=bytearray(4)), keeper.compute_local_quantum()
        for number in range(self.count):
            transaction.command = WRITE if number & 1 else READ
            transaction.address = number * 4 & 0x1FFF
            serve(transaction)
            if transaction.delay_ps >= left_ps:
                yield from keeper.set_and_sync(transaction.delay_ps)
                transaction.delay_ps, left_ps = 0, keeper.compute_local_quantum()


class PhaseCore(Module):
    """Tells the memory the phases of `count` accesses."""

    mem = initiator_socket("the memory", inbox=True)
    count = 0

    @process
    def run(self) -> Steps:
        tell, transaction = self.mem.nb_transport_fw, Transaction(0, data=bytearray(4))
        answer = self.mem.inbox
        for number in range(self.count):
            transaction.command = WRITE if number & 1 else READ
            transaction.address = number * 4 & 0xFFF
            tell(transaction, BEGIN_REQ, 0)
            yield answer  # END_REQ
            yield answer  # BEGIN_RESP
            tell(transaction, END_RESP, 0)


def _routed(sim: Simulator, core: Core, count: int) -> Simulator:
    router, low, high = Router("router", sim), Memory("low", sim), Memory("high", sim)
    core.count = count
    core.mem.bind(router.into)
    router.low.bind(low.bus)
    router.high.bind(high.bus)
    sim.elaborate()
    return sim


def blocking(count: int) -> Simulator:
    """Wait for each access."""
    sim = Simulator()
    return _routed(sim, Core("core", sim), count)


def decoupled(count: int) -> Simulator:
    """Wait for each quantum."""
    sim = Simulator()
    return _routed(sim, DecoupledCore("core", sim), count)


def four_phases(count: int) -> Simulator:
    """Tell each phase."""
    sim = Simulator()
    core, memory = PhaseCore("core", sim), Memory("memory", sim)
    core.count = count
    core.mem.bind(memory.bus)
    sim.elaborate()
    return sim
