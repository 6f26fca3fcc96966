"""One level of cache: times of hits, misses, fills and write-backs, on a 1 ns clock."""

from cosim.messages import FETCH, POSTED, PREFETCH, READ, RFO, WRITE, WRITE_BACK
from tests.components.cache_rig import LINE, SET, CacheRig


def test_a_miss_takes_look_up_memory_and_fill():
    cache = CacheRig()
    cache.ask(10, 0x108)
    cache.run()
    assert cache.below() == [(10 + 3, 0x100)]  # hit_cycles; the whole line is asked for
    assert cache.answered_ns() == {0: 10 + 3 + 50 + 1}  # look-up, memory, fill


def test_a_hit_takes_the_look_up_only():
    cache = CacheRig()
    cache.ask(10, 0x108)
    cache.ask(100, 0x130, 1)
    cache.run()
    assert cache.answered_ns()[1] == 100 + 3
    assert (cache.count("hits"), cache.count("misses"), cache.count("accesses")) == (1, 1, 2)


def test_requests_for_a_line_on_its_way_share_one_miss():
    cache = CacheRig()
    for tag, at_ns in enumerate((10, 11, 40)):
        cache.ask(at_ns, 0x100 + 8 * tag, tag)
    cache.run()
    assert len(cache.below()) == 1
    assert cache.answered_ns() == dict.fromkeys(range(3), 10 + 3 + 50 + 1)
    assert (cache.count("misses"), cache.count("merges"), cache.count("fills")) == (1, 2, 1)


def test_a_request_at_the_moment_of_the_fill_is_a_hit():
    cache = CacheRig()
    cache.ask(10, 0x100)
    cache.ask(63, 0x100, 1)  # the line comes at 10 + 3 + 50
    cache.run()
    assert cache.answered_ns()[1] == 63 + 3
    assert cache.count("hits") == 1


def test_a_request_between_edges_waits_for_the_next_edge():
    cache = CacheRig()
    cache.ask(0, 0x100)
    cache.ask(100.001, 0x100, 1)
    cache.run()
    assert cache.answered_ns()[1] == 101 + 3


def test_the_line_used_longest_ago_makes_room():
    cache = CacheRig()
    a, b, c = 0, SET, 2 * SET  # two ways for three lines
    for tag, address in enumerate((a, b, a, c, a, b)):
        cache.ask(100 * tag, address, tag)
    cache.run()
    assert [address for _, address in cache.below()] == [a, b, c, b]
    assert (cache.count("hits"), cache.count("evictions")) == (2, 2)


def test_a_clean_line_leaves_silently_and_a_stored_one_is_written_back():
    cache = CacheRig()
    cache.ask(0, 0, kind=WRITE)
    cache.ask(100, SET, 1)
    cache.ask(200, 2 * SET, 2)  # pushes out line 0, stored
    cache.ask(300, 3 * SET, 3)  # pushes out line SET, clean
    cache.run()
    assert cache.below(WRITE_BACK) == [(200 + 3 + 50 + 1, 0)]  # a cycle after the fill
    assert (cache.count("sent_back"), cache.count("evictions")) == (1, 2)


def test_a_store_asks_below_for_its_line_and_a_fetch_stays_a_fetch():
    cache = CacheRig()
    cache.ask(0, 0, kind=WRITE)
    cache.ask(0, LINE, 1, kind=FETCH)
    cache.run()
    kinds = [sent.kind for sent in cache.sent if sent.port == 1]
    assert kinds == [RFO, FETCH]
    assert (cache.count("writes"), cache.count("fetches")) == (1, 1)


def test_a_store_to_a_line_on_its_way_makes_it_dirty():
    cache = CacheRig()
    cache.ask(0, 0)
    cache.ask(10, 8, 1, kind=WRITE)
    cache.ask(100, SET, 2)
    cache.ask(200, 2 * SET, 3)
    cache.run()
    assert cache.below(WRITE_BACK) == [(200 + 3 + 50 + 1, 0)]


def test_a_line_written_back_from_above_is_placed_without_a_read():
    cache = CacheRig()
    cache.ask(0, 0, kind=WRITE_BACK)
    cache.ask(100, 0, 1)
    cache.run()
    assert cache.below() == []
    assert cache.answered_ns() == {0: 1, 1: 103}  # acknowledged after a cycle; then a hit
    assert (cache.count("written_back"), cache.count("accesses")) == (1, 1)


def test_a_line_written_back_from_above_is_dirty():
    for first in (READ, WRITE_BACK):  # it may be here already, or not
        cache = CacheRig()
        cache.ask(0, 0, kind=first)
        cache.ask(100, 0, 1, kind=WRITE_BACK)
        cache.ask(200, SET, 2)
        cache.ask(300, 2 * SET, 3)
        cache.run()
        assert cache.below(WRITE_BACK) == [(300 + 3 + 50 + 1, 0)]


def test_a_line_written_back_while_its_miss_is_under_way_joins_it():
    cache = CacheRig(above=2)
    cache.ask(0, 0)
    cache.ask(10, 0, kind=WRITE_BACK, port=1)
    cache.ask(100, SET, 1)
    cache.ask(200, 2 * SET, 2)
    cache.run()
    assert cache.answered_ns(1) == {0: 11}
    assert cache.below(WRITE_BACK) == [(200 + 3 + 50 + 1, 0)]


def test_posted_requests_are_served_and_not_answered():
    cache = CacheRig()
    cache.ask(0, 0, POSTED, kind=WRITE)
    cache.ask(100, 0, POSTED, kind=WRITE_BACK)
    cache.ask(200, 0, 1)
    cache.run()
    assert cache.answered_ns() == {1: 203}


def test_prefetches_from_above_fill_without_counting_as_accesses():
    cache = CacheRig()
    cache.ask(0, 0, kind=PREFETCH)
    cache.ask(100, 0, 1)
    cache.run()
    assert [sent.kind for sent in cache.sent if sent.port == 1] == [PREFETCH]
    assert (cache.count("accesses"), cache.count("hits"), cache.count("misses")) == (1, 1, 0)
    assert cache.count("prefetch_requests") == 1
