"""A sweep with real worker processes: the same records whatever happens on the way."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from cosim.errors import ConfigError, DataError
from scenarios.cli import dispatch
from scenarios.sweep.records import Record, Status
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import Sweep, read_sweep, sweep
from tests.scenarios.valleys import STORY, expected, study

LEARNING = {
    "parameters": {"x": {"low": -9, "high": 9, "whole": True}, "y": [-2, 0, 2]},
    "search": {"method": "nsga2", "points": 12, "generation": 4},
}


def told(found: Sweep) -> list[tuple[dict[str, str], str, dict[str, float]]]:
    """Return what does not depend on the clock."""
    return [(dict(one.settings), one.status, dict(one.measures)) for one in found.records]


def heard(asked: Study, folder: Path, **options: Any) -> tuple[Sweep, list[bool]]:
    """Run a sweep; return it, and of each point whether it was there before."""
    were_there: list[bool] = []

    def tell(_: Record, was_there: bool, __: int) -> None:
        were_there.append(was_there)

    return sweep(asked, folder, tell=tell, **options), were_there


def test_every_point_is_measured_once_and_kept(tmp_path: Path) -> None:
    found, were_there = heard(study(), tmp_path)
    assert len(found.done) == 20
    assert not any(were_there)
    for one in found.done:
        wanted = expected(int(one.settings["x"]), int(one.settings["y"]))
        assert {name: one.measures[name] for name in wanted} == wanted
    again, were_there = heard(study(), tmp_path)
    assert again == found
    assert were_there == [True] * 20
    assert read_sweep(tmp_path) == found


@pytest.mark.parametrize("changes", [{}, LEARNING])
def test_two_workers_find_what_one_finds(tmp_path: Path, changes: dict[str, object]) -> None:
    alone = sweep(study(**changes), tmp_path / "one", workers=1)
    assert told(sweep(study(**changes), tmp_path / "two", workers=2)) == told(alone)


def test_points_that_fail_or_kill_their_worker_are_recorded_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = tmp_path / "deaths"
    monkeypatch.setenv("DEATHS", str(deaths))
    asked = study(parameters={"danger": [2, 1, 0, 3]})
    found, _ = heard(asked, tmp_path)
    assert [one.status for one in found.records] == [
        Status.GIVEN_UP, Status.FAILED, Status.DONE, Status.DONE
    ]  # fmt: skip
    assert found.records[0].error == "killed 5 workers, one after the other"
    assert len(deaths.read_text()) == 5
    assert found.records[1].error == "danger must not be 1; choose another"
    _, were_there = heard(asked, tmp_path)
    assert all(were_there)


def test_a_point_that_is_found_twice_counts_once(tmp_path: Path) -> None:
    totals: list[int] = []

    def tell(_: Record, __: bool, total: int) -> None:
        totals.append(total)

    asked = study(parameters={"x": ["1", "+1", "2"], "y": [0, 1000]}).model_copy(deep=True)
    found = sweep(asked, tmp_path, tell=tell)
    assert len(found.records) == len(totals) == totals[-1] == 5  # 1 and +1 with 0 are one point
    assert len({one.key for one in found.records}) == 5


def test_failed_points_run_again_if_asked(tmp_path: Path) -> None:
    asked = study(parameters={"danger": [0, 1]})
    sweep(asked, tmp_path)
    _, were_there = heard(asked, tmp_path, retry=True)
    assert sorted(were_there) == [False, True]


def test_a_point_that_makes_no_configuration_is_recorded(tmp_path: Path) -> None:
    asked = study(parameters={"x": [1]}).model_copy(
        update={"parameters": study(parameters={"x": [1, 1000]}).parameters}
    )
    found = sweep(asked, tmp_path)
    assert [one.status for one in found.records] == [Status.DONE, Status.FAILED]
    assert "1000" in found.records[1].error


@pytest.mark.parametrize("table", ["objectives", "constraints"])
def test_a_measure_that_no_point_has_ends_the_sweep_at_the_first(
    tmp_path: Path, table: str
) -> None:
    asked = study(**{table: {"tme_ps": "min" if table == "objectives" else "<= 5"}})
    with pytest.raises(ConfigError) as refused:
        sweep(asked, tmp_path)
    assert f"{table}.tme_ps must be something that" in str(refused.value)
    assert "did you mean time_ps?" in str(refused.value)


def test_a_point_without_an_objective_of_layers_is_neither_best_nor_drawn() -> None:
    found = points((1, 9), (2, 5), objectives={"layers.fc1.cycles": "min"})
    assert found.done == []
    with pytest.raises(DataError, match="none of 2 points was measured"):
        found.best()


def test_one_folder_is_for_one_sweep_at_a_time(tmp_path: Path) -> None:
    def tell(*_: object) -> None:
        sweep(study(), tmp_path)

    with pytest.raises(DataError, match="must be used by one sweep at a time"):
        sweep(study(), tmp_path, tell=tell)


def test_a_scheduler_that_does_not_answer_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenarios.sweep.cluster.PATIENCE_S", 0.3)
    with pytest.raises(ConfigError, match="--scheduler must be the address of a running Dask"):
        sweep(study(), tmp_path / "runs", scheduler="tcp://127.0.0.1:9")
    assert list(tmp_path.iterdir()) == []


def points(*measured: tuple[int, float], **changes: object) -> Sweep:
    """Return a sweep whose points measured such times and energies."""
    records = [
        Record(str(n), {"x": str(n)}, Status.DONE, {"time_ps": t, "energy_pj.total": e})
        for n, (t, e) in enumerate(measured)
    ]
    return Sweep(study(parameters={"x": list(range(len(measured)))}, **changes), records)


def test_the_front_is_what_no_other_point_beats() -> None:
    found = points((1, 9), (2, 5), (2, 6), (3, 5), (4, 1), (4, 1))
    assert [one.key for one in found.front] == ["0", "1", "4", "5"]
    assert found.best().key == "0"
    assert found.best("energy_pj.total").key == "4"


def test_what_breaks_a_bound_is_not_feasible() -> None:
    found = points((1, 9), (2, 5), constraints={"energy_pj.total": "<= 6"})
    assert [one.key for one in found.front] == ["1"]
    with pytest.raises(ConfigError, match="speed must be an objective of the study: time_ps"):
        found.best("speed")
    nothing = points((1, 9), constraints={"energy_pj.total": "<= 6"})
    with pytest.raises(DataError, match="none of 1 points was measured and holds"):
        nothing.best()


def test_the_commands_run_tell_draw_and_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        f'scenario = "{STORY}"\n[parameters]\nx = [1, 3]\ny = [0, 2]\n[objectives]\n'
        'time_ps = "min"\nenergy_pj.total = "min"\n',
        encoding="utf-8",
    )
    out = ["--out", str(tmp_path)]
    assert dispatch(["sweep", str(file), "--workers", "1", *out]) == 0
    assert "4 points: 4 done" in capsys.readouterr().out
    page = (tmp_path / "sweep-mine" / "report.html").read_text(encoding="utf-8")
    assert "What no other point beats" in page
    assert page.count("<svg") == 5  # one front, two effects, one map of heat, parallel coordinates
    assert dispatch(["best", "mine", *out]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        f"cosim run {STORY} --mode fast --images 1 --set x=3 --set y=0"
    )
    assert dispatch(["report", "mine", *out]) == 0
    assert dispatch(["export", "mine", str(tmp_path / "p.csv"), *out]) == 0
    assert dispatch(["export", "mine", str(tmp_path / "p.parquet"), *out]) == 0
    with (tmp_path / "p.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    table = parquet.read_table(tmp_path / "p.parquet").to_pylist()
    assert [float(row["time_ps"]) for row in rows] == [row["time_ps"] for row in table]
    assert {(row["x"], row["y"]): row["time_ps"] for row in table} == {
        (x, y): expected(int(x), int(y))["time_ps"] for x in "13" for y in "02"
    }
    assert dispatch(["export", "mine", str(tmp_path / "p.xlsx"), *out]) == 2
    assert dispatch(["best", "yours", *out]) == 2


def test_a_folder_that_is_no_sweep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "points.json").write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(DataError, match="must be the folder of a sweep"):
        read_sweep(tmp_path)
