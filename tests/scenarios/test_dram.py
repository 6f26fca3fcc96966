"""`cosim dram`: what it finds, keeps, writes and refuses."""

import csv
import json
from pathlib import Path

import pytest

from scenarios.cli import dispatch
from tests.physics.lpddr3_reference import FOLDER, needs_reference
from tests.scenarios.dram_files import LINES, replayed, request_lines, write_trace

KEYS = {
    "cycles", "reads", "writes", "commands", "row_hits", "row_misses", "row_conflicts",
    "mean_read_latency_cycles", "bandwidth_bytes_per_s", "energy_pj",
}  # fmt: skip


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path, request_lines())


def test_one_read_of_an_idle_memory_takes_34_clocks(tmp_path: Path) -> None:
    found = replayed(tmp_path, write_trace(tmp_path, ["0 40 R"]))
    assert set(found) >= KEYS
    assert (found["cycles"], found["mean_read_latency_cycles"]) == (34, 34.0)
    assert found["commands"] == {"ACT": 1, "PRE": 0, "PREA": 0, "RD": 1, "WR": 0, "REF": 0}
    assert found["bandwidth_bytes_per_s"] == pytest.approx(64 / 42.5e-9)
    assert found["energy_pj"]["read"] == pytest.approx(2352)  # two dies, 1176 pJ each


def test_both_shells_find_the_same(tmp_path: Path, trace: Path) -> None:
    fast, detailed = (replayed(tmp_path, trace, "--mode", mode) for mode in ("fast", "detailed"))
    different = {key for key in fast if fast[key] != detailed[key]}
    assert different == {"mode", "host"}


def test_the_clocks_of_the_bus_add_up(tmp_path: Path, trace: Path) -> None:
    clocks = replayed(tmp_path, trace)["bus_clocks"]
    total = clocks.pop("total")
    assert sum(clocks.values()) == total
    assert all(count >= 0 for count in clocks.values())


def test_every_read_is_written_with_the_parts_of_its_latency(tmp_path: Path, trace: Path) -> None:
    found = replayed(tmp_path, trace, "--requests", str(tmp_path / "reads.csv"))
    with (tmp_path / "reads.csv").open(encoding="ascii") as stream:
        rows = list(csv.DictReader(stream))
    assert sorted(int(row["number"]) for row in rows) == [n for n in range(LINES) if n % 4 < 3]
    parts = ("entry", "queue", "bank", "refresh", "data")
    for row in rows:
        assert int(row["latency"]) == sum(int(row[part]) for part in parts)
        assert min(int(row[part]) for part in parts) >= 0
    mean = sum(int(row["latency"]) for row in rows) / len(rows)
    assert mean == pytest.approx(found["mean_read_latency_cycles"])


def test_settings_change_the_memory(tmp_path: Path) -> None:
    trace = write_trace(tmp_path, ["0 40 R", "200 80 R"])
    assert replayed(tmp_path, trace)["commands"]["ACT"] == 1
    closed = replayed(tmp_path, trace, "--set", "soc.memory.scheduling.page=closed")
    assert closed["commands"]["ACT"] == 2
    narrow = replayed(tmp_path, trace, "--preset", "lpddr3-1600-x32")
    assert narrow["commands"]["RD"] == 4  # two bursts of 32 bytes for each line


def test_waves_and_report_are_kept_in_a_folder(tmp_path: Path, trace: Path) -> None:
    runs = tmp_path / "runs"
    replayed(tmp_path, trace, "--trace", "--report", "--out", str(runs))
    folder = runs / "dram-small" / "latest"
    names = {path.name for path in folder.iterdir()}
    assert names >= {"trace.vcd", "trace.gtkw", "report.html", "metrics.json", "config.toml"}
    waves = (folder / "trace.vcd").read_text()
    for name in ("command", "command_bank", "data_bus", "bank[7]"):
        assert name in waves
    page = (folder / "report.html").read_text()
    assert "Where the bandwidth went" in page
    assert "rows were closed and opened: " in page  # of the clocks of the bus
    assert "closing and opening a row: " in page  # of the latency


@pytest.mark.parametrize("form", ["ramulator", "ramulator2", "dramsim3"])
def test_the_commands_it_writes_break_no_rule(tmp_path: Path, trace: Path, form: str) -> None:
    written = tmp_path / "small.cmd"
    found = replayed(tmp_path, trace, "--check", "--commands", str(written), "--format", form)
    assert found["timing"]["broken"] == 0
    checked = replayed(tmp_path, written)["timing"]
    assert checked["broken"] == 0
    assert checked["commands"] == found["timing"]["commands"] == sum(found["commands"].values())


def test_a_peers_trace_that_breaks_a_rule_is_told_with_pair_and_slack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, found = tmp_path / "peer.cmd", tmp_path / "found.json"
    trace.write_text("2,ACT,1\n14,RD,1\n", encoding="ascii")
    assert dispatch(["dram", str(trace), "--json", str(found)]) == 1
    (broken,) = json.loads(found.read_text(encoding="utf-8"))["timing"]["violations"]
    assert (broken["rule"], broken["slack_cycles"], broken["place"]) == ("tRCD", -3, "peer.cmd:2")
    assert "break 1 timing rules" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--preset", "lpddr3_1600_x46"], "did you mean lpddr3_1600_x64"),
        (["--set", "scheduling.capp=3"], "did you mean"),
        (["--set", "speed.t_rc=50ns"], "t_rc_ps must be at least t_ras_ps + t_rp_ps, 60000 ps"),
        (["--format", "dramsim2", "--commands", "x.cmd"], "a command format must be"),
        (["--trace", "--mode", "fast"], "--trace needs the detailed shell"),
        (["--golden", "nowhere.json"], "must hold golden results"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(
    tmp_path: Path,
    trace: Path,
    words: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert dispatch(["dram", str(trace), *words]) == 2
    assert told in capsys.readouterr().err


def test_a_policy_of_ones_own_is_loaded_from_a_file(tmp_path: Path, trace: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from components.lpddr3.policies import in_order, policy\n\n\n"
        '@policy("mine")\n'
        "def mine(memory, direction, cycle):\n"
        "    return in_order(memory, direction, cycle)\n",
        encoding="utf-8",
    )
    chosen = ("--plugin", str(plugin), "--set", "scheduling.policy=mine")
    mine = replayed(tmp_path, trace, *chosen)
    fcfs = replayed(tmp_path, trace, "--set", "scheduling.policy=fcfs")
    assert {key for key in mine if mine[key] != fcfs[key]} <= {"host"}
    detailed = replayed(tmp_path, trace, *chosen, "--mode", "detailed")
    assert detailed["cycles"] == mine["cycles"]


@needs_reference
def test_one_command_compares_with_a_reference_simulator(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trace = FOLDER / "traces" / "g_fc_1mb_w16.trc.gz"
    assert dispatch(["dram", str(trace), "--golden", str(FOLDER / "golden.json")]) == 0
    line = capsys.readouterr().out.splitlines()[-1].split()
    assert line[:3] == ["g_fc_1mb_w16", "68871", "68805"]
