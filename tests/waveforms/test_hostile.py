"""Names and texts that break other writers: refused with a sentence, or opened by real viewers."""

import shutil
import subprocess

import pytest

from cosim import ElaborationError, Gauge, Module, Simulator, Span, Steps, gauge, process
from tests.waveforms.reading import changes, settled
from waveforms import gtkwave
from waveforms.fst import FstFile, can_write_fst
from waveforms.gtkw import write_save_file
from waveforms.selection import Selection
from waveforms.vcd import VcdFile

NAMES = [
    "two words",
    "a\tb",
    "a.b",
    "[3]",
    "a[3",
    "a]",
    "größe",
    "",
    "$end",
    "#10",
    "a/b",
    "x\n",
    '"',
]
TEXTS = [
    "$end",
    "#99",
    "two words",
    "tab\there",
    "a\\b",
    "größe µ 漢",
    "",
    "[3:0]",
    "\x01\x7f",
    "$dumpvars $end",
]

needs_gtkwave = pytest.mark.skipif(
    bool(gtkwave.missing_programs()), reason=f"missing: {gtkwave.missing_programs()}"
)
needs_vcd2fst = pytest.mark.skipif(shutil.which("vcd2fst") is None, reason="vcd2fst is missing")
needs_pylibfst = pytest.mark.skipif(not can_write_fst(), reason="pylibfst is missing")


class Speaker(Module):
    """Says every hostile text, one a nanosecond."""

    says = gauge("a text", text=True)
    state = gauge("a state", states=("IDLE", *(text or "empty" for text in TEXTS)))
    volts = gauge("a real", real=True)

    def build(self) -> None:
        self.work = self.parts["work"] = Span(self, "work", "labels")

    @process
    def speak(self) -> Steps:
        for number, text in enumerate(TEXTS):
            self.says.set(text)
            self.state.set(text or "empty")
            self.volts.set(1.5e-9 * number)
            with self.work(text):
                yield 1_000


@pytest.fixture
def spoken(tmp_path):
    def speak(kind=VcdFile, suffix="vcd"):
        file = kind(tmp_path / f"trace.{suffix}", Selection())
        with Simulator() as sim:
            Speaker("speaker", sim)
            sim.observe(file)
            sim.run()
        return file

    return speak


@pytest.mark.parametrize("name", NAMES)
def test_a_module_of_that_name_is_refused(name):
    with pytest.raises(ElaborationError, match="a name must be a letter, then letters, digits"):
        Module(name, Simulator())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "a.b"])
def test_a_probe_of_that_name_is_refused_before_a_file_is_made(name, tmp_path):
    class Part(Module):
        def build(self) -> None:
            self.parts[name] = Gauge(self, name, "a value")

    path = tmp_path / "trace.vcd"
    sim = Simulator()
    Part("part", sim)
    sim.observe(VcdFile(path))
    with pytest.raises(ElaborationError, match="GTKWave refuses the whole wave file"):
        sim.run(1)
    assert not path.exists()


def test_wellen_reads_every_text_back(spoken):
    seen = settled(spoken().path)
    assert [seen["speaker.says"].get(1_000 * number) for number in range(len(TEXTS))] == TEXTS


@needs_vcd2fst
def test_vcd2fst_takes_the_file(spoken, tmp_path):
    copy = tmp_path / "copy.fst"
    subprocess.run(["vcd2fst", spoken().path, copy], check=True, capture_output=True)
    assert settled(copy) == settled(tmp_path / "trace.vcd")


@needs_pylibfst
def test_the_direct_fst_file_holds_the_same_texts(spoken):
    assert settled(spoken(FstFile, "fst").path) == settled(spoken().path)


@needs_gtkwave
@pytest.mark.gtkwave
def test_gtkwave_opens_the_file_with_every_trace(spoken):
    file = spoken()
    save_file = write_save_file(file.path, file.traces, file.end_ps)
    assert gtkwave.shown(save_file).traces == gtkwave.declared_traces(save_file)


@needs_gtkwave
@pytest.mark.gtkwave
def test_gtkwave_opens_a_thousand_scopes_with_every_trace(tmp_path):
    class Cell(Module):
        value = gauge("a value", width_bits=4)

    file = VcdFile(tmp_path / "trace.vcd")
    with Simulator() as sim:
        cells = [Cell(f"cell[{index}]", sim) for index in range(1_000)]
        sim.observe(file)
        sim.run(until_ps=10)
        cells[999].value.set(9)
        sim.run(until_ps=20)
    save_file = write_save_file(file.path, file.traces, file.end_ps)
    shown = gtkwave.shown(save_file).traces
    assert len(shown) == 1_000
    assert shown == gtkwave.declared_traces(save_file)
    assert changes(file.path)["cell[999].value"] == [(0, 0), (10, 9)]


def test_a_window_of_a_million_changes_is_read_back_whole(tmp_path):
    class Counting(Module):
        level = gauge("counts", width_bits=32)
        volts = gauge("a real", real=True)

    path = tmp_path / "trace.vcd"
    with Simulator() as sim:
        part = Counting("part", sim)
        sim.observe(VcdFile(path))
        sim.run(until_ps=1)
        for number in range(1, 500_001):
            part.level.set(number)
            part.volts.set(number / 7)
            sim.env.run(number + 1)
    seen = changes(path)
    assert len(seen["part.level"]) == len(seen["part.volts"]) == 500_001
    assert seen["part.level"][-1] == (500_000, 500_000)
    assert seen["part.volts"][123_456] == (123_456, 123_456 / 7)
