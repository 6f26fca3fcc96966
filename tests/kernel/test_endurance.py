"""Long runs, many runs, large systems: nothing is left behind, nothing depends on chance."""

import gc
import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from cosim import Clock, DeadlockError, Module, Simulator, Steps, gauge, process, signal
from tests.kernel import hangs
from tests.kernel.busy_town import stir, town, trace

ROOT = Path(__file__).parents[2]

SLACK_BLOCKS = 500
"""Memory blocks; what queues of random length may hold more at one moment than at another."""


def blocks_after(sim: Simulator, until_ps: int) -> int:
    """Run to a time and return how many blocks of memory are in use."""
    sim.run(until_ps)
    gc.collect()
    return sys.getallocatedblocks()


def grows_by(events: int) -> int:
    """Return by how many blocks a busy town grows from a tenth of so many events to all of them.

    Its signal is changed every 10 ps: a process wakes, the signal updates, a method is called; so
    10 ps are 3 events, and the town adds its own.
    """
    with town(seed=1) as sim:
        line = stir(sim)
        changes = [0]

        def count() -> None:
            changes[0] += 1

        sim.env.method(count, [line.changed], name="count", initialize=False)
        end_ps = events * 10 // 3
        before = blocks_after(sim, end_ps // 10)
        grown = blocks_after(sim, end_ps) - before
        assert changes[0] >= events // 3 - 1
    return grown


def test_memory_does_not_grow_from_a_hundred_thousand_to_a_million_events():
    assert grows_by(1_000_000) < SLACK_BLOCKS


@pytest.mark.slow
def test_memory_does_not_grow_from_one_to_ten_million_events():
    assert grows_by(10_000_000) < SLACK_BLOCKS


def one_life(number: int) -> None:
    """Run one simulation to its end, or into an error, or leave it in the middle."""
    with town(seed=number) as sim:
        if number % 3 == 1:
            hangs.opposite_order(sim)
        sim.run(until_ps=2_000)
    if number % 3 == 2:
        with Simulator() as sim:
            hangs.philosophers(sim)
            with pytest.raises(DeadlockError):
                sim.run()


def test_the_hundredth_simulation_of_a_program_leaves_nothing_behind():
    counts = []
    for number in range(1, 100):
        one_life(number)
        if number in (10, 40, 70):  # the same kind of life before each count
            gc.collect()
            counts.append(len(gc.get_objects()))
    gc.collect()
    counts.append(len(gc.get_objects()))
    assert max(counts[1:]) - counts[0] <= 10  # 90 lives of hundreds of objects each


def test_a_simulation_that_is_dropped_without_an_end_is_freed():
    one_life(0)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(5):
        sim = town(seed=3)
        sim.run(until_ps=5_000)
    del sim
    gc.collect()
    assert len(gc.get_objects()) - before <= 10


TRACE = "f387bce5659cb42855d5458100016d24c3450dd80c3534318fbf481bb08a35cc"
"""SHA-256 of what `busy_town` prints: one for Python 3.11, 3.12 and 3.13, and NumPy 2.4 and 2.5."""


def test_the_same_seed_gives_the_same_trace_whatever_the_hash_seed_and_the_python():
    printed = set()
    for hash_seed in ("0", "1", "2024"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.kernel.busy_town"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        printed.add(done.stdout)
    assert len(printed) == 1
    text = printed.pop()
    assert text.count("\n") > 500
    assert sha256(text.encode()).hexdigest() == TRACE


def test_another_seed_gives_another_trace():
    assert trace(seed=1, until_ps=20_000) == trace(seed=1, until_ps=20_000)
    assert trace(seed=1, until_ps=20_000) != trace(seed=2, until_ps=20_000)


class Cell(Module):
    """A module with a bit of everything."""

    line = signal("a line", reset=0)
    level = gauge("a level", width_bits=8)

    @process
    @line.on_change
    def run(self) -> Steps:
        while True:
            yield


@pytest.mark.bench
def test_a_thousand_modules_elaborate_in_less_than_a_second():
    start = time.perf_counter()
    with Simulator(clock=Clock(1_000_000_000)) as sim:
        for number in range(1_000):
            Cell(f"cell[{number}]", sim)
        sim.elaborate()
        assert len(sim.modules()) == 1_000
        assert time.perf_counter() - start < 1
