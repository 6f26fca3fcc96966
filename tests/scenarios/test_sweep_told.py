"""What a sweep leaves for people: a log of each point behind a link, and why points failed."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cosim.errors import DataError
from scenarios.cli import dispatch
from scenarios.sweep.records import Record, Status
from scenarios.sweep.sweeping import Sweep, read_sweep
from scenarios.sweep.telling import Watch, summary
from scenarios.sweep.written import write
from tests.scenarios.valleys import STORY, study

LINK = re.compile(r'<a href="([^"]+)">([^<]+)</a>')


def found(*statuses: Status) -> Sweep:
    """Return a sweep whose points ended so, with x for their number."""
    records = [
        Record(
            f"key{x}", {"x": str(x)}, status,
            {"time_ps": 7 + x, "ipc": 0.5} if status is Status.DONE else {},
            "" if status is Status.DONE else "x must not be <so>", 1.5, f"on node{x}", "cold: why",
        )
        for x, status in enumerate(statuses)
    ]  # fmt: skip
    asked = study(
        parameters={"x": list(range(len(statuses)))}, objectives={"time_ps": "min"}, seed=3,
        mode="detailed",
    )  # fmt: skip
    return Sweep(asked, records)


def test_every_point_of_the_page_leads_to_its_own_log(tmp_path: Path) -> None:
    write(tmp_path / "sweep-mine", found(Status.DONE, Status.FAILED, Status.GIVEN_UP))
    page = (tmp_path / "sweep-mine" / "report.html").read_text(encoding="utf-8")
    links = dict(LINK.findall(page))
    assert links == {f"logs/key{x}.txt": f"key{x}" for x in range(3)}
    logs = [(tmp_path / "sweep-mine" / one).read_text(encoding="utf-8") for one in links]
    assert [log.splitlines()[0] for log in logs] == [
        f"cosim run {STORY} --mode detailed --images 1 --seed 3 --set x={x}" for x in range(3)
    ]
    assert "time_ps 7\n" in logs[0]
    assert "on node0" in logs[0]
    assert "failed: x must not be <so>" in logs[1]
    assert "given up: x must not be <so>" in logs[2]


def test_a_page_of_failures_alone_leads_to_their_logs(tmp_path: Path) -> None:
    write(tmp_path, found(Status.FAILED))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert LINK.findall(page) == [("logs/key0.txt", "key0")]


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, found(Status.DONE))
    old = (tmp_path / "report.html").read_text(encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, found(Status.DONE, Status.DONE))
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == old
    assert sorted(tmp_path.rglob("*")) == before


def test_a_sweep_without_any_result_says_why_and_ends_with_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        f'scenario = "{STORY}"\n[parameters]\ndanger = [1]\n[objectives]\ntime_ps = "min"\n',
        encoding="utf-8",
    )
    assert dispatch(["sweep", str(file), "--workers", "1", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "1 point: 1 failed" in told
    assert "danger must not be 1; choose another" in told
    assert dispatch(["report", "mine", "--out", str(tmp_path)]) == 0
    assert "danger must not be 1; choose another" in capsys.readouterr().out


def test_one_point_is_no_points() -> None:
    assert summary(found(Status.DONE)) == "1 point: 1 done"
    assert summary(found(Status.DONE, Status.FAILED)) == "2 points: 1 done, 1 failed"


def test_a_sweep_that_is_no_json_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("not json", encoding="utf-8")
    with pytest.raises(DataError, match=r"study.json .* is damaged; `cosim sweep`"):
        read_sweep(tmp_path)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_sweep_speaks_before_its_first_point(*, is_terminal: bool) -> None:
    heard = StringIO()
    with Watch(study(), Console(file=heard, force_terminal=is_terminal, width=100)):
        pass
    assert "0 of 20 points; workers start, and compile once on a fresh machine" in heard.getvalue()


def test_the_time_that_is_left_is_told_by_the_points_not_by_the_start() -> None:
    heard, now_s = StringIO(), iter((0.0, 250.0, 250.0, 260.0))
    first, second = found(Status.DONE, Status.DONE).records
    console = Console(file=heard, force_terminal=True, width=100)
    with Watch(found(*[Status.DONE] * 20).study, console, lambda: next(now_s)) as watch:
        watch(first, False, 20)
        watch(second, False, 20)
    assert "2 of 20 points, 10 s since the first, about 180 s left" in heard.getvalue()
