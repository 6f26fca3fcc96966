"""Runs a sweep in a process of its own, to be killed: STUDY FOLDER WORKERS [SCHEDULER]."""

import sys
from pathlib import Path

from scenarios.sweep.sweeping import sweep
from tests.scenarios.valleys import slow_study, warm_study

STUDIES = {"slow": slow_study, "warm": warm_study}

if __name__ == "__main__":
    name, folder, workers, *scheduler = sys.argv[1:]
    sweep(STUDIES[name](), Path(folder), workers=int(workers), scheduler="".join(scheduler))
