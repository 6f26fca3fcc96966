"""The project's source files, as text and as syntax trees."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FLOORS = ("cosim", "components", "waveforms", "scenarios")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def product_files() -> list[Path]:
    """Return every Python file of the four floors, but notebooks, which run when imported."""
    files = [file for floor in FLOORS for file in sorted((ROOT / floor).rglob("*.py"))]
    return [file for file in files if file.parent.name != "notebooks"]


def all_files() -> list[Path]:
    """Return every Python file, tests included."""
    return product_files() + sorted((ROOT / "tests").rglob("*.py"))


def relative(file: Path) -> str:
    """Return a file's path as it is written in messages."""
    return file.relative_to(ROOT).as_posix()


def tree(file: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(file: Path) -> Iterator[Function]:
    """Yield every function and method of a file."""
    for node in ast.walk(tree(file)):
        if isinstance(node, Function):
            yield node


def imported(file: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or "."


def classes(kind: type[Any]) -> list[type[Any]]:
    """Import all four floors and return every class of ours below `kind`."""
    found = set()
    for file in product_files():
        parts = file.relative_to(ROOT).with_suffix("").parts
        module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
        found |= {
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, kind) and member is not kind
        }
    return sorted(found, key=lambda member: f"{member.__module__}.{member.__qualname__}")
