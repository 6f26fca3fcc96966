"""Two runs side by side."""

import json
from pathlib import Path
from typing import Any

import pytest

from scenarios.cli import dispatch
from scenarios.showing.comparing import Difference, differences, story

LAYER = {
    "image": 0,
    "engine": "cpu",
    "cycles": 400,
    "instructions": 10,
    "macs": 5,
    "energy_pj": 2_000.0,
}


@pytest.fixture
def kept(tmp_path: Path):
    def keep(name: str, *, timer: int = 40, fc_ps: int = 100_000, **metrics: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.toml").write_text(f"[soc.imac.timer]\ncycles = {timer}\n")
        (folder / "manifest.json").write_text("{}")
        layers = [
            {**LAYER, "name": "conv", "start_ps": 0, "end_ps": 900_000},
            {**LAYER, "name": "fc", "start_ps": 900_000, "end_ps": 900_000 + fc_ps},
            {**LAYER, "name": "codes", "start_ps": 900_000 + fc_ps, "end_ps": 950_000 + fc_ps},
        ]
        told = {
            "scenario": "mlp",
            "layers": layers,
            "time_ps": 950_000 + fc_ps,
            "host": {"wall_s": len(name)},
        }
        (folder / "metrics.json").write_text(json.dumps(told | metrics))
        return folder

    return keep


def test_a_run_does_not_differ_from_itself(kept):
    run = kept("run")
    assert differences(run, run) == []


def test_what_the_host_took_is_no_difference(kept):
    assert differences(kept("a"), kept("longer name")) == []


def test_one_parameter_is_localised_and_later_layers_do_not_count(kept):
    found = differences(kept("a"), kept("b", timer=30, fc_ps=80_000))
    assert found == [
        Difference("soc.imac.timer.cycles", "40", "30", "-10 (-25.00 %)"),
        Difference("image 0, fc: time", "100 ns", "80 ns", "-20 ns (-20.00 %)"),
        Difference("time", "1.05 us", "1.03 us", "-20 ns (-1.90 %)"),
    ]


def test_what_only_one_run_has_is_told(kept):
    found = differences(kept("a"), kept("b", imac={"violations": ["early load"]}))
    assert found == [Difference("imac.violations", "–", "early load", "")]


def test_the_command_leaves_with_1_if_they_differ_and_with_0_if_not(kept, tmp_path, capsys):
    kept("a")
    kept("b", timer=30)
    out = ("--out", str(tmp_path))
    assert dispatch(["diff", str(tmp_path / "a"), str(tmp_path / "a"), *out]) == 0
    assert capsys.readouterr().out == ""
    assert dispatch(["diff", str(tmp_path / "a"), str(tmp_path / "b"), *out]) == 1
    assert "soc.imac.timer.cycles" in capsys.readouterr().out


WHOLE = '{"scenario": "mlp"}'


@pytest.mark.parametrize("text", ["", "{}", "[1]", WHOLE[:9], '{"scenario": 7}', "\udcff"])
def test_damaged_metrics_are_refused_and_are_no_difference(kept, capsys, text):
    whole, damaged = kept("whole"), kept("damaged")
    (damaged / "metrics.json").write_text(text, errors="surrogateescape")
    assert dispatch(["diff", str(whole), str(damaged)]) == 2
    told = f"{damaged}/metrics.json must be a metrics.json that cosim wrote; it is not"
    assert capsys.readouterr().err == f"cosim: {told}\n"


def test_damaged_or_missing_settings_are_refused(kept, capsys):
    whole, damaged = kept("whole"), kept("damaged")
    (damaged / "config.toml").write_text("[soc.imac")
    assert dispatch(["diff", str(damaged), str(whole)]) == 2
    assert (
        "config.toml must be a config.toml that cosim wrote; it is not" in capsys.readouterr().err
    )
    (damaged / "config.toml").unlink()
    assert dispatch(["diff", str(damaged), str(whole)]) == 2
    assert "config.toml must be a file of a run: No such file" in capsys.readouterr().err


def test_damaged_transactions_are_refused(kept, capsys):
    whole, damaged = kept("whole"), kept("damaged")
    for run in (whole, damaged):
        (run / "transactions.npz").write_bytes(b"PK\x03\x04 and no more")
    assert dispatch(["diff", str(whole), str(damaged)]) == 2
    assert "transactions.npz must be a transactions.npz that cosim wrote" in capsys.readouterr().err


def test_runs_of_different_networks_are_refused(kept, capsys):
    one, other = kept("one", network="mlp"), kept("other", network="lenet5")
    assert dispatch(["diff", str(one), str(other)]) == 2
    assert capsys.readouterr().err == (
        f"cosim: {one} and {other} must be runs of the same network or trace to be aligned, not of"
        " mlp and lenet5; put them side by side with `cosim report`\n"
    )


def test_metrics_that_say_little_are_compared_as_far_as_they_go(kept):
    whole, bare = kept("whole"), kept("bare")
    (bare / "metrics.json").write_text(WHOLE)
    assert story(whole, bare) == [
        "saved 1.05 us in all (-100 %): "
        "saved 900 ns in conv, saved 100 ns in fc, saved 50 ns in codes"
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory):
    """Return what runs the perceptron with settings and tells the folder of the run."""
    out = tmp_path_factory.mktemp("runs")

    def run(*settings: str) -> Path:
        words = [word for one in settings for word in ("--set", one)]
        command = ["run", "mlp", "--mode", "fast", "--trace", "full", "--out", str(out)]
        assert dispatch([*command, *words]) == 0
        return (out / "mlp" / "latest").resolve()

    return run


SILENT = "soc.imac.misuse.early_load=silent_stale"


def test_a_real_run_tells_nothing_of_itself(runs):
    run = runs(SILENT)
    assert differences(run, run) == []
    assert story(run, run) == []


def test_a_shorter_timer_saves_its_cycles_where_the_core_waits(runs):
    told = story(runs("soc.imac.timer.cycles=200"), runs("soc.imac.timer.cycles=100"))
    assert told == [
        "soc.imac.timer.cycles: 200 -> 100",
        told[1],
        "fc1, soc.core asks soc.coprocessor_bus: 1 shorter by 25 ns; 2 in both",
    ]
    assert told[1].startswith("saved 25 ns in all")  # 100 cycles of 250 ps
    assert told[1].endswith(": saved 25 ns in adc")


def test_a_timer_that_is_too_short_costs_early_reads(runs):
    told = story(runs(SILENT, "soc.imac.timer.cycles=200"), runs(SILENT, "soc.imac.timer.cycles=4"))
    assert any("2 more: soc.imac.controller: codes loaded while COMPUTING" in one for one in told)
