"""One point of a sweep, run in a worker process."""

import platform
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from cosim.errors import CosimError
from scenarios.scenario import RunOptions, Trace
from scenarios.sweep.measures import measures
from scenarios.sweep.records import Record, Status, key_of
from scenarios.sweep.study import Settings, Study


def run_point(study: Study, settings: Settings, key: str) -> Record:
    """Run a point and return its record; whatever it raises is recorded, not raised.

    A worker whose code or files differ from the asker's would record another result under this key:
    it refuses.
    """
    since = time.monotonic()
    said = [f"on {platform.node()}"]
    try:
        if key_of(study, settings) != key:
            raise CosimError(
                f"{platform.node()} must have the same cosim and the same files as the asker; "
                "install the same version there"
            )
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            found = _measured(study, settings)
        said += [f"warning: {one.message}" for one in heard]
        status, error = Status.DONE, ""
    except CosimError as refusal:
        found, status, error = {}, Status.FAILED, str(refusal)
    except Exception as failure:  # noqa: BLE001 - one point must not end a sweep
        found, status, error = {}, Status.FAILED, f"{type(failure).__name__}: {failure}"
        said.append(traceback.format_exc())
    seconds = time.monotonic() - since
    said.append(f"{status} after {seconds:.2f} s")
    return Record(key, dict(settings), status, found, error, seconds, "\n".join(said))


def _measured(study: Study, settings: Settings) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="cosim-sweep-") as folder:
        options = RunOptions(
            study.configured(settings),
            Path(folder),
            mode=study.mode,
            trace=Trace.NONE,
            images=study.images,
            seed=study.seed,
        )
        return measures(study.story.run(options).metrics)
