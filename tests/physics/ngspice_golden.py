"""Circuits that ngspice has solved, as ours."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.analog import Crossbar, Mtj, MtjConfig

FOLDER = Path(__file__).parent / "ngspice"
LARGE = Path(__file__).parents[3] / "shared" / "reference" / "analog"
"""Where files lie that are too large for this repository."""

VDD_V = 0.8
NOMINAL = Mtj(MtjConfig())


@lru_cache
def golden(name: str) -> Any:
    """Return the content of a JSON file; skips the test if a large one is not there."""
    file = FOLDER / name if (FOLDER / name).exists() else LARGE / name
    if not file.exists():
        pytest.skip(f"{name} is not here: it lies beside the repository, in {LARGE}")
    return json.loads(file.read_text(encoding="utf-8"))


def crossbar(case: Any) -> Crossbar:
    """Return the crossbar of a case; weights and conductances there are rows x columns."""
    weights = np.atleast_2d(np.array(case["w"], np.int8)).T
    made = [np.atleast_2d(case[key]).T * 1e6 for key in ("gp_pos", "gp_neg")]
    return Crossbar(weights, NOMINAL, VDD_V, np.array(made))


def lines_ua(case: Any) -> np.ndarray[Any, Any]:
    """Return I+ and then I- of every row, one line for each vector of inputs."""
    parts = [np.atleast_1d(case[key]) for key in ("i_pos", "i_neg")]
    if parts[0].ndim == 1:
        parts = [part[None, :] for part in parts]
    return np.concatenate(parts, axis=1) * 1e6
