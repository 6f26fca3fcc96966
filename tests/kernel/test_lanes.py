"""Words of an array looked for several at a time."""

from hypothesis import given
from hypothesis import strategies as st

from cosim.compiled import Records, compiled
from cosim.lanes import least, place_of, with_spare

WORDS = st.lists(st.integers(-3, 3), min_size=1, max_size=40)


@compiled
def _place_of(words: Records, first: int, count: int, value: int) -> int:
    return place_of(words, first, count, value)


@compiled
def _least(words: Records, first: int, count: int) -> int:
    return least(words, first, count)


def _array(words: list[int]) -> Records:
    array = with_spare(len(words), 0)
    array[: len(words)] = words
    return array


@given(WORDS, st.data())
def test_a_word_is_found_where_it_stands_first_compiled_and_not(words, data):
    first = data.draw(st.integers(0, len(words) - 1))
    count = data.draw(st.integers(1, len(words) - first))
    value = data.draw(st.integers(-3, 3))
    part = words[first : first + count]
    expected = first + part.index(value) if value in part else -1
    array = _array(words)
    assert _place_of(array, first, count, value) == place_of(array, first, count, value) == expected


@given(WORDS, st.data())
def test_the_least_word_of_a_part_is_found_compiled_and_not(words, data):
    first = data.draw(st.integers(0, len(words) - 1))
    count = data.draw(st.integers(1, len(words) - first))
    array = _array(words)
    expected = min(words[first : first + count])
    assert _least(array, first, count) == least(array, first, count) == expected


def test_the_greatest_and_the_lowest_word_are_words_like_others():
    ends = _array([2**63 - 1, -(2**63)])
    assert _least(ends, 0, 1) == 2**63 - 1
    assert _least(ends, 0, 2) == -(2**63)
    assert _place_of(ends, 0, 2, -(2**63)) == 1
    assert _place_of(ends, 0, 2, 0) == -1
