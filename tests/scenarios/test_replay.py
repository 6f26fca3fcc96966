"""Traces on a machine: what is counted, what is refused, and what is left behind."""

import gzip
import json
import lzma
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from components.cpu import champsim_trace
from components.cpu.program import END, LAYER
from cosim.errors import ConfigError, DataError
from scenarios.cli import dispatch
from scenarios.scenario import Mode
from scenarios.traces.frames import FIRST_FRAME, PAGE_BITS, Frames
from scenarios.traces.replay import SOC, Replay, presets
from scenarios.traces.trace_source import TraceSource
from tests.architecture.sources import ROOT
from tests.modes.test_equal_replay import RECORDS, mixed

CHAMPSIM = "champsim_i7_w4_bigpage"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return mixed(tmp_path / "mixed.champsimtrace")


def source(trace: Path, **asked) -> TraceSource:
    return TraceSource(trace, lambda chunk: chunk, **asked)


def operations(chunks) -> list[int]:
    return [int(op) for chunk in chunks for op in chunk["op"]]


@pytest.mark.parametrize("preset", [SOC, CHAMPSIM])
def test_both_shells_measure_the_same(trace, preset):
    fast, detailed = (
        Replay(trace, preset, warm_up=1000, mode=mode).run() for mode in (Mode.FAST, Mode.DETAILED)
    )
    ignored = {"host", "mode"}
    assert fast.model_dump(exclude=ignored) == detailed.model_dump(exclude=ignored)
    assert fast.instructions == RECORDS - 1000
    assert fast.branches.mispredicted > 100


def test_warm_up_and_rest_add_up_to_the_whole(trace):
    whole = Replay(trace, warm_up=0).run()
    rest = Replay(trace, warm_up=1500).run()
    early = Replay(trace, warm_up=0, instructions=1500).run()
    # What is under way at the boundary belongs to both or to neither: some accesses, some cycles.
    for one in ("cycles", "time_ps"):
        parts = getattr(rest, one) + getattr(early, one)
        assert parts == pytest.approx(getattr(whole, one), rel=0.1)
    parts = rest.caches.l1d.accesses + early.caches.l1d.accesses
    assert parts == pytest.approx(whole.caches.l1d.accesses, rel=0.05)
    assert rest.energy_pj.total < whole.energy_pj.total
    assert rest.instructions + early.instructions == whole.instructions == RECORDS


def test_marks_stand_before_and_behind_what_is_measured(trace):
    found = operations(source(trace, warm_up=70).chunks())
    assert [at for at, op in enumerate(found) if op == LAYER] == [70, len(found) - 2]
    assert found[-1] == END
    assert len(found) == RECORDS + 3


@pytest.mark.parametrize("preset", ["soc", "champsim_i7_w4_bigpage"])
@pytest.mark.parametrize("instructions", [1, 2, 5])
def test_a_few_instructions_are_measured_though_they_retire_with_both_marks(
    trace, preset, instructions
):
    found = Replay(trace, preset, warm_up=10, instructions=instructions).run()
    assert found.instructions == instructions
    assert 0 < found.cycles < 2000
    assert found.ipc > 0


def test_a_short_trace_is_repeated_until_there_are_enough_instructions(trace):
    asked = source(trace, warm_up=100, instructions=2 * RECORDS)
    found = np.concatenate(list(asked.chunks()))
    assert asked.read == 2 * RECORDS + 100
    assert asked.measured == 2 * RECORDS
    assert found["ip"][101:301].tolist() == found["ip"][101 + RECORDS : 301 + RECORDS].tolist()


def test_a_warm_up_without_anything_behind_it_is_refused(trace):
    with pytest.raises(DataError, match=f"longer than its warm-up of {RECORDS} instructions; it"):
        operations(source(trace, warm_up=RECORDS).chunks())


def test_a_trace_shorter_than_its_warm_up_is_repeated_if_it_is_said_how_many_to_measure(trace):
    found = Replay(trace, CHAMPSIM, warm_up=RECORDS + 10, instructions=50).run()
    assert found.instructions == 50 and found.cycles > 0


@pytest.mark.parametrize("preset", presets())
def test_a_trace_of_one_instruction_runs_on_every_preset(preset, tmp_path):
    one = tmp_path / "one.champsimtrace.xz"
    raw = np.zeros(1, champsim_trace.TRACE)
    raw["ip"] = 0x400000
    one.write_bytes(lzma.compress(raw.tobytes()))
    found = Replay(one, preset).run()
    assert found.instructions == 1 and found.cycles > 0


def test_every_configuration_of_the_reference_is_a_preset():
    folder = ROOT.parent / "shared" / "reference" / "champsim"
    if not folder.is_dir():
        pytest.skip("needs the reference folder")
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    assert {f"champsim_{name}" for name in golden["configs"]} <= set(presets())


def test_compression_is_told_by_content_and_changes_nothing(trace, tmp_path):
    plain = trace.read_bytes()
    expected = operations(source(trace).chunks())
    for name, content in (("x", lzma.compress(plain)), ("y.trace", gzip.compress(plain))):
        (tmp_path / name).write_bytes(content)
        assert operations(source(tmp_path / name).chunks()) == expected


