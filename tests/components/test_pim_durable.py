"""A number in non-volatile words: whatever cells a cut-off write leaves, it is old or new."""

from itertools import product

import numpy as np
import pytest

from components.pim.durable import begin_number, latest, next_place, raise_number

BITS = 3


def left_by(before: np.ndarray, after: np.ndarray) -> list[np.ndarray]:
    """Return every memory that a write cut off may leave: each cell is old or new."""
    cells = [
        (word, np.uint64(1) << np.uint64(bit))
        for word, changed in enumerate(before ^ after)
        for bit in range(64)
        if changed >> np.uint64(bit) & np.uint64(1)
    ]
    found = []
    for fates in product((False, True), repeat=len(cells)):
        memory = before.copy()
        for (word, cell), is_new in zip(cells, fates, strict=True):
            memory[word] ^= cell if is_new else np.uint64(0)
        found.append(memory)
    return found


def memory_at(number: int) -> np.ndarray:
    """Return the words after so many writes."""
    memory = np.zeros(4, np.uint64)
    begin_number(memory, 0, BITS)
    for _ in range(number):
        raise_number(memory, 0, BITS)
    return memory


@pytest.mark.parametrize("number", range(10))
def test_every_write_that_is_cut_off_leaves_the_old_number_or_the_new_one(number: int) -> None:
    before = memory_at(number)
    assert latest(before, 0, BITS) == number % 8
    after = before.copy()
    raise_number(after, 0, BITS)
    for torn in left_by(before, after):
        assert latest(torn, 0, BITS) in (number % 8, (number + 1) % 8)


@pytest.mark.parametrize("number", [2, 3, 7])
def test_a_second_write_that_is_cut_off_does_no_harm_either(number: int) -> None:
    before = memory_at(number)
    after = before.copy()
    raise_number(after, 0, BITS)
    for torn in left_by(before, after):
        held = latest(torn, 0, BITS)
        place = next_place(torn, 0, BITS)
        again, allowed = torn.copy(), {held}
        if again[place]:
            again[place] = 0
        else:
            raise_number(again, 0, BITS)
            allowed.add((held + 1) % 8)
        assert {latest(one, 0, BITS) for one in left_by(torn, again)} <= allowed
