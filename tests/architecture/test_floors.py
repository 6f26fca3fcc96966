"""The floors stand as pyproject.toml draws them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT


def test_every_import_goes_downwards(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-logo", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_kernel_starts_without_tensorflow_matplotlib_and_pint() -> None:
    program = (
        "import sys, cosim, scenarios.cli; "
        "print([name for name in ('tensorflow', 'keras', 'matplotlib', 'pint') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
