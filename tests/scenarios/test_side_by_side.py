"""Several runs on one page."""

from pathlib import Path

import pytest

from scenarios.cli import dispatch
from scenarios.measures.metrics import EnergyMetrics, LayerMetrics, Metrics
from scenarios.showing.side_by_side import page
from waveforms.browser import browser, picture_of_page
from waveforms.report import write_page


def run(cycles: int, energy_pj: float) -> Metrics:
    layer = LayerMetrics(name="fc1", engine="cpu", start_ps=0, end_ps=cycles, cycles=cycles)
    energy = EnergyMetrics(core={"clock": energy_pj})
    return Metrics(scenario="mlp", images=1, time_ps=cycles, layers=(layer,), energy_pj=energy)


def test_the_first_run_is_held_against_the_others():
    told = dict(page({"with": run(100, 30.0), "without": run(250, 40.0)}).headline)
    assert told == {"with against without": "2.5 × as fast", "energy saved against without": "25 %"}


def test_every_number_has_its_ratio_to_the_first():
    tables = {
        table.title: table for table in page({"a": run(100, 30.0), "b": run(250, 40.0)}).tables
    }
    assert tables["Core cycles by layer"].columns == ["", "a", "b", "ratio"]
    assert tables["Core cycles by layer"].rows == [["fc1", "100", "250", "2.5"]]
    assert tables["Energy by component"].rows[0] == ["core", "30 pJ", "40 pJ", "1.33"]


@pytest.mark.skipif(browser() is None, reason="chromium is missing")
def test_a_browser_draws_the_page_without_a_word(tmp_path: Path):
    path, png = tmp_path / "both.html", tmp_path / "both.png"
    write_page(path, page({"a": run(100, 30.0), "b": run(250, 40.0)}))
    assert picture_of_page(path, png, dark=True) == []
    assert png.stat().st_size > 10_000


def test_the_command_keeps_a_page_of_two_runs_and_refuses_one(tmp_path, capsys):
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
        (folder / "metrics.json").write_text(run(100, 30.0).to_json())
    both = [str(tmp_path / name) for name in ("a", "b")]
    kept = tmp_path / "both.html"
    assert dispatch(["report", *both, "--page", str(kept)]) == 0
    assert "Core cycles by layer" in kept.read_text()
    capsys.readouterr()
    assert dispatch(["report", both[0], "--page", str(kept)]) == 2
    assert "--page compares runs: name two or more" in capsys.readouterr().err
