"""Inclusive and exclusive levels: lines taken away above, their changes, and what is refused."""

import re
from typing import Any

import pytest

from components.cache import Cache, CacheConfig
from components.interconnect import Bus, BusConfig
from cosim import Clock, ElaborationError, Module, Simulator, initiator_socket
from cosim.messages import INVALIDATE, INVALIDATED, POSTED, READ, WRITE, WRITE_BACK
from tests.components.cache_rig import LINE, NS, SET, CacheRig
from tests.components.fixed_memory import FixedMemory

CHANGED, MORE, SLOT, HOP = 1, 2, 512, 1 << 20
"""Parts of an answer, as the model sheet of inclusion.py has them."""

LEAVES_NS = 200 + 3 + 50
"""The third line of a set of two ways asks below after its look-up, and then pushes one out."""


def full(**changes) -> CacheRig:
    """Return a cache in which line 0 makes room at LEAVES_NS."""
    cache = CacheRig(**{"inclusion": "inclusive", "inner": 0b1, **changes})
    for turn in range(3):
        cache.ask(100 * turn, turn * SET, turn)
    return cache


def told(cache: CacheRig, kind: int, port: int = 0) -> list[tuple[float, int, int]]:
    """Return when (in ns) a kind was sent to a port, for what address, with what value."""
    sent = (one for one in cache.sent if one.kind == kind and one.port == port)
    return [(one.when_ps / NS, one.address, one.value) for one in sent]


def answer(cache: CacheRig, at_ns: float, value: int, port: int = 0, address: int = 0) -> None:
    cache.deliver(port, round(at_ns * NS), INVALIDATED, address, POSTED, value=value)


def invalidate(cache: CacheRig, at_ns: float, address: int, who: int = 0) -> None:
    cache.deliver(cache.above, round(at_ns * NS), INVALIDATE, address, POSTED, value=who)


def test_a_line_that_leaves_an_inclusive_level_is_asked_back_and_what_replaces_it_waits_not():
    cache = full()
    cache.run()
    assert told(cache, INVALIDATE) == [(LEAVES_NS + 1, 0, 0)]
    assert cache.answered_ns()[2] == LEAVES_NS + 1
    assert cache.below(WRITE_BACK) == []
    assert (cache.count("evictions"), cache.count("invalidations")) == (1, 1)


def test_changes_made_above_leave_with_the_line():
    cache = full()
    answer(cache, LEAVES_NS + 7, CHANGED)
    cache.run()
    assert told(cache, WRITE_BACK, port=1) == [(LEAVES_NS + 8, 0, 0)]  # 0: not as it is below
    assert (cache.count("changed_above"), cache.count("sent_back")) == (1, 1)
    assert cache.count("writes_out") == cache.count("leaving") == 0


def test_a_line_that_nobody_changed_leaves_without_a_write_back():
    cache = full()
    answer(cache, LEAVES_NS + 7, 0)
    cache.run()
    assert cache.below(WRITE_BACK) == []
    assert cache.count("writes_out") == cache.count("leaving") == 0


def test_a_changed_line_leaves_when_the_last_of_those_above_has_answered():
    cache = CacheRig(inclusion="inclusive", above=2, inner=0b11)
    cache.ask(0, 0, kind=WRITE_BACK)
    for turn in (1, 2):
        cache.ask(100 * turn, turn * SET, turn)
    answer(cache, LEAVES_NS + 4, 0, port=1)
    answer(cache, LEAVES_NS + 6, MORE)  # and one more of somebody above it
    answer(cache, LEAVES_NS + 9, 0)
    cache.run()
    assert cache.below(WRITE_BACK) == [(LEAVES_NS + 10, 0)]
    assert cache.count("changed_above") == 0  # it was changed here


def test_a_fill_waits_for_an_answer_if_no_slot_is_left_for_what_it_pushes_out():
    cache = full(write_backs=1)
    cache.ask(300, 3 * SET, 3)  # it pushes line SET out
    answer(cache, 400, 0)
    cache.run()
    assert [when_ns for when_ns, *_ in told(cache, INVALIDATE)] == [LEAVES_NS + 1, 401]
    assert cache.answered_ns()[3] == 401


def test_a_request_for_a_line_that_is_leaving_waits_until_it_has_left():
    cache = full()
    cache.ask(LEAVES_NS + 2, 0, 7)
    answer(cache, LEAVES_NS + 20, CHANGED)
    cache.run()
    after = [one for one in cache.below() if one[0] > LEAVES_NS]
    assert after == [(LEAVES_NS + 21, 0), (LEAVES_NS + 21, 0)]  # it goes below, then comes again
    kinds = [one.kind for one in cache.sent if one.port == 1][-2:]
    assert kinds == [WRITE_BACK, READ]


@pytest.mark.parametrize(("kind", "changed"), [(READ, 0), (WRITE, CHANGED)])
def test_a_level_gives_a_line_up_at_once_and_says_whether_it_was_changed(kind, changed):
    cache = CacheRig()
    cache.ask(0, 8, kind=kind)
    invalidate(cache, 100, 0, who=3 * SLOT)
    cache.ask(200, 0, 1)
    cache.run()
    assert told(cache, INVALIDATED, port=1) == [(101, 0, 3 * SLOT + changed)]
    assert cache.count("invalidated") == 1
    assert cache.answered_ns()[1] == 200 + 3 + 50 + 1  # a miss
    assert cache.below(WRITE_BACK) == []


