"""FST files: written directly, or copied from a VCD file; both hold what the VCD file holds."""

import shutil

import pytest

from cosim import CosimError, DataError, Module, Simulator, gauge
from tests.waveforms.machine import run, traced
from tests.waveforms.reading import changes, settled
from waveforms import fst, gtkwave
from waveforms.fst import FstCopy, FstFile, can_write_fst, fst_file, write_fst
from waveforms.gtkw import Layout, write_save_file
from waveforms.selection import Selection, Window
from waveforms.vcd import VcdFile

needs_vcd2fst = pytest.mark.skipif(
    shutil.which("vcd2fst") is None, reason="vcd2fst (Debian package gtkwave) is missing"
)
needs_pylibfst = pytest.mark.skipif(
    not can_write_fst(), reason="pylibfst (pip install imac-cosim[fst]) is missing"
)
FULL = Selection(level="full")


@needs_pylibfst
@pytest.mark.parametrize("window", [Window(), Window(30_000, 125_000), Window(1_000_000)])
def test_the_file_holds_what_the_vcd_file_holds(tmp_path, window):
    direct = FstFile(tmp_path / "trace.fst", FULL, window)
    dump = VcdFile(tmp_path / "trace.vcd", FULL, window)
    run(direct, dump)
    assert settled(direct.path) == settled(dump.path)
    assert (direct.start_ps, direct.end_ps) == (dump.start_ps, dump.end_ps)


@needs_pylibfst
def test_the_same_run_gives_the_same_values_and_times(tmp_path):
    for name in ("a.fst", "b.fst"):
        run(FstFile(tmp_path / name, FULL))
    assert changes(tmp_path / "a.fst") == changes(tmp_path / "b.fst")


@needs_pylibfst
def test_a_run_that_fails_leaves_a_readable_file_up_to_the_failure(tmp_path):
    class Level(Module):
        level = gauge("counts up", width_bits=8)

    def fail() -> None:
        with Simulator() as sim:
            part = Level("part", sim)
            sim.observe(FstFile(tmp_path / "trace.fst"))
            sim.run(until_ps=100)
            part.level.set(7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert changes(tmp_path / "trace.fst") == {"part.level": [(0, 0), (100, 7)]}


@needs_pylibfst
def test_a_folder_that_is_not_there_is_refused_with_the_name_of_the_file(tmp_path):
    with pytest.raises(DataError, match=r"trace\.fst must be a file that can be written"):
        run(FstFile(tmp_path / "none" / "trace.fst"))


@needs_pylibfst
@pytest.mark.gtkwave
@pytest.mark.skipif(bool(gtkwave.missing_programs()), reason="GTKWave is missing")
def test_gtkwave_opens_it_with_every_trace(tmp_path):
    file = FstFile(tmp_path / "trace.fst", FULL)
    run(file)
    layout = Layout(span_ps=(15_000, 95_000))
    save_file = write_save_file(file.path, file.traces, file.end_ps, layout)
    shown = gtkwave.shown(save_file)
    assert shown.traces == gtkwave.declared_traces(save_file)
    assert shown.span_ps[0] == 15_000


@needs_vcd2fst
def test_without_the_package_the_copy_takes_the_place_of_the_vcd_file(tmp_path, monkeypatch):
    monkeypatch.setattr(fst, "can_write_fst", lambda: False)
    file = fst_file(tmp_path / "trace.fst", FULL)
    dump = VcdFile(tmp_path / "other.vcd", FULL)
    run(file, dump)
    assert isinstance(file, FstCopy)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.vcd", "trace.fst"]
    assert settled(file.path) == settled(dump.path)


def test_with_the_package_it_is_written_directly(tmp_path, monkeypatch):
    monkeypatch.setattr(fst, "can_write_fst", lambda: True)
    assert isinstance(fst_file(tmp_path / "trace.fst"), FstFile)


def test_with_neither_one_sentence_tells_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(fst, "can_write_fst", lambda: False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CosimError) as refused:
        fst_file(tmp_path / "trace.fst")
    assert str(refused.value) == (
        "an FST file needs pylibfst or vcd2fst, and neither was found; install one with: "
        "pip install imac-cosim[fst], or apt-get install gtkwave"
    )


def test_an_fst_file_without_the_package_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fst, "can_write_fst", lambda: False)
    with pytest.raises(CosimError, match="writing trace.fst needs pylibfst, not found here"):
        run(FstFile(tmp_path / "trace.fst"))


@needs_vcd2fst
def test_the_copy_keeps_every_value(tmp_path):
    dump = tmp_path / "trace.vcd"
    traced(dump, level="full")
    assert settled(write_fst(dump)) == settled(dump)


@needs_vcd2fst
def test_a_missing_dump_is_refused_with_its_name(tmp_path):
    with pytest.raises(DataError, match=r"none\.vcd must be a VCD file; vcd2fst said: "):
        write_fst(tmp_path / "none.vcd")


def test_a_missing_program_is_named_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CosimError, match="needs vcd2fst.*apt-get install gtkwave"):
        write_fst(tmp_path / "trace.vcd")
