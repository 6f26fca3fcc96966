"""What tracing costs, and how soon GTKWave shows a full trace, on one digit of LeNet-5.

The ratio is of CPU time in the detailed shell, the best of runs that take turns, with everything
that a run does: lowering, simulation, waves, timeline, transactions, metrics; the report is
written afterwards, and is the same.
"""

from pathlib import Path
from time import monotonic, process_time

import pytest
from rich.console import Console
from rich.table import Table

from scenarios import lenet5
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace
from waveforms import gtkwave

pytestmark = pytest.mark.bench

TURNS = 4

MOST = {Trace.NONE: 1.0, Trace.PROTOCOL: 1.2, Trace.FULL: 2.5}
"""What a run with tracing may take of the CPU time of one without: the aim, printed beside what was
measured. It judges nothing: a ratio that holds on a quiet machine may fail on a busy one."""

OPEN_S = 5.0
"""seconds until GTKWave shows the full trace."""


def spent_s(folder: Path, trace: Trace) -> float:
    """Return the CPU time of a run."""
    began_s = process_time()
    lenet5.run(RunOptions(InferenceConfig(), folder, Mode.DETAILED, trace))
    return process_time() - began_s


def test_tracing_costs_little_and_gtkwave_opens_at_once(tmp_path):
    spent_s(tmp_path, Trace.PROTOCOL)  # compiles, imports
    taken: dict[Trace, list[float]] = {trace: [] for trace in MOST}
    for _ in range(TURNS):
        for trace, times_s in taken.items():
            times_s.append(spent_s(tmp_path, trace))
    best = {trace: min(times_s) for trace, times_s in taken.items()}
    title = "LeNet-5, one digit, detailed shell"
    table = Table("trace", "CPU time", "ratio", "at most", title=title)
    for trace, time_s in best.items():
        ratio = f"{time_s / best[Trace.NONE]:.2f}"
        table.add_row(trace, f"{time_s:.2f} s", ratio, f"{MOST[trace]:.1f}")
    for file in sorted(tmp_path.iterdir()):
        table.add_row(file.name, f"{file.stat().st_size / 1e6:.2f} MB", "", "")
    Console().print(table)
    if gtkwave.missing_programs():
        pytest.skip(f"missing: {gtkwave.missing_programs()}")
    began_s = monotonic()
    shown = gtkwave.shown(tmp_path / "trace.gtkw")
    open_s = monotonic() - began_s
    print(f"GTKWave shows {len(shown.traces)} traces after {open_s:.1f} s")
    assert shown.traces == gtkwave.declared_traces(tmp_path / "trace.gtkw")
    assert open_s < OPEN_S
