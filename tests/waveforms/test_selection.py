"""Which probes are drawn: patterns, levels, windows."""

import pytest

from cosim import ConfigError
from tests.waveforms.machine import run
from waveforms.selection import Selection, Window, level_of


def chosen(*patterns: str, level: str = "protocol") -> set[str]:
    selection = Selection(patterns, level)
    return {probe.path for probe in run().probes() if selection.chooses(probe)}


def test_two_stars_choose_everything_below_at_any_depth():
    assert chosen("soc.subarray[0].**") == {
        "soc.subarray[0].job",
        "soc.subarray[0].spent",
        "soc.subarray[0].output",
    }


def test_one_star_stays_inside_its_segment():
    assert chosen("soc.*.job") == {"soc.subarray[0].job", "soc.subarray[1].job"}


def test_several_patterns_add_up():
    assert chosen("soc.state", "soc.b*") == {"soc.state", "soc.busy"}


def test_a_pattern_that_names_nothing_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match=r"'soc.stat' must match at least one probe.*soc.state"):
        Selection(("soc.stat",)).check(run().probes(), bool)


def test_a_pattern_of_what_is_not_drawn_at_this_level_is_refused():
    probes = run().probes()
    with pytest.raises(ConfigError, match="drawn at level protocol; soc.jobs is of level full"):
        Selection(("soc.job*",)).check(probes, bool)
    Selection(("soc.job*",), "full").check(probes, bool)
    Selection(("soc.jobs",)).check(probes, bool)  # named in full: drawn at any level


def test_a_pattern_of_what_is_never_drawn_is_refused():
    with pytest.raises(ConfigError, match="soc.jobs is in the report only"):
        Selection(("soc.jobs",), "full").check(run().probes(), lambda probe: False)


def test_protocol_level_leaves_out_wide_numbers_counters_and_samples():
    left_out = chosen("**", level="full") - chosen("**")
    assert left_out == {"soc.buffer", "soc.jobs", "soc.waits"}


def test_a_probe_named_in_full_is_drawn_at_any_level():
    assert chosen("soc.buffer") == {"soc.buffer"}


def test_a_declared_level_beats_the_rule():
    probes = {probe.name: probe for probe in run().probes()}
    probes["state"].level, probes["buffer"].level = "full", "protocol"
    assert level_of(probes["state"]) == "full"
    assert level_of(probes["buffer"]) == "protocol"


def test_an_unknown_level_is_refused():
    with pytest.raises(ConfigError, match=r"must be one of .*'protocol', 'full'.*not 'loud'"):
        Selection(level="loud")


@pytest.mark.parametrize(("from_ps", "until_ps"), [(-1, None), (10, 10), (10, 5)])
def test_a_window_that_ends_before_it_starts_is_refused(from_ps, until_ps):
    with pytest.raises(ConfigError, match="a window must start at 0 ps or later"):
        Window(from_ps, until_ps)
