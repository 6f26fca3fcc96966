"""Finds scenarios: files of this folder that declare SCENARIO, or any such file by its path."""

import importlib
import re
from pathlib import Path
from typing import Any

from cosim import names
from cosim.errors import ConfigError, DataError
from cosim.registry import load_file
from scenarios.scenario import Scenario

FOLDER = Path(__file__).parent
DECLARATION = re.compile(r"^SCENARIO\b.*=", re.MULTILINE)


def known() -> list[str]:
    """Return the names of all scenarios of this folder, without importing any."""
    files = sorted(FOLDER.glob("*.py"))
    return [file.stem for file in files if DECLARATION.search(file.read_text(encoding="utf-8"))]


def find(name: str) -> Scenario[Any]:
    """Return the scenario called `name`, or the one in the file `name` if that ends in .py.

    Raises ConfigError with the nearest known name, DataError for a file that is none.
    """
    if name.endswith(".py"):
        return _declared(load_file(Path(name)), name)
    if name not in known():
        raise ConfigError(f"there is no scenario {name}{names.hint(name, known())}")
    return _declared(importlib.import_module(f"scenarios.{name}"), name)


def _declared(module: Any, name: str) -> Scenario[Any]:
    scenario = getattr(module, "SCENARIO", None)
    if not isinstance(scenario, Scenario):
        raise DataError(f"{name} must declare SCENARIO = Scenario(...)")
    return scenario
