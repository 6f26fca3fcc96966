"""What this machine has, what it lacks, and the command that gets it."""

import importlib.metadata
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from components.banked_memory.behaviour import step as step_banked
from components.mmu.behaviour import step as step_walker
from cosim.compiled import plugged
from scenarios import registry
from scenarios.running.execution import execute
from scenarios.running.manifest import DISTRIBUTION, installed
from scenarios.scenario import RunOptions, Trace

STORIES = ("lenet5", "pim_lenet5")
"""The scenarios whose runs compile all behaviours of the machines."""

PYTHONS = ((3, 11), (3, 14))
"""First version that works, and the first that does not."""


class Finding(NamedTuple):
    """One thing looked for: `found` is a version or a place, "" if it is missing."""

    name: str
    found: str
    needed: bool
    purpose: str
    remedy: str


class Program(NamedTuple):
    """A program of the system that some command can use."""

    name: str
    purpose: str
    package: str


PROGRAMS = (
    Program("gtkwave", "cosim view: shows the waves", "gtkwave"),
    Program("vcd2fst", "smaller wave files", "gtkwave"),
    Program("dot", "draws the system", "graphviz"),
    Program("ngspice", "judges the analog model", "ngspice"),
    Program("Xvfb", "tests of GTKWave without a screen", "xvfb"),
    Program("import", "pictures of GTKWave", "imagemagick"),
    Program("chromium", "pictures and prints of reports", "chromium"),
    Program("gs", "tests of printed reports", "ghostscript"),
)


def findings() -> Iterator[Finding]:
    """Yield everything that is looked for, needed things first."""
    version = ".".join(map(str, sys.version_info[:3]))
    fits = PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]
    yield Finding("python", version if fits else "", True, "runs it", "install Python 3.11 to 3.13")
    for name in _requirements():
        remedy = f"{Path(sys.executable).name} -m pip install {name}"
        yield Finding(name, installed(name), True, "library", remedy)
    for program in PROGRAMS:
        place = shutil.which(program.name) or ""
        remedy = f"apt-get install {program.package}"
        yield Finding(program.name, place, False, program.purpose, remedy)


def warm() -> float:
    """Compile what runs need, by running one image on each machine and throwing the result away.

    Returns the seconds it took. The machine code stays in numba's cache, also that of the parts
    that only replays of traces have.
    """
    began_s = perf_counter()
    for step in (step_banked, step_walker):
        plugged(step, (0, 0))
    for name in STORIES:
        story = registry.find(name)
        with tempfile.TemporaryDirectory() as folder:
            options = RunOptions(story.config(), Path(folder), trace=Trace.NONE)
            execute(name, story, options, Path(folder))
    return perf_counter() - began_s


def _requirements() -> list[str]:
    """Return the names of the libraries that this distribution declares without an extra."""
    try:
        declared = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    plain = (line for line in declared if "extra ==" not in line)
    return sorted(match[0] for line in plain if (match := re.match(r"[\w.-]+", line)))
