"""The folder of one run: it appears complete, under a name of its own, or not at all.

Everything is written into a hidden sibling that is renamed at the end, so an error, a full disk
or Ctrl-C leaves nothing half-written, and no earlier run is ever changed. What a killed process
left there is dropped by the next run of the same story on the same machine: who writes holds the
sibling's lock, which the system takes back when a process ends, however it ends.
Checked by: tests/scenarios/test_run_folder.py
"""

import contextlib
import fcntl
import glob
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from cosim.errors import DataError

LATEST = "latest"
"""Name of the link to a scenario's last finished run."""

PARTIAL = ".partial"
"""End of the name of a folder that is being written, behind the machine and the process."""

NO_LOCK = -1
"""In place of a lock's descriptor before there is one."""


class RunFolder:
    """A folder `root/story/<time>-<hash>` being written; a context manager.

    `path` is where to write. When the block ends without an error the folder takes its final
    name, `final`, and the link `latest` beside it is turned to it.
    Raises DataError if the folder cannot be written.
    """

    def __init__(self, root: Path, story: str, key: str, now: datetime | None = None) -> None:
        digest = hashlib.sha256(key.encode()).hexdigest()[:8]
        self.parent = root / story
        self.name = f"{now or datetime.now():%Y%m%d-%H%M%S}-{digest}"
        self.path = self.parent / f".{self.name}.{platform.node()}.{os.getpid()}{PARTIAL}"
        self.final = self.parent / self.name
        self._lock = NO_LOCK

    def __enter__(self) -> Self:
        check_writable(self.parent)
        drop_abandoned(self.parent)
        self._lock = _claimed(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._publish()
                return
            shutil.rmtree(self.path, ignore_errors=True)
            with contextlib.suppress(OSError):  # not empty: earlier runs are there
                self.parent.rmdir()
        finally:
            os.close(self._lock)

    def write(self, name: str, writer: Callable[[Path], None]) -> None:
        """Let `writer` write the file `name`; raises DataError if that fails."""
        try:
            writer(self.path / name)
        except OSError as error:
            raise DataError(f"{self.final / name} cannot be written: {error.strerror}") from None

    def write_text(self, name: str, text: str) -> None:
        """Write a text file."""
        self.write(name, lambda path: write_text(path, text))

    def _publish(self) -> None:
        """Give the folder its final name, which no other run has, and turn the link."""
        for count in range(2, 1000):
            try:
                self.path.rename(self.final)
                break
            except OSError:
                if not self.final.exists():
                    raise
                self.final = self.parent / f"{self.name}-{count}"
        link = self.parent / f".{LATEST}.{os.getpid()}"
        link.unlink(missing_ok=True)
        link.symlink_to(self.final.name, target_is_directory=True)
        link.replace(self.parent / LATEST)


def drop_abandoned(parent: Path) -> None:
    """Delete what processes of this machine that are gone were writing below a folder.

    One whose lock is held is being written. Another machine's is left: its lock may not be seen.
    """
    for folder in parent.glob(f".*.{glob.escape(platform.node())}.*{PARTIAL}"):
        with contextlib.suppress(OSError):  # held, no folder, another's, or dropped meanwhile
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(lock, folder):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _claimed(folder: Path) -> int:
    """Make a folder and hold its lock; return the lock's descriptor."""
    while True:
        folder.mkdir(parents=True)  # a run beside it that fails takes an empty parent away
        with contextlib.suppress(FileNotFoundError):  # dropped before it was locked
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            with contextlib.suppress(OSError):  # no locks here: nobody can drop it either
                fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_at(lock, folder):
                return lock
            os.close(lock)


def _is_at(lock: int, folder: Path) -> bool:
    """Return whether a locked folder is still there, not dropped and another one in its place."""
    try:
        return os.path.samestat(os.fstat(lock), folder.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def check_writable(folder: Path) -> None:
    """Make a folder if need be; raises DataError unless files can be made in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise DataError(
            f"{folder} must be a folder that can be written: {error.strerror}; "
            "choose another with --out"
        ) from None


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a file to write; a reader of `path` sees the old one or the whole new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a text file; a reader sees the old one or the whole new one. Raises OSError."""
    with replaced(path) as part:
        write_text(part, text)


def locate(run: str, root: Path) -> Path:
    """Return the folder of a run that was kept, given its path, `story/run` or a story's name.

    A story's name means its last run. Raises DataError if there is none.
    """
    for folder in (Path(run), root / run, root / run / LATEST):
        if (folder / "manifest.json").is_file():
            return folder
    raise DataError(
        f"{run} must be a run's folder or a scenario that was run; {root} holds "
        f"{', '.join(_stories(root)) or 'none'}"
    )


def _stories(root: Path) -> list[str]:
    return sorted(link.parent.name for link in root.glob(f"*/{LATEST}"))


def write_text(path: Path, text: str) -> None:
    """Write a text file, in the one encoding that all files of a run have."""
    path.write_text(text, encoding="utf-8")
