import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.imac.sign_unit import CODES, EncodingError, SignUnit
from cosim import Simulator
from tests.components.imac_host import float_bits


def unit(encoding="ternary2b"):
    return SignUnit("sign_unit", Simulator(), encoding=encoding)


@given(st.floats(width=32, allow_nan=False))
def test_sign_of_a_pattern_is_that_of_the_number(value):
    assert unit().signed(float_bits(value)) == (value > 0) - (value < 0)


@pytest.mark.parametrize(
    ("pattern", "sign"),
    [
        (0x0000_0000, 0),  # +0
        (0x8000_0000, 0),  # -0
        (0x0000_0001, 1),  # smallest subnormal
        (0x8000_0001, -1),
        (0x7F80_0000, 1),  # infinity
        (0xFF80_0000, -1),
        (-1 << 31 | 0x3F80_0000, -1),  # -1.0 as a sign-extended 64-bit value
    ],
)
def test_patterns_at_the_edges(pattern, sign):
    assert unit().signed(pattern) == sign


def test_a_nan_is_refused():
    with pytest.raises(
        EncodingError, match="sign_unit must be given a number; 0x7fc00000 is a NaN"
    ):
        unit().signed(0x7FC0_0000)


@pytest.mark.parametrize(
    ("encoding", "sign"), [("binary01", -1), ("bipolar", 0)], ids=["no -1", "no 0"]
)
def test_a_third_value_under_one_bit_is_an_error(encoding, sign):
    known = "0, 1" if encoding == "binary01" else "-1, 1"
    with pytest.raises(EncodingError) as refused:
        unit(encoding).code(sign)
    assert str(refused.value) == (
        f"sign_unit must be given {known} under {encoding}, not {sign} at 0 ps;"
        " choose the encoding that fits the layer before"
    )


@pytest.mark.parametrize("encoding", ["binary01", "bipolar", "ternary2b"])
def test_column_drivers_undo_the_code(encoding):
    signs = unit(encoding)
    for sign in CODES[encoding]:
        assert signs.decoded(np.array([signs.code(sign)], np.uint8))[0] == sign


def test_elements_are_counted_by_sign():
    signs = unit()
    for sign in (1, 1, 1, 0, 0, -1):
        signs.code(sign)
    assert (signs.positives.value, signs.zeros.value, signs.negatives.value) == (3, 2, 1)
