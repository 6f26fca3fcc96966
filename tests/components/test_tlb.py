"""Caches that translate: hidden look-ups, late translations, restarts, and TLBs themselves."""

from typing import Any

from components.cache import CacheConfig, TlbConfig
from components.cache.behaviour import step
from components.cache.tables import connect, new_tables
from cosim import Clock
from cosim.messages import READ, REPLY, TRANSLATION, WRITE
from tests.components.rig import Rig, Sent

NS = 1000
MEMORY_NS = 50
FRAMES = 7
"""A page's frame is its number and this."""


class Translated(Rig):
    """A cache of 1 GHz whose translator answers after some ns; ports: two above, below, it."""

    def __init__(self, translator_ns: int, **changes: Any) -> None:
        config = CacheConfig(**{"hit_cycles": 3, "mshrs": 4, "tags_per_cycle": 2, **changes})
        self.translator_ns = translator_ns
        super().__init__(step, new_tables(config, Clock(10**9)), 4, self.reply)
        connect(self.state, 2, translates=True)

    def reply(self, sent: Sent) -> tuple[int, int]:
        if sent.port == 3:
            return self.translator_ns * NS, (sent.address >> 12) + FRAMES
        return MEMORY_NS * NS, 0

    def ask(self, at_ns: int, address: int, tag: int, kind: int = READ, port: int = 0) -> None:
        self.deliver(port, at_ns * NS, kind, address, tag)

    def answered_ns(self) -> dict[int, int]:
        return {sent.tag: sent.when_ps // NS for sent in self.sent if sent.kind == REPLY}


def test_a_translation_in_time_costs_nothing():
    rig = Translated(1)
    rig.ask(10, 0x5040, 1)
    rig.ask(100, 0x5040, 2)
    rig.run()
    below = [sent for sent in rig.sent if sent.port == 2]
    assert [(sent.when_ps // NS, sent.address) for sent in below] == [(13, 0xC040)]  # frame 5 + 7
    assert rig.answered_ns() == {1: 10 + 3 + 50 + 1, 2: 103}


def test_a_late_look_up_begins_again_when_its_translation_comes():
    rig = Translated(20)
    rig.ask(100, 0x5040, 1)
    rig.run()
    below = [sent.when_ps // NS for sent in rig.sent if sent.port == 2]
    assert below == [100 + 1 + 20 + 3]  # asked at 101, there at 121; a look-up


def test_others_pass_a_look_up_that_waits_for_its_translation():
    rig = Translated(20)
    rig.ask(100, 0x5040, 1)
    rig.ask(101, 0x9000, 2, kind=TRANSLATION, port=1)  # a page walk: its address is physical
    rig.run()
    first = next(sent for sent in rig.sent if sent.port == 2)
    assert (first.when_ps // NS, first.address) == (101 + 3, 0x9000)


def test_stores_are_kept_under_their_frame():
    rig = Translated(1)
    rig.ask(10, 0x5040, 1, kind=WRITE)
    rig.run()
    assert [sent.address for sent in rig.sent if sent.port == 2] == [0xC040]


def tlb(**changes: Any) -> Rig:
    config = TlbConfig(**{"entries": 8, "ways": 2, "tags_per_cycle": 2, **changes})

    def answer(sent: Any) -> tuple[int, int]:
        return 30 * NS, (sent.address >> 12) + FRAMES

    rig = Rig(step, new_tables(config, Clock(10**9)), 2, answer)
    connect(rig.state, 1, translates=False)
    return rig


def test_a_tlb_asks_below_with_the_whole_address_and_keeps_the_frame():
    rig = tlb()
    rig.deliver(0, 10 * NS, READ, 0x5678, 1)
    rig.deliver(0, 100 * NS, READ, 0x5A00, 2)
    rig.run()
    asked = [sent for sent in rig.sent if sent.port == 1]
    assert [(sent.when_ps // NS, sent.address) for sent in asked] == [(11, 0x5678)]
    replies = {sent.tag: (sent.when_ps // NS, sent.value) for sent in rig.sent if sent.port == 0}
    assert replies == {1: (11 + 30 + 1, 12), 2: (101, 12)}


def test_requests_for_a_page_that_wait_together_are_one_look_up():
    rig = tlb()
    for tag in range(3):
        rig.deliver(0, 10 * NS, READ, 0x5000 + 64 * tag, tag)
    rig.run()
    assert len([sent for sent in rig.sent if sent.port == 1]) == 1
    assert [sent.value for sent in rig.sent if sent.port == 0] == [12] * 3


def test_look_ups_of_one_cycle_are_still_under_way_in_the_next():
    rig = tlb(entries=64)
    for turn in range(2):  # the second time all pages are known
        for tag in range(5):
            rig.deliver(0, (10 + 1000 * turn) * NS, READ, tag << 12, 5 * turn + tag)
    rig.run()
    times = [sent.when_ps // NS for sent in rig.sent if sent.port == 0 and sent.tag >= 5]
    assert times == [1011, 1011, 1013, 1013, 1015]  # two at a time, every other cycle
