"""Units: exact conversion, binary sizes, refusal to round."""

import subprocess
import sys
from fractions import Fraction

import pytest

from cosim import units
from cosim.errors import ConfigError, TimeError


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("18 ns", "ps", 18_000),
        ("1.6GHz", "Hz", 1_600_000_000),
        ("1/3", "ps", None),
        ("0.1 us", "ps", 100_000),
        ("800 mV", "V", Fraction(4, 5)),
        ("3 kohm", "ohm", 3_000),
        ("50 uS", "usiemens", 50),
        ("40 fJ", "pJ", Fraction(1, 25)),
        ("1_000", "ps", 1_000),
        ("2e3", "ps", 2_000),
        (".5 ns", "ps", 500),
        ("7 cycles", "cycles", 7),
        ("2 GiB", "bytes", 2 * 1024**3),
        ("64 B", "bytes", 64),
        ("5 ns ns", "ps", None),
        ("5 bananas", "ps", None),
        ("5 GHz", "ps", None),
        ("5 bits", "bytes", None),
        ("", "ps", None),
    ],
)
def test_text_becomes_an_exact_number_of_the_unit_or_is_refused(
    text: str, unit: str, number: int | Fraction | None
) -> None:
    if number is None:
        with pytest.raises(ConfigError):
            units.quantity(text, unit)
    else:
        assert units.quantity(text, unit) == number


def test_a_time_that_does_not_fit_whole_picoseconds_is_refused() -> None:
    assert units.ns(0.1) == 100
    assert units.us(3) == 3_000_000
    assert units.ms(Fraction(1, 2)) == 500_000_000
    with pytest.raises(TimeError, match=r"whole number of ps, not 0\.1 ps"):
        units.ns(0.0001)


def test_time_text_is_read_as_picoseconds() -> None:
    assert units.time_ps("10us") == 10_000_000


def test_times_are_shown_in_the_largest_fitting_unit() -> None:
    assert units.show_time(12_500_000) == "12.5 us"
    assert units.show_time(3_000) == "3 ns"
    assert units.show_time(999) == "999 ps"
    assert units.show_time(2 * 10**12) == "2 s"


def test_pint_is_imported_only_when_text_with_a_unit_arrives() -> None:
    program = (
        "import sys, cosim.config, cosim.units as u; u.quantity('5', 'ps'); "
        "u.quantity('2MB', 'bytes'); print('pint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_a_name_tells_its_unit() -> None:
    assert units.unit_of("t_rcd_ps") == "ps"
    assert units.unit_of("clock_hz") == "Hz"
    assert units.unit_of("gain_per_v") == ""
    assert units.unit_of("ways") == ""
