"""Where points run: processes of this machine, or a Dask cluster that is there already.

A worker that dies is replaced. What it had under way is suspected: each such point runs again when
nothing else does, and is given up when it has killed `TRIES` workers. A worker that refuses a point
is no place for any: its points go to the others, and the sweep ends only when none is left.

Checked by: tests/scenarios/test_sweep.py, tests/scenarios/test_sweep_killed.py,
            tests/scenarios/test_sweep_workers.py
"""

import logging
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import uuid4

from cosim.errors import ConfigError, CosimError
from scenarios.sweep.beginnings import Beginnings, Ended, Start
from scenarios.sweep.records import Record, Status
from scenarios.sweep.running import Unfit, run_point
from scenarios.sweep.study import Settings, Study

TRIES = 5
"""Times that a point may kill as many workers as the scheduler lets it: one at a time, on a cluster
of our own; and that workers may die as they start. Estimate: one death may be another's fault
(memory, a machine that goes away), five in a row seldom are."""

PATIENCE_S = 10
"""seconds within which a scheduler must answer. Estimate: far more than any network takes."""

ANY_PORT = "127.0.0.1:0"
"""Where the scheduler tells of itself: a free port, so that two sweeps run side by side."""

AHEAD = 2
"""Points under way for each thread of a worker, so that none waits for the next. Estimate."""

AGAIN = "what was finished is kept; give the same command again"

SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.comm.timeouts.connect": f"{PATIENCE_S}s",
    "distributed.admin.large-graph-warning-threshold": "1GB",
}


class ClusterLost(CosimError):
    """The scheduler, or all its workers, went away for good."""


class Engine:
    """Runs points of a study side by side."""

    def __init__(self, client: Any, study: Study, beginnings: Beginnings) -> None:
        self._client = client
        self._study = study
        self._beginnings = beginnings
        self._unfit: set[str] = set()
        self._refusals: defaultdict[str, list[str]] = defaultdict(list)

    @property
    def threads(self) -> int:
        """How many points can run at a time at this moment, at least 1.

        Raises ClusterLost if the scheduler does not answer.
        """
        return max(sum(self._fit().values()), 1)

    def _fit(self) -> dict[str, int]:
        """Return how many points each worker can run, by address; none that has refused one."""
        with _reached():
            found: dict[str, int] = self._client.nthreads()
        return {worker: count for worker, count in found.items() if worker not in self._unfit}

    def run(self, asked: Mapping[str, Settings]) -> Iterator[Record]:
        """Yield the record of each point, by key, as it finishes.

        Raises ClusterLost if the cluster goes away, Unfit if no worker is as it must be; points
        under way are then not recorded.
        """
        self._beginnings.begin(asked)
        for left in range(TRIES - 1, -1, -1):
            suspected: dict[str, Settings] = {}
            for record in self._run(asked, are_suspected=left < TRIES - 1):
                if record.status is Status.GIVEN_UP and left:
                    suspected[record.key] = record.settings
                else:
                    yield record
            asked = suspected

    def _run(self, asked: Mapping[str, Settings], *, are_suspected: bool) -> Iterator[Record]:
        """Keep all workers busy, also those that come later, until all points have finished.

        Suspected points run one at a time.
        """
        from distributed import as_completed

        waiting = dict(asked)
        under_way: dict[Any, str] = {}
        finished = as_completed(loop=self._client.loop)

        def fill() -> None:
            most = 1 if are_suspected else AHEAD * self.threads
            room = max(most - len(under_way), 0)  # workers may have gone
            for key, start in self._ready(waiting, room):
                future = self._submit(key, waiting.pop(key), start)
                under_way[future] = key
                finished.add(future)

        fill()
        for future in finished:
            key = under_way.pop(future)
            record = self._record(future, key, asked[key])
            if record is None:
                waiting[key] = asked[key]
            else:
                yield record
            fill()

    def _ready(self, waiting: Mapping[str, Settings], most: int) -> list[tuple[str, Start]]:
        """Return the first points that need not wait for another one's checkpoint."""
        starts = ((key, self._beginnings.start(key)) for key in waiting)
        return list(islice(((key, start) for key, start in starts if start is not None), most))

    def _submit(self, key: str, settings: Settings, start: Start) -> Any:
        # A name for each try: Dask answers one that it still knows with what came of it before.
        name = f"point-{key}-{uuid4().hex}"
        # Not strictly: should they all go, one that refuses is better than waiting for ever.
        where = {"workers": [*self._fit()], "allow_other_workers": True} if self._unfit else {}
        return self._client.submit(
            run_point, self._study, dict(settings), key, start, key=name, pure=False, **where
        )

    def _record(self, future: Any, key: str, settings: Settings) -> Record | None:
        """Return the record of a point that has ended; None if its worker refused it."""
        from distributed import KilledWorker

        if future.status == "finished":
            ended: Ended = future.result()
            self._beginnings.end(key, ended)
            log = "\n".join([*self._refusals[key], ended.record.log])
            return replace(ended.record, log=log)
        self._beginnings.end(key, None)
        error = future.exception() if future.status == "error" else None
        if isinstance(error, KilledWorker):
            killed = TRIES * (1 + error.allowed_failures)
            told = f"killed {killed} workers, one after the other"
            return Record(key, settings, Status.GIVEN_UP, error=told, log=str(error))
        if error is None:
            raise ClusterLost(f"the cluster went away while {key} ran ({future.status}); {AGAIN}")
        self._refuse(key, error, self._where(future))
        return None

    def _refuse(self, key: str, error: BaseException, workers: Sequence[str]) -> None:
        """Give no more points to workers that refused one; raises Unfit if none is left.

        A point raises nothing of its own, so that any other error is one of reading what it is:
        without this package, or with another one.
        """
        told = str(error)
        if not isinstance(error, Unfit):
            where = ", ".join(workers) or "the scheduler"
            cause = error.__cause__ or error  # Dask wraps what it could not read
            told = f"{where} must have the same cosim: {type(cause).__name__}: {cause}"
        self._refusals[key].append(f"refused: {told}")
        is_news = not self._unfit.issuperset(workers)
        self._unfit.update(workers)
        if not workers or not self._fit():
            raise Unfit(f"{told}; {AGAIN}")
        if is_news:
            warnings.warn(f"{told}; its points go to the other workers", stacklevel=2)

    def _where(self, future: Any) -> list[str]:
        """Return the addresses of the workers that raised the error of a point."""

        def ask(dask_scheduler: Any) -> list[str]:
            task = dask_scheduler.tasks.get(name)
            return sorted((task and task.erred_on) or ())

        name = future.key
        with _reached():
            found: list[str] = self._client.run_on_scheduler(ask)
        return found


