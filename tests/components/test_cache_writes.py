"""Write policies, allocation, and lines that are here or above but not both."""

from cosim.messages import READ, RFO, WRITE, WRITE_BACK
from tests.components.cache_rig import LINE, SET, CacheRig


def test_a_store_is_written_through_at_once_and_leaves_its_line_clean():
    cache = CacheRig(write_policy="through")
    for turn, (address, kind) in enumerate([(0, READ), (0, WRITE), (SET, READ), (2 * SET, READ)]):
        cache.ask(100 * turn, address, turn, kind=kind)
    cache.run()
    assert cache.below(WRITE) == [(103, 0)]
    assert cache.below(WRITE_BACK) == []  # line 0 has left
    assert cache.answered_ns()[1] == 103
    assert cache.count("written_through") == 1


def test_a_store_that_misses_brings_its_line_only_if_it_allocates():
    for allocates, brought in ((True, [(3, 0)]), (False, [])):
        cache = CacheRig(write_policy="through", allocates_stores=allocates)
        cache.ask(0, 0, kind=WRITE)
        cache.run()
        assert cache.below(RFO) == brought
        assert cache.below(WRITE) == [(3, 0)]


def test_stores_written_through_wait_for_an_acknowledgement():
    cache = CacheRig(write_policy="through", allocates_stores=False, write_backs=1)
    for tag in range(2):
        cache.ask(0, tag * LINE, tag, kind=WRITE)
    cache.run()
    assert cache.below(WRITE) == [(3, 0), (3 + 50 + 1, LINE)]


def test_an_exclusive_level_keeps_only_what_comes_back_from_above():
    cache = CacheRig(inclusion="exclusive")
    cache.ask(0, 0)
    cache.ask(100, 0, 1)
    cache.run()
    assert cache.count("misses") == 2  # the line went up and did not stay
    cache.ask(1000, 0, 2, kind=WRITE_BACK)
    cache.ask(1100, 0, 3)
    cache.ask(1200, 0, 4)
    cache.run()
    assert cache.answered_ns()[3] == 1103  # it came back; then it moved up again
    assert cache.count("misses") == 3


def test_a_changed_line_that_moves_up_is_written_back_first():
    cache = CacheRig(inclusion="exclusive")
    cache.ask(0, 0, kind=WRITE_BACK)
    cache.ask(100, 0, 1)
    cache.run()
    assert cache.below(WRITE_BACK) == [(103, 0)]


def test_clean_lines_go_below_too_if_told_so_and_arrive_clean():
    cache = CacheRig(sends_clean_lines=True)
    for turn, address in enumerate((0, SET, 2 * SET)):
        cache.ask(100 * turn, address, turn)
    cache.run()
    (sent,) = [sent for sent in cache.sent if sent.kind == WRITE_BACK]
    assert (sent.address, sent.value) == (0, 1)  # 1: as it is below
    other = CacheRig()
    other.ask(0, sent.address, kind=WRITE_BACK, value=sent.value)
    for turn, address in enumerate((SET, 2 * SET)):
        other.ask(100 + 100 * turn, address, 1 + turn)
    other.run()
    assert other.below(WRITE_BACK) == []
