"""The notebook runs on a real run, cell by cell."""

import runpy
import sys
from pathlib import Path

import jupytext
import matplotlib as mpl
import nbformat
import numpy as np

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


def test_jupyter_opens_it_as_a_notebook_and_its_cells_are_the_program():
    text = NOTEBOOK.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert min(kinds.count("code"), kinds.count("markdown")) >= 4
    kept = jupytext.reads(jupytext.writes(notebook, fmt="ipynb"), fmt="ipynb")
    assert [cell.source for cell in kept.cells] == [cell.source for cell in notebook.cells]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            compile(cell.source, NOTEBOOK.name, "exec")
