"""One point of a sweep, run in a worker process.

Checked by: tests/scenarios/test_sweep_workers.py, tests/scenarios/test_sweep_warm.py
"""

import errno
import platform
import tempfile
import time
import traceback
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cosim.errors import CosimError, DataError
from scenarios.measures.metrics import peak_rss_bytes
from scenarios.running import checkpoint, prefix
from scenarios.scenario import RunOptions, Trace
from scenarios.sweep.beginnings import Ended, Start, unfit
from scenarios.sweep.measures import measures
from scenarios.sweep.records import COLD, Asked, Record, Status
from scenarios.sweep.study import Settings, Study

FILE = "beginning"

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class Unfit(CosimError):
    """This worker can run no point: its disk is full, or it has other code or files."""


class _Done(NamedTuple):
    """What a point measured, how it began, the checkpoint it left and why it left none."""

    measures: dict[str, float]
    told: str
    left: bytes = b""
    why: str = ""


def run_point(study: Study, settings: Settings, key: str, start: Start) -> Ended:
    """Run a point and return how it ended; whatever it raises is recorded, not raised.

    Raises Unfit for what is no result of the point: a worker whose code or files differ from the
    asker's would record another result under this key, one with a full disk none.
    """
    since = time.monotonic()
    said = [f"on {platform.node()}"]
    done, status, error = _Done({}, start.told), Status.FAILED, ""
    asked = _same(study, settings, key)
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            done, status = _run(asked, start), Status.DONE
        said += [f"warning: {one.message}" for one in heard]
    except Unfit:
        raise
    except (Exception, SystemExit) as failure:  # noqa: BLE001 - it must not end sweep or worker
        _check_room(failure)
        error = str(failure)
        if not isinstance(failure, CosimError):
            error = f"{type(failure).__name__}: {failure}"
            said.append(traceback.format_exc())
    seconds = time.monotonic() - since
    said.append(f"{status} after {seconds:.2f} s, {done.told}")
    record = Record(
        key, dict(settings), status, done.measures, error, seconds, "\n".join(said), done.told,
        peak_rss_bytes(),
    )  # fmt: skip
    return Ended(record, done.left, done.why)


def _same(study: Study, settings: Settings, key: str) -> Asked:
    """Return the point as this worker finds it; raises Unfit unless the asker found the same."""
    wanted = f"{platform.node()} must have the same cosim and the same files as the asker"
    try:
        asked = Asked(study, settings)
        found = asked.key
    except (CosimError, OSError) as refusal:
        raise Unfit(f"{wanted}: {refusal}") from None
    if found != key:
        raise Unfit(
            f"{wanted} had as the sweep began; install the same version there, and leave the files"
            " as they are while it runs"
        )
    return asked


def _check_room(failure: BaseException | None) -> None:
    """Raise Unfit if a failure, or one that led to it, is a full disk."""
    while failure is not None:
        if isinstance(failure, OSError) and failure.errno in NO_ROOM:
            raise _without_room(failure) from None
        failure = failure.__cause__ or failure.__context__


def _without_room(error: OSError) -> Unfit:
    return Unfit(f"{platform.node()} must have room on its disk; {error.strerror}")


def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for one run; raises Unfit if this worker has no place for it."""
    try:
        return tempfile.TemporaryDirectory(prefix="cosim-sweep-")
    except OSError as error:
        raise _without_room(error) from None


def _run(asked: Asked, start: Start) -> _Done:
    study = asked.study
    with _scratch() as folder:
        options = RunOptions(
            asked.config,
            Path(folder),
            mode=study.mode,
            trace=Trace.NONE,
            images=study.images,
            seed=study.seed,
        )
        file = Path(folder) / FILE
        told = start.told
        if start.checkpoint:
            file.write_bytes(start.checkpoint)
            try:
                return _Done(_measured(study, replace(options, prefix=file)), told)
            except (prefix.NotShared, DataError) as refusal:
                told = f"{COLD}{refusal}"
        if not start.leaves:
            return _Done(_measured(study, options), told)
        found = _measured(study, replace(options, saves=(prefix.MARK, file)))
        if not file.exists():
            return _Done(found, told, why="the run was over before there was a moment to keep it")
        why = unfit(study, checkpoint.read(file))
        return _Done(found, told, b"" if why else file.read_bytes(), why)


def _measured(study: Study, options: RunOptions[Any]) -> dict[str, float]:
    return measures(study.story.run(options).metrics)
