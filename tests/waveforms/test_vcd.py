"""The VCD file, read back by programs that are not ours."""

from itertools import pairwise

import pytest

from cosim import Module, Simulator, Steps, TimeError, gauge, process
from tests.waveforms.machine import Controller, run, traced
from tests.waveforms.reading import changes, settled, times, variables
from waveforms.changes import Changes
from waveforms.selection import Selection, Window
from waveforms.vcd import VcdFile
from waveforms.wave_file import Course


@pytest.fixture
def path(tmp_path):
    return tmp_path / "trace.vcd"


def test_every_kind_of_trace_has_its_vcd_type_and_width(path):
    traced(path, level="full")
    assert variables(path) == {
        "soc.state": ("string", 1),
        "soc.busy": ("wire", 1),
        "soc.ready": ("wire", 2),
        "soc.remaining": ("wire", 16),
        "soc.buffer": ("wire", 512),
        "soc.note": ("string", 1),
        "soc.jobs": ("event", 1),
        "soc.waits": ("event", 1),
        "soc.done": ("wire", 1),
        "soc.subarray[0].job": ("string", 1),
        "soc.subarray[0].spent": ("real", 64),
        "soc.subarray[0].output": ("real", 64),
        "soc.subarray[1].job": ("string", 1),
        "soc.subarray[1].spent": ("real", 64),
        "soc.subarray[1].output": ("real", 64),
    }


def test_states_are_text(path):
    traced(path)
    assert changes(path)["soc.state"][:4] == [
        (0, "IDLE"),
        (10_000, "LOADING"),
        (20_000, "COMPUTING"),
        (40_000, "IDLE"),
    ]


def test_a_span_shows_its_label_while_open_and_nothing_otherwise(path):
    traced(path)
    assert changes(path)["soc.subarray[0].job"] == [
        (0, ""),
        (20_000, "job 0"),
        (40_000, ""),
        (120_000, "job 2"),
        (140_000, ""),
    ]


def test_negative_numbers_are_twos_complement(path):
    traced(path)
    assert settled(path)["soc.ready"][40_000] == 0b11  # -1 in two bits


def test_reals_come_back_exactly(path):
    traced(path)
    assert settled(path)["soc.subarray[0].output"][30_000] == 0.8 * 3 / 4


def test_white_space_in_text_survives(path):
    traced(path)
    assert settled(path)["soc.note"][10_000] == "layer fc0, image 7"


def test_a_counter_is_an_event_at_each_count(path):
    traced(path, level="full")
    assert [when for when, _ in changes(path)["soc.jobs"]] == [40_000, 90_000, 140_000]


def test_a_signal_is_drawn_when_it_is_updated(path):
    traced(path)
    assert changes(path)["soc.done"][:3] == [(0, 0), (40_000, 1), (50_000, 0)]


def test_the_integral_of_power_is_the_energy(path):
    file = VcdFile(path)
    sim = run(file)
    power = [*changes(path)["soc.subarray[0].spent"], (file.end_ps, 0.0)]
    drawn_pj = sum(mw * (until - since) / 1000 for (since, mw), (until, _) in pairwise(power))
    spent = next(probe for probe in sim.probes() if probe.path == "soc.subarray[0].spent")
    assert drawn_pj == spent.value == 80.0  # 2 mW during two jobs of 20 ns


def test_the_same_run_gives_the_same_bytes(tmp_path):
    traced(tmp_path / "a.vcd", level="full")
    traced(tmp_path / "b.vcd", level="full")
    assert (tmp_path / "a.vcd").read_bytes() == (tmp_path / "b.vcd").read_bytes()


def test_time_stamps_rise_and_end_with_the_run(path):
    file = traced(path)
    stamps = times(path)
    assert stamps == sorted(set(stamps))
    assert stamps[-1] == file.end_ps == 150_000


def test_the_header_says_what_is_in_the_file_and_what_is_not(path):
    traced(path, patterns=["soc.*"], window=Window(5_000, 9_000))
    header = path.read_text().partition("$enddefinitions")[0]
    assert "6 of 16 probes; level protocol; signals soc.*; window 5000 ps to 9000 ps." in header
    assert "Not here: 1 counters held by compiled code (see the report), 9 probes" in header


def test_a_window_starts_with_the_values_of_its_first_moment(path):
    traced(path, window=Window(30_000, 60_000))
    seen = changes(path)
    assert seen["soc.state"] == [(30_000, "COMPUTING"), (40_000, "IDLE")]
    assert seen["soc.subarray[0].output"][0] == (30_000, 0.8 * 3 / 4)
    assert seen["soc.subarray[0].job"][0] == (30_000, "job 0")


def test_a_window_ends_before_its_end(path):
    file = traced(path, window=Window(0, 40_000))
    assert changes(path)["soc.state"][-1] == (20_000, "COMPUTING")
    assert (file.end_ps, times(path)[-1]) == (40_000, 40_000)


def test_events_before_the_window_are_not_in_it(path):
    traced(path, level="full", window=Window(90_000))
    assert [when for when, _ in changes(path)["soc.jobs"]] == [90_000, 140_000]


def test_nobody_listens_after_the_window(path):
    file = VcdFile(path, window=Window(0, 40_000))
    with Simulator() as sim:
        Controller("soc", sim)
        sim.observe(file)
        sim.run(until_ps=60_000)
        assert not any(probe.listeners for probe in sim.probes())


def test_a_window_after_the_end_gives_a_readable_file(path):
    traced(path, window=Window(1_000_000))
    assert times(path) == [1_000_000]


def test_an_observer_that_joins_later_starts_there(path):
    with Simulator() as sim:
        Controller("soc", sim)
        sim.run(until_ps=25_000)
        sim.observe(VcdFile(path))
        sim.run()
    assert changes(path)["soc.state"][0] == (25_000, "COMPUTING")


def test_patterns_choose_the_traces(path):
    traced(path, patterns=["soc.subarray[1].*"])
    assert {name.rpartition(".")[0] for name in variables(path)} == {"soc.subarray[1]"}


def test_a_run_that_fails_leaves_a_readable_file_up_to_the_failure(path):
    class Faulty(Module):
        level = gauge("counts up", width_bits=8)

        @process
        def run(self) -> Steps:
            for step in range(1, 6):
                yield 100
                self.level.set(step)
            raise ZeroDivisionError

    def fail() -> None:
        with Simulator() as sim:
            Faulty("soc", sim)
            sim.observe(VcdFile(path))
            sim.run()

    with pytest.raises(ZeroDivisionError):
        fail()
    assert changes(path)["soc.level"][-1] == (500, 5)


def test_a_change_that_goes_back_in_time_is_refused(path):
    with path.open("wb") as file:
        changes = Changes(file, [], Course())
        changes.begin(1_000, [])
        with pytest.raises(TimeError, match="has reached 1000 ps and a change came for 999 ps"):
            changes.advance(999)


def test_a_thousand_scopes_are_all_there(path):
    class Cell(Module):
        value = gauge("a value", width_bits=4)

    with Simulator() as sim:
        cells = [Cell(f"cell[{index}]", sim) for index in range(1_000)]
        sim.observe(VcdFile(path, Selection()))
        sim.run(until_ps=1)
        cells[999].value.set(9)
    seen = changes(path)
    assert len(seen) == 1_000
    assert seen["cell[999].value"][-1] == (1, 9)


def test_finishing_twice_changes_nothing(path):
    file = traced(path)
    written = path.read_bytes()
    file.finish(999_999)
    assert path.read_bytes() == written
