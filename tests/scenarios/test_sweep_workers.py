"""What is a worker's own fault is no point's result; workers that come later are used."""

import errno
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from distributed import Client, KilledWorker, LocalCluster
from distributed.comm.core import CommClosedError

from cosim.errors import CosimError, DataError
from scenarios.sweep import running
from scenarios.sweep.beginnings import Beginnings, Start
from scenarios.sweep.cluster import AHEAD, ClusterLost, Engine, engine
from scenarios.sweep.records import Asked, Record, Status, Store
from scenarios.sweep.running import Unfit, run_point
from scenarios.sweep.sweeping import sweep
from tests.scenarios.valleys import study

COLD = Start("cold: a test")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Give a cluster of one thread of this process."""
    with Client(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0",
        set_as_default=False,
    ) as found:  # fmt: skip
        yield found


def asked(**point: str) -> Asked:
    return Asked(study(), {"x": "0", "y": "0"} | point)


def run(one: Asked, key: str = "") -> None:
    run_point(one.study, {"x": "0", "y": "0"}, key or one.key, COLD)


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_in_a_sentence(*_: object) -> None:
    try:
        full()
    except OSError as error:
        raise DataError(f"a checkpoint cannot be written: {error.strerror}") from None


@pytest.mark.parametrize("written", [full, full_in_a_sentence])
def test_a_full_disk_of_a_worker_is_no_result(
    monkeypatch: pytest.MonkeyPatch, written: Any
) -> None:
    monkeypatch.setattr(running, "_run", written)
    with pytest.raises(Unfit, match="must have room on its disk; No space left on device"):
        run(asked())


def test_a_worker_without_a_folder_to_work_in_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(**_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "mkdtemp", lambda *_: nowhere())
    with pytest.raises(Unfit, match="No usable temporary directory found"):
        run(asked())


def test_a_worker_with_other_code_or_files_refuses_its_points() -> None:
    with pytest.raises(Unfit, match="must have the same cosim and the same files as the asker"):
        run(asked(), key="another")


def test_a_worker_that_cannot_find_the_scenario_refuses_its_points(tmp_path: Path) -> None:
    story = tmp_path / "mine.py"
    story.write_text(Path(study().scenario).read_text(encoding="utf-8"), encoding="utf-8")
    mine = Asked(study(scenario=str(story)), {"x": "0", "y": "0"})
    key = mine.key
    story.unlink()
    with pytest.raises(Unfit, match="must be a Python file; there is no such file"):
        run(mine, key)


def test_an_unfit_worker_ends_the_sweep_with_a_sentence_and_the_next_call_goes_on(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(client.scheduler_info()["address"])
    with monkeypatch.context() as patched:
        patched.setattr(running, "_run", full)
        with pytest.raises(CosimError, match="what was finished is kept; give the same command"):
            sweep(study(), tmp_path, scheduler=address)
        assert Store(tmp_path).read() == {}
    found = sweep(study(), tmp_path, scheduler=address)
    assert {one.status for one in found.records} == {Status.DONE}
    assert len(found.records) == 20


FULL = """
import errno, os
from dataclasses import replace
from pathlib import Path
from tests.scenarios.stories.valley import SCENARIO as VALLEY

FIRST = Path(__file__).with_name("first")


def run(options):
    try:
        with FIRST.open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        pass
    if FIRST.read_text() == str(os.getpid()):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return VALLEY.run(options)


