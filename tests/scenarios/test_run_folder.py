"""Run folders appear complete or not at all, and never change one another."""

from datetime import datetime
from pathlib import Path

import pytest

from cosim.errors import DataError
from scenarios.running.run_folder import RunFolder, locate

NOON = datetime(2026, 1, 31, 12, 0, 0)


def test_the_name_is_time_and_hash_of_what_decides_the_result(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "blink", "key", NOON)
    # sha256("key") = 2c70e12b7a0646f92279f427c7b38e73...
    assert folder.final == tmp_path / "blink" / "20260131-120000-2c70e12b"


def test_nothing_is_seen_until_the_block_ends(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "blink", "key", NOON) as folder:
        folder.write_text("manifest.json", "{}")
        assert not folder.final.exists()
    assert (folder.final / "manifest.json").read_text() == "{}"


def test_an_error_takes_everything_back(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "blink", "key", NOON)
    folder.__enter__()
    folder.write_text("manifest.json", "{}")
    folder.__exit__(RuntimeError, RuntimeError(), None)
    assert list(tmp_path.iterdir()) == []


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    finals = []
    for text in ("first", "second"):
        with RunFolder(tmp_path, "blink", "key", NOON) as folder:
            folder.write_text("manifest.json", text)
        finals.append(folder.final)
    assert [final.name[-2:] for final in finals] == ["2b", "-2"]
    assert (finals[0] / "manifest.json").read_text() == "first"
    assert (tmp_path / "blink" / "latest").resolve() == finals[1]


def test_a_writer_that_fails_is_named_by_its_file(tmp_path: Path) -> None:
    with (
        RunFolder(tmp_path, "blink", "key", NOON) as folder,
        pytest.raises(DataError, match=r"trace.vcd cannot be written: No such file"),
    ):
        folder.write_text("no/trace.vcd", "")


def test_a_run_is_found_by_path_by_name_and_by_scenario(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "blink", "key", NOON) as folder:
        folder.write_text("manifest.json", "{}")
    for name in (str(folder.final), f"blink/{folder.final.name}", "blink"):
        assert locate(name, tmp_path).resolve() == folder.final


def test_a_run_that_does_not_exist_names_those_that_do(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "blink", "key", NOON) as folder:
        folder.write_text("manifest.json", "{}")
    with pytest.raises(DataError, match="vgg16 must be a run's folder .* holds blink"):
        locate("vgg16", tmp_path)
