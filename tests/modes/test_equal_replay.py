"""A trace gives the same statistics in both shells, on ChampSim's machine."""

from pathlib import Path

import numpy as np
import pytest

from components.cpu import champsim_trace, presets
from scenarios.scenario import Mode
from scenarios.traces.champsim import replay
from scenarios.traces.champsim_configurations import CONFIGURATIONS

RECORDS = 4000


def mixed(path: Path) -> Path:
    """Write a trace of loads, stores, chains and branches over 1 MiB; return its path."""
    draw = np.random.default_rng(1)
    raw = np.zeros(RECORDS, champsim_trace.TRACE)
    raw["ip"] = 0x400000 + 4 * (np.arange(RECORDS) % 300)
    kind = draw.integers(0, 4, RECORDS)
    address = (0x10000000 + 8 * draw.integers(0, 1 << 17, RECORDS)).astype(np.uint64)
    raw["loads"][:, 0] = np.where(kind == 0, address, 0)
    raw["stores"][:, 0] = np.where(kind == 1, address, 0)
    raw["dst"][:, 0] = np.where(kind != 1, 7 + draw.integers(0, 8, RECORDS), 0)
    raw["src"][:, 0] = 7 + draw.integers(0, 8, RECORDS)
    branches = kind == 3
    raw["is_branch"] = branches
    raw["dst"][branches] = (champsim_trace.TRACE_POINTER, 0)
    raw["src"][branches, :2] = (champsim_trace.TRACE_POINTER, champsim_trace.TRACE_FLAGS)
    raw["taken"] = branches & (draw.random(RECORDS) < 0.5)
    path.write_bytes(raw.tobytes())
    return path


@pytest.mark.parametrize("name", ["i7_w4_bigpage", "i7_w4", "default"])
@pytest.mark.parametrize("core", [None, presets.i7_8550u()])
def test_a_trace_gives_equal_statistics_in_both_shells(name, core, tmp_path):
    trace = mixed(tmp_path / "mixed.champsimtrace")
    config = CONFIGURATIONS[name]
    if core is not None:
        config = config.model_copy(update={"core": core})
    fast = replay(trace, config, warm_up=1000, mode=Mode.FAST)
    detailed = replay(trace, config, warm_up=1000, mode=Mode.DETAILED)
    assert fast == detailed
    assert fast.mispredicted > 100 and fast.misses("llc") > 100


@pytest.mark.parametrize("name", ["i7_w4", "i7_w4_pf", "default"])
def test_walks_that_share_lines_of_their_tables_are_equal_in_both_shells(name, tmp_path):
    draw = np.random.default_rng(2)
    raw = np.zeros(1500, champsim_trace.TRACE)
    raw["ip"] = 0x400000 + 4 * (np.arange(1500) % 300)
    page = draw.integers(0, 64, 1500) * 512 + draw.integers(0, 16, 1500)
    raw["loads"][:, 0] = 0x10000000 + 4096 * page + 8 * draw.integers(0, 512, 1500)
    raw["dst"][:, 0] = 7 + draw.integers(0, 8, 1500)
    trace = tmp_path / "pages.champsimtrace"
    trace.write_bytes(raw.tobytes())
    for warm_up in (0, 500):
        fast, detailed = (
            replay(trace, CONFIGURATIONS[name], warm_up=warm_up, mode=mode)
            for mode in (Mode.FAST, Mode.DETAILED)
        )
        assert fast == detailed