SCENARIO = replace(VALLEY, run=run)
"""
"""A scenario for which the disk of the process that is asked first is full."""


def test_an_unfit_worker_s_points_go_to_the_others_and_it_is_told_once(tmp_path: Path) -> None:
    story = tmp_path / "full.py"
    story.write_text(FULL)
    reason = f"{platform.node()} must have room on its disk; No space left on device"
    with pytest.warns(UserWarning, match="must have room") as heard:
        found = sweep(study(scenario=str(story)), tmp_path / "runs", workers=2)
    assert [str(one.message) for one in heard] == [f"{reason}; its points go to the other workers"]
    assert {one.status for one in found.records} == {Status.DONE}
    assert len(found.records) == 20
    told = [one.log.splitlines()[0] for one in found.records if "refused" in one.log]
    assert set(told) == {f"refused: {reason}"}


def test_a_point_that_leaves_python_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_run", lambda *_: sys.exit("enough"))
    one = asked()
    record = run_point(one.study, {"x": "0", "y": "0"}, one.key, COLD).record
    assert (record.status, record.error) == (Status.FAILED, "SystemExit: enough")


def test_a_point_that_needs_more_memory_than_there_is_fails_and_the_rest_goes_on(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = running._run

    def greedy(one: Asked, start: Start) -> Any:
        if one.config.x == 2:
            bytearray(1 << 62)
        return whole(one, start)

    monkeypatch.setattr(running, "_run", greedy)
    found = sweep(study(), tmp_path, scheduler=str(client.scheduler_info()["address"]))
    assert {one.settings["x"] for one in found.failed} == {"2"}
    assert all(one.error.startswith("MemoryError") for one in found.failed)
    assert len(found.done) == 16


class Growing:
    """A client whose cluster seems to grow, and that counts what it is given."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.threads = 0
        self.submitted = 0

    def nthreads(self) -> dict[str, int]:
        return {"somewhere": self.threads}

    def submit(self, *given: Any, **options: Any) -> Any:
        self.submitted += 1
        return self._client.submit(*given, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def under_way(growing: Growing, folder: Path) -> Iterator[Record]:
    """Run five points on a cluster that changes."""
    points = {one.key: {"x": x, "y": "0"} for x in "01234" for one in [asked(x=x)]}
    beginnings = Beginnings(study(), folder)
    for key, settings in points.items():
        beginnings.expect(key, Asked(study(), settings))
    return Engine(growing, study(), beginnings).run(points)


def test_workers_that_come_later_are_given_points(client: Client, tmp_path: Path) -> None:
    growing = Growing(client)
    records = under_way(growing, tmp_path)
    next(records)
    assert growing.submitted == AHEAD  # one point and the next, though nobody is there yet
    growing.threads = 64
    next(records)
    assert growing.submitted == 5
    assert len(list(records)) == 3


def test_workers_that_go_leave_the_points_to_the_others(client: Client, tmp_path: Path) -> None:
    growing = Growing(client)
    growing.threads = 2
    records = under_way(growing, tmp_path)
    next(records)
    growing.threads = 1
    assert len(list(records)) == 4


def test_a_scheduler_that_answers_no_more_ends_the_sweep_with_a_sentence(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise CommClosedError("closed")

    growing = Growing(client)
    records = under_way(growing, tmp_path)
    next(records)
    monkeypatch.setattr(growing, "nthreads", gone)
    with pytest.raises(ClusterLost, match=r"went away \(closed\); what was finished is kept"):
        next(records)


def test_a_scheduler_without_workers_is_told_of(tmp_path: Path) -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as cluster,
        pytest.warns(UserWarning, match="has no workers yet; points wait for the first one"),
        engine(study(), Beginnings(study(), tmp_path), 1, cluster.scheduler_address),
    ):
        pass


def test_a_point_that_killed_its_workers_tells_how_many(client: Client, tmp_path: Path) -> None:
    class Lost:
        """The future of a point whose workers died, on a scheduler that lets each die thrice."""

        status = "error"

        def exception(self) -> Exception:
            somewhere: Any = SimpleNamespace(address="tcp://x:1")
            return KilledWorker("point-1", somewhere, 2)

    one = asked()
    beginnings = Beginnings(study(), tmp_path)
    beginnings.expect(one.key, one)
    record = Engine(client, study(), beginnings)._record(Lost(), one.key, {"x": "0", "y": "0"})
    assert record is not None
    assert record.status is Status.GIVEN_UP
    assert record.error == "killed 15 workers, one after the other"


def test_workers_that_never_start_end_a_sweep_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried = []

    def failing(**_: Any) -> None:
        tried.append(1)
        raise RuntimeError("Nanny failed to start.") from OSError("no memory")

    monkeypatch.setattr("distributed.LocalCluster", failing)
    with pytest.raises(ClusterLost, match=r"workers did not start, 5 times \(no memory\)") as told:
        sweep(study(), tmp_path)
    assert "give the same command again" in str(told.value)
    assert len(tried) == 5
