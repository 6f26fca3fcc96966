"""Waves that begin when something holds. The machine's jobs are at 20, 70 and 120 ns."""

import pytest

from cosim import ConfigError, Module, Simulator, register
from tests.waveforms.machine import run
from tests.waveforms.reading import changes
from waveforms.selection import Selection, Trigger, Window
from waveforms.vcd import VcdFile


@pytest.fixture
def draw(tmp_path):
    def drawn(condition, from_ps=0, until_ps=None, level="full", patterns=()):
        file = VcdFile(
            tmp_path / "trace.vcd",
            Selection(tuple(patterns), level),
            Window(from_ps, until_ps, Trigger.read(condition)),
        )
        run(file)
        return file

    return drawn


def test_the_file_begins_when_a_state_is_reached(draw):
    file = draw("soc.state==COMPUTING")
    seen = changes(file.path)
    assert file.start_ps == 20_000
    assert seen["soc.state"][:2] == [(20_000, "COMPUTING"), (40_000, "IDLE")]
    assert seen["soc.note"][0] == (20_000, "layer fc0, image 7")


def test_what_changes_later_at_that_moment_is_there(draw):
    file = draw("soc.state==COMPUTING")
    assert dict(changes(file.path)["soc.ready"])[20_000] == 1  # set after the state


def test_a_trigger_counts_from_the_start_of_the_window_on(draw):
    assert draw("soc.state==COMPUTING", from_ps=50_000).start_ps == 70_000


def test_what_holds_at_the_start_of_the_window_begins_there(draw):
    assert draw("soc.state==COMPUTING", from_ps=30_000).start_ps == 30_000
    assert draw("soc.state==IDLE").start_ps == 0


def test_a_number_a_signal_and_a_count_can_be_compared(draw):
    assert draw("soc.remaining>=80").start_ps == 20_000
    assert draw("soc.ready == -1").start_ps == 40_000
    assert draw("soc.done!=0").start_ps == 40_000
    assert draw("soc.jobs>1").start_ps == 90_000


def test_a_span_can_be_waited_for_though_it_is_not_drawn(draw):
    file = draw("soc.subarray[1].job==job 1", patterns=["soc.busy"])
    assert file.start_ps == 70_000
    assert changes(file.path) == {
        "soc.busy": [(70_000, 1), (90_000, 0), (110_000, 1), (140_000, 0)]
    }


def test_a_module_stands_for_its_probe_of_the_same_name():
    class Ready(Module):
        READY = register(0x0, "whose turn it is", reset=0)

    sim = Simulator()
    ready = Ready("ready", sim)
    assert Window(trigger=Trigger.read("ready==1")).triggering(sim.probes()) is ready.READY.gauge


def test_a_trigger_that_never_holds_leaves_a_readable_file(draw):
    file = draw("soc.remaining==81")
    assert changes(file.path)["soc.state"] == [(150_000, "IDLE")]


def test_the_header_tells_the_trigger(draw):
    header = draw("soc.state==COMPUTING", until_ps=60_000).path.read_text()
    assert "window soc.state==COMPUTING to 60000 ps." in header


@pytest.mark.parametrize("text", ["", "soc.state", "==3", "soc.state=", "soc state==1"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(ConfigError, match="a trigger must be PATH==VALUE"):
        Trigger.read(text)


def test_a_trigger_on_nothing_is_refused_with_the_nearest_name(draw):
    with pytest.raises(
        ConfigError, match=r"soc\.stat==IDLE must name a probe; did you mean soc\.state"
    ):
        draw("soc.stat==IDLE")


def test_a_window_that_never_comes_is_missed(draw):
    assert draw("soc.ready==7").missed
    assert draw("soc.state==IDLE", from_ps=1_000_000_000).missed
    assert not draw("soc.state==COMPUTING").missed
    assert not draw("soc.state==IDLE").missed  # holds at first, and later no more


def test_a_counter_that_compiled_code_holds_cannot_trigger(draw):
    with pytest.raises(ConfigError, match=r"soc\.hits==1 must name a probe"):
        draw("soc.hits==1")


def test_a_word_where_a_number_belongs_is_refused(draw):
    with pytest.raises(ConfigError, match=r"soc\.ready==open must have a number after =="):
        draw("soc.ready==open")
