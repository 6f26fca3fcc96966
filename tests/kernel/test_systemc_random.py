"""Random models beside SystemC: times, delta counts, and what every process sees when it wakes.

`random_models` are events, signals, processes and control; `channel_models` event queues, a clock,
buffers and fifos. Of both, `systemc/*.txt` holds models and `.log` what SystemC 2.3.4 printed for
them; where it is installed, fresh ones are drawn and run on both.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.kernel import channel_models, random_models
from tests.kernel.golden import OWN, assert_same, printed

pytestmark = pytest.mark.filterwarnings("ignore::cosim.KernelWarning")

KINDS = pytest.mark.parametrize(
    ("name", "kind"), [("random_models", random_models), ("channel_models", channel_models)]
)

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


def compare(kind: Any, models: list[str], theirs: list[str]) -> None:
    """Run models and compare their logs with those of SystemC."""
    logs = cases(theirs)
    assert len(logs) == len(models)
    for number, (line, log) in enumerate(zip(models, logs, strict=True)):
        ours = kind.lines_of(kind.read(line), str(number))
        assert_same(ours if log[-1].endswith("end") else ours[: len(log)], log)


@KINDS
def test_random_models_run_as_in_systemc(name: str, kind: Any) -> None:
    models = (OWN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    compare(kind, models, printed(name))


@KINDS
def test_a_model_can_be_written_and_read(name: str, kind: Any) -> None:
    model = kind.draw(1)
    assert kind.read(model.line()) == model


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("g++") or not Path("/usr/include/systemc").exists(),
    reason="libsystemc-dev is not installed: apt-get install libsystemc-dev",
)
@KINDS
def test_fresh_random_models_run_as_in_systemc(tmp_path: Path, name: str, kind: Any) -> None:
    program, file = tmp_path / name, tmp_path / "models.txt"
    source = OWN / f"{name}.cpp"
    subprocess.run(
        ["g++", "-std=c++17", "-O1", "-w", "-DSC_INCLUDE_DYNAMIC_PROCESSES", source,
         "-o", program, "-lsystemc"],
        check=True,
    )  # fmt: skip
    models = [kind.draw(seed).line() for seed in FRESH]
    file.write_text("".join(f"{line}\n" for line in models))
    told = subprocess.run(
        [program, file],
        env={"SYSTEMC_DISABLE_COPYRIGHT_MESSAGE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    compare(kind, models, [line for line in told.stdout.splitlines() if line])
