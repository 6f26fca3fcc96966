"""Reference program 20: temporal decoupling, compared with SystemC's log."""

from cosim import Module, Response, Simulator, Steps, Transaction, initiator_socket, process
from cosim import target_socket as target
from cosim.quantum import QuantumKeeper
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000
QUANTUM_PS = 20 * NS


def show(time_ps: int) -> str:
    return f"{time_ps // NS} ns" if time_ps else "0 s"


class Target(Module):
    s1 = target("first initiator")
    s2 = target("second initiator")
    accesses = 0

    @s1.on_transport
    @s2.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        self.accesses += 1
        log(
            f"  target access {self.accesses} addr {transaction.address} "
            f"local offset {show(transaction.delay_ps)}"
        )
        transaction.response = Response.OK
        if transaction.address == 99:
            return self.synchronise(transaction)
        transaction.delay_ps += 4 * NS
        return None

    def synchronise(self, transaction: Transaction) -> Steps:
        yield transaction.delay_ps
        log("  target synchronised (address 99)")
        transaction.delay_ps = 4 * NS


class Init(Module):
    sock = initiator_socket("the target")
    number = 0
    work_ps = 0

    @process
    def run(self) -> Steps:
        keeper = QuantumKeeper(self.env, QUANTUM_PS)
        i = f"i{self.number}"
        log(f"{i} quantum {show(keeper.quantum_ps)} local {show(keeper.local_ps)}")
        for k in range(8):
            address = 99 if self.number == 1 and k == 5 else 10 * self.number + k
            keeper.inc(self.work_ps)
            yield from keeper.transport(self.sock, Transaction(address))
            log(
                f"{i} after access {k}: local {show(keeper.local_ps)}, "
                f"own time {show(keeper.current_ps)}, need_sync {keeper.need_sync:d}"
            )
            if keeper.need_sync:
                yield from keeper.sync()
                log(f"{i} synced: local {show(keeper.local_ps)}")
        yield from keeper.set_and_sync(3 * NS)
        log(f"{i} after set_and_sync(3 ns): local {show(keeper.local_ps)}")


log = Log()


def test_two_decoupled_initiators_give_the_log_of_systemc():
    with Simulator() as sim:
        log.title("", sim.env)
        first, second, memory = Init("a", sim), Init("b", sim), Target("t", sim)
        first.number, first.work_ps = 1, 1 * NS
        second.number, second.work_ps = 2, 5 * NS
        first.sock.bind(memory.s1)
        second.sock.bind(memory.s2)
        left_ps = QuantumKeeper(sim.env, QUANTUM_PS).compute_local_quantum()
        log(f"local quantum computed at 0: {show(left_ps)}")
        sim.run()
        log(f"end accesses={memory.accesses}")
    assert_same(log.lines[1:], golden("20_tlm_quantum"))
