"""How fast `cosim sweep` runs LeNet-5 in the fast shell, with one local worker and with two.

    make bench                                                      # 50 points
    SWEEP_POINTS=1000 .venv/bin/python -m pytest -m bench -s tests/bench/test_sweep_speed.py

Points a second are those between the end of the first `WARM` points and the last one: before that
workers start, import and load compiled code. What a point costs beyond its own seconds (scheduler,
client, records) is what the workers had as time there, less what points took. The target ratio
wants two cores that do nothing else.
"""

import os
from pathlib import Path
from time import perf_counter

import pytest
from rich.console import Console
from rich.table import Table

from scenarios.sweep.records import Record
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import sweep

pytestmark = pytest.mark.bench

POINTS = int(os.environ.get("SWEEP_POINTS", "50"))

WARM = 8
"""Points of which each of two workers has run several."""

RATIO, OVERHEAD_MS = 1.8, 20.0
"""Targets: two workers over one; cost of a point beyond its own seconds."""

MIB = 1 << 20


def study() -> Study:
    """Return a study of as many points as are wanted: clocks, and latencies of two parts."""
    clocks = {"low": 1, "high": 4, "unit": "GHz", "steps": -(-POINTS // 10)}
    return Study.model_validate(
        {
            "scenario": "lenet5",
            "parameters": {
                "soc.core.clock": clocks,
                "soc.llc.hit_cycles": [20, 30],
                "soc.coprocessor_bus.request_cycles": [1, 2, 3, 4, 5],
            },
            "objectives": {"time_ps": "min", "energy_pj.total": "min"},
        }
    )


class Row:
    """A sweep with so many workers, timed as its points end."""

    def __init__(self, workers: int, folder: Path) -> None:
        self.workers = workers
        self.ends_s: list[float] = []
        self.took_s: list[float] = []
        began_s = perf_counter()
        self.found = sweep(study(), folder, workers=workers, tell=self.tell)
        self.wall_s = perf_counter() - began_s

    def tell(self, record: Record, _: bool, __: int) -> None:
        """Note when a point ended and what it took."""
        self.ends_s.append(perf_counter())
        self.took_s.append(record.seconds)

    @property
    def span_s(self) -> float:
        """From the last of the first points to the very last."""
        return self.ends_s[-1] - self.ends_s[WARM - 1]

    @property
    def rate(self) -> float:
        """Points a second."""
        return (len(self.ends_s) - WARM) / self.span_s

    @property
    def overhead_ms(self) -> float:
        """What a point costs its worker beyond its own seconds."""
        idle_s = self.workers * self.span_s - sum(self.took_s[WARM:])
        return 1e3 * idle_s / (len(self.ends_s) - WARM)

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        most = max(one.memory_bytes for one in self.found.records)
        seconds = sum(self.took_s[WARM:]) / len(self.took_s[WARM:])
        return [
            str(self.workers), str(len(self.ends_s)), f"{self.wall_s:.1f}", f"{self.rate:.2f}",
            f"{1e3 * seconds:.0f}", f"{self.overhead_ms:.1f}", f"{most / MIB:.0f}",
        ]  # fmt: skip


def test_points_of_lenet5_with_one_worker_and_with_two(tmp_path: Path) -> None:
    one, two = (Row(workers, tmp_path / str(workers)) for workers in (1, 2))
    heads = ("workers", "points", "wall s", "points/s", "ms a point", "ms beyond it", "MiB")
    table = Table(*heads, title="LeNet-5, one digit, fast shell, local cluster")
    table.add_row(*one.cells)
    table.add_row(*two.cells)
    Console(width=100).print(table)
    ratio = two.rate / one.rate
    print(f"two workers over one: {ratio:.2f}; wanted {RATIO}, and at most {OVERHEAD_MS} ms")
    same = [(record.settings, record.measures) for record in one.found.records]
    assert same == [(record.settings, record.measures) for record in two.found.records]
    assert one.overhead_ms < OVERHEAD_MS
