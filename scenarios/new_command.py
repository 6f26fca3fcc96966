"""The command `cosim new`: writes the files with which a part of one's own begins.

The folder appears complete, or not at all.
Checked by: tests/scenarios/test_new_command.py
"""

import keyword
import re
import shutil
import sys
import tempfile
from importlib import resources
from importlib.machinery import PathFinder
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from cosim.errors import ConfigError, DataError

NAME = re.compile(r"[a-z][a-z0-9_]*")

FILES = {
    "__init__.py": "__init__.py", "contract.py": "contract.py", "component.py": "component.py",
    "driver.py": "driver.py", "scenario.py": "{name}_scenario.py", "test.py": "test_{name}.py",
    "README.md": "README.md",
}  # fmt: skip
"""Templates, and the files that they become."""

new = typer.Typer(help="Write the files with which a part of your own begins.")


@new.callback()
def several() -> None:
    """Write the files with which a part of your own begins."""


@new.command()
def coprocessor(
    name: Annotated[str, typer.Argument(help="lower-case letters, digits and _")],
    into: Annotated[Path, typer.Option("--in", help="folder in which its folder is made")] = Path(),
) -> None:
    """Write a co-processor: component, contract, driver, scenario, test and README."""
    folder = write_coprocessor(name, into)
    typer.echo(f"written to {folder}; try it with:")
    typer.echo(f"  python -m pytest {folder}")
    typer.echo(f"  cosim run {folder / f'{name}_scenario.py'} --images 3")


def write_coprocessor(name: str, into: Path) -> Path:
    """Write the folder `into / name` and return it.

    Raises ConfigError for a name that no Python package may have or that another one has,
    DataError if the folder is there already or cannot be written.
    """
    _check_name(name)
    folder = into / name
    if folder.exists():
        raise DataError(f"{folder} must not be there yet; it is; choose another name")
    words = {"name": name, "Name": "".join(word.capitalize() for word in name.split("_"))}
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=into) as partial:
            complete = Path(partial) / name
            complete.mkdir()
            for template, file in FILES.items():
                text = Template(_template(template)).substitute(words)
                (complete / file.format(name=name)).write_text(text, encoding="utf-8")
            shutil.move(complete, folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}") from None
    return folder


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or name.endswith("_"):
        raise ConfigError(
            f"a co-processor must be named in lower-case letters, digits and _, as my_adder, "
            f"not {name!r}"
        )
    if name in sys.stdlib_module_names or PathFinder.find_spec(name) is not None:
        raise ConfigError(
            f"a co-processor must not have the name of an installed package; {name} is one; "
            "choose another name"
        )
    if any(re.search(rf"\b{name}\b", _template(file)) for file in FILES):
        raise ConfigError(
            f"a co-processor must not have a name that its own files use already, as {name}; "
            "choose another name"
        )


def _template(file: str) -> str:
    folder = resources.files("scenarios") / "templates" / "coprocessor"
    return (folder / f"{file}.txt").read_text(encoding="utf-8")
