"""The tutorial of components/README.md, done as its reader would, in an empty folder."""

import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from cosim import registry
from scenarios.cli import BROKEN, OK, dispatch

PAGE = (Path(__file__).parents[2] / "components" / "README.md").read_text(encoding="utf-8")
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


def test_it_passes_the_suite() -> None:
    exec(code(9), {"__name__": "suite"})


def test_an_installed_one_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (group, line) = re.findall(r'entry-points\."(.*?)"\]\n    (.*)', STEPS["10"])[0]
    name, value = line.replace('"', "").split(" = ")
    assert value.endswith(".bell:Bell")
    offered = EntryPoint(name, "bell:Bell", group)
    monkeypatch.syspath_prepend(".")
    monkeypatch.setattr(registry, "entry_points", lambda group: [offered])
    assert dispatch(["run", "mlp", "--set", f"soc.imac.protocol={name}", "--mode", "fast"]) == OK