def test_progress_tells_the_share_of_a_compressed_file(trace, tmp_path):
    long = tmp_path / "long.xz"
    champsim_trace.write(long, (champsim_trace.convert(raw) for raw in repeated(trace, 100)))
    told: list[tuple[int, int, str]] = []
    asked = source(long, advance=lambda *one: told.append(one))
    operations(asked.chunks())
    assert [done for done, _, _ in told] == [65_536 * at for at in range(len(told))]
    assert told[-1][1] == pytest.approx(100 * RECORDS, rel=0.25)


def repeated(trace: Path, times: int):
    for _ in range(times):
        yield from champsim_trace.read_raw(trace)


def test_memory_does_not_grow_with_the_length_of_a_trace(trace):
    def peak_bytes(instructions: int) -> int:
        tracemalloc.start()
        for _ in source(trace, instructions=instructions).chunks():
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(RECORDS)
    assert peak_bytes(200 * RECORDS) < 1.2 * peak_bytes(5 * RECORDS)


def test_pages_get_frames_in_the_order_of_first_touch():
    chunk = champsim_trace.convert(np.zeros(3, champsim_trace.TRACE))
    chunk["address"] = [5 << PAGE_BITS | 0x123, 900 << PAGE_BITS, 5 << PAGE_BITS | 0x40]
    chunk["ip"] = [0x40_0000, 0x7F00_0000_1000, 0x40_0004]
    Frames(1 << 30).place(chunk)
    first = FIRST_FRAME << PAGE_BITS
    assert chunk["address"].tolist() == [first + 0x123, first + (1 << PAGE_BITS), first + 0x40]
    assert chunk["ip"].tolist() == [0x40_0000, first + (2 << PAGE_BITS) + 0x1000, 0x40_0004]


def test_more_pages_than_the_memory_has_are_refused():
    chunk = champsim_trace.convert(np.zeros(3, champsim_trace.TRACE))
    chunk["address"] = [1 << PAGE_BITS, 2 << PAGE_BITS, 3 << PAGE_BITS]
    with pytest.raises(DataError, match="at most 2 pages of 2 MiB, as many as fit the memory; it"):
        Frames((FIRST_FRAME + 2) << PAGE_BITS).place(chunk)


def test_an_unknown_preset_is_refused_with_the_nearest_one(trace):
    with pytest.raises(ConfigError, match=f"there is no preset {CHAMPSIM}s; did you mean"):
        Replay(trace, f"{CHAMPSIM}s").run()
    assert {SOC, CHAMPSIM} <= set(presets())


def test_the_command_keeps_the_keys_of_every_run(trace, tmp_path, capsys):
    file = tmp_path / "new" / "metrics.json"
    words = ["replay", str(trace), "--preset", CHAMPSIM, "--warmup", "1000", "--json", str(file)]
    assert dispatch(words) == 0
    found = json.loads(file.read_text())
    assert found["instructions"] == RECORDS - 1000
    assert (found["scenario"], found["preset"]) == ("replay", CHAMPSIM)
    assert found["ipc"] == found["instructions"] / found["cycles"]
    assert found["caches"]["l1d"]["misses"] > 0
    assert found["memory"]["reads"] > 0
    assert found["host"]["simulated_mips"] > 0
    assert "IPC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty"),
        (b"no trace at all, just text, and more of it than one record has.. " * 64, "at byte 0"),
        (lzma.compress(bytes(640))[:-20], "behind byte 0 of its content"),
        (lzma.compress(b"\x01" + bytes(639)), "the record at byte 64 is none (its address is 0)"),
        (b"\x1f\x8b" + bytes(100), "must be a whole compressed trace"),
    ],
)
def test_a_bad_file_is_refused_with_one_sentence_and_nothing_is_kept(
    content, sentence, tmp_path, capsys
):
    (tmp_path / "bad").write_bytes(content)
    file = tmp_path / "metrics.json"
    assert dispatch(["replay", str(tmp_path / "bad"), "--json", str(file)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert f"{tmp_path / 'bad'}: must" in said
    assert said.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"bad"}


def test_ctrl_c_leaves_nothing_half_written(trace, tmp_path):
    file = tmp_path / "out" / "metrics.json"
    words = ["replay", str(trace), "--instructions", "2000000000", "--json", str(file)]
    command = [sys.executable, "-c", "from scenarios.cli import main; main()", *words]
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    try:
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
            while not file.parent.exists():
                assert running.poll() is None
                time.sleep(0.05)
            time.sleep(2)
            running.send_signal(signal.SIGINT)
            said = running.communicate(timeout=120)[1]
    finally:
        signal.signal(signal.SIGINT, heard)
    assert running.returncode == 130
    assert (
        said.strip()
        .splitlines()[-1]
        .startswith("cosim: interrupted; what was finished is kept, nothing else")
    )
    assert list(file.parent.iterdir()) == []
