"""The Python files of a user's own that decide a result: a scenario or a plug-in, and its imports.

They are found by reading import statements, without importing anything, so that an asker and its
workers find the same. Installed packages and the standard library are no user's own, and this
package is hashed as a whole (records.py). Leaves out: names that are made up while running, as
`importlib.import_module(name)`, and files that are no Python.
Checked by: tests/scenarios/test_sweep_sources.py
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

from cosim.registry import SUFFIX, place_of
from scenarios.running.manifest import sha256

OURS = ("cosim", "components", "scenarios", "waveforms")
"""Packages whose files decide every result."""

INSTALLED = {"site-packages", "dist-packages"}
"""Folders of installed packages, wherever they lie."""

INIT = "__init__.py"

_imported: dict[Path, str] = {}
"""Hash of each module's file when this process has imported it."""


class Source(NamedTuple):
    """A module, its file, and the hash of its content."""

    name: str
    path: Path
    sha256: str


def sources(file: Path) -> set[Source]:
    """Return a Python file and all of a user's own that it imports, directly or not.

    Raises OSError if one of them cannot be read.
    """
    name, folder = place_of(file.resolve())
    finder = _Finder(folder)
    found = {Source(name, file.resolve(), sha256(file))}
    waiting = [*_chain(name)[:-1], *_wanted(name, file)]
    seen = {name}
    while waiting:
        name = waiting.pop()
        path = None if name in seen else finder.own(name)
        seen.add(name)
        if path is not None:
            found.add(Source(name, path, sha256(path)))
            waiting += _wanted(name, path)
    return found


def renew(told: Iterable[Source]) -> bool:
    """Forget all these modules if one was imported before its file changed; tell whether it was.

    Workers and notebooks outlive a sweep: what they have imported, they would compute with.
    """
    told = list(told)
    is_stale = any(_imported.get(one.path, one.sha256) != one.sha256 for one in told)
    _imported.update({one.path: one.sha256 for one in told})
    for one in told if is_stale else ():
        file = getattr(sys.modules.get(one.name), "__file__", None)
        if file is not None and Path(file).resolve() == one.path:
            del sys.modules[one.name]
    return is_stale


class _Place(NamedTuple):
    """Where a module is: its file, if it has one, and the folders of what lies in it."""

    file: Path | None
    folders: Sequence[Path]


class _Finder:
    """Finds Python files as one does that has a folder on its path, and imports none of them."""

    def __init__(self, folder: Path) -> None:
        self._found = {"": _Place(None, [*map(Path, sys.path), folder])}

    def own(self, name: str) -> Path | None:
        """Return the file of a module of a user's own; None for any other, or if there is none."""
        top = name.partition(".")[0]
        if top in OURS or top in sys.stdlib_module_names:
            return None
        file = self._place(name).file
        return None if file is None or INSTALLED & set(file.parts) else file.resolve()

    def _place(self, name: str) -> _Place:
        if name not in self._found:
            package, _, last = name.rpartition(".")
            self._found[name] = _within(self._place(package).folders, last)
        return self._found[name]


def _within(folders: Sequence[Path], name: str) -> _Place:
    """Return where a module is whose package has such folders, a folder without a file last."""
    for folder in folders:
        package, module = folder / name, folder / f"{name}{SUFFIX}"
        if (package / INIT).is_file():
            return _Place(package / INIT, [package])
        if module.is_file():
            return _Place(module, [])
    return _Place(None, [folder / name for folder in folders if (folder / name).is_dir()])


def _wanted(name: str, file: Path) -> Iterator[str]:
    """Yield the names of modules that a module may import, each behind the packages it lies in."""
    package = name if file.name == INIT else name.rpartition(".")[0]
    tree: ast.AST = ast.Module([], [])
    with suppress(SyntaxError, ValueError):  # it fails as it is run, and says where
        tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _chain(alias.name)
        elif isinstance(node, ast.ImportFrom):
            with suppress(ImportError):  # beyond the outermost package
                base = resolve_name("." * node.level + (node.module or ""), package or None)
                yield from _chain(base)
                yield from (f"{base}.{alias.name}" for alias in node.names)


def _chain(name: str) -> list[str]:
    """Return a module's name behind those of the packages that it lies in."""
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]
