"""Page-table walks: how many reads, which of them are saved, when frames are made, and when."""

from typing import Any

import pytest

from components.mmu import WalkerConfig
from components.mmu.behaviour import step
from components.mmu.walker import frame_list, new_tables
from cosim import ConfigError, ProtocolError
from cosim.messages import READ, REPLY, TRANSLATION
from tests.components.rig import Rig, Sent

NS = 1000
"""ps; the walker's clock here has 1 GHz."""

READ_NS = 10
"""ns from a read's arrival at the cache to its data."""

IN_ORDER: dict[str, Any] = {"shuffles_frames": False, "fault_cycles": 0}


class WalkerRig(Rig):
    """A walker whose reads take 10 ns."""

    def __init__(self, **changes: Any) -> None:
        arrays = new_tables(WalkerConfig(**{**IN_ORDER, **changes}))
        arrays[0][0].p = arrays[0][0].q = 1
        arrays[0][0].p = NS
        super().__init__(step, arrays, 2, lambda sent: (READ_NS * NS, 0))

    def ask(self, at_ns: int, address: int, tag: int = 0) -> None:
        """Let a request arrive."""
        self.deliver(0, at_ns * NS, READ, address, tag)

    def frames(self) -> dict[int, int]:
        """Return the frame that each tag got."""
        return {sent.tag: sent.value for sent in self.sent if sent.kind == REPLY}

    def reads(self) -> list[Sent]:
        """Return what was read of the tables."""
        return [sent for sent in self.sent if sent.kind == TRANSLATION]


