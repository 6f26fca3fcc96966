"""Replacement and prefetch policies of a cache."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.cache import replacement
from components.cache.plug_ins import REPLACEMENTS
from cosim import ConfigError, ProtocolError
from cosim.messages import FETCH, POSTED, PREFETCH, READ, WRITE, WRITE_BACK
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


def test_next_line_prefetch_begins_when_the_look_up_ends_and_takes_one_itself():
    cache = CacheRig(prefetcher="next_line")
    cache.ask(10, 0)
    cache.run()
    assert cache.below(READ) == [(13, 0)]
    assert cache.below(PREFETCH) == [(13 + 3, LINE)]  # it begins a cycle after 12, and ends in 15
    assert (cache.count("prefetches_asked"), cache.count("prefetches")) == (1, 1)


def test_every_load_asks_for_the_line_behind_it_and_stores_ask_for_none():
    cache = CacheRig(prefetcher="next_line")
    for turn, kind in enumerate((READ, READ, WRITE, FETCH, WRITE_BACK)):
        cache.ask(100 * turn, 0, turn, kind=kind)
    cache.run()
    assert cache.count("prefetches_asked") == 3
    assert len(cache.below(PREFETCH)) == 1  # the others find their line here


def test_prefetches_from_above_ask_too_but_own_ones_do_not():
    cache = CacheRig(prefetcher="next_line")
    cache.ask(0, 0, kind=PREFETCH)
    cache.run()
    assert [address for _, address in cache.below(PREFETCH)] == [0, LINE]


def test_the_first_use_of_a_prefetched_line_counts_as_useful_once():
    cache = CacheRig(prefetcher="next_line")
    for tag, line in enumerate((0, 1, 1)):
        cache.ask(100 * tag, line * LINE, tag)
    cache.run()
    assert cache.answered_ns()[1] == 103  # a hit
    assert cache.count("prefetch_hits") == 1


def test_a_prefetched_line_that_leaves_unused_is_useless():
    cache = CacheRig(prefetcher="next_line")
    for tag, line in enumerate((0, 5, 9, 13)):  # line 1 is fetched ahead; 5, 9 and 13 push it out
        cache.ask(100 * tag, line * LINE, tag)
    cache.run()
    assert cache.count("prefetches_useless") >= 1


def test_a_request_that_joins_a_prefetch_counts_as_its_use():
    cache = CacheRig(prefetcher="next_line")
    cache.ask(0, 0)
    cache.ask(10, LINE, 1)
    cache.run()
    assert cache.answered_ns()[1] == 3 + 3 + 50 + 1  # with the prefetch, which began after 2
    assert (cache.count("merges"), cache.count("prefetch_hits")) == (1, 1)


def test_a_next_line_that_finds_the_queue_full_is_forgotten():
    cache = CacheRig(prefetcher="next_line", prefetch_queue=1, tags_per_cycle=2)
    for tag in range(2):  # both end in one cycle, in which nothing leaves the queue
        cache.ask(10, 8 * tag * LINE, tag)
    cache.run()
    assert [address for _, address in cache.below(PREFETCH)] == [LINE]


def test_strides_that_find_the_queue_full_are_asked_for_again():
    cache = CacheRig(prefetcher="ip_stride", prefetch_queue=1)
    for tag, line in enumerate((0, 2, 4)):
        cache.ask(100 * tag, line * LINE, tag, value=0x400)
    cache.run()
    assert [address // LINE for _, address in cache.below(PREFETCH)] == [6, 8, 10]


def test_a_stride_is_followed_three_lines_ahead_once_it_has_come_twice():
    cache = CacheRig(prefetcher="ip_stride", size_bytes=64 * 1024, mshrs=16)
    for turn, line in enumerate((0, 2, 4)):
        cache.ask(100 * turn, line * LINE, turn, value=0x400)
    cache.run()
    assert [address // LINE for _, address in cache.below(PREFETCH)] == [6, 8, 10]
    begun = [when_ns - 3 for when_ns, _ in cache.below(PREFETCH)]
    assert begun == [203, 204, 205]  # one per cycle after the look-up ends in 202


def test_strides_belong_to_instructions():
    cache = CacheRig(prefetcher="ip_stride", size_bytes=64 * 1024)
    for turn, line in enumerate((0, 2, 4)):
        cache.ask(100 * turn, line * LINE, turn, value=0x400 + 4 * turn)
    cache.run()
    assert cache.below(PREFETCH) == []


def test_a_stride_stops_at_the_end_of_the_page():
    cache = CacheRig(prefetcher="ip_stride", size_bytes=64 * 1024)
    for turn, line in enumerate((56, 58, 60)):  # 64 lines are a page
        cache.ask(100 * turn, line * LINE, turn, value=0x400)
    cache.run()
    assert [address // LINE for _, address in cache.below(PREFETCH)] == [62]


def test_a_stride_fills_the_level_below_while_half_of_the_mshrs_are_taken():
    cache = CacheRig(prefetcher="ip_stride", size_bytes=64 * 1024, mshrs=2)
    for turn, line in enumerate((0, 2, 4)):
        cache.ask(100 * turn, line * LINE, turn, value=0x400)
    cache.run()
    passed = [sent for sent in cache.sent if sent.kind == PREFETCH]
    assert [sent.tag for sent in passed] == [POSTED] * 3  # the miss of line 4 takes one of two
    assert cache.count("prefetches") == 0


def test_srrip_lets_lines_that_were_used_again_stay():
    cache = CacheRig(replacement="srrip")
    for turn, address in enumerate((0, 0, SET, 2 * SET, 3 * SET, 0)):
        cache.ask(100 * turn, address, turn)
    cache.run()
    assert cache.answered_ns()[5] == 503  # the others came and went


def newest(ages, draw):
    return ages.argmax()


def count_up(ages, way, is_fill):
    ages[way] = ages.max() + 1


def test_a_policy_of_the_user_decides_who_leaves():
    if "newest" not in REPLACEMENTS:
        replacement("newest", touch=count_up, victim=newest)
    cache = CacheRig(replacement="newest")
    for turn, address in enumerate((0, SET, 2 * SET, 0)):
        cache.ask(100 * turn, address, turn)
    cache.run()
    assert cache.answered_ns()[3] == 303  # line SET made room, not line 0


def test_functions_with_other_arguments_are_refused():
    with pytest.raises(ConfigError, match="replacement odd.touch must take 3 arguments, not 2"):
        replacement("odd", touch=newest, victim=newest)


def test_functions_that_do_not_compile_are_refused_when_they_are_named():
    def words(ages, draw):
        return "none"

    if "wordy" not in REPLACEMENTS:
        replacement("wordy", touch=count_up, victim=words)
    with pytest.raises(ConfigError, match="replacement wordy.victim must compile for"):
        CacheRig(replacement="wordy")


def test_a_name_that_is_taken_and_one_that_is_unknown_are_refused():
    with pytest.raises(ConfigError, match="replacement srrip must have a name of its own"):
        replacement("srrip", touch=count_up, victim=newest)
    with pytest.raises(ConfigError, match="replacement must be one of .* did you mean srrip"):
        CacheRig(replacement="srip")


def test_a_policy_that_chooses_no_way_is_refused():
    def outside(ages, draw):
        return len(ages)

    if "outside" not in REPLACEMENTS:
        replacement("outside", touch=count_up, victim=outside)
    cache = CacheRig(replacement="outside")
    for turn in range(3):
        cache.ask(100 * turn, turn * SET, turn)
    with pytest.raises(ProtocolError, match="a replacement policy must choose a way of the set"):
        cache.run()
