"""Our machine against ChampSim's results, on the traces that the reference folder holds."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from components.cpu import champsim_trace
from scenarios.traces.champsim import replay
from scenarios.traces.champsim_configurations import CONFIGURATIONS
from scenarios.traces.champsim_table import Comparison, Run, runs
from tests.architecture.sources import ROOT

REFERENCE = ROOT.parent / "shared" / "reference" / "champsim"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the reference folder")

SHORT = 300_000
"""Instructions; longer runs are slow tests."""

FEW = 8
"""Counts differ by so much at the edges of a run: what is under way there, first touches."""

ANCHOR = "i7_w4_bigpage"


def found(chosen) -> list[Any]:
    """Return the runs that a test is for; those of many instructions are slow."""
    if not REFERENCE.is_dir():
        return []
    return [
        pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.length > SHORT else [])
        for one in runs(REFERENCE)
        if chosen(one)
    ]


@cache
def compare(run_name: str) -> Comparison:
    return next(run for run in runs(REFERENCE) if run.name == run_name).compare()


def near(pair: tuple[int, int], share: float = 0.02) -> bool:
    theirs, ours = pair
    return abs(ours - theirs) <= max(FEW, share * theirs)


@pytest.mark.parametrize("run", found(lambda run: run.configuration == ANCHOR))
def test_the_anchor_is_within_five_per_cent_and_its_counts_within_two(run: Run):
    one = compare(run.name)
    assert one.ipc_error == pytest.approx(0, abs=0.05)
    assert near(one.llc_misses) and near(one.l1d_misses) and near(one.mispredicted)


@pytest.mark.parametrize("run", found(lambda run: run.configuration != ANCHOR))
def test_other_configurations_are_within_ten_per_cent(run: Run):
    one = compare(run.name)
    assert one.ipc_error == pytest.approx(0, abs=0.10)
    assert near(one.mispredicted)


def test_the_mean_error_of_the_anchor_is_within_one_per_cent():
    short = [run for run in runs(REFERENCE) if run.configuration == ANCHOR and run.length <= SHORT]
    errors = [abs(compare(run.name).ipc_error) for run in short]
    assert len(errors) > 20 and sum(errors) / len(errors) < 0.01


@pytest.mark.parametrize(("trace", "cycles"), [("chase_l1", 5), ("chase_l2", 14)])
def test_load_to_use_is_that_of_champsim(trace, cycles):
    one = compare(f"{ANCHOR}-{trace}-warm")
    assert one.ours.cycles / 40_000 == pytest.approx(cycles, abs=0.1)  # 40,000 dependent loads


@pytest.mark.parametrize(("size_bytes", "cycles"), [(16 << 10, 5), (128 << 10, 14), (1 << 20, 42)])
def test_load_to_use_of_every_level_is_what_champsims_formula_gives(tmp_path, size_bytes, cycles):
    """Dependent loads go round all lines in random order; 42 is 2 + 7 + 26 + 1 + 1 + 5."""
    lines = np.random.default_rng(0).permutation(size_bytes // 64)
    raw = np.zeros(len(lines), champsim_trace.TRACE)
    raw["ip"] = 0x400000
    raw["loads"][:, 0] = 0x10000000 + 64 * lines
    raw["dst"][:, 0] = raw["src"][:, 0] = 1
    trace = tmp_path / "chase.champsimtrace"
    trace.write_bytes(raw.tobytes())
    few, many = (  # the first hops were sent in warm-up, where none waits for another
        replay(trace, CONFIGURATIONS[ANCHOR], warm_up=2 * len(lines), instructions=hops).cycles
        for hops in (5_000, 15_000)
    )
    assert (many - few) / 10_000 == pytest.approx(cycles, abs=0.1)


def pairs() -> list[tuple[str, str]]:
    """Return short runs of LeNet, and their partners with the co-processor."""
    if not REFERENCE.is_dir():
        return []
    known = {run.name for run in runs(REFERENCE) if run.length <= SHORT}
    return [
        (name, partner)
        for name in sorted(known)
        if "_full" in name and (partner := name.replace("_full", "_imac")) in known
    ]


@pytest.mark.parametrize(("whole", "partner"), pairs())
def test_the_gain_of_the_co_processor_is_that_of_champsim(whole: str, partner: str):
    one, other = compare(whole), compare(partner)
    theirs = one.run.golden["cycles"] / other.run.golden["cycles"]
    assert one.ours.cycles / other.ours.cycles == pytest.approx(theirs, rel=0.05)
