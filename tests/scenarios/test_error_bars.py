"""Error bars of whole runs: printed by default, against the core alone or against another run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cosim import ConfigError
from cosim.config import override
from scenarios import lenet5
from scenarios.cli import dispatch
from scenarios.measures import activities
from scenarios.measures.error_bars import ErrorBars
from scenarios.measures.metrics import read_metrics
from scenarios.running.execution import Finished, execute
from scenarios.scenario import Mode, RunOptions, Trace

RunPair = tuple[Finished, Finished]


def run(root: Path, **changes: Any) -> Finished:
    """Run LeNet-5 on one image, the core alone beside it."""
    options = RunOptions(lenet5.SCENARIO.config(), root, Mode.FAST, Trace.NONE, beside=True)
    return execute("lenet5", lenet5.SCENARIO, replace(options, **changes), root)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> RunPair:
    root = tmp_path_factory.mktemp("runs")
    alone = override(lenet5.SCENARIO.config(), "soc.imac.enabled", "false")
    return run(root), run(root, config=alone)


def test_the_core_alone_beside_a_run_is_the_run_of_the_core_alone(runs: RunPair) -> None:
    beside, alone = runs[0].metrics, runs[1].metrics
    speedup = beside.intervals["speedup"].nominal
    assert speedup == pytest.approx(alone.time_ps / beside.time_ps, rel=1e-12)
    saved = 1 - beside.energy_pj.total / alone.energy_pj.total
    assert beside.intervals["improvement"].nominal == pytest.approx(saved, rel=1e-12)
    assert set(alone.intervals) == {"energy_pj"}


def test_every_headline_lies_in_its_interval(runs: RunPair) -> None:
    for done in runs:
        for name, found in done.metrics.intervals.items():
            assert found.low < found.nominal < found.high, name
    energy = runs[0].metrics.intervals["energy_pj"]
    assert energy.nominal == pytest.approx(runs[0].metrics.energy_pj.total, rel=1e-12)


def test_what_the_baseline_takes_is_not_the_runs_speed(runs: RunPair) -> None:
    assert runs[0].result.beside_s > 0
    host = runs[0].metrics.host
    mips = runs[0].metrics.instructions / (host.wall_s - host.compile_s) / 1e6
    assert host.simulated_mips == pytest.approx(mips)


def test_the_report_draws_what_matters_most(runs: RunPair) -> None:
    page = (runs[0].folder / "report.html").read_text()
    for title in ("energy", "speedup", "energy saved"):
        assert f"What moves the {title} most" in page
    assert "McPAT&#x27;s core" in page or "McPAT's core" in page
    assert "<dt>energy saved</dt>" in page
    # IDD4W of VDD2: 240 mA, between 0.7 and 1 of it for the die, 190 and 252 for the table
    assert "soc.memory.currents.vdd2.idd4w_ma" in page
    assert "157 to 252" in page


def test_a_run_is_held_against_another_one(runs: RunPair, tmp_path: Path) -> None:
    found = run(tmp_path, against=runs[1].folder, beside=False).metrics.intervals
    assert found == runs[0].metrics.intervals


def test_a_run_of_something_else_is_refused(runs: RunPair) -> None:
    with pytest.raises(ConfigError, match="must be a run of lenet5 on 2 images to be held against"):
        activities.read_alike(runs[1].folder, "lenet5", 2)


def test_report_tells_two_runs_against_each_other(
    runs: RunPair, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(done.folder) for done in runs]
    assert dispatch(["report", *names]) == 0
    shown = capsys.readouterr().out
    low = ErrorBars(*(activities.read(done.folder) for done in runs)).intervals()["speedup"].low
    assert "against" in shown and f"{low:.4g}" in shown
    assert read_metrics(runs[0].folder / "metrics.json").intervals["speedup"].low == low
