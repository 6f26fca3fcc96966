"""Co-processor instructions: in program order, one at a time, never speculative."""

from collections.abc import Sequence
from itertools import pairwise

from components.cpu import CoreConfig
from components.cpu import program as isa
from cosim import Module, Phase, Response, Sync, Transaction, signal, target_socket
from cosim.messages import LOAD_IMAC, STORE_IMAC
from tests.components.core_bench import PERIOD_PS, Bench, Fixed


class Timer(Module):
    """A signal to wait for."""

    zero = signal("time is over", width_bits=1, reset=0)


class Coprocessor(Fixed):
    """Answers loads with ten times their address, or with the first of its answers."""

    answers: Sequence[int] = ()

    bus = target_socket("requests")

    @bus.on_forward
    def access(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        if phase is Phase.BEGIN_REQ:
            self.seen.append(
                ((self.now_ps + delay_ps) // PERIOD_PS, transaction.kind, transaction.address)
            )
            transaction.response = Response.OK
            transaction.value = 10 * transaction.address
            if self.answers:
                transaction.value, *self.answers = self.answers
            delay_ps += 5 * PERIOD_PS
            self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, delay_ps, transaction.port)
        return Sync.ACCEPTED


class ImacBench(Bench):
    """A core with a co-processor that answers after five cycles."""

    def __init__(self, config: CoreConfig | None = None) -> None:
        super().__init__(config)
        self.coprocessor = Coprocessor("coprocessor", self.simulator, clock=self.core.clock)
        self.timer = Timer("timer", self.simulator)
        self.core.coprocessor.bind(self.coprocessor.bus)
        self.core.completion.bind(self.timer.zero)


def test_accesses_go_out_one_after_the_other_in_program_order():
    bench = ImacBench()
    stores = [{"op": isa.STORE_IMAC, "address": 1 + n, "value": n} for n in range(3)]
    bench.run([*stores, {"op": isa.LOAD_IMAC, "dst": 1, "address": 7}])
    seen = bench.coprocessor.seen
    assert [kind for _, kind, _ in seen] == [STORE_IMAC] * 3 + [LOAD_IMAC]
    assert [address for _, _, address in seen] == [1, 2, 3, 7]
    # answered after 5 cycles, the next begins in that cycle and arrives one later
    assert [later[0] - earlier[0] for earlier, later in pairwise(seen)] == [6] * 3


def gap_cycles(posted: bool) -> int:
    """Return the cycles between two stores with 40 additions between them."""
    bench = ImacBench(CoreConfig(imac_stores_posted=posted))
    store = {"op": isa.STORE_IMAC, "address": 1}
    bench.run([store, *({"op": isa.ALU, "dst": n % 8} for n in range(40)), store])
    first, second = (cycle for cycle, _, _ in bench.coprocessor.seen)
    return int(second - first)


def test_a_store_retires_with_its_reply():
    # the reply comes 1 + 5 cycles after it was sent; 3 additions retire with it, then 4 a cycle
    assert gap_cycles(posted=False) == 6 + (40 - 3 + 3) // 4


def test_a_posted_store_retires_when_it_is_sent():
    # the additions renamed with it issue as it is sent, complete a cycle later, and retire from the
    # cycle behind that on: 3, then 4 a cycle
    assert gap_cycles(posted=True) == 2 + (40 - 3 + 3) // 4


def test_posted_stores_are_still_one_at_a_time():
    bench = ImacBench(CoreConfig(imac_stores_posted=True))
    bench.run([*[{"op": isa.STORE_IMAC, "address": 1}] * 3, {"op": isa.LOAD_IMAC, "address": 7}])
    assert [later[0] - earlier[0] for earlier, later in pairwise(bench.coprocessor.seen)] == [6] * 3


def test_an_access_waits_until_all_older_instructions_retire():
    bench = ImacBench()
    slow = [{"op": isa.LOAD, "dst": 1, "address": 0x8000, "size_bytes": 8}]
    bench.memory.cycles_to_answer = 200
    bench.run([*slow, {"op": isa.STORE_IMAC, "address": 1}])
    (asked, _, _), (stored, _, _) = bench.memory.seen[0], bench.coprocessor.seen[0]
    # data after 200, retired in the cycle after that, the access begins then, arrives one later
    assert stored == asked + 200 + 1 + 1


def test_what_a_load_brings_is_kept_and_can_be_used():
    bench = ImacBench()
    bench.run([{"op": isa.LOAD_IMAC, "dst": 1, "address": 4}, {"op": isa.ALU, "src_a": 1}])
    assert [(one.address, one.value) for one in bench.core.results] == [(4, 40)]


def test_a_wait_ends_when_the_timer_is_at_zero_and_younger_instructions_stay_out():
    bench = ImacBench()

    def ring():
        yield 100_000
        bench.timer.zero.write(1)

    bench.simulator.env.process(ring(), "ring")
    load = {"op": isa.LOAD, "dst": 1, "address": 0x8000, "size_bytes": 8}
    bench.run([{"op": isa.WAIT_IMAC}, load])
    assert bench.memory.seen[0][0] * PERIOD_PS > 100_000
    assert bench.core.imac_cycles.value > 300  # of the 400 cycles until 100 ns


def polled(*instructions: dict[str, int]) -> list[int]:
    """Return the cycles between loads of a co-processor that is done at the fourth."""
    bench = ImacBench()
    bench.coprocessor.answers = [0, 0, 0, -1]
    bench.run(list(instructions))
    cycles = [cycle for cycle, _, _ in bench.coprocessor.seen]
    return [int(later - earlier) for earlier, later in pairwise(cycles)]


def test_a_polling_loop_takes_as_long_as_its_instructions_written_out():
    body = [
        {"op": isa.LOAD_IMAC, "dst": 1, "address": 7},
        {"op": isa.ALU, "dst": isa.FLAGS, "src_a": 1},
        {"op": isa.BRANCH, "src_a": isa.FLAGS},
    ]
    # there and back 1 + 5, compare 1, branch 1, retired in the cycle after
    assert polled(*body * 4) == [1 + 5 + 1 + 1 + 1] * 3
    poll = {"op": isa.WAIT_IMAC, "address": 7, "value": isa.Poll(-1, 0).packed()}
    assert polled(poll) == [1 + 5 + 1 + 1 + 1] * 3


def test_what_a_poll_is_packed_into_tells_it_again():
    for poll in (isa.Poll(-1, 0), isa.Poll(1, 400_000), isa.Poll(0, 1)):
        assert isa.Poll.unpacked(poll.packed()) == poll
        assert poll.packed() != 0
