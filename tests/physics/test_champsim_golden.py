"""Our machine against ChampSim's results, on traces that the reference folder holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from scenarios.champsim import replay
from tests.architecture.sources import ROOT

REFERENCE = ROOT.parent / "shared" / "reference" / "champsim"
TRACES = (
    "conv2_avx2", "chase_l1", "chase_l2", "mb_dep_add", "mb_ind_add", "mb_load_tput",
    "mb_store_load", "mb_jmp_chain", "lenet_avx2_imac", "lenet_avx2_full", "fc512",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the reference folder")


def golden(trace: str, mode: str) -> dict[str, Any]:
    runs = json.loads((REFERENCE / "golden.json").read_text())["runs"]
    chosen = (trace, "i7_w4_bigpage", mode)
    return next(run for run in runs if (run["trace"], run["config"], run["mode"]) == chosen)


@pytest.mark.parametrize("trace", TRACES)
def test_warm_runs_take_as_many_cycles_as_in_champsim(trace):
    run = golden(trace, "warm")
    found = replay(
        Path(REFERENCE / "traces" / f"{trace}.champsimtrace.xz"),
        warm_up=run["warmup_instructions"],
        instructions=run["simulated_instructions"],
    )
    assert found.ipc == pytest.approx(run["ipc"], rel=0.05)


@pytest.mark.parametrize(("trace", "cycles"), [("chase_l1", 5), ("chase_l2", 14)])
def test_load_to_use_is_that_of_champsim(trace, cycles):
    path = Path(REFERENCE / "traces" / f"{trace}.champsimtrace.xz")
    found = replay(path, warm_up=50_000, instructions=50_000)
    assert found.cycles / 40_000 == pytest.approx(cycles, abs=0.1)  # 40,000 dependent loads
