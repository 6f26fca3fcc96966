"""Runs a sweep of the valley in a process of its own, to be killed: FOLDER WORKERS [SCHEDULER]."""

import sys
from pathlib import Path

from scenarios.sweep.sweeping import sweep
from tests.scenarios.valleys import slow_study

if __name__ == "__main__":
    folder, workers, *scheduler = sys.argv[1:]
    sweep(slow_study(), Path(folder), workers=int(workers), scheduler="".join(scheduler))
