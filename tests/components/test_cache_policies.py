"""Replacement and prefetch policies of a cache."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.messages import PREFETCH, READ
from tests.components.cache_rig import LINE, SET, CacheRig


@settings(max_examples=60)
@given(st.lists(st.integers(0, 15), max_size=80))
def test_least_recently_used_keeps_what_was_used_last_of_each_set(lines: list[int]) -> None:
    cache = CacheRig()
    kept: dict[int, list[int]] = {}
    hits = 0
    for turn, line in enumerate(lines):
        cache.ask(100 * turn, line * LINE, turn)
        ways = kept.setdefault(line % 4, [])  # four sets of two ways, last used at the end
        if line in ways:
            hits += 1
            ways.remove(line)
        ways.append(line)
        del ways[:-2]
    cache.run()
    assert cache.count("hits") == hits


def test_random_replacement_is_the_same_every_time_and_uses_both_ways():
    runs = []
    for _ in range(2):
        cache = CacheRig(replacement="random")
        for turn in range(40):
            cache.ask(100 * turn, (turn * 7 % 5) * SET, turn)
        cache.run()
        runs.append(cache.below())
    assert runs[0] == runs[1]
    assert 0 < cache.count("hits") < 38  # of 40, at least five misses


def test_random_replacement_fills_empty_ways_first():
    cache = CacheRig(replacement="random")
    for turn, address in enumerate((0, SET, 0, SET)):
        cache.ask(100 * turn, address, turn)
    cache.run()
    assert cache.count("hits") == 2


def test_without_a_prefetcher_nothing_is_fetched_ahead():
    cache = CacheRig()
    cache.ask(0, 0)
    cache.run()
    assert cache.below(PREFETCH) == []


def test_next_line_prefetch_follows_a_miss():
    cache = CacheRig(prefetcher="next_line")
    cache.ask(10, 0)
    cache.run()
    assert cache.below(READ) == [(13, 0)]
    assert cache.below(PREFETCH) == [(13, LINE)]
    assert cache.count("prefetches") == 1


def test_first_use_of_a_prefetched_line_fetches_the_one_behind_it():
    cache = CacheRig(prefetcher="next_line")
    for tag, line in enumerate((0, 1, 1)):
        cache.ask(100 * tag, line * LINE, tag)
    cache.run()
    assert cache.answered_ns()[1] == 103  # a hit
    assert [address for _, address in cache.below(PREFETCH)] == [LINE, 2 * LINE]
    assert cache.count("prefetch_hits") == 1  # the second use is no first use


def test_a_request_that_joins_a_prefetch_counts_as_its_use():
    cache = CacheRig(prefetcher="next_line")
    cache.ask(0, 0)
    cache.ask(10, LINE, 1)
    cache.run()
    assert cache.answered_ns()[1] == 3 + 50 + 1
    assert (cache.count("merges"), cache.count("prefetch_hits")) == (1, 1)


def test_prefetch_stays_in_its_page():
    cache = CacheRig(prefetcher="next_line")
    cache.ask(0, 4096 - LINE)
    cache.run()
    assert cache.below(PREFETCH) == []


def test_prefetch_takes_no_mshr_that_is_not_free():
    cache = CacheRig(prefetcher="next_line", mshrs=1)
    cache.ask(0, 0)
    cache.run()
    assert cache.below(PREFETCH) == []
