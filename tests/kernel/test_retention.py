"""What a loss of power leaves of a record."""

import numpy as np
import pytest

from cosim.errors import ElaborationError
from cosim.retention import POISON, Retention, words

LOOP = Retention(volatile={"row": 9, "accumulator": 24}, retained={"layer": 5})


def test_volatile_fields_are_poison_and_retained_ones_are_as_they_were() -> None:
    state = np.zeros(2, LOOP.dtype)
    state[0] = (1, 2, 3)
    state[1] = (4, 5, 6)
    LOOP.lose(state)
    assert state["layer"].tolist() == [3, 6]
    assert state["row"].tolist() == [POISON, POISON]
    assert state["accumulator"].tolist() == [POISON, POISON]


def test_poison_is_no_count_and_no_byte_of_it_is_zero() -> None:
    assert POISON < 0
    assert 0 not in np.int64(POISON).tobytes()


def test_saving_costs_the_bits_that_are_volatile() -> None:
    assert LOOP.volatile_bits == 9 + 24


def test_words_share_the_memory_of_their_records() -> None:
    state = np.zeros(2, LOOP.dtype)
    words(state)[LOOP.places(state)] = (7, 8, 9, 10)
    assert state["row"].tolist() == [7, 9]
    assert state["accumulator"].tolist() == [8, 10]


def test_a_record_without_retained_fields_is_lost_altogether() -> None:
    latches = Retention(volatile={"sensed": 64})
    state = np.zeros(1, latches.dtype)
    latches.lose(state)
    assert state[0].sensed == POISON


def test_a_field_that_is_both_is_refused() -> None:
    with pytest.raises(ElaborationError, match="field row must be volatile or retained, not both"):
        Retention(volatile={"row": 9}, retained={"row": 9})


def test_a_field_without_bits_is_refused() -> None:
    with pytest.raises(ElaborationError, match="field row must have 1 bit or more, not 0"):
        Retention(volatile={"row": 0})


def test_records_of_another_kind_are_refused() -> None:
    other = Retention(volatile={"column": 9})
    with pytest.raises(ElaborationError, match="must have the fields row, accumulator, layer, not"):
        LOOP.places(np.zeros(1, other.dtype))
