"""GTKWave itself opens what we write. Skipped where it is not installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cosim import CosimError, DataError, Gauge, Module, Simulator
from tests.waveforms.machine import run, traced
from waveforms import gtkwave, screenshot
from waveforms.gtkw import Layout, write_save_file
from waveforms.selection import Selection
from waveforms.vcd import VcdFile

pytestmark = pytest.mark.gtkwave
needs_gtkwave = pytest.mark.skipif(
    bool(gtkwave.missing_programs()), reason=f"missing: {gtkwave.missing_programs()}"
)

LAYOUT = Layout(
    span_ps=(15_000, 95_000),
    markers={"first job": 20_000, "second job": 70_000},
    closed=("soc.subarray[1]",),
)


@pytest.fixture
def save_file(tmp_path):
    file = traced(tmp_path / "trace.vcd", level="full")
    return write_save_file(file.path, file.traces, file.end_ps, LAYOUT)


@needs_gtkwave
def test_gtkwave_finds_every_trace_that_the_save_file_declares(save_file):
    assert gtkwave.shown(save_file).traces == gtkwave.declared_traces(save_file)


@needs_gtkwave
def test_the_span_of_the_layout_is_visible_with_little_more(save_file):
    start_ps, end_ps = gtkwave.shown(save_file).span_ps
    assert start_ps == 15_000
    assert 95_000 <= end_ps <= 95_000 + 80_000 * 0.05  # within 5 % of the span


@needs_gtkwave
@pytest.mark.parametrize("span_ps", [(100_000, 150_000), (130_000, 400_000), (0, 150_000)])
def test_a_span_up_to_the_end_is_visible_too(save_file, span_ps):
    file = VcdFile(save_file.with_suffix(".vcd"))
    run(file)
    write_save_file(file.path, file.traces, file.end_ps, Layout(span_ps=span_ps))
    start_ps, end_ps = gtkwave.shown(save_file).span_ps
    assert span_ps[0] - 5_000 <= start_ps <= span_ps[0]
    assert end_ps >= 150_000 - 1_000  # all but 1 % of the longest span


@needs_gtkwave
def test_a_run_s_folder_can_be_moved_and_opened_from_anywhere(save_file, tmp_path, monkeypatch):
    moved = tmp_path / "elsewhere" / "run"
    moved.mkdir(parents=True)
    shutil.move(save_file, moved)
    shutil.move(save_file.with_suffix(".vcd"), moved)
    monkeypatch.chdir("/")
    assert len(gtkwave.shown(moved / save_file.name).traces) == 15


@needs_gtkwave
def test_lanes_of_one_and_of_several_bits_are_found(tmp_path):
    class Lanes(Module):
        def build(self) -> None:
            for lane in range(3):
                for name, width_bits in ((f"flag[{lane}]", 1), (f"code[{lane}]", 3)):
                    lane_gauge = Gauge(self, name, "a lane", width_bits=width_bits)
                    self.parts[name] = lane_gauge

    file = VcdFile(tmp_path / "trace.vcd", Selection())
    with Simulator() as sim:
        Lanes("row[1]", sim)
        sim.observe(file)
        sim.run(until_ps=10)
    save_file = write_save_file(file.path, file.traces, file.end_ps)
    assert gtkwave.shown(save_file).traces == [
        *("row[1].flag(0)", "row[1].code(0)[2:0]"),
        *("row[1].flag(1)", "row[1].code(1)[2:0]"),
        *("row[1].flag(2)", "row[1].code(2)[2:0]"),
    ]


@needs_gtkwave
def test_a_trace_that_gtkwave_drops_is_noticed(save_file, tmp_path, capsys):
    save_file.write_text(save_file.read_text().replace("soc.ready[1:0]", "soc.ready"))
    assert screenshot.main([str(save_file), str(tmp_path / "out.png")]) == 1
    assert "GTKWave did not find soc.ready\n" in capsys.readouterr().err


@needs_gtkwave
def test_the_picture_shows_the_window_and_is_small(save_file, tmp_path):
    png = tmp_path / "out.png"
    assert screenshot.main([str(save_file), str(png)]) == 0
    assert png.stat().st_size < 300_000
    measured = ["identify", "-format", "%w %h %k", png]
    width, height, colors = subprocess.check_output(measured, text=True).split()
    assert (width, height) == ("1600", "858")  # 900 less the title bar
    assert int(colors) > 50  # an empty window has fewer


@needs_gtkwave
def test_a_missing_dump_is_an_error_that_names_the_file(save_file):
    save_file.with_suffix(".vcd").unlink()
    with pytest.raises(DataError, match=r"trace\.gtkw must open in GTKWave; it said: .*trace\.vcd"):
        gtkwave.shown(save_file)


def test_what_is_missing_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CosimError, match="apt-get install gtkwave xvfb xdotool imagemagick"):
        gtkwave.require_programs()


def test_wrong_usage_is_explained(capsys):
    assert screenshot.main([]) == 2
    assert "usage: python -m waveforms.screenshot" in capsys.readouterr().err


def test_the_settings_of_the_pictures_lie_beside_the_code():
    assert Path(gtkwave.SETTINGS).is_file()
