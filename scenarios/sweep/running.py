"""One point of a sweep, run in a worker process."""

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


class _Done(NamedTuple):
    """What a point measured, how it began, the checkpoint it left and why it left none."""

    measures: dict[str, float]
    told: str
    left: bytes = b""
    why: str = ""


def run_point(study: Study, settings: Settings, key: str, start: Start) -> Ended:
    """Run a point and return how it ended; whatever it raises is recorded, not raised.

    A worker whose code or files differ from the asker's would record another result under this key:
    it refuses.
    """
    since = time.monotonic()
    said = [f"on {platform.node()}"]
    done, status, error = _Done({}, start.told), Status.FAILED, ""
    try:
        asked = Asked(study, settings)
        if asked.key != key:
            raise CosimError(
                f"{platform.node()} must have the same cosim and the same files as the asker; "
                "install the same version there"
            )
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            done, status = _run(asked, start), Status.DONE
        said += [f"warning: {one.message}" for one in heard]
    except CosimError as refusal:
        error = str(refusal)
    except Exception as failure:  # noqa: BLE001 - one point must not end a sweep
        error = f"{type(failure).__name__}: {failure}"
        said.append(traceback.format_exc())
    seconds = time.monotonic() - since
    said.append(f"{status} after {seconds:.2f} s, {done.told}")
    record = Record(
        key, dict(settings), status, done.measures, error, seconds, "\n".join(said), done.told,
        peak_rss_bytes(),
    )  # fmt: skip
    return Ended(record, done.left, done.why)


def _run(asked: Asked, start: Start) -> _Done:
    study = asked.study
    with tempfile.TemporaryDirectory(prefix="cosim-sweep-") as folder:
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
