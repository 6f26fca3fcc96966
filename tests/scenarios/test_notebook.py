"""The notebook runs on a real run, cell by cell."""

import re
import runpy
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from scenarios import mlp
from scenarios.cli import dispatch

NOTEBOOK = Path(mlp.__file__).parent / "notebooks" / "exploring.py"


def test_the_notebook_loads_a_run_into_numpy_tables_and_plots_it(tmp_path, capsys, monkeypatch):
    out = ("--out", str(tmp_path))
    assert dispatch(["run", "mlp", "--mode", "fast", "--trace", "full", *out]) == 0
    run = tmp_path / "mlp" / "latest"
    monkeypatch.setattr(sys, "argv", [NOTEBOOK.name, str(run)])
    mpl.use("Agg")
    cells = runpy.run_path(str(NOTEBOOK))
    assert (run / "exploring.png").stat().st_size > 10_000
    assert "fc1" in cells["layers"]["name"]
    assert isinstance(cells["answered"], np.ndarray)
    assert sum(cells["spent"].values()) == cells["whole"] > 0
    assert "soc.memory" in capsys.readouterr().out


@pytest.mark.parametrize("mark", ["# %%", "# %% [markdown]"])
def test_it_is_a_notebook_in_percent_format(mark):
    text = NOTEBOOK.read_text()
    assert "format_name: percent" in text
    assert len(re.findall(rf"^{re.escape(mark)}$", text, re.MULTILINE)) >= 4
