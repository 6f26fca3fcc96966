"""What `cosim new` writes works as it is, and nothing is ever half-written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cosim import Simulator, override
from cosim.errors import ConfigError, DataError
from scenarios.cli import dispatch
from scenarios.new_command import write_coprocessor
from scenarios.offloads.code import Code
from scenarios.offloads.task import lenet5_task
from scenarios.offloads.trial import Plan, play
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.soc import Soc, SocConfig

ROOT = Path(__file__).parents[2]
WRITTEN = {
    "README.md", "__init__.py", "component.py", "contract.py", "driver.py",
    "my_counter_scenario.py", "test_my_counter.py",
}  # fmt: skip


def test_a_new_co_processor_passes_its_tests_unchanged(tmp_path: Path) -> None:
    assert dispatch(["new", "coprocessor", "my_counter", "--in", str(tmp_path)]) == 0
    assert {file.name for file in (tmp_path / "my_counter").iterdir()} == WRITTEN
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "my_counter"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout


def test_its_scenario_runs_and_leaves_waves(tmp_path: Path) -> None:
    folder = write_coprocessor("wave_counter", tmp_path)
    scenario, runs = folder / "wave_counter_scenario.py", tmp_path / "runs"
    asked = ["run", str(scenario), "--images", "2", "--trace", "full", "--out", str(runs)]
    assert dispatch(asked) == 0
    waves = (runs / "wave_counter_scenario" / "latest" / "trace.vcd").read_text()
    assert all(state in waves for state in ("IDLE", "LOADING", "COMPUTING", "DONE"))


@pytest.mark.parametrize("mode", Mode)
def test_it_works_beside_the_analog_one_on_the_whole_machine(mode: Mode, tmp_path: Path) -> None:
    file = write_coprocessor(f"beside_{mode}", tmp_path) / "component.py"
    ready = override(SocConfig(), "imac.configuration", "preloaded")
    config = override(ready, "beside", str(file))
    task = lenet5_task()
    own = Code().store(0x1000, 0.0)
    for element, value in enumerate((1.0, -2.0, 3.0)):
        own.store(0x1001 + element, value)
    own.store(0x1000, 1.0).transfer(task.inputs()).wait().load_codes(task.classes).load(0x1001)
    options = RunOptions(SocConfig(), tmp_path, mode, Trace.NONE)
    found: list[Soc] = []
    trial = play(Plan(config, own, lambda simulator, soc, task: found.append(soc)), task, options)
    assert trial.story == ""
    imac = found[0].imac
    assert imac is not None
    loaded = [int(result.value) for result in found[0].core.results]
    assert loaded[-1] == 2  # 1.0 and 3.0
    assert loaded[:-1] == [int(code) for code in imac.last_job.codes]


ODD = """
from components.coprocessor import coprocessor
from cosim import Module, target_socket


@coprocessor("{name}")
class Odd(Module):
    \"\"\"Lacks what a machine needs of it.\"\"\"

    {body}
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("size = 3", "soc.beside must have a target socket called bus, which Odd has not"),
        ("def __init__(self, name, parent, layers): pass",
         "soc.beside must be made as Odd(name, parent); "),
    ],
)  # fmt: skip
def test_a_class_that_cannot_stand_beside_is_told_in_a_sentence(
    body: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "odd_neighbour.py"
    file.write_text(ODD.format(name=f"odd_{len(body)}", body=body))
    config = override(SocConfig(), "beside", str(file))
    with pytest.raises(ConfigError, match=re.escape(told)):
        Soc("soc", Simulator(), config=config, layers=lenet5_task().layers)


@pytest.mark.parametrize("name", ["", "Adder", "my-adder", "9lives", "class", "adder_", "../adder"])
def test_a_bad_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a co-processor must be named in lower-case letters"):
        write_coprocessor(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["json", "numpy", "cosim"])
def test_the_name_of_another_package_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"installed package; {name} is one"):
        write_coprocessor(name, tmp_path)


@pytest.mark.parametrize("name", ["config", "host", "clock_hz"])
def test_a_name_that_the_files_use_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"that its own files use already, as {name}"):
        write_coprocessor(name, tmp_path)


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "my_adder").mkdir()
    (tmp_path / "my_adder" / "notes.txt").write_text("keep")
    with pytest.raises(
        DataError, match="my_adder must not be there yet; it is; choose another name"
    ):
        write_coprocessor("my_adder", tmp_path)
    assert [file.name for file in (tmp_path / "my_adder").iterdir()] == ["notes.txt"]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text

    def fails(file: Path, text: str, encoding: str) -> int:
        if file.name == "README.md":
            raise OSError(28, "No space left on device")
        return write(file, text, encoding)

    monkeypatch.setattr(Path, "write_text", fails)
    with pytest.raises(DataError, match="my_adder cannot be written: No space left on device"):
        write_coprocessor("my_adder", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="my_adder cannot be written: No such file or directory"):
        write_coprocessor("my_adder", tmp_path / "nowhere")
