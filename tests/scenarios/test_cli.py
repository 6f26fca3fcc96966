"""The command line: what it keeps, what it says, how it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from scenarios.cli import dispatch

BLINK = str(Path(__file__).parent / "stories" / "blink.py")


def run(runs: Path, *words: str) -> int:
    return dispatch(["run", BLINK, "--out", str(runs), *words])


def test_a_run_keeps_everything_in_one_folder(runs: Path) -> None:
    assert run(runs, "--seed", "5") == 0
    folder = runs / "blink" / "latest"
    assert folder.is_symlink()
    written = {path.name for path in folder.iterdir()} - {"system.svg"}
    assert written == {
        "config.toml",
        "layers.csv",
        "manifest.json",
        "metrics.json",
        "notes.txt",
        "stream.txt",
        "system.dot",
    }
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["time_ps"], metrics["instructions"], metrics["ipc"]) == (3_000, 3, 1.0)
    assert metrics["energy_pj"]["core"] == {"light": 2.5, "leakage": 0.5, "total": 3.0}
    assert metrics["energy_pj"]["total"] == 3.0


def test_the_manifest_tells_seed_command_versions_and_input_hashes(runs: Path) -> None:
    assert run(runs, "--seed", "5", "--mode", "detailed", "--window", "1ns:2ns") == 0
    manifest = json.loads((runs / "blink" / "latest" / "manifest.json").read_text())
    assert manifest["command"][:3] == ["cosim", "run", BLINK]
    assert manifest["seed"] == 5
    assert manifest["options"]["mode"] == "detailed"
    assert manifest["options"]["window_ps"] == [1_000, 2_000]
    assert manifest["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert len(manifest["inputs"][BLINK]) == 64


def test_settings_reach_the_scenario_and_the_resolved_configuration(runs: Path) -> None:
    assert run(runs, "--set", "lamp.blinks=5", "--set", "lamp.clock=2GHz") == 0
    folder = runs / "blink" / "latest"
    resolved = tomllib.loads((folder / "config.toml").read_text())
    assert resolved["lamp"] == {"clock_hz": 2_000_000_000, "blinks": 5, "behaviour": "good"}
    assert json.loads((folder / "metrics.json").read_text())["time_ps"] == 5 * 500


def test_equal_runs_are_kept_side_by_side(runs: Path) -> None:
    assert run(runs) == 0
    first = (runs / "blink" / "latest").resolve()
    assert run(runs) == 0
    second = (runs / "blink" / "latest").resolve()
    assert first != second
    assert (first / "metrics.json").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "lenet6"], "there is no scenario lenet6"),
        (["run", "nowhere.py"], "nowhere.py must be a Python file; there is no such file"),
        (["run", BLINK, "--set", "lamp.blink=3"], "has no parameter blink; did you mean blinks?"),
        (["run", BLINK, "--set", "lamp.blinks=0"], "LampConfig.blinks must be 1 to 1000 blinks"),
        (["run", BLINK, "--set", "lamp.clock=3 V"], "'V' cannot be turned into Hz"),
        (["run", BLINK, "--set", "lamp"], "--set must be PATH=VALUE, not 'lamp'"),
        (["run", BLINK, "--window", "3us"], "--window must be START:END, as 10us:20us"),
        (["run", BLINK, "--window", "3us:"], "--window must be START:END, as 10us:20us"),
        (["run", BLINK, "--window", "1:2:3"], "--window must be START:END, as 10us:20us"),
        (["run", BLINK, "--window", "0.5ps:2ps"], "in whole ps, not '0.5ps:2ps'"),
        (["run", BLINK, "--window", "3us:1us"], "--window must start at 0 or later and end later"),
        (["run", BLINK, "--window", "-3us:1us"], "--window must start at 0 or later"),
        (["run", BLINK, "--mode", "slow"], "--mode"),
        (["run", BLINK, "--images", "0"], "--images"),
        (["run", BLINK, "--sed", "0"], "No such option: --sed"),
        (["report", "nothing"], "nothing must be a run's folder or a scenario that was run"),
        (["view", "nothing"], "nothing must be a run's folder or a scenario that was run"),
        (["train", "lenet6"], "lenet6"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_input_is_refused_with_one_sentence_and_leaves_nothing(
    words: list[str], sentence: str, runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = [] if words[0] in ("nonsense", "train") else ["--out", str(runs)]
    assert dispatch([*words, *place]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert sentence in err
    assert err.startswith("cosim: ")
    assert err.count("\n") == 1
    assert not runs.exists()


def test_a_folder_that_cannot_be_written_is_refused_before_the_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file" / "runs") == 2
    assert "must be a folder that can be written" in capfd.readouterr().err


def test_a_broken_rule_leaves_with_one_and_keeps_nothing(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(runs, "--set", "lamp.behaviour=bad") == 1
    assert capfd.readouterr().err == "cosim: lamp: broke; buy another\n"
    assert list(runs.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_keeps_nothing(runs: Path, number: signal.Signals) -> None:
    assert run(runs) == 0
    before = (runs / "blink" / "latest").resolve()
    words = ["run", BLINK, "--out", str(runs), "--set", "lamp.behaviour=endless"]
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{listens}; from scenarios.cli import main; main({words})"  # a shell may ignore it
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as process:
        while not list(runs.glob("*/.*.partial/stream.txt")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == b"cosim: interrupted; what was finished is kept, nothing else\n"
    assert {path.resolve() for path in (runs / "blink").iterdir()} == {before}


def test_a_kept_configuration_can_be_run_again(runs: Path) -> None:
    assert run(runs, "--set", "lamp.blinks=5") == 0
    file = runs / "blink" / "latest" / "config.toml"
    assert run(runs, "--config", str(file), "--set", "lamp.clock=2GHz") == 0
    again = json.loads((runs / "blink" / "latest" / "metrics.json").read_text())
    assert again["time_ps"] == 5 * 500


def test_report_shows_one_run_in_full(runs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(runs)
    capfd.readouterr()
    assert dispatch(["report", "blink", "--out", str(runs)]) == 0
    shown = capfd.readouterr().out
    for words in ("simulated time", "3 ns", "1 of 1", "light 2.5 pJ, leakage 0.5 pJ"):
        assert words in shown


def test_report_shows_several_runs_side_by_side(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(runs)
    run(runs, "--set", "lamp.blinks=7")
    names = [str(path) for path in (runs / "blink").iterdir() if not path.is_symlink()]
    capfd.readouterr()
    assert dispatch(["report", *names]) == 0
    shown = next(line for line in capfd.readouterr().out.splitlines() if "simulated" in line)
    assert sorted(shown.split()[2:]) == sorted(["3", "ns", "7", "ns"])


def test_view_of_a_run_without_waves_says_how_to_get_them(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(runs)
    assert dispatch(["view", "blink", "--out", str(runs)]) == 2
    assert "run again with --trace protocol" in capfd.readouterr().err


def test_list_of_a_scenario_shows_units_and_sources(capfd: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["list", BLINK]) == 0
    shown = capfd.readouterr().out
    assert "lamp.clock_hz" in shown
    assert "Hz" in shown
    assert "estimate: round" in shown


def test_doctor_finds_every_declared_library(capfd: pytest.CaptureFixture[str]) -> None:
    dispatch(["doctor"])
    shown = capfd.readouterr().out
    assert "python" in shown
    assert "gtkwave" in shown


def test_output_into_a_closed_pipe_is_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", "from scenarios.cli import main; main(['list'])"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    assert "Traceback" not in done.stderr
