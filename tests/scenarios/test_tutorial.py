"""The tutorial of components/README.md, done as its reader would, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from components.imac.conformance import trial
from scenarios.cli import BROKEN, OK, dispatch
from tests.waveforms.reading import changes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "components" / "README.md").read_text(encoding="utf-8")
TUTORIAL = PAGE.partition("in ten steps")[2]
STEPS = dict(re.findall(r"^\*\*(\d+)\. (.*?)(?=^\*\*\d|\Z)", TUTORIAL, re.MULTILINE | re.DOTALL))
POLL = "        yield Poll("


def code(step: int) -> str:
    """Return the program of a step."""
    return str(re.findall(r"```python\n(.*?)```", STEPS[str(step)], re.DOTALL)[0])


def commands(step: int) -> list[list[str]]:
    """Return the commands of a step, by words."""
    found = re.findall(r"^    cosim (\w.*)$", STEPS[str(step)], re.MULTILINE)
    return [line.split() for line in found]


def timeless(text: str) -> str:
    """Return a text in one line, without the times at which things happened."""
    return re.sub(r"at \d+ ps", "at T ps", " ".join(text.split()))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.py").write_text(code(2))
    lines = code(2).splitlines(keepends=True)
    without = [line for line in lines if not line.startswith(POLL)]
    assert len(without) == len(lines) - 1
    (tmp_path / "broken.py").write_text("".join(without).replace('"bell"', '"broken"'))
    return tmp_path


def test_there_are_ten_steps() -> None:
    assert list(STEPS) == [str(number) for number in range(1, 11)]


def test_the_protocol_is_about_forty_lines() -> None:
    lines = [line for line in code(2).splitlines() if line.strip() and '"""' not in line]
    assert len(lines) <= 42


@pytest.mark.parametrize("step", [1, 6])
def test_its_runs_classify_a_digit(step: int, capfd: pytest.CaptureFixture[str]) -> None:
    for words in commands(step):
        assert dispatch([*words, "--trace", "protocol"]) == OK
        assert re.search(r"correct +(1 of 1|[45] of 5)", capfd.readouterr().out)


def test_a_program_that_does_not_look_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    refused, _ = commands(8)
    assert dispatch(refused) == BROKEN
    assert timeless(capfd.readouterr().err.splitlines()[-1]) in timeless(STEPS["8"])


def test_one_that_goes_on_is_told_and_marked(capfd: pytest.CaptureFixture[str]) -> None:
    _, goes_on = commands(8)
    assert dispatch([*goes_on, "--mode", "fast"]) == OK
    assert timeless(STEPS["8"]).partition("silent_stale ")[2] in timeless(capfd.readouterr().out)
    marked = Path("runs/mlp/latest/trace.gtkw").read_text()
    assert "load_code in COMPUTING" in marked
    assert "{hand_off} soc.imac.hand_off" in marked


def test_a_state_of_one_s_own_is_followed() -> None:
    text = code(2).replace('"bell"', '"rung"').replace("tally\n", "tally, state\n", 1)
    looked = 'event("it rings on", HandOff.COMPUTING.stays, HandOff.CONVERTING.stays,'
    assert looked in text
    rung = STEPS["3"].partition("`RUNG = ")[2].partition("`")[0]
    text = text.replace("    store_ready_1 = ", f"    RUNG = {rung}\n    store_ready_1 = ")
    text = text.replace(
        looked,
        """event("it rings on", HandOff.COMPUTING >> RUNG, RUNG.stays,
                        HandOff.CONVERTING.stays,""",
    )
    converts = """    convert = event("codes are made", HandOff.COMPUTING >> HandOff.CONVERTING,
                    RUNG >> HandOff.CONVERTING, by=HandOff.coprocessor)\n"""
    Path("rung.py").write_text(text.replace("    load_bell_0 = ", f"{converts}    load_bell_0 = "))
    tried = trial("rung.py")
    assert tried.violations == ()
    assert tried.states["RUNG"]


