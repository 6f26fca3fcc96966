"""The banked memory: row hits, misses, conflicts and overlap, by the arithmetic of its timings."""

import pytest

from components.banked_memory import BankedMemory, BankedMemoryConfig
from cosim import ConfigError, Module, Phase, Simulator, Sync, Transaction, initiator_socket
from cosim.messages import PREFETCH, READ, WRITE_BACK

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


def ticks(lines, kind=READ, *, is_instant=False, apart=0, kinds=(), **changes):
    """Ask for lines from tick 0 on, so many ticks apart; return after how many each came."""
    simulator = Simulator()
    config = BankedMemoryConfig(clock_hz=10**9, **changes)
    memory = BankedMemory("memory", simulator, config=config)
    memory.state[0].is_instant = is_instant
    asker = Asker("asker", simulator, clock=memory.clock)
    asker.bus.bind(memory.bus)
    simulator.elaborate()
    for tag, line in enumerate(lines):
        request = Transaction(64 * line, size_bytes=64, kind=kinds[tag] if kinds else kind, tag=tag)
        asker.bus.nb_transport_fw(request, Phase.BEGIN_REQ, TICK_PS * (1 + apart * tag))
    simulator.run(until_ps=10**7)
    return [asker.came[tag] - 1 for tag in range(len(lines))], memory


def test_a_closed_row_takes_rcd_cas_and_the_burst():
    (first,), memory = ticks([0])
    assert first == RCD + CAS + BURST
    assert (memory.row_hits.value, memory.row_misses.value) == (0, 1)


def test_a_row_hit_waits_for_its_bank_then_takes_cas_and_the_burst():
    (first, second), _ = ticks([0, 16], apart=1)  # the next column of the same bank
    assert second - first == CAS + BURST


def test_a_conflict_takes_rp_rcd_cas_and_the_burst():
    # row 9 is 001 001: its bits folded leave channel and bank as they are
    (first, second), memory = ticks([0, 9 * BANK_LINES], apart=1)
    assert second - first == RP + RCD + CAS + BURST
    assert memory.row_misses.value == 2


def test_two_banks_overlap_all_but_the_bus():
    (first, second), _ = ticks([0, 2], apart=1)
    assert second - first == BURST


def test_of_those_that_come_in_one_tick_the_last_goes_first_to_the_bus():
    assert ticks([0, 2, 4])[0] == [RCD + CAS + BURST + wait for wait in (2 * BURST, BURST, 0)]


def test_prefetches_stand_behind_reads_of_the_same_tick_so_that_the_last_of_them_goes_first():
    came, _ = ticks([0, 2, 4], kinds=[PREFETCH, READ, PREFETCH])
    assert came == [RCD + CAS + BURST + wait for wait in (BURST, 2 * BURST, 0)]


def test_a_read_finds_what_is_written_in_the_same_tick():
    (read, _), memory = ticks([5, 5], kinds=[READ, WRITE_BACK])
    assert read == 0
    assert memory.forwards.value == 1


@pytest.mark.parametrize("count", [4, 5, 9, 40])
def test_every_write_is_acknowledged_once_though_the_queue_is_full(count: int):
    times, memory = ticks([2 * number for number in range(count)], WRITE_BACK, queue=4)
    assert times[:4] == [0] * 4  # those that find a place
    assert memory.writes.value == count
    assert memory.channels["owed"].sum() == 0


def test_reads_that_find_the_queue_full_wait_for_a_place():
    times, _ = ticks([2 * number for number in range(9)], queue=4)
    first = [RCD + CAS + BURST * number for number in (1, 2, 3, 4)]
    second = [1 + ended + RCD + CAS + BURST for ended in first]  # taken a tick after a burst's end
    last = 1 + second[0] + CAS + BURST  # of a bank whose row is open
    assert sorted(times) == [*first, *second, last]


@pytest.mark.parametrize(
    "changes", [{"refresh_ps": 1000}, {"refresh_ps": 90_000, "refresh_cycles": 90}]
)
def test_a_memory_that_would_only_refresh_is_refused(changes: dict[str, int]):
    with pytest.raises(ConfigError, match="refresh_ps must be longer than a refresh"):
        ticks([0], **changes)


def test_a_refresh_closes_the_row_of_an_idle_bank():
    (first, second), memory = ticks([0, 16], apart=100, refresh_ps=101 * TICK_PS)
    assert first == RCD + CAS + BURST
    assert second == 100 + 1 + RCD + CAS + BURST  # it comes with the refresh, which takes a tick
    assert memory.row_misses.value == 2


def test_a_bank_that_is_busy_at_a_refresh_closes_its_row_when_it_is_idle():
    (first, second), memory = ticks([0, 16], apart=1, refresh_ps=20 * TICK_PS)
    assert first == RCD + CAS + BURST  # busy from 0 to 35, so the refresh at 20 waits
    assert second == first + 1 + RCD + CAS + BURST
    assert memory.row_misses.value == 2


def test_the_parity_of_the_row_chooses_the_channel():
    (first, second), _ = ticks([0, 16 * BANK_LINES])  # one bit, so the other channel
    assert second == first


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


def test_an_instant_memory_counts_its_refreshes():
    _, memory = ticks([0, 16], is_instant=True, apart=100, refresh_ps=50 * TICK_PS)
    assert memory.refreshes.value == 2 * 2  # two channels, until tick 101
