"""A CNN on harvested power: one point with its waves, and the study of all policies."""

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vcd.reader import TokenKind, tokenize

from components.power import CapacitorConfig, SupplyConfig
from scenarios.cli import OK, WRONG, dispatch
from scenarios.pim.powered import WorkConfig, work_of
from scenarios.pim.young import study


def ran(folder: Path, *words: str) -> Path:
    """Run the command line; return the folder of the run."""
    assert dispatch(["run", *words, "--out", str(folder)]) == OK
    return folder / words[0] / "latest"


def rows_of(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed, each run of blanks as one."""
    return " ".join(capsys.readouterr().out.split())


def test_one_point_comes_to_the_answer_it_has_without_outages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ran(tmp_path, "pim_intermittent", "--mode", "fast")
    told = rows_of(capsys)
    assert "answer as without outages" in told
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["predictions"] == metrics["labels"] == [8]
    assert "Energy" in (run / "report.html").read_text()


def test_a_capacitor_that_holds_an_inference_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = "supply.capacitor.capacitance_f=10 uF"
    ran(tmp_path, "pim_intermittent", "--mode", "fast", "--set", size, "--set", "inferences=1")
    assert "an inference fits a charge" in rows_of(capsys)


def test_waves_of_an_outage_show_voltage_power_good_and_spans(tmp_path: Path) -> None:
    run = ran(
        tmp_path, "pim_intermittent", "--trace", "protocol", "--signals", "supply.**",
        "--mode", "detailed", "--set", "inferences=1",
    )  # fmt: skip
    layout = (run / "trace.gtkw").read_text()
    for name in ("voltage", "power_good", "phase", "off", "checkpoint", "restore", "wake"):
        assert f"supply.{name}" in layout, name
    kinds: dict[str, str] = {}
    seen: dict[str, list[Any]] = {}
    with (run / "trace.vcd").open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.VAR:
                kinds[token.var.id_code] = token.var.reference
                seen[token.var.reference] = []
            elif token.kind is TokenKind.CHANGE_SCALAR:
                seen[kinds[token.scalar_change.id_code]].append(token.scalar_change.value)
            elif token.kind is TokenKind.CHANGE_REAL:
                seen[kinds[token.real_change.id_code]].append(token.real_change.value)
            elif token.kind is TokenKind.CHANGE_STRING:
                seen[kinds[token.string_change.id_code]].append(token.string_change.value)
    volts = seen["voltage"]
    assert min(volts[volts.index(max(volts)) :]) < 2.41
    assert max(volts) == pytest.approx(2.8, abs=0.01)
    assert seen["power_good"].count("1") > 2
    assert {"OFF", "WAKING", "RUNNING", "SAVING", "CONFIRMING", "RESTORING"} <= set(seen["phase"])


def test_both_shells_come_to_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for mode in ("fast", "detailed"):
        words = ("--mode", mode, "--trace", "none", "--set", "inferences=1")
        run = ran(tmp_path, "pim_intermittent", *words)
        told.append((run / "energy.csv").read_text())
        told.append(json.loads((run / "metrics.json").read_text())["time_ps"])
    assert told[:2] == told[2:]


def test_a_study_is_one_command_with_a_table_and_a_plot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    traces = tmp_path / "traces"
    traces.mkdir()
    volts = 2.5 + 2.5 * np.sin(np.arange(40))
    text = "".join(f"{time} {volt:.3f}\n" for time, volt in enumerate(volts))
    for name in ("10.txt.xz", "2.txt.xz"):
        (traces / name).write_bytes(lzma.compress(text.encode()))
    run = ran(
        tmp_path, "pim_policies", "--set", f"traces={traces}", "--set", "capacitors=100 nF; 1 uF",
        "--set", "inferences=1", "--set", "failures=20000", "--set",
        "policies=layer_boundary; periodic_nv:operations=2000; jit_threshold",
    )  # fmt: skip
    told = rows_of(capsys)
    assert "points 12" in told
    assert "answers other than without outages 0" in told
    points = (run / "points.csv").read_text().splitlines()
    assert len(points) == 1 + 12
    assert [line.split(",")[1] for line in points[1::6]] == ["2", "10"]
    assert "Young" in (run / "young.csv").read_text()
    assert (run / "policies.svg").read_text().startswith("<svg")


@pytest.mark.slow
def test_the_best_interval_of_saving_is_young_s_where_its_assumptions_hold() -> None:
    config = SupplyConfig(capacitor=CapacitorConfig(capacitance_f=100e-9))
    work = work_of(WorkConfig(saved_bits=20 * 32 + 181))
    clean = work.uninterrupted(config)
    # Young's intervals are then longer than a round, which a restored state may have to begin anew
    trials = study(work, clean, config, (12_000, 20_000), seed=1, told=lambda done: None)
    for trial in trials:
        assert trial.young < clean.operations / len(work.network.layers)
        assert trial.best == pytest.approx(trial.young, rel=0.2)
        assert min(one.cost for one in trial.intervals) < trial.without


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("supply.thresholds.off_v=2.9", "thresholds.off_v must be below thresholds.on_v"),
        ("supply.capacitor.capacitance_f=1 nF", "must be more than waking up takes"),
        ("supply.source=trace:file=none.txt", "must be a harvester trace; there is no such file"),
        ("supply.policy=never", "there is no save policy never"),
        ("supply.policy=jit_threshold:threshold=3 V", "threshold_v must lie between 2.4 V"),
        ("work.machine.standby_mw=2", "set supply.start.static_mw, which is drawn instead"),
        ("work.digit=-1", "digit must be"),
        ("work.width=3:7", "3:7"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, told: str
) -> None:
    assert dispatch(["run", "pim_intermittent", "--set", setting, "--out", str(tmp_path)]) == WRONG
    error = capsys.readouterr().err.strip()
    assert told in error
    assert len(error.splitlines()) == 1


def test_a_folder_without_traces_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "pim_policies", "--set", f"traces={tmp_path}", "--out", str(tmp_path)]
    assert dispatch(words) == WRONG
    assert "must have harvester traces, .txt, .xz or .gz; it has none" in capsys.readouterr().err
