"""How fast the kernel is: one table, from one run, against plain SimPy and SystemC.

It prints and judges nothing: a ratio that holds on a quiet machine may fail on a busy one.
"""

import gc
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import pytest
from rich.console import Console
from rich.table import Table

from cosim.environment import Environment
from tests.bench import (
    naive,
    naive_transport,
    naive_waves,
    ours,
    ours_transport,
    ours_waves,
    systemc,
)
from tests.bench.systemc import Bench

pytestmark = pytest.mark.bench

RUNS = 15
SYSTEMC_FACTOR = 20
"""How many times more often SystemC repeats a workload, to run as long."""


class Workload(NamedTuple):
    """One workload on both sides; `reference` is its name and size in the SystemC program."""

    title: str
    operations: int
    plain: Callable[[], Any]
    ours: Callable[[], Any]
    required: float
    reference: tuple[str, int, int] | None


WORKLOADS = [
    Workload(
        "1,000 processes, one period",
        300_000,
        lambda: naive.timed(1_000, 300, differ=False),
        lambda: ours.timed(1_000, 300, differ=False),
        8.0,
        ("timed", 1_000, 300),
    ),
    Workload(
        "1,000 processes, all periods differ",
        200_000,
        lambda: naive.timed(1_000, 200, differ=True),
        lambda: ours.timed(1_000, 200, differ=True),
        1.3,
        ("spread", 1_000, 200),
    ),
    Workload(
        "ping-pong of two signals",
        40_000,
        lambda: naive.pingpong(20_000),
        lambda: ours.pingpong(20_000),
        3.0,
        ("pingpong", 1, 20_000),
    ),
    Workload(
        "64 clocked methods",
        64 * 500,
        lambda: naive.clocked(64, 500),
        lambda: ours.clocked(64, 500),
        8.0,
        ("clocked", 64, 500),
    ),
    Workload(
        "64 clocked methods, VCD on",
        64 * 2_000,
        lambda: naive_waves.Traced(64, 2_000),
        lambda: ours_waves.Traced(64, 2_000),
        8.0,
        ("clocked vcd", 64, 2_000),
    ),
    Workload(
        "fifo of 16",
        20_000,
        lambda: naive.fifo(16, 20_000),
        lambda: ours.fifo(16, 20_000),
        5.0,
        ("fifo", 16, 20_000),
    ),
    Workload(
        "fifo of 1",
        20_000,
        lambda: naive.fifo(1, 20_000),
        lambda: ours.fifo(1, 20_000),
        1.7,
        ("fifo", 1, 20_000),
    ),
    Workload(
        "blocking transport, decoupled",
        50_000,
        lambda: naive_transport.decoupled(50_000),
        lambda: ours_transport.decoupled(50_000),
        2.0,
        ("tlm_lt", 1, 50_000),
    ),
    Workload(
        "blocking transport, waiting",
        30_000,
        lambda: naive_transport.blocking(30_000),
        lambda: ours_transport.blocking(30_000),
        1.9,
        ("tlm_wait", 1, 30_000),
    ),
    Workload(
        "four phases",
        10_000,
        lambda: naive_transport.four_phases(10_000),
        lambda: ours_transport.four_phases(10_000),
        2.0,
        ("tlm_at", 1, 10_000),
    ),
    Workload(
        "plain SimPy processes, one period",
        100_000,
        lambda: naive.timed(1_000, 100, differ=False),
        lambda: naive.timed_on(Environment(), 1_000, 100, differ=False),
        0.9,
        None,
    ),
    Workload(
        "plain SimPy processes, all periods differ",
        50_000,
        lambda: naive.timed(1_000, 50, differ=True),
        lambda: naive.timed_on(Environment(), 1_000, 50, differ=True),
        0.9,
        None,
    ),
]


def seconds(build: Callable[[], Any]) -> float:
    """Return the processor time that one run takes; the test runner's objects are not collected."""
    model = build()
    gc.collect()
    gc.freeze()
    start = process_time()
    model.run()
    return process_time() - start


def row(workload: Workload, bench: Bench | None) -> list[str]:
    """Measure; take the best of some runs, the two sides in turn."""
    pairs = [(seconds(workload.plain), seconds(workload.ours)) for _ in range(RUNS)]
    plain_s, ours_s = (min(side) for side in zip(*pairs, strict=True))
    cells = [
        workload.title,
        f"{workload.operations / plain_s / 1e6:.2f}",
        f"{workload.operations / ours_s / 1e6:.2f}",
        f"{plain_s / ours_s:.2f}",
        f"{workload.required:.1f}",
    ]
    if bench is None:
        return cells
    if workload.reference is None:
        return [*cells, ""]
    name, size, repeats = workload.reference
    best = max(bench.rate(name, size, SYSTEMC_FACTOR * repeats) for _ in range(RUNS))
    return [*cells, f"{best:.2f}"]


def test_speed_of_the_kernel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bench = systemc.compiled(tmp_path)
    table = Table(title="Millions of operations per second of processor time")
    table.add_column("workload")
    columns = ["plain SimPy", "ours", "ratio", "required ratio"]
    for column in [*columns, "SystemC"] if bench else columns:
        table.add_column(column, justify="right")
    for workload in WORKLOADS:
        table.add_row(*row(workload, bench))
    with capsys.disabled():
        Console(width=110).print("", table)
    assert table.row_count == len(WORKLOADS)
