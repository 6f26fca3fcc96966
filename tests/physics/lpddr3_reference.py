"""Request traces and golden results of the reference simulators, where the checkout has them."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.lpddr3.playing import Trace

FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "dram"
TRACES = (
    "a_seq_read",
    "b01_rand_read_w1",
    "b16_rand_read_w16",
    "c_stream_2r1w",
    "d_single_bank_conflict",
    "e_bank_parallel_1",
    "f_sparse_idle",
    "g_fc_1mb_w16",
)

needs_reference = pytest.mark.skipif(
    not (FOLDER / "golden.json").is_file(),
    reason="the reference results lie beside the repository in shared/reference/dram, not in it",
)


@cache
def golden(simulator: str) -> dict[str, Any]:
    """Return the results of one simulator by trace."""
    results = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))["results"]
    return dict(results[simulator])


@cache
def trace(name: str) -> Trace:
    """Read a trace: header lines `# key=value`, then `<clock> <hex address> <R|W>`."""
    window = 0
    rows = []
    with gzip.open(FOLDER / "traces" / f"{name}.trc.gz", "rt", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("#"):
                key, _, value = line.lstrip("# ").partition("=")
                window = int(value) if key == "window" else window
                continue
            clock, address, direction = line.split()
            rows.append((int(clock), int(address, 16), int(direction == "W")))
    clocks, addresses, is_write = np.ascontiguousarray(np.array(rows, np.int64).T)
    return Trace(clocks, addresses, is_write, window)
