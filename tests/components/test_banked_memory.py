"""The banked memory: row hits, misses, conflicts and overlap, by the arithmetic of its timings."""

from components.banked_memory import BankedMemory, BankedMemoryConfig
from cosim import Module, Phase, Simulator, Sync, Transaction, initiator_socket
from cosim.messages import READ, WRITE_BACK

TICK_PS = 1000
CAS, RCD, RP, BURST = 14, 17, 17, 4
"""Ticks; LPDDR3-1866, and 64 bytes over 8 bytes on both edges."""

BANK_LINES = 1 << (1 + 3 + 7 + 1)
"""Lines from a row to the next of the same bank: channel, bank, column, rank."""


class Asker(Module):
    """Asks for lines and notes when they come."""

    bus = initiator_socket("memory")

    def build(self) -> None:
        self.came: dict[int, int] = {}

    @bus.on_backward
    def reply(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        if phase is Phase.BEGIN_RESP:
            self.came[transaction.tag] = (self.now_ps + delay_ps) // TICK_PS
        return Sync.COMPLETED


def ticks(lines, kind=READ, is_instant=False):
    """Ask for all lines at tick 0; return after how many ticks each came."""
    simulator = Simulator()
    memory = BankedMemory("memory", simulator, config=BankedMemoryConfig(clock_hz=10**9))
    memory.state[0].is_instant = is_instant
    asker = Asker("asker", simulator, clock=memory.clock)
    asker.bus.bind(memory.bus)
    simulator.elaborate()
    for tag, line in enumerate(lines):
        request = Transaction(64 * line, size_bytes=64, kind=kind, tag=tag)
        asker.bus.nb_transport_fw(request, Phase.BEGIN_REQ, TICK_PS)
    simulator.run(until_ps=10**7)
    return [asker.came[tag] - 1 for tag in range(len(lines))], memory


def test_a_closed_row_takes_rcd_cas_and_the_burst():
    (first,), memory = ticks([0])
    assert first == RCD + CAS + BURST
    assert (memory.row_hits.value, memory.row_misses.value) == (0, 1)


def test_a_row_hit_waits_for_its_bank_then_takes_cas_and_the_burst():
    (first, second), _ = ticks([0, 16])  # the next column of the same bank
    assert second - first == CAS + BURST


def test_a_conflict_takes_rp_rcd_cas_and_the_burst():
    # row 2 leaves channel 0; its bit 1 goes into the bank, so the bank is undone by line bits
    (first, second), memory = ticks([0, 16 * BANK_LINES])
    assert second - first == RP + RCD + CAS + BURST
    assert memory.row_misses.value == 2


def test_two_banks_overlap_all_but_the_bus():
    (first, second), _ = ticks([0, 2])
    assert second - first == BURST


def test_two_channels_overlap_completely():
    (first, second), _ = ticks([0, 1])
    assert second == first


def test_a_write_is_answered_at_once_and_a_read_finds_it():
    times, memory = ticks([5], WRITE_BACK)
    assert times == [0]
    assert memory.writes.value == 1


def test_an_instant_memory_answers_at_once_and_opens_no_row():
    came, memory = ticks([0, 16, 16 * BANK_LINES], is_instant=True)
    assert came == [0, 0, 0]  # within the tick
    assert memory.row_hits.value == memory.row_misses.value == 0
