"""Both shells give the same run of LeNet-5: every metric, to the picosecond and the picojoule."""

from pathlib import Path

import pytest

from scenarios.scenario import Mode
from tests.scenarios.machine import lenet5_metrics

MACHINES = {
    "avx2 with co-processor": (),
    "avx2 baseline": (("soc.imac.enabled", "false"),),
    "slow memory clock, small caches": (
        ("soc.core.clock", "1.8GHz"),
        ("soc.l2.size", "64KiB"),
        ("soc.llc.size", "512KiB"),
    ),
    "wires solved exactly, spread": (
        ("soc.imac.analog", "mesh"),
        ("soc.imac.analog.spread.cell", "0.05"),
    ),
    "virtual memory, an inclusive last level": (
        ("soc.mmu.enabled", "true"),
        ("soc.llc.inclusion", "inclusive"),
        ("soc.llc.size", "256KiB"),
    ),
    "every edge on whole nanoseconds": (("soc.core.clock", "1GHz"),),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_fast_and_detailed_runs_are_equal(machine: str, tmp_path: Path) -> None:
    fast = lenet5_metrics(tmp_path, *MACHINES[machine], mode=Mode.FAST)
    detailed = lenet5_metrics(tmp_path, *MACHINES[machine], mode=Mode.DETAILED)
    assert fast.model_dump(exclude={"mode", "host"}) == detailed.model_dump(
        exclude={"mode", "host"}
    )
