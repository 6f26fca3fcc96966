"""Nothing finished is lost, whichever process of a sweep is killed, and when."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cosim.errors import CosimError
from scenarios.sweep.records import Status, Store
from scenarios.sweep.sweeping import Sweep, read_sweep, sweep
from tests.scenarios.valleys import expected, slow_study, warm_study

pytestmark = pytest.mark.slow

SEEDS, KILLS = 10, 5
"""Sweeps, and processes killed in each: 50 in all."""

PATIENCE_S = 240


def start(*words: str, said: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a process of this Python that is quiet, or says in a file what goes wrong."""
    with Path(said or os.devnull).open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=errors
        )


def client(folder: Path, scheduler: str = "", study: str = "slow") -> subprocess.Popen[bytes]:
    """Start a sweep of two workers, or on a scheduler."""
    words = [study, str(folder), "2", *scheduler.split()]
    said = folder.with_name(f"{folder.name}.said")
    return start("tests.scenarios.sweeping_client", *words, said=said)


def children(parent: int) -> list[int]:
    """Return the processes that a process started, their children included."""
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    own = [int(one) for one in done.stdout.split() if int(one) != parent]
    return own + [below for one in own for below in children(one)]


def wait_for(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until so many points are finished, or the process is."""
    end = time.monotonic() + PATIENCE_S
    while len(list(folder.glob("records/*.parquet"))) < count and process.poll() is None:
        assert time.monotonic() < end, "a sweep must go on"
        time.sleep(0.02)


def kill_one(process: subprocess.Popen[bytes], drawn: random.Random) -> None:
    """Kill the client, with its scheduler, or one of the processes that it started."""
    victims = [process.pid, *children(process.pid)]
    victim = drawn.choice(victims)
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return
    if victim == process.pid:
        process.wait()


def check_whole(found: Sweep) -> None:
    """Check that every point has what the valley measures there."""
    assert len(found.records) == 120
    for one in found.records:
        assert one.status is Status.DONE
        wanted = expected(int(one.settings["x"]), int(one.settings["y"]))
        assert {name: one.measures[name] for name in wanted} == wanted


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_sweep_whose_processes_are_killed_ends_as_an_undisturbed_one(
    tmp_path: Path, seed: int
) -> None:
    drawn = random.Random(seed)
    process = client(tmp_path)
    for kill in range(KILLS):
        wait_for(tmp_path, drawn.randrange(kill * 24, (kill + 1) * 24), process)
        kept = {key: one.seconds for key, one in Store(tmp_path).read().items()}
        kill_one(process, drawn)
        if process.poll() is not None:
            process = client(tmp_path)
    assert process.wait(PATIENCE_S) == 0, tmp_path.with_name(f"{tmp_path.name}.said").read_text()
    check_whole(read_sweep(tmp_path))
    after = {key: one.seconds for key, one in Store(tmp_path).read().items()}
    assert kept.items() <= after.items()  # what was finished did not run again


@pytest.mark.parametrize("seed", range(2))
def test_warm_points_of_a_sweep_whose_processes_are_killed_measure_what_cold_ones_do(
    tmp_path: Path, seed: int
) -> None:
    drawn = random.Random(seed)
    folder = tmp_path / "killed"
    process = client(folder, study="warm")
    for kill in range(4):
        wait_for(folder, drawn.randrange(kill * 6, (kill + 1) * 6), process)
        kill_one(process, drawn)
        if process.poll() is not None:
            process = client(folder, study="warm")
    assert process.wait(PATIENCE_S) == 0
    cold = sweep(warm_study().model_copy(update={"warm": "never"}), tmp_path / "cold", workers=2)
    found = read_sweep(folder)
    assert [(one.settings, one.measures) for one in found.done] == [
        (one.settings, one.measures) for one in cold.done
    ]
    assert len(found.done) == 24
    assert sum(one.is_warm for one in found.done) >= 16


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Hold a process that is killed at the end."""
    process = start(*words)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@dataclass
class Place:
    """A scheduler on the loopback network, at a free port, and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(folder: Path, *hosts: str) -> Iterator[Place]:
    """Hold a scheduler with a worker at each address, all there already."""
    from distributed import Client

    quiet = ["--no-dashboard", "--scheduler-file", str(folder / "scheduler.json")]
    listens = ["--host", "127.0.0.1", "--port", "0", "--no-show"]
    works = ["--nthreads", "1", "--no-nanny"]
    with ExitStack() as held:
        scheduler = held.enter_context(running("dask", "scheduler", *listens, *quiet))
        workers = [
            held.enter_context(running("dask", "worker", "--host", host, *works, *quiet))
            for host in hosts
        ]
        with Client(scheduler_file=quiet[-1], timeout=PATIENCE_S, set_as_default=False) as asked:
            asked.wait_for_workers(len(hosts), timeout=PATIENCE_S)
            address = asked.scheduler_info()["address"]
        yield Place(address, scheduler, workers)


def test_workers_on_two_addresses_find_the_same_though_one_is_lost(tmp_path: Path) -> None:
    with cluster(tmp_path, "127.0.0.1", "127.0.0.2") as place:
        process = client(tmp_path / "runs", place.address)
        wait_for(tmp_path / "runs", 60, process)
        place.workers[1].kill()
        assert process.wait(PATIENCE_S) == 0
    check_whole(read_sweep(tmp_path / "runs"))


def test_a_scheduler_that_goes_away_ends_the_sweep_with_a_sentence_and_another_one_goes_on(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "runs"

    def killing(*_: object) -> None:
        if len(list(folder.glob("records/*.parquet"))) == 30:
            place.scheduler.kill()

    with (
        cluster(tmp_path, "127.0.0.1") as place,
        pytest.raises(CosimError, match="what was finished is kept"),
    ):
        sweep(slow_study(), folder, scheduler=place.address, tell=killing)
    assert len(Store(folder).read()) >= 30
    check_whole(sweep(slow_study(), folder))


def test_a_worker_killed_as_it_starts_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    process = client(folder)
    while not (spawned := [one for one in children(process.pid) if is_worker(one)]):
        assert process.poll() is None, "a sweep must start its workers"
        time.sleep(0.01)
    os.kill(spawned[0], signal.SIGKILL)
    assert process.wait(PATIENCE_S) == 0
    check_whole(read_sweep(folder))


def is_worker(process: int) -> bool:
    """Return whether a process was started to run points."""
    return "spawn_main" in Path(f"/proc/{process}/cmdline").read_text()
