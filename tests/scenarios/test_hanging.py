"""A run that hangs: what the command line says, and what the folder keeps."""

import json
import shutil
from pathlib import Path

import pytest

from scenarios.cli import dispatch
from tests.waveforms.reading import changes

ENTANGLED = str(Path(__file__).parent / "stories" / "entangled.py")
STORY = "a.run waits since 1000 ps for mutex right, which b.run has"


def run(runs: Path, *words: str) -> int:
    return dispatch(["run", ENTANGLED, "--out", str(runs), *words])


def kept(runs: Path) -> Path:
    """Return the folder of the last run."""
    return runs / "entangled" / "latest"


def test_a_hang_is_told_drawn_and_marked(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(runs) == 1
    folder, told = kept(runs), capsys.readouterr().err
    assert told.startswith("cosim: nothing is left to run at 1000 ps, but 2 processes wait")
    assert STORY in told
    assert f"kept in {folder.resolve()}" in told
    assert STORY in (folder / "hang.txt").read_text()
    assert '"a.run" -> "b.run" [label="mutex right", color=red' in (folder / "hang.dot").read_text()
    assert STORY in (folder / "report.html").read_text()
    assert json.loads((folder / "manifest.json").read_text())["scenario"] == "entangled"
    assert (folder / "config.toml").exists()
    assert not (folder / "metrics.json").exists()


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_a_hang_is_drawn_as_a_picture(runs: Path) -> None:
    assert run(runs) == 1
    assert "<svg" in (kept(runs) / "hang.svg").read_text()


def test_the_waves_go_up_to_the_hang_and_carry_a_marker_there(runs: Path) -> None:
    assert run(runs) == 1
    folder = kept(runs)
    waves = changes(folder / "trace.vcd")
    assert waves["a.held"] == [(0, 1)]
    assert waves["hangs.hang"][-1] == (1_000, "a.run -> b.run -> a.run")
    saved = (folder / "trace.gtkw").read_text().splitlines()
    assert "[markername] Ahang" in saved
    primary, first_named = next(line for line in saved if line[0] == "*").split()[1:3]
    assert (primary, first_named) == ("1000", "1000")


def test_a_hang_is_found_while_a_clock_goes_on_if_patience_is_limited(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(runs, "--set", "clock=true", "--patience", "10ns") == 1
    assert "nothing progressed since" in capsys.readouterr().err
    assert STORY in (kept(runs) / "hang.txt").read_text()


def test_without_patience_a_clock_goes_on(runs: Path) -> None:
    assert run(runs, "--set", "clock=true") == 0
    metrics = json.loads((kept(runs) / "metrics.json").read_text())
    assert metrics["time_ps"] == 100_000


def test_a_hang_that_is_only_raised_keeps_nothing(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(runs, "--on-hang", "raise") == 1
    assert STORY in capsys.readouterr().err
    assert not (runs / "entangled").exists()


def test_a_hang_may_be_a_warning(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(runs, "--on-hang", "warn") == 0
    told = capsys.readouterr()
    assert told.err.startswith("cosim: nothing is left to run at 1000 ps")
    assert "a.run -> b.run -> a.run" in told.out
    assert (kept(runs) / "hang.txt").exists()
    assert (kept(runs) / "metrics.json").exists()


def test_a_hang_may_be_ignored(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(runs, "--on-hang", "ignore") == 0
    assert capsys.readouterr().err == ""
    assert not (kept(runs) / "hang.txt").exists()


@pytest.mark.parametrize("patience", ["0ps", "-1ns", "10 V", "soon"])
def test_patience_must_be_a_time(
    runs: Path, patience: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(runs, f"--patience={patience}") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_waves_of_a_hang_can_be_viewed_but_there_is_no_report_of_it(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(runs)
    capsys.readouterr()
    assert dispatch(["report", "entangled", "--out", str(runs)]) == 2
    assert "metrics.json must be the metrics of a run" in capsys.readouterr().err
