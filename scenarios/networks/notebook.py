"""What a training has reached, on disk after every epoch, so that the same command goes on from it.

Models:     a folder beside the weights-to-be with one file a step: the model's and the optimiser's
            variables, accuracy by epoch, the best weights so far; and arrays that are computed
            once. A fingerprint tells which training it belongs to.
Leaves out: the middle of an epoch.
Checked by: tests/scenarios/test_training_resumed.py
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cosim.errors import DataError
from scenarios.networks.files import NpzFile, write_npz

Arrays = Sequence[npt.NDArray[Any]]


class Page(NamedTuple):
    """How far one step is: all variables after `history`, and the best weights seen."""

    variables: Arrays
    best: Arrays
    history: list[dict[str, float]]


class Notebook:
    """The folder `path` of one training; raises DataError if it belongs to another."""

    def __init__(self, path: Path, fingerprint: Mapping[str, Any]) -> None:
        self.path = path
        wanted = json.dumps(fingerprint, sort_keys=True, default=str)
        self._check(wanted)
        path.mkdir(parents=True, exist_ok=True)
        write_npz(path / "training.npz", {"fingerprint": np.array(wanted)})

    def page(self, step: str) -> Page | None:
        """Return where a step was left, None if it was not begun."""
        file = self._file(step)
        if not file.exists():
            return None
        held = NpzFile(file)
        counts = json.loads(held.text("counts", "[0, 0]"))
        variables, best = (
            [held.whole(f"{name}{at}") for at in range(count)]
            for name, count in zip(("v", "b"), counts, strict=True)
        )
        return Page(variables, best, json.loads(held.text("history", "[]")))

    def turn(self, step: str, page: Page) -> None:
        """Keep where a step is."""
        arrays: dict[str, Any] = {f"v{at}": array for at, array in enumerate(page.variables)}
        arrays |= {f"b{at}": array for at, array in enumerate(page.best)}
        arrays["counts"] = np.array(json.dumps([len(page.variables), len(page.best)]))
        arrays["history"] = np.array(json.dumps(page.history))
        write_npz(self._file(step), arrays)

    def once(self, name: str) -> Mapping[str, npt.NDArray[Any]] | None:
        """Return arrays that were computed before, None if they were not."""
        file = self._file(name)
        return NpzFile(file).arrays if file.exists() else None

    def keep(self, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Keep arrays that need not be computed again."""
        write_npz(self._file(name), arrays)

    def close(self) -> None:
        """Take the folder away: the training has come to its end."""
        shutil.rmtree(self.path)

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.npz"

    def _check(self, wanted: str) -> None:
        file = self._file("training")
        if not file.exists() or (held := NpzFile(file).text("fingerprint", "")) == wanted:
            return
        ours, theirs = json.loads(wanted), json.loads(held)
        other = [key for key in ours if ours[key] != theirs.get(key)]
        raise DataError(
            f"{self.path} must be of the same training; its {', '.join(other)} differ: add"
            " --restart to forget it, or choose another --out"
        )
