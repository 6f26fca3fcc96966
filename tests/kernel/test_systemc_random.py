"""Random models beside SystemC: times, delta counts, and what every process sees when it wakes.

`systemc/random_models.txt` holds models and `.log` what SystemC 2.3.4 printed for them; where it is
installed, fresh ones are drawn and run on both.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kernel.golden import OWN, assert_same, printed
from tests.kernel.random_models import draw, lines_of, read

pytestmark = pytest.mark.filterwarnings("ignore::cosim.KernelWarning")

FRESH = range(100_000, 100_200)
"""Seeds of models that are run on both."""


def cases(lines: list[str]) -> list[list[str]]:
    """Return the lines of each model; from the first refusal of a corner case on they do not count.

    SystemC refuses, among others, to suspend who is in a synchronous reset; we allow it.
    """
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("== "):
            found.append([])
        found[-1].append(line)
    ends = [next((n for n, line in enumerate(one) if "refused" in line), None) for one in found]
    return [one if end is None else before(one, end) for one, end in zip(found, ends, strict=True)]


def before(lines: list[str], end: int) -> list[str]:
    """Return the lines of the delta cycles before the one of line `end`."""
    moment = lines[end].partition("|")[0]
    return lines[: next(n for n, line in enumerate(lines) if line.startswith(moment))]


def compare(models: list[str], theirs: list[str]) -> None:
    """Run models and compare their logs with those of SystemC."""
    logs = cases(theirs)
    assert len(logs) == len(models)
    for number, (line, log) in enumerate(zip(models, logs, strict=True)):
        ours = lines_of(read(line), str(number))
        assert_same(ours if log[-1].endswith("end") else ours[: len(log)], log)


def test_random_models_run_as_in_systemc() -> None:
    models = (OWN / "random_models.txt").read_text(encoding="utf-8").splitlines()
    compare(models, printed("random_models"))


def test_a_model_can_be_written_and_read() -> None:
    model = draw(1)
    assert read(model.line()) == model


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("g++") or not Path("/usr/include/systemc").exists(),
    reason="libsystemc-dev is not installed: apt-get install libsystemc-dev",
)
def test_fresh_random_models_run_as_in_systemc(tmp_path: Path) -> None:
    program, file = tmp_path / "random_models", tmp_path / "models.txt"
    source = OWN / "random_models.cpp"
    subprocess.run(
        ["g++", "-std=c++17", "-O1", "-w", "-DSC_INCLUDE_DYNAMIC_PROCESSES", source,
         "-o", program, "-lsystemc"],
        check=True,
    )  # fmt: skip
    models = [draw(seed).line() for seed in FRESH]
    file.write_text("".join(f"{line}\n" for line in models))
    told = subprocess.run(
        [program, file],
        env={"SYSTEMC_DISABLE_COPYRIGHT_MESSAGE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    compare(models, [line for line in told.stdout.splitlines() if line])
