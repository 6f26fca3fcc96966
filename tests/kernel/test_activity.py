"""Terms: counts of what a part did, times powers of its constants."""

import pytest

from cosim import Config, ConfigError, ProtocolError, param
from cosim.activity import Term, by_cause, metered_term
from cosim.config import constant
from cosim.spread import spread

KNOWN = spread(0.5, 2.0, "a table")


class WireConfig(Config):
    """A wire."""

    bit_pj: float = param(0.5, doc="energy of a bit", source="a table", spread=KNOWN)


class LinkConfig(Config):
    """Something with a wire."""

    wire: WireConfig = param(WireConfig(), doc="wire")
    supply_v: float = param(2.0, doc="supply", source="a table")


def test_energy_is_the_sum_of_counts_times_constants_by_cause() -> None:
    terms = [
        Term("bits", 10, "bits", {"wire.bit_pj": 1}),
        Term("bits", 4, "bits", {"wire.bit_pj": 1, "supply_v": 2}),
        Term("rest", 6, "ns", {"supply_v": -1}),
    ]
    # 10 x 0.5 + 4 x 0.5 x 4; 6 / 2
    assert by_cause(terms, LinkConfig()) == {"bits": 13.0, "rest": 3.0}


def test_a_term_of_a_part_is_found_below_the_part() -> None:
    term = Term("bits", 10, "bits", {"bit_pj": 1}, over_time=True).below("wire")
    assert term == Term("bits", 10, "bits", {"wire.bit_pj": 1}, over_time=True)
    assert by_cause([term], LinkConfig()) == {"bits": 5.0}


def test_a_metered_energy_tells_what_was_counted() -> None:
    term = metered_term("bits", 8.0, "bits", {"wire.bit_pj": 1, "supply_v": 2}, LinkConfig())
    assert term.count == 8.0 / (0.5 * 4)


def test_constants_of_nothing_cannot_have_made_energy() -> None:
    free = LinkConfig(supply_v=0.0)
    assert metered_term("bits", 0.0, "bits", {"supply_v": 1}, free).count == 0.0
    with pytest.raises(ProtocolError, match="bits must be 0 pJ with supply_v, not 8.0"):
        metered_term("bits", 8.0, "bits", {"supply_v": 1}, free)


def test_a_constant_is_a_number_with_unit_source_and_spread() -> None:
    assert constant(LinkConfig(), "wire.bit_pj") == (0.5, "pJ", "a table", (KNOWN,))
    with pytest.raises(ConfigError, match="no parameter bits_pj; did you mean bit_pj"):
        constant(LinkConfig(), "wire.bits_pj")
