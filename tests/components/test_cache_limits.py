"""One level of cache under load: bandwidth, ports, MSHRs, targets, write-backs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.messages import PREFETCH, READ, REPLY, WRITE, WRITE_BACK
from tests.components.cache_rig import LINE, NS, SET, CacheRig, requests


def warm(cache: CacheRig, *addresses: int) -> None:
    """Bring lines in long before time 1000 ns."""
    for turn, address in enumerate(addresses):
        cache.ask(100 * turn, address, 900 + turn)
    cache.run(1000 * NS)
    cache.sent.clear()


def test_look_ups_beyond_the_bandwidth_wait_a_cycle_each():
    cache = CacheRig(tags_per_cycle=1)
    warm(cache, 0, LINE, 2 * LINE)
    for tag in range(3):
        cache.ask(1000, LINE * tag, tag)
    cache.run()
    assert cache.answered_ns() == {0: 1003, 1: 1004, 2: 1005}


def test_two_look_ups_per_cycle_serve_two_at_once():
    cache = CacheRig(tags_per_cycle=2)
    warm(cache, 0, LINE, 2 * LINE, 3 * LINE)
    for tag in range(4):
        cache.ask(1000, LINE * tag, tag)
    cache.run()
    assert cache.answered_ns() == {0: 1003, 1: 1003, 2: 1004, 3: 1004}


@pytest.mark.parametrize(("hit_cycles", "hurries", "begun"), [
    (1, False, [0, 0, 2, 2, 4, 4]),  # a look-up of one cycle is still under way in the next
    (3, False, [2, 2, 3, 3, 5, 5]),  # four under way at most
    (3, True, [0, 0, 1, 1, 2, 2]),
])  # fmt: skip
def test_in_warm_up_look_ups_end_at_once_and_as_many_begin_in_the_next_cycle(
    hit_cycles: int, hurries: bool, begun: list[int]
):
    cache = CacheRig(tags_per_cycle=2, hit_cycles=hit_cycles, mshrs=8)
    if hurries:
        cache.state[0].hit_cycles = 1
    for tag in range(6):
        cache.ask(10, tag * LINE, tag)
    cache.run()
    assert [when_ns - 11 for when_ns, _ in cache.below(READ)] == begun


def test_ports_are_served_in_turn_each_cycle_another_first():
    for begun_ns, order in ((999, (0, 1, 2)), (1000, (1, 2, 0)), (1001, (2, 0, 1))):
        cache = CacheRig(above=3, tags_per_cycle=1)
        warm(cache, 0)
        for port in (2, 0, 1):
            cache.ask(begun_ns, 0, port=port)
        cache.run()
        first_ns = begun_ns + 3
        # the turn goes on while a port waits: its next one is that of the next cycle
        assert cache.answered_ns(order[0])[0] == first_ns
        assert {cache.answered_ns(port)[0] for port in order[1:]} == {first_ns + 1, first_ns + 2}


def test_every_port_has_its_share_of_the_look_ups_of_a_cycle():
    cache = CacheRig(above=2, tags_per_cycle=3)
    warm(cache, 0, LINE, 2 * LINE)
    for tag in range(3):
        cache.ask(1000, LINE * tag, tag)
    cache.run()
    assert cache.answered_ns() == {0: 1003, 1: 1004, 2: 1005}  # three halved is one


def test_requests_for_one_line_that_wait_together_are_one_look_up():
    cache = CacheRig(tags_per_cycle=1)
    for tag in range(3):
        cache.ask(1000, 8 * tag, tag)
    cache.ask(1001, 0, 3)  # too late to share it; it joins the miss
    cache.run()
    assert cache.answered_ns() == dict.fromkeys(range(4), 1000 + 3 + 50 + 1)
    assert (cache.count("joined"), cache.count("misses"), cache.count("merges")) == (2, 1, 1)


def test_requests_for_one_line_from_two_ports_are_two_look_ups():
    cache = CacheRig(above=2)
    cache.ask(1000, 0, 1)
    cache.ask(1000, 8, 1, port=1)
    cache.run()
    assert (cache.count("joined"), cache.count("merges")) == (0, 1)


def test_on_a_port_writes_go_before_reads_before_prefetches():
    cache = CacheRig(tags_per_cycle=1)
    warm(cache, 0, LINE, 2 * LINE)
    cache.ask(1000, 0, 1, kind=PREFETCH)
    cache.ask(1000, LINE, 2)
    cache.ask(1000, 2 * LINE, 3, kind=WRITE)
    cache.run()
    assert cache.answered_ns() == {3: 1003, 2: 1004, 1: 1005}


def test_a_miss_without_an_mshr_waits_for_a_fill_and_holds_up_all_behind_it():
    cache = CacheRig(above=2, mshrs=1, tags_per_cycle=1)
    warm(cache, 3 * LINE)
    cache.ask(1000, 0, 1)
    cache.ask(1001, LINE, 2)
    cache.ask(1002, 3 * LINE, 3)  # two are under way, and in 1003 it is the other port's turn
    cache.ask(1003, 3 * LINE, 4, port=1)  # would hit, but stands behind
    cache.run()
    fill_ns = 1000 + 3 + 50
    assert cache.below() == [(1003, 0), (fill_ns + 1, LINE)]  # it ends in the cycle of the fill
    assert cache.answered_ns(0)[2] == fill_ns + 1 + 50 + 1
    assert cache.answered_ns(1)[4] == fill_ns + 1 + 1  # one ends per cycle
    assert cache.answered_ns(0)[3] == fill_ns + 1 + 3  # begins when there is room again
    assert cache.count("stalls") == 1


def test_no_more_look_ups_begin_while_as_many_are_blocked_as_fit():
    cache = CacheRig(mshrs=1, tags_per_cycle=2)
    warm(cache, 3 * LINE)
    for tag in range(5):  # one goes below; 2 * (3 - 1) others are blocked
        cache.ask(1000 + tag, tag * SET, tag)
    cache.ask(1010, 3 * LINE, 9)  # would hit
    cache.run()
    fills_ns = [1053, 1053 + 51, 1053 + 2 * 51, 1053 + 3 * 51]
    assert [when_ns for when_ns, _ in cache.below()[1:]] == [at_ns + 1 for at_ns in fills_ns]
    # two are tried per cycle: it is one of them a cycle after only one is left in front of it
    assert cache.answered_ns()[9] == fills_ns[2] + 2


@pytest.mark.parametrize(
    ("mshrs", "last_ns"),
    [(1, 3 + 50 + 3 * 51 + 1), (2, 3 + 50 + 51 + 1), (4, 53 + 1 + 1)],
)
def test_mshrs_decide_how_many_misses_overlap(mshrs: int, last_ns: int) -> None:
    cache = CacheRig(mshrs=mshrs, tags_per_cycle=4 if mshrs < 4 else 2)
    for tag in range(4):  # look-ups overlap, memory does not; with four the tags are the limit
        cache.ask(0, tag * LINE, tag)
    cache.run()
    assert max(cache.answered_ns().values()) == last_ns


def test_a_request_that_finds_no_target_left_waits_for_the_fill():
    cache = CacheRig(targets=2)
    for tag in range(3):
        cache.ask(10 + tag, 8 * tag, tag)
    cache.run()
    assert cache.answered_ns() == {0: 64, 1: 64, 2: 63 + 1}  # fill at 63: now a hit


def test_write_backs_beyond_the_slots_wait_for_an_acknowledgement():
    cache = CacheRig(write_backs=1, tags_per_cycle=4, fills_per_cycle=4)
    for tag in range(4):  # two of each set fit, four do not
        cache.ask(0, tag * SET, tag, kind=WRITE_BACK)
    cache.run()
    assert cache.answered_ns() == dict.fromkeys(range(4), 1)  # their look-ups begin at once
    place_ns = 3 - 1 + 1  # end of the look-up, fill
    assert cache.below(WRITE_BACK) == [(place_ns + 1, 0), (place_ns + 1 + 50 + 1, SET)]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.integers(0, 15),
            st.sampled_from([READ, WRITE, WRITE_BACK]),
            st.integers(0, 1),
        ),
        max_size=60,
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["lru", "random"]),
    st.sampled_from(["none"]),
)
def test_every_request_is_answered_once_and_everything_is_given_back(
    asked: list[tuple[int, int, int, int]],
    mshrs: int,
    targets: int,
    replacement: str,
    prefetcher: str,
) -> None:
    cache = CacheRig(
        above=2, mshrs=mshrs, targets=targets, write_backs=1,
        replacement=replacement, prefetcher=prefetcher,
    )  # fmt: skip
    at_ns = 0
    for tag, (gap_ns, line, kind, port) in enumerate(asked):
        at_ns += gap_ns
        cache.ask(at_ns, line * LINE, tag, kind=kind, port=port)
    cache.run()
    answered = {**cache.answered_ns(0), **cache.answered_ns(1)}
    assert sorted(answered) == list(range(len(asked)))
    found = cache.count("hits") + cache.count("misses") + cache.count("merges")
    assert cache.count("accesses") == found
    assert found + cache.count("written_back") + cache.count("joined") == len(asked)
    assert cache.count("fills") == cache.count("misses") + cache.count("prefetches")
    assert cache.count("open_misses") == 0
    below = requests(cache.sent)
    assert len(below) == cache.count("fills") + cache.count("sent_back")


@settings(max_examples=40)
@given(st.data())
def test_a_step_at_which_nothing_is_due_changes_nothing(data: st.DataObject) -> None:
    cache = CacheRig(above=2, mshrs=1, targets=1, tags_per_cycle=1)
    for tag in range(data.draw(st.integers(1, 20))):
        at_ns = data.draw(st.integers(0, 100))
        kind = data.draw(st.sampled_from([READ, WRITE, WRITE_BACK]))
        cache.ask(at_ns, LINE * data.draw(st.integers(0, 12)), tag, kind=kind, port=tag % 2)
    while (due_ps := cache.due_ps()) < 1000 * NS:
        if due_ps > cache.now_ps + 1:
            between_ps = data.draw(st.integers(cache.now_ps, due_ps - 1))
            before, next_ps = cache.snapshot(), cache.next_ps
            cache.call(between_ps)
            assert cache.snapshot() == before
            cache.next_ps = min(cache.next_ps, next_ps)
        cache.call(due_ps)
    assert all(sent.kind != REPLY or sent.when_ps > 0 for sent in cache.sent)


def test_a_look_up_behind_one_that_finds_no_mshr_goes_on_in_a_wider_cache():
    for tags, passes in ((1, False), (2, True)):
        cache = CacheRig(tags_per_cycle=tags, mshrs=1)
        warm(cache, 0)
        cache.ask(1000, LINE, 1)
        cache.ask(1001, 2 * LINE, 2)
        cache.ask(1002, 0, 3)
        cache.run()
        answered = cache.answered_ns()
        assert (answered[3] == 1002 + 3) == passes
        assert answered[1] < answered[2]
