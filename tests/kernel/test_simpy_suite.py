"""SimPy's own tests, from its source package, pass on this kernel's environment.

Left out: the text of one traceback, which names SimPy's own lines; tests in real time, which have
an environment of their own; SimPy's benchmarks, which count entries of its event list.
"""

import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = [
    "--deselect=tests/test_exceptions.py::test_exception_chaining",
    "--ignore=tests/test_rt.py",
    "--ignore=tests/test_benchmark.py",
]
PLUGIN = """import simpy

from cosim.environment import Environment

simpy.Environment = Environment
"""
DOWNLOAD_S, RUN_S = 60, 120


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SimPy's source package of the version that is installed."""
    folder = tmp_path_factory.mktemp("simpy")
    wanted = f"simpy=={version('simpy')}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", ":all:", "--retries", "0", "--timeout", "5"]
    try:
        subprocess.run(
            [*command, wanted], cwd=folder, check=True, capture_output=True, timeout=DOWNLOAD_S
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"the source package of {wanted} cannot be had: no package index in reach")
    package = next(folder.glob("*.tar.gz"))
    with tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
    return folder / package.name.removesuffix(".tar.gz")


def test_simpy_s_own_suite_passes(source: Path) -> None:
    (source / "on_ours.py").write_text(PLUGIN, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "tests", "-p", "on_ours", "-p", "no:cacheprovider"]
    command += ["--override-ini=addopts=", "--quiet", "-rfE", *LEFT_OUT]
    paths = os.pathsep.join(map(str, (source, ROOT)))
    run = subprocess.run(
        command,
        cwd=source,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=RUN_S,
    )
    assert re.findall(r"^(?:FAILED|ERROR) \S+", run.stdout, re.MULTILINE) == []
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed, run.stdout + run.stderr
    assert int(passed[1]) > 100  # SimPy 4.1 has about 130 besides those left out
