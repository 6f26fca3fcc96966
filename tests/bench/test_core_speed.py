"""How fast the machine is: the first compilation, both shells on traces, whole networks.

It prints and judges nothing: what holds on a quiet machine may fail on a busy one.
"""

import os
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from components.cpu.champsim_trace import program, read
from components.cpu.program import NO_ADDRESS
from cosim.compiled import Records
from cosim.config import override
from scenarios import registry
from scenarios.measures.metrics import read_metrics
from scenarios.running.run_folder import LATEST
from scenarios.scenario import RunOptions, Trace
from tests.modes.machine import MEMORY_BYTES, Design, Machine

pytestmark = pytest.mark.bench

TRACES = Path(__file__).parents[3] / "shared" / "reference" / "champsim" / "traces"
"""The reference lies beside the project."""

SHELLS: dict[bool, dict[str, tuple[int, str]]] = {
    True: {
        "conv2_scalar": (1_000_000, "20"),
        "conv2_avx2": (1_000_000, "20"),
        "vgg_conv": (1_000_000, "20"),
        "fc512_split": (130_000, "5"),
        "chase_16m": (110_000, "5"),
    },
    False: {"lenet_scalar_full": (50_000, "0.05"), "fc512_split": (20_000, "0.05")},
}
"""Traces of the fast and of the detailed shell: instructions, millions a second wanted.

Convolutions repeat; what waits for the memory does not, for then it would be in the caches.
"""

RUNS = 3

I7 = Design(
    l1={},
    l2={"size_bytes": 256 << 10, "ways": 4, "mshrs": 16},
    llc={"size_bytes": 2 << 20, "ways": 16, "mshrs": 32},
)

NETWORKS: dict[str, tuple[str, dict[str, str], str]] = {
    "LeNet-5": ("lenet5", {}, "1"),
    "VGG-16, dense layers on the co-processor": ("vgg16", {}, "15"),
    "VGG-16, on the core alone": ("vgg16", {"soc.imac.enabled": "false"}, "15"),
}
"""Inferences: scenario, settings, CPU seconds that are wanted."""

ALONE: dict[str, tuple[str, ...]] = {
    "LeNet-5, fast shell": ("lenet5", "--mode", "fast", "--trace", "none"),
    "LeNet-5, detailed shell, all waves": ("lenet5",),
    "VGG-16": ("vgg16",),
}
"""Runs of which each is measured in a process of its own: words of `cosim run`."""

FIRST_RUN = """
from tests.modes.machine import Design, Machine
from tests.modes.programs import random_program
program = random_program(1, 50, code_bytes=512, data_bytes=4096)
for fast in (True, False):
    Machine(Design(), fast=fast).run(program)
"""


def first_run_s(cache: Path) -> float:
    """Return the CPU time of a first run in both shells, with nothing compiled before."""
    before = getrusage(RUSAGE_CHILDREN)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    subprocess.run([sys.executable, "-c", FIRST_RUN], env=environment, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory_of(words: tuple[str, ...], folder: Path) -> int:
    """Return the most bytes that a run alone in its process holds, its compiled code loaded.

    Imports, weights and the writing of the run's folder count; the compiler does not, so that a run
    that had to compile is made again.
    """
    command = [sys.executable, "-c", "from scenarios.cli import main; main()", "run", *words]
    for _ in range(2):
        subprocess.run([*command, "--out", str(folder)], stdout=subprocess.DEVNULL, check=True)
        host = read_metrics(folder / words[0] / LATEST / "metrics.json").host
        if host.compile_s == 0:
            return host.peak_rss_bytes
    raise AssertionError(f"{words} must find its compiled code; it compiled in two runs")


def traced(name: str, number: int) -> Records:
    """Return so many instructions of a trace, moved into the machine's memory.

    A shorter trace is repeated.
    """
    trace = TRACES / f"{name}.champsimtrace.xz"
    rows = np.concatenate(list(program(read(trace))))
    rows = np.concatenate([np.resize(rows[:-1], number), rows[-1:]])
    kept = rows["address"] == NO_ADDRESS
    rows["address"] = np.where(kept, NO_ADDRESS, rows["address"] % MEMORY_BYTES)
    rows["ip"] %= MEMORY_BYTES
    return rows


def millions_a_second(name: str, fast: bool, number: int) -> float:
    """Return the simulated instructions per CPU second of the fastest run, in millions.

    Building and starting the machine, some milliseconds, is taken off.
    """
    rows = traced(name, number)
    start_s = run_s(rows[-1:], fast)
    return number / (run_s(rows, fast) - start_s) / 1e6


def run_s(rows: Records, fast: bool) -> float:
    """Return the CPU time of the fastest of some runs; the first may have to load compiled code."""
    seconds = []
    for _ in range(RUNS + 1):
        machine = Machine(I7, fast=fast)
        began = process_time()
        machine.run(rows, chunk=1 << 16)
        seconds.append(process_time() - began)
    return min(seconds)


def inference_s(story: str, changes: dict[str, str], folder: Path) -> float:
    """Return the CPU time of classifying one image."""
    scenario = registry.find(story)
    config = scenario.config()
    for path, value in changes.items():
        config = override(config, path, value)
    began = process_time()
    scenario.run(RunOptions(config, folder, trace=Trace.NONE))
    return process_time() - began


def test_speed_of_the_machine(tmp_path: Path) -> None:
    table = Table("row", "measured", "wanted", title="the machine, CPU time of one core")
    first_s = first_run_s(tmp_path / "cache")
    table.add_row("first run, all compiled anew", f"{first_s:.0f} s", "30 s at most")
    for fast, traces in SHELLS.items() if TRACES.exists() else ():
        shell = "fast" if fast else "detailed"
        for name, (number, wanted) in traces.items():
            speed = millions_a_second(name, fast, number)
            table.add_row(f"{name}, {shell}, million instructions/s", f"{speed:.3g}", wanted)
    for name, (story, changes, wanted) in NETWORKS.items():
        inference_s(story, changes, tmp_path)  # compiles, reads and checks weights
        seconds = inference_s(story, changes, tmp_path)
        table.add_row(name, f"{seconds:.1f} s", f"{wanted} s at most")
    for name, words in ALONE.items():
        held = memory_of(words, tmp_path)
        table.add_row(f"memory of a process: {name}", f"{held / 1e9:.2f} GB", "1 GB at most")
    Console(width=100).print(table)
