"""Run folders appear complete or not at all, and never change one another."""

import fcntl
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from cosim.errors import DataError
from scenarios.running.run_folder import RunFolder, drop_abandoned, locate

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


WRITING = """
import sys, time
from pathlib import Path
from scenarios.running.run_folder import RunFolder
with RunFolder(Path(sys.argv[1]), "blink", sys.argv[2]) as folder:
    folder.write_text("half", "written")
    print(folder.path, flush=True)
    sys.stdin.read()
"""


@contextmanager
def writing(root: Path, key: str = "key") -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Give another process that writes a run's folder, and where."""
    words = [sys.executable, "-c", WRITING, str(root), key]
    with subprocess.Popen(
        words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        if process.stdin is not None:
            process.stdin.close()


def kept(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "blink").iterdir())


def test_what_a_killed_process_was_writing_is_dropped_by_the_next_run(tmp_path: Path) -> None:
    with writing(tmp_path) as (process, left):
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (left / "half").exists()
        with RunFolder(tmp_path, "blink", "key", NOON) as folder:
            assert kept(tmp_path) == [folder.path.name]
    assert kept(tmp_path) == ["20260131-120000-2c70e12b", "latest"]


def test_what_a_running_process_writes_is_left_and_published(tmp_path: Path) -> None:
    with writing(tmp_path) as (process, theirs):
        with RunFolder(tmp_path, "blink", "other", NOON):
            pass
        assert (theirs / "half").read_text() == "written"
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert not theirs.exists()
    assert len(kept(tmp_path)) == 3


def test_a_process_that_has_another_s_number_hides_nothing(tmp_path: Path) -> None:
    left = tmp_path / "blink" / f".20250131-120000-2c70e12b.{platform.node()}.{os.getpid()}.partial"
    left.mkdir(parents=True)
    drop_abandoned(tmp_path / "blink")
    assert not left.exists()


@pytest.mark.parametrize("name", [".20250131-1-2.elsewhere.7.partial", ".partial", "some.partial"])
def test_what_is_not_surely_abandoned_is_left(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    drop_abandoned(tmp_path)
    assert (tmp_path / name).exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    link = tmp_path / f".20250131-1-2.{platform.node()}.7.partial"
    link.symlink_to(tmp_path / "precious")
    drop_abandoned(tmp_path)
    assert (tmp_path / "precious" / "file").exists()
    assert link.is_symlink()


def test_runs_that_begin_while_others_drop_lose_nothing(tmp_path: Path) -> None:
    """A folder exists for a moment before it is locked: who drops it then must not win."""
    stopped = threading.Event()

    def drop() -> None:
        while not stopped.is_set():
            drop_abandoned(tmp_path / "blink")

    others = [threading.Thread(target=drop) for _ in range(2)]
    for other in others:
        other.start()
    try:
        for number in range(300):
            with RunFolder(tmp_path, "blink", f"{number}", NOON) as folder:
                folder.write_text("manifest.json", f"{number}")
            assert (folder.final / "manifest.json").read_text() == f"{number}"
    finally:
        stopped.set()
        for other in others:
            other.join()


def test_who_locks_a_folder_too_late_does_not_drop_the_one_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / f".20250131-1-2.{platform.node()}.7.partial"
    folder.mkdir()
    lock = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        """Another one drops the folder, and its writer makes it again, before the lock is held."""
        folder.rmdir()
        folder.mkdir()
        (folder / "manifest.json").touch()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    drop_abandoned(tmp_path)
    assert (folder / "manifest.json").exists()


def test_where_locks_do_not_work_a_run_is_kept_and_nothing_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    left = tmp_path / "blink" / f".20250131-1-2.{platform.node()}.7.partial"
    left.mkdir(parents=True)
    with RunFolder(tmp_path, "blink", "key", NOON) as folder:
        folder.write_text("manifest.json", "{}")
    assert left.exists()
    assert (folder.final / "manifest.json").exists()
