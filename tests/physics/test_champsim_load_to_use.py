"""Load-to-use latency of ChampSim's machine, by pointer chases of our own; all numbers by hand.

ChampSim adds, with h = hit_latency and f = fill_latency of levels 1 to 3: h1 + 3 for the first
level, h1 + h2 + f1 + 4 for the second, h1 + h2 + h3 + f1 + f2 + 5 for the third. Our `hit_cycles`
are h + 1, for the reply is a message of its own; our `fill_cycles` are f.
"""

from pathlib import Path

import numpy as np
import pytest

from components.cpu import champsim_trace
from components.cpu.program import INSTRUCTION, LOAD, NO_REGISTER
from cosim.compiled import Records
from scenarios.traces.champsim import replay
from scenarios.traces.champsim_configurations import LARGE_PAGE, ChampsimConfig, champsim_config

LINE = 64
WALKER = {"levels": 4, "fault_cycles": 0, "shuffles_frames": False}
LINES = {"l1": 128, "l2": 2048, "llc": 16_384}
"""Lines in a circle: 8 KiB fit into 32 KiB; 128 KiB into 256 KiB only; 1 MiB into 2 MiB only."""

HOPS = 10_000


def chase(path: Path, lines: int) -> Path:
    """Write loads that each need the register of the one before, round and round over lines."""
    rows: Records = np.full(lines, NO_REGISTER, INSTRUCTION)
    rows["op"], rows["dst"], rows["src_a"], rows["size_bytes"], rows["value"] = LOAD, 1, 1, 8, 0
    rows["ip"] = 0x400000 + 4 * (np.arange(lines) % 8)
    rows["address"] = 0x10000000 + LINE * np.arange(lines)
    champsim_trace.write(path, [rows])
    return path


def cycles_per_hop(path: Path, config: ChampsimConfig, lines: int) -> float:
    """Return the cycles of `HOPS` further hops of a run that has gone round at least once."""
    short, long = (
        replay(path, config, warm_up=lines, instructions=hops).cycles for hops in (HOPS, 2 * HOPS)
    )
    return (long - short) / HOPS


@pytest.mark.parametrize(
    ("level", "cycles"),
    [("l1", 2 + 3), ("l2", 2 + 7 + 1 + 4), ("llc", 2 + 7 + 26 + 1 + 1 + 5)],
)
def test_the_anchor_takes_5_14_and_42_cycles(level: str, cycles: int, tmp_path: Path) -> None:
    path = chase(tmp_path / "chase.champsimtrace", LINES[level])
    config = champsim_config(LARGE_PAGE, walker=WALKER)
    assert cycles_per_hop(path, config, LINES[level]) == pytest.approx(cycles, abs=0.1)


@pytest.mark.parametrize(
    ("level", "cycles"),
    [("l1", 4 + 3), ("l2", 4 + 10 + 2 + 4), ("llc", 4 + 10 + 30 + 2 + 3 + 5)],
)
def test_other_latencies_add_up_as_in_champsim(level: str, cycles: int, tmp_path: Path) -> None:
    path = chase(tmp_path / "chase.champsimtrace.gz", LINES[level])
    config = champsim_config(
        LARGE_PAGE,
        walker=WALKER,
        l1d={"hit_cycles": 4 + 1, "fill_cycles": 2},
        l2={"hit_cycles": 10 + 1, "fill_cycles": 3},
        llc={"hit_cycles": 30 + 1},
    )
    assert cycles_per_hop(path, config, LINES[level]) == pytest.approx(cycles, abs=0.1)
