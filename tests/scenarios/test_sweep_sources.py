"""What a scenario of a user's own imports decides its results: it is found, and is in the key."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from scenarios.sweep.records import Asked
from scenarios.sweep.sources import sources
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import sweep
from tests.components.protocol_file import SHORTEST

MINE = """
from near import FACTOR
from cosim import Config, param
from scenarios.measures.metrics import EnergyMetrics, Metrics
from scenarios.scenario import RunResult, Scenario


class MineConfig(Config):
    x: int = param(1, doc="across", unit="1", source="a test", low=0, high=9)


def run(options):
    energy = EnergyMetrics(core={"all": 1.0})
    return RunResult(Metrics(scenario="mine", time_ps=FACTOR * options.config.x, energy_pj=energy))


SCENARIO = Scenario("Mine", MineConfig, run)
"""

PLUGIN = "import near\n" + SHORTEST.replace('"mine"', '"neighbourly"')


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back what a test puts on the path, and what it imports."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in {*sys.modules} - before:
        if name.partition(".")[0] in ("near", "mine", "beyond", "pack", "protocol"):
            del sys.modules[name]


def write(folder: Path, **files: str) -> Path:
    """Write Python files; `_` ends the name of a folder, and at the end that of a package."""
    for name, text in files.items():
        path = folder / f"{name.replace('_', '/')}.py"
        path = path.with_name("__init__.py") if name.endswith("_") else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def names(file: Path) -> set[str]:
    return {one.name for one in sources(file)}


def mine(folder: Path) -> Study:
    told = {"scenario": str(folder / "mine.py"), "parameters": {"x": [1, 2]}}
    return Study.model_validate(told | {"objectives": {"time_ps": "min"}})


def key(folder: Path) -> str:
    return Asked(mine(folder), {"x": "1"}).key


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import near", {"near"}),
        ("import near as other, beyond", {"near", "beyond"}),
        ("from near import anything", {"near"}),
        ("def later():\n    import near", {"near"}),
        ("try:\n    import near\nexcept ImportError:\n    import absent", {"near"}),
        ("import pack.deep.part", {"pack", "pack.deep.part"}),
        ("from pack.deep import part", {"pack", "pack.deep.part"}),
        ("from pack.deep import *", {"pack"}),
        ("import json, numpy, simpy, distributed", set()),
        ("import scenarios.soc\nfrom cosim import Config", set()),
        ("from .. import far", set()),
        ("def broken(:", set()),
        ("\0", set()),
    ],
)
def test_imports_are_found_wherever_they_stand(tmp_path: Path, text: str, found: set[str]) -> None:
    write(tmp_path, mine=text, near="", beyond="", unused="", pack_="", pack_deep_part="")
    assert names(tmp_path / "mine.py") == {"mine", *found}


def test_imports_of_imports_count_and_circles_end(tmp_path: Path) -> None:
    write(tmp_path, mine="import near", near="import beyond", beyond="import near, mine")
    assert names(tmp_path / "mine.py") == {"mine", "near", "beyond"}


def test_a_part_of_a_package_imports_its_neighbours_by_dots(tmp_path: Path) -> None:
    write(
        tmp_path, pack_="from . import start", pack_start="", pack_mine="from .near import x",
        pack_near="from . import deep\nimport pack.beyond", pack_deep_="", pack_beyond="",
    )  # fmt: skip
    found = {"pack", "pack.mine", "pack.start", "pack.near", "pack.deep", "pack.beyond"}
    assert names(tmp_path / "pack" / "mine.py") == found


def test_what_is_on_the_path_counts_unless_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, mine_mine="import near, beyond", own_near="")
    installed = write(tmp_path / "lib" / "site-packages", beyond="")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "own"), str(installed)])
    assert names(tmp_path / "mine" / "mine.py") == {"mine", "near"}


def test_a_neighbour_s_change_makes_another_key_and_a_stranger_s_none(tmp_path: Path) -> None:
    write(tmp_path, mine=MINE, near="from beyond import FACTOR", beyond="FACTOR = 2", unused="")
    first = key(tmp_path)
    write(tmp_path, unused="FACTOR = 3")
    assert key(tmp_path) == first
    write(tmp_path, beyond="FACTOR = 3")
    second = key(tmp_path)
    assert second != first
    write(tmp_path, beyond="FACTOR = 2")
    assert key(tmp_path) == first


@pytest.mark.parametrize("others", ["", "; timer"])
def test_a_plug_in_and_its_neighbours_count_too(tmp_path: Path, others: str) -> None:
    file = write(tmp_path, protocol=PLUGIN, near="") / "protocol.py"
    told = {"scenario": "lenet5", "objectives": {"time_ps": "min"}, "parameters": {"first": [0]}}
    study = Study.model_validate(told | {"fixed": {"soc.imac.protocol": str(file)}})
    if others:  # several stand in one text, as the completion lab takes them
        lab = {"scenario": "completion_lab", "fixed": {"schemes": f"{file}{others}"}}
        study = Study.model_validate(told | lab | {"parameters": {"clocks": ["4 GHz"]}})
    settings = {name: "0" if name == "first" else "4 GHz" for name in study.parameters}
    keys = set()
    for text in ("", "NUMBER = 1", "NUMBER = 2"):
        write(tmp_path, near=text)
        keys.add(Asked(study, settings).key)
    assert len(keys) == 3


@pytest.mark.parametrize("folder", ["", "pack"])
def test_workers_that_outlive_a_change_compute_with_it(tmp_path: Path, folder: str) -> None:
    story, dots = (tmp_path / "pack", ".") if folder else (tmp_path, "")
    write(story, mine=MINE.replace("from near", f"from {dots}near"), near="FACTOR = 2")
    if folder:
        write(tmp_path, pack_="")
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        found = []
        for text in ("FACTOR = 2", "FACTOR = 3", "FACTOR = 3"):
            write(story, near=text)
            address = cluster.scheduler_address
            found.append(sweep(mine(story), tmp_path / "runs", scheduler=address).records)
    times = [[one.measures["time_ps"] for one in records] for records in found]
    assert times == [[2, 4], [3, 6], [3, 6]]
    keys = [{one.key for one in records} for records in found]
    assert not keys[0] & keys[1]
    assert keys[1] == keys[2]
