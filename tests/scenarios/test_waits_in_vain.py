"""A core that waits in vain for the co-processor ends the run: who waits for whom, since when."""

import re
from pathlib import Path

import pytest

from cosim import Simulator, override
from scenarios.cli import BROKEN, OK, dispatch
from scenarios.offloads.task import lenet5_task
from scenarios.running.hanging import patience
from scenarios.scenario import Mode
from scenarios.soc import Soc, SocConfig

DEAF = '''
from components.coprocessor import HandOffProtocol, Poll, protocol
from components.imac import READY_ADDRESS
from components.imac.contract import HandOff
from components.imac.offload import offload


@protocol("deaf")
class Deaf(HandOffProtocol):
    """Polls for what READY never is."""

    contract = HandOff

    @classmethod
    def driver(cls, config):
        yield from offload(Poll(READY_ADDRESS, until=5, period_cycles=400))
'''


def run(folder: Path, *words: str) -> int:
    return dispatch(["run", "mlp", "--trace", "none", "--out", str(folder), *words])


def test_a_lost_completion_ends_the_run_without_being_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--set", "soc.faults.lost_completions=1") == BROKEN
    told = capsys.readouterr().err
    assert re.search(
        r"soc\.core\._sleep waits since \d+ ps for soc\.faults\.line\.out\.changed, which "
        r"soc\.faults\.line\.run drives \(core\.py, line \d+\)",
        told,
    )
    kept = tmp_path / "mlp" / "latest"
    assert "soc.core._sleep waits since" in (kept / "hang.txt").read_text()


@pytest.mark.parametrize("mode", Mode)
def test_a_poll_that_is_never_answered_is_named(
    mode: Mode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"deaf_{mode}.py"
    file.write_text(DEAF.replace('"deaf"', f'"deaf_{mode}"'))
    asked = ["--set", f"soc.imac.protocol={file}", "--mode", mode, "--patience", "2us"]
    assert run(tmp_path, *asked) == BROKEN
    told = re.search(
        r"soc\.core\._poll waits since (\d+) ps for 0x0 to read as 5 through "
        r"soc\.core\.coprocessor, which soc\.imac\.bus answers \(core\.py, line \d+\)",
        capsys.readouterr().err,
    )
    assert told is not None
    assert int(told[1]) > 0


def test_patience_is_longer_than_any_wait_that_ends() -> None:
    config = SocConfig()
    for path, value in (
        ("imac.timer.cycles", 60_000), ("imac.timer.clock_hz", "1 MHz"),  # 60 ms
        ("faults.late_completions", 0.5), ("faults.late_ps", "5 ms"),
        ("imac.protocol", "polling:period=400000"),  # 100 us
    ):  # fmt: skip
        config = override(config, path, value)
    soc = Soc("soc", Simulator(), config=config, layers=lenet5_task().layers)
    assert patience(soc) == 60_000_000_000 + 5_000_000_000 + 100_000_000 + 100_000_000
    assert patience(soc, asked_ps=7) == 7


@pytest.mark.parametrize("mode", Mode)
def test_a_core_that_computes_is_not_waiting(mode: Mode, tmp_path: Path) -> None:
    # it computes and stores for 2.3 us before it waits, more than four times the patience
    assert run(tmp_path, "--mode", mode, "--patience", "500ns") == OK
