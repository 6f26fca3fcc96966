"""Records: whole or not at all, named by what decides them."""

import os
from pathlib import Path

import pytest

from cosim.errors import DataError
from scenarios.sweep import records
from scenarios.sweep.records import Asked, Record, Status, Store
from scenarios.sweep.study import Settings, Study
from tests.scenarios.valleys import study

RECORD = Record("abc", {"x": "1"}, Status.DONE, {"time_ps": 7, "ipc": 0.25}, "", 1.5, "on here")


def key_of(asked: Study, settings: Settings) -> str:
    return Asked(asked, settings).key


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep(RECORD)
    failed = Record("def", {"x": "2"}, Status.FAILED, error='it\'s "odd"\nand has two lines')
    store.keep(failed)
    assert Store(tmp_path).read() == {"abc": RECORD, "def": failed}


def test_a_key_tells_settings_seed_images_and_scenario_apart() -> None:
    settings = {"x": "1", "y": "2"}
    keys = {
        key_of(study(), settings),
        key_of(study(), settings | {"x": "2"}),
        key_of(study(seed=1), settings),
        key_of(study(images=2), settings),
        key_of(study(scenario="lenet5", parameters={"first": [1]}), {"first": "1"}),
    }
    assert len(keys) == 5


def test_a_key_is_of_the_configuration_not_of_how_it_is_written() -> None:
    assert key_of(study(), {"x": "1", "y": "0"}) == key_of(study(), {"y": "0", "x": "01"})
    assert key_of(study(), {"x": "1", "y": "0"}) == key_of(study(fixed={"x": "1"}), {"y": "0"})


def test_other_code_makes_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(study(), {"x": "1"})
    monkeypatch.setattr(records, "code", lambda: "other")
    assert key_of(study(), {"x": "1"}) != before


def test_another_input_file_makes_another_key(tmp_path: Path) -> None:
    weights = tmp_path / "weights.npz"
    asked = study(scenario="lenet5", parameters={"first": [0]}, fixed={"weights": str(weights)})
    weights.write_bytes(b"one")
    before = key_of(asked, {"first": "0"})
    weights.write_bytes(b"two")
    assert key_of(asked, {"first": "0"}) != before


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.keep(RECORD)

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device; what was finished before"):
        store.keep(Record("new", {"x": "3"}, Status.DONE))
    assert list(Store(tmp_path).read()) == ["abc"]
    assert [file.name for file in store.folder.iterdir()] == ["abc.parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a record at all"])
def test_a_damaged_file_is_set_aside_and_its_point_forgotten(
    tmp_path: Path, content: bytes
) -> None:
    store = Store(tmp_path)
    store.keep(RECORD)
    (store.folder / "bad.parquet").write_bytes(content)
    (store.folder / "torn.part").write_bytes(b"PAR1")
    assert list(store.read()) == ["abc"]
    assert store.damaged == 1
    assert len(list(store.folder.iterdir())) == 3  # who reads changes nothing
    store.clean()
    assert sorted(one.name for one in store.folder.iterdir()) == ["abc.parquet", "bad.damaged"]