def test_the_first_walk_reads_five_entries_one_after_the_other():
    rig = WalkerRig()
    rig.ask(100, 0x1234_5678)
    rig.run()
    times = [sent.when_ps // NS for sent in rig.reads()]
    assert times == [101 + 11 * number for number in range(5)]  # a cycle to send, ten to read
    (reply,) = [sent for sent in rig.sent if sent.kind == REPLY]
    assert reply.when_ps // NS == 101 + 5 * 11


def test_later_walks_in_the_same_region_read_two():
    rig = WalkerRig()
    for turn, address in enumerate((0x1234_5000, 0x1234_6000, 0x1234_6800)):
        rig.ask(1000 * (turn + 1), address, turn)
    rig.run()
    times = [sent.when_ps // NS // 1000 for sent in rig.reads()]
    assert [times.count(turn) for turn in (1, 2, 3)] == [5, 2, 2]


def test_a_later_walk_begins_at_the_table_used_last_in_its_region():
    rig = WalkerRig()
    for turn, page in enumerate((5, 9, 7)):
        rig.ask(1000 * turn, page << 12, turn)
    rig.run()
    reads = [(sent.address >> 12, sent.address % 4096 // 8) for sent in rig.reads()]
    (used_last, _), (first, index), (own, index_of_own) = reads[-3:]
    assert first == used_last and own != first  # that of page 9, then that of page 7 itself
    assert (index, index_of_own) == (7, 7)


def test_an_entry_is_read_at_the_index_that_led_to_its_table():
    rig = WalkerRig()
    rig.ask(0, (5 << 39) + (6 << 30) + (7 << 21) + (8 << 12) + (9 << 3))
    rig.run()
    assert [sent.address % 4096 for sent in rig.reads()] == [40, 40, 48, 56, 64]
    assert len({sent.address // 4096 for sent in rig.reads()}) == 5  # five tables


def test_pages_and_tables_get_the_frames_above_the_first_mebibyte_in_order_of_touch():
    rig = WalkerRig()
    rig.ask(0, 0x5000, 1)
    rig.ask(1000, 0x9000, 2)
    rig.ask(2000, 0x5008, 3)
    rig.run()
    # the root, four tables, the page; then a table of its own and the next page
    assert rig.frames() == {1: 256 + 5, 2: 256 + 7, 3: 256 + 5}


def test_a_step_for_a_table_that_is_there_can_waste_a_frame():
    rig = WalkerRig(wastes_frames=True)
    rig.ask(0, 0x5000, 1)
    rig.ask(1000, 0x5008, 2)  # finds the table of its page, and takes a frame for it
    rig.ask(2000, 0x9000, 3)
    rig.run()
    assert rig.frames() == {1: 256 + 5, 2: 256 + 5, 3: 256 + 5 + 1 + 2}


def test_frames_that_ended_by_waste_are_handed_out_again():
    rig = WalkerRig(wastes_frames=True, memory_bytes=4 << 20)  # 768 frames
    for turn in range(900):
        rig.ask(1000 * turn, 0x5000 if turn else 0x9000, turn)
        rig.run()
    frames = rig.frames()
    assert len(frames) == 900 and len(set(frames.values())) == 2


def test_every_first_touch_costs_a_fault():
    rig = WalkerRig(fault_cycles=200)
    rig.ask(0, 0x5000, 1)
    rig.ask(5000, 0x5000, 2)
    rig.run()
    ends = [sent.when_ps // NS for sent in rig.sent if sent.kind == REPLY]
    assert ends == [1 + 5 * (11 + 200), 5001 + 2 * 11]  # four tables and a page; then two reads
    assert rig.state[0].faults == 5


def test_large_pages_share_their_frame_with_no_table_and_tables_share_theirs():
    rig = WalkerRig(page_bytes=2 << 20, levels=4)
    rig.ask(0, 0x40_0000, 1)
    rig.run()
    assert rig.frames() == {1: 2}  # frame 1 holds the tables
    assert {sent.address >> 21 for sent in rig.reads()} == {1}
    assert len({sent.address for sent in rig.reads()}) == 4  # the root is its own first table


def test_two_walks_begin_per_cycle():
    rig = WalkerRig()
    for tag in range(3):
        rig.ask(10, tag << 39, tag)
    rig.run()
    assert sorted(sent.when_ps // NS for sent in rig.reads())[:3] == [11, 11, 12]


def test_walks_that_read_the_same_line_have_it_together():
    rig = WalkerRig()
    rig.ask(0, 0x1234_5000)  # leaves the tables of the region
    rig.ask(1000, 0x1234_6000, 1)
    rig.ask(1004, 0x1234_7000, 2)
    rig.run()
    times = [sent.when_ps // NS for sent in rig.reads()][5:]
    assert times == [1001, 1005, 1012, 1012]  # the line of the first comes in 1011


def test_walks_go_on_in_the_order_in_which_they_asked():
    rig = WalkerRig()
    rig.ask(0, 0x1234_0000)  # leaves the tables of the region
    rig.ask(1000, 0x1230_0000, 1)  # ends before the last of the others begins, in its place
    for at_ns, tag in ((1015, 2), (1017, 3), (1024, 4)):
        rig.ask(at_ns, 0x1234_0000 + tag * 0x1000, tag)
    rig.run()
    frames = rig.frames()
    assert frames[2] < frames[3] < frames[4]
    reads = [(sent.when_ps // NS, sent.address % 4096 // 8 - 0x140) for sent in rig.reads()]
    assert reads[-3:] == [(1027, 2), (1027, 3), (1028, 4)]


def test_replies_for_a_line_that_was_taken_are_nobodys():
    """A walk may ask twice before the first answer comes, so its requests have different tags."""
    rig = WalkerRig()
    rig.ask(0, 0x1234_0000)
    rig.ask(1000, 0x1234_1000, 1)
    rig.ask(1008, 0x1234_2000, 2)
    rig.run()
    tags = [sent.tag for sent in rig.reads()]
    assert len(set(tags)) == len(tags)
    times = [sent.when_ps // NS for sent in rig.reads()][5:]
    assert times == [1001, 1009, 1012, 1012]


def test_a_walk_that_waits_for_a_fault_holds_up_those_behind_it():
    rig = WalkerRig(fault_cycles=200)
    rig.ask(0, 0x1234_5000)
    rig.ask(5000, 0x1240_0000, 1)  # makes a table in 5011
    rig.ask(5006, 0x1234_5000, 2)  # finds its table in 5017
    rig.run()
    times = [sent.when_ps // NS for sent in rig.reads() if sent.when_ps > 5000 * NS]
    assert times == [5001, 5007, 5212, 5212, 5423]


def test_frames_in_random_order_are_all_there_once_and_the_same_for_a_seed():
    small = {"memory_bytes": 64 << 20}
    shuffled = frame_list(WalkerConfig(**small))
    assert sorted(shuffled) == list(range(256, 16384))
    assert shuffled.tolist() != sorted(shuffled)
    assert shuffled.tolist() == frame_list(WalkerConfig(**small)).tolist()
    assert shuffled.tolist() != frame_list(WalkerConfig(seed=2, **small)).tolist()


@pytest.mark.parametrize("wastes_frames", [False, True])
def test_more_pages_than_frames_are_refused(wastes_frames: bool):
    rig = WalkerRig(memory_bytes=4 << 20, page_bytes=1 << 20, wastes_frames=wastes_frames)
    for page in range(4):
        rig.ask(1000 * page, page << 20, page)
    with pytest.raises(ProtocolError, match="touches more pages than memory has frames"):
        rig.run()


def test_a_page_that_is_no_power_of_two_is_refused():
    with pytest.raises(ConfigError, match="WalkerConfig.page_bytes must be a power of two"):
        WalkerRig(page_bytes=5000)


def test_a_step_at_which_nothing_is_due_changes_nothing():
    rig = WalkerRig(fault_cycles=7)
    for tag in range(6):
        rig.ask(3 * tag, tag * 0x12_3000, tag)
    while (due_ps := rig.due_ps()) < 10_000 * NS:
        if due_ps > rig.now_ps + 1:
            before, next_ps = rig.snapshot(), rig.next_ps
            rig.call((rig.now_ps + due_ps) // 2)
            assert rig.snapshot() == before
            rig.next_ps = min(rig.next_ps, next_ps)
        rig.call(due_ps)
    assert len(rig.frames()) == 6