def test_who_does_not_have_the_line_answers_too():
    cache = CacheRig()
    invalidate(cache, 100, 0)
    cache.run()
    assert told(cache, INVALIDATED, port=1) == [(101, 0, 0)]
    assert cache.count("invalidated") == 0


@pytest.mark.parametrize(("kind", "changed"), [(READ, 0), (WRITE, CHANGED)])
def test_a_line_that_is_given_up_before_it_has_come_answers_and_does_not_stay(kind, changed):
    cache = CacheRig()
    cache.ask(0, 0, kind=kind)
    invalidate(cache, 20, 0)
    cache.ask(100, 0, 1)
    cache.run()
    assert told(cache, INVALIDATED, port=1) == [(21, 0, changed)]
    assert cache.answered_ns() == {0: 3 + 50 + 1, 1: 100 + 3 + 50 + 1}
    assert cache.below(WRITE_BACK) == []


def test_nobody_joins_a_miss_whose_line_is_given_up():
    cache = CacheRig()
    cache.ask(0, 0)
    invalidate(cache, 20, 0)
    cache.ask(30, 0, 1)
    cache.run()
    assert cache.answered_ns() == {0: 54, 1: 53 + 1 + 50 + 1}  # it asks when that one has gone up
    assert cache.count("misses") == 2


def test_a_question_is_passed_on_upwards_and_answers_are_passed_down():
    cache = CacheRig(above=3, inner=0b101)  # a walker asks in the middle
    invalidate(cache, 100, LINE, who=SLOT)
    answer(cache, 105, HOP + SLOT + CHANGED, address=LINE)
    answer(cache, 109, HOP + SLOT, port=2, address=LINE)
    cache.run()
    for port in (0, 2):
        assert told(cache, INVALIDATE, port) == [(101, LINE, HOP + SLOT)]
    assert told(cache, INVALIDATE, 1) == []
    assert told(cache, INVALIDATED, port=3) == [
        (101, LINE, SLOT + 2 * MORE),
        (106, LINE, SLOT + CHANGED),
        (110, LINE, SLOT),
    ]


@pytest.mark.parametrize("apart_ns", [0, 1, 2, 3])
def test_a_write_back_that_an_answer_has_overtaken_is_part_of_the_answer(apart_ns):
    cache = CacheRig(inner=0b1)
    invalidate(cache, 99, 0)
    cache.ask(100, 0, 1, kind=WRITE_BACK)  # its look-up ends in 102; it would be filled in 103
    answer(cache, 100 + apart_ns, HOP)
    cache.ask(200, 0, 2)
    cache.run()
    assert told(cache, INVALIDATED, port=1) == [(100, 0, MORE), (101 + apart_ns, 0, CHANGED)]
    assert cache.answered_ns() == {1: 101, 2: 200 + 3 + 50 + 1}
    assert cache.below(WRITE_BACK) == []


class Asker(Module):
    """Something above that asks."""

    out = initiator_socket("a cache")


def tower(upper: dict[str, Any], lower: dict[str, Any], between: bool = False) -> Simulator:
    """Return a cache below another, perhaps with a bus between them."""
    sim = Simulator(clock=Clock(1_000_000_000))
    asker = Asker("asker", sim)
    first = Cache("first", sim, config=CacheConfig(**upper))
    last = Cache("last", sim, config=CacheConfig(**lower))
    memory = FixedMemory("memory", sim, latency_ps=50 * NS)
    asker.out.bind(first.above)
    if between:
        bus = Bus("bus", sim, config=BusConfig())
        first.below.bind(bus.initiators)
        bus.map(0, 1 << 20, last.above)
    else:
        first.below.bind(last.above)
    last.below.bind(memory.bus)
    return sim


@pytest.mark.parametrize(
    ("upper", "lower", "between", "sentence"),
    [
        (
            {}, {"inclusion": "inclusive", "line_bytes": 128}, False,
            "last.inclusion must be non_inclusive where lines differ: first has 64 bytes, last 128",
        ),
        (
            {}, {"inclusion": "exclusive"}, False,
            "first.sends_clean_lines must be true above last, which is exclusive",
        ),
        (
            {}, {"inclusion": "inclusive"}, True,
            "last.inclusion must not be inclusive above first, which stands behind bus",
        ),
    ],
)  # fmt: skip
def test_levels_that_cannot_stand_together_are_refused_by_name(upper, lower, between, sentence):
    with pytest.raises(ElaborationError, match=re.escape(sentence)):
        tower(upper, lower, between).elaborate()


def test_levels_that_can_stand_together_are_not_refused():
    tower({"sends_clean_lines": True}, {"inclusion": "exclusive"}).elaborate()
    tower({"inclusion": "inclusive"}, {"inclusion": "inclusive"}).elaborate()
    tower({"line_bytes": 128}, {}, between=True).elaborate()