@contextmanager
def _reached() -> Iterator[None]:
    """Raise ClusterLost if the scheduler does not answer."""
    try:
        yield
    except OSError as error:
        raise ClusterLost(f"the cluster went away ({error}); {AGAIN}") from None


@contextmanager
def engine(
    study: Study, beginnings: Beginnings, workers: int, scheduler: str = ""
) -> Iterator[Engine]:
    """Give an engine with so many local worker processes, or that of the scheduler at an address.

    Warns if no worker is there yet, since then nothing moves.
    """
    import dask
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        dask.config.set(SETTINGS),
        _cluster(workers, scheduler) as place,
        Client(place, timeout=f"{PATIENCE_S}s", set_as_default=False) as client,
    ):
        if scheduler and not client.nthreads():
            warnings.warn(
                f"{scheduler} has no workers yet; points wait for the first one, such as "
                f"`dask worker {scheduler} --nthreads 1`",
                stacklevel=2,
            )
        yield Engine(client, study, beginnings)


@contextmanager
def _cluster(workers: int, scheduler: str) -> Iterator[Any]:
    if scheduler:
        yield scheduler
        return
    with _processes(workers) as cluster:
        yield cluster


def _processes(workers: int) -> Any:
    """Return a cluster of this machine's processes, though one may die as it starts.

    Raises ClusterLost if that happens `TRIES` times.
    """
    from distributed import LocalCluster

    failures = 0
    while True:
        try:
            return LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=ANY_PORT,
                silence_logs=logging.CRITICAL,
            )  # fmt: skip
        except RuntimeError as error:
            failures += 1
            if failures == TRIES:
                raise ClusterLost(
                    f"this machine's workers did not start, {TRIES} times "
                    f"({error.__cause__ or error}); {AGAIN}"
                ) from error


def greet(scheduler: str) -> None:
    """Raise ConfigError unless a scheduler answers: a client of none complains as it goes."""
    from distributed.core import rpc
    from distributed.utils import LoopRunner

    async def ask() -> str:
        async with rpc(scheduler, timeout=PATIENCE_S) as there:
            found = await there.identity()
        return str(found["type"])

    runner = LoopRunner()
    runner.start()
    try:
        kind = runner.run_sync(ask)
    except (OSError, ValueError, TypeError) as error:
        kind = f"it does not answer: {error}"
    finally:
        runner.stop()
    if kind != "Scheduler":
        raise ConfigError(
            f"--scheduler must be the address of a running Dask scheduler, such as "
            f"tcp://host:8786; {scheduler} is none: {kind}"
        )