def test_more_registers_follow_and_are_counted_when_the_job_is_over() -> None:
    text = code(2).replace('"bell"', '"counting"').replace("Poll, Start", "Load, Poll, Start", 1)
    follows = re.findall(r"more follow at (0x\w+)", STEPS["4"])[0]
    bell = "    BELL = register("
    text = text.replace(bell, f'    COUNT = register({follows}, "jobs done")\n{bell}')
    silent = "        self.BELL.value = 0\n"
    text = text.replace(silent, f"{silent}        self.COUNT.value += 1\n")
    Path("counting.py").write_text(text + "        yield Load(cls.COUNT.offset)\n")
    tried = trial("counting.py", jobs=3)
    assert tried.violations == ()
    assert tried.codes == (tried.right,) * 3


def test_a_poll_for_what_never_comes_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    text = code(2).replace('"bell"', '"deaf"')
    Path("deaf.py").write_text(text.replace("until=0", "until=5"))
    patience = re.findall(r"`(--patience \S+)`", STEPS["5"])[0].split()
    asked = ["--mode", "fast", "--set", "soc.imac.protocol=deaf.py", *patience]
    assert dispatch(["run", "mlp", *asked]) == BROKEN
    told = capfd.readouterr().err
    bell = re.findall(r"lies at (0x\w+)", STEPS["4"])[0].lower()
    assert f"for {bell} to read as 5 through soc.core.coprocessor, which soc.imac.bus" in told


def test_its_waves_are_opened_at_the_hand_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = folder / "programs"
    programs.mkdir()
    viewer = programs / "gtkwave"
    viewer.write_text(f'#!/bin/sh\necho "$PWD/$1" > {folder}/opened\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    assert dispatch([*commands(6)[0], "--mode", "fast"]) == OK
    (view,) = commands(7)
    assert dispatch(view) == OK
    saved = re.findall(r"`(runs\S+)`", STEPS["7"])[0]
    opened = (folder / "opened").read_text().strip()
    assert Path(opened).resolve() == Path(saved).resolve()
    for told in ("{hand_off} soc.imac.hand_off", "{state} soc.imac.controller.state",
                 "{BELL} soc.imac.protocol.BELL[31:0]", "soc.coprocessor_bus.operation",
                 "soc.imac.subarray"):  # fmt: skip
        assert told in Path(saved).read_text()
    states = {told for _, told in changes(Path("runs/mlp/latest/trace.vcd"))["soc.imac.hand_off"]}
    assert states >= {"IDLE", "LOADING", "COMPUTING", "CONVERTING", "DONE", "READABLE"}


def test_it_passes_the_suite_and_the_broken_one_does_not(folder: Path) -> None:
    (folder / "suite.py").write_text(code(9))
    (folder / "broken_suite.py").write_text(code(9).replace("bell.py", "broken.py"))

    def said(file: str) -> str:
        done = subprocess.run([sys.executable, file], cwd=folder, env={"PYTHONPATH": str(ROOT)},
                              capture_output=True, text=True, check=False)  # fmt: skip
        return done.stdout + done.stderr

    assert said("suite.py") == ""
    assert said("broken_suite.py").endswith("AssertionError\n")
    message = trial("broken.py").violations[0].message
    assert "load_code by core" in message


def test_a_co_processor_of_one_s_own_stands_beside(capfd: pytest.CaptureFixture[str]) -> None:
    words = re.findall(r"`cosim (new coprocessor) NAME`", STEPS["10"])[0].split()
    beside = re.findall(r"`(soc\.beside=NAME/component\.py)`", STEPS["10"])[0]
    assert dispatch([*words, "my_neighbour"]) == OK
    setting = beside.replace("NAME", "my_neighbour")
    assert dispatch(["run", "mlp", "--mode", "fast", "--set", setting]) == OK
    assert re.search(r"correct +1 of 1", capfd.readouterr().out)
    assert "scope module beside" in Path("runs/mlp/latest/trace.vcd").read_text()
