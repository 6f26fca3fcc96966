"""Address maps: fields, slices, flipped bits, channels, and what is refused."""

import numpy as np
import pytest

from components.lpddr3.mapping import AddressMapping, address_slices, places
from components.lpddr3.timing import ONE_DIE_X32, TWO_DIES_X64, Organisation
from cosim.errors import ConfigError


def place(address: int, parts: Organisation = TWO_DIES_X64, **mapping: str) -> tuple[int, ...]:
    """Return channel, bank, row and column of an address."""
    slices = address_slices(AddressMapping(**mapping), parts)
    found = places(slices, np.array([address], np.int64))
    return tuple(int(each[0]) for each in found)


def test_the_default_is_row_29_16_bank_15_13_column_12_6() -> None:
    assert place(0x2ABC << 16 | 5 << 13 | 9 << 6) == (0, 5, 0x2ABC, 9)


def test_plain_fields_may_stand_in_any_order() -> None:
    assert place(3 << 16 | 9 << 9 | 7 << 6, order="row column bank") == (0, 7, 3, 9)


def test_a_field_may_have_several_slices() -> None:
    order = "row[29:16] column[15:12] bank[11:9] column[8:6]"
    assert place(2 << 16 | 0b1010 << 12 | 3 << 9 | 0b101 << 6, order=order) == (0, 3, 2, 0b1010101)


def test_a_bit_may_be_flipped_by_another() -> None:
    assert place(0b110 << 16 | 0b101 << 13, flips="13^16 14^17 15^18") == (0, 0b011, 6, 0)


def test_two_channels_take_turns() -> None:
    two = Organisation(channels=2)
    assert [place(n * 256, two)[0] for n in range(4)] == [0, 1, 0, 1]
    assert place(1 << 30, two) == (0, 0, 1 << 13, 0)
    assert place(6 << 1, ONE_DIE_X32) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"order": "row bank"}, "such as"),
        ({"order": "row[29:16] bank[15:13] column[12:7]"}, "must give column 7 bits, not 6"),
        ({"order": "row[29:16] bank[15:13] column[13:7]"}, "bit 6 is left out"),
        ({"order": "row[29:16] bank[14:12] column[12:6]"}, "bit 12 is used twice"),
        ({"flips": "13^13"}, "pairs of different address bits up to 29"),
        ({"flips": "13^30"}, "not '13\\^30'"),
    ],
)
def test_a_map_that_is_none_is_refused(mapping: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        place(0, TWO_DIES_X64, **mapping)
