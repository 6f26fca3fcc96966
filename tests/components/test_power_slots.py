"""Two slots: what is written when, and what a cut-off write leaves."""

import pytest

from components.power.records import CONFIRMING, RUNNING, SAVING, Unit
from components.power.slots import HEAD, NONE, SEQUENCE, counts, newest, slot_words
from tests.components.power_rig import joined, mains, unit
from tests.components.small_machine import SmallMachine

PERIOD = "periodic_nv:operations=7"

FIRST_SAVE = 1 + 7
"""Number of the first save: behind a wake-up and seven operations. Its flag is the next one."""

SECOND_SAVE = FIRST_SAVE + 2 + 7


def stopped_behind(event: int, *, forced: tuple[int, ...] = (), seed: int = 0) -> Unit:
    """Return a supply when interval `event` is over."""
    run = joined(mains(PERIOD), forced=forced, seed=seed)
    while run.supply[0].event <= event:
        run.now_ps = run.step(run.bundle.address, run.now_ps)
    if not forced:
        run.now_ps = run.step(run.bundle.address, run.now_ps)
    return unit(run)


def held(of: Unit, slot: int) -> list[int]:
    """Return the numbers of a slot."""
    words = slot_words(of)
    return [int(word) for word in of.slots[slot * words : (slot + 1) * words]]


def test_the_flag_says_nothing_until_the_contents_are_complete() -> None:
    before = stopped_behind(FIRST_SAVE - 1)
    assert before.supply.phase == SAVING
    assert newest(before) == NONE
    written = stopped_behind(FIRST_SAVE)
    assert written.supply.phase == CONFIRMING
    assert held(written, 0)[SEQUENCE] == 1
    assert held(written, 0)[-1] != 1
    assert newest(written) == NONE
    confirmed = stopped_behind(FIRST_SAVE + 1)
    assert confirmed.supply.phase == RUNNING
    assert held(confirmed, 0)[-1] == 1
    assert newest(confirmed) == 0


def test_a_slot_holds_the_volatile_state_as_it_is_when_it_is_written() -> None:
    # seven operations: a copy, four products, a result, a copy: neuron 1, its first product next
    written = stopped_behind(FIRST_SAVE)
    neuron, place, total, is_stale = 1, 1, 0, 0
    assert held(written, 0)[HEAD:-1] == [neuron, place, total, is_stale]


def test_the_slots_take_turns() -> None:
    found = stopped_behind(SECOND_SAVE + 1)
    assert [held(found, slot)[SEQUENCE] for slot in range(2)] == [1, 2]
    assert newest(found) == 1


def test_while_one_slot_is_written_the_other_one_holds() -> None:
    found = stopped_behind(SECOND_SAVE)
    assert counts(found, 0)
    assert not counts(found, 1)
    assert newest(found) == 0


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("event", [SECOND_SAVE, SECOND_SAVE + 1])
def test_a_torn_slot_is_detected_and_the_older_one_is_used(event: int, seed: int) -> None:
    found = stopped_behind(event, forced=(event,), seed=seed)
    is_complete = held(found, 1)[-1] == 2  # the flag was written, but nobody knows any more
    assert counts(found, 1) == is_complete
    assert newest(found) == (1 if is_complete else 0)


@pytest.mark.parametrize("seed", range(50))
def test_the_older_slot_is_intact_after_the_newer_one_was_torn_twice(seed: int) -> None:
    # both slots are full; the third save, into slot 0, is cut off
    third = SECOND_SAVE + 2 + 7
    found = stopped_behind(third, forced=(third,), seed=seed)
    assert counts(found, 1)
    assert newest(found) == 1


@pytest.mark.parametrize("place", range(HEAD + 4 + 1))
def test_a_flipped_bit_is_detected(place: int) -> None:
    found = stopped_behind(SECOND_SAVE + 1)
    for bit in (0, 13, 31, 47, 62):
        found.slots[slot_words(found) + place] ^= 1 << bit
        assert newest(found) == 0, bit
        found.slots[slot_words(found) + place] ^= 1 << bit
    assert newest(found) == 1


def test_two_numbers_that_change_places_are_detected() -> None:
    found = stopped_behind(SECOND_SAVE + 1)
    neuron, is_stale = slot_words(found) + HEAD, slot_words(found) + HEAD + 3
    assert (found.slots[neuron], found.slots[is_stale]) == (2, 0)
    found.slots[neuron], found.slots[is_stale] = 0, 2
    assert not counts(found, 1)


def test_a_slot_that_was_never_written_does_not_count() -> None:
    fresh = unit(joined(mains(PERIOD), machine=SmallMachine()))
    assert not counts(fresh, 0)
    assert not counts(fresh, 1)
