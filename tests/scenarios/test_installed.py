"""A package of one's own, really installed: its protocol and its co-processor are found by name."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scenarios.new_command import write_coprocessor
from tests.scenarios.test_tutorial import ROOT, STEPS, code

PROTOCOLS = re.findall(r'(\[project\.entry-points\.".*"\])\n    (.*)\n', STEPS["10"])[0]
"""What the tutorial puts into a package's pyproject.toml."""

ENTRY_POINTS = """
[cosim.protocols]
bell = your_package.bell:Bell

[cosim.components]
neighbour = neighbour.component:Neighbour
"""
"""The same as an installer writes it, and a co-processor."""

COMPONENTS = "as `cosim.components`"


def wheel(folder: Path) -> Path:
    """Return a wheel with the tutorial's protocol and what `cosim new coprocessor` writes."""
    made = folder / "your_package-0.1-py3-none-any.whl"
    component = write_coprocessor("neighbour", folder)
    info = "your_package-0.1.dist-info"
    files = {
        "your_package/__init__.py": "", "your_package/bell.py": code(2),
        **{f"neighbour/{file.name}": file.read_text() for file in component.glob("*.py")},
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: your-package\nVersion: 0.1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": ENTRY_POINTS,
    }  # fmt: skip
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in (*files.items(), (f"{info}/RECORD", record)):
            archive.writestr(name, text)
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the wheel is installed."""
    folder = tmp_path_factory.mktemp("packages")
    target = folder / "site"
    asked = ["install", "--quiet", "--no-index", "--no-deps", "--target", str(target)]
    done = subprocess.run([sys.executable, "-m", "pip", *asked, str(wheel(folder))],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if "No module named pip" in done.stderr:
        pytest.skip("pip is not installed beside this Python")
    assert done.returncode == 0, done.stderr
    return target


def cosim(site: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as its user would who has installed the package."""
    program = "from scenarios.cli import main; main()"
    path = os.pathsep.join(map(str, (site, ROOT)))
    return subprocess.run([sys.executable, "-c", program, *words], cwd=folder, check=False,
                          env={**os.environ, "PYTHONPATH": path}, capture_output=True,
                          text=True)  # fmt: skip


def test_the_tutorial_says_these_entry_points() -> None:
    header, line = PROTOCOLS
    assert header == '[project.entry-points."cosim.protocols"]'
    assert line.replace('"', "") in ENTRY_POINTS
    assert COMPONENTS in " ".join(STEPS["10"].split())


def test_both_are_found_by_name(site: Path, tmp_path: Path) -> None:
    asked = ["run", "mlp", "--mode", "fast", "--set", "soc.imac.protocol=bell:period=64",
             "--set", "soc.beside=neighbour"]  # fmt: skip
    done = cosim(site, tmp_path, *asked)
    assert done.returncode == 0, done.stderr
    assert re.search(r"correct +1 of 1", done.stdout)
    waves = (tmp_path / "runs" / "mlp" / "latest" / "trace.vcd").read_text()
    assert "scope module beside" in waves
    assert " BELL " in waves


def test_a_name_that_is_not_installed_is_refused_with_one_that_is(
    site: Path, tmp_path: Path
) -> None:
    done = cosim(site, tmp_path, "run", "mlp", "--set", "soc.beside=neighbor")
    assert done.returncode == 2
    told = "there is no co-processor neighbor; did you mean neighbour?"
    assert told in " ".join(done.stderr.split())
