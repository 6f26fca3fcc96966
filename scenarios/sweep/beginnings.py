"""Which points of a sweep begin alike, and the checkpoints at which the others go on.

Points that differ in the co-processor alone run the same until its first access. The first of them
leaves a checkpoint there, the others wait for it and go on from there: warm. Results are the same
either way (scenarios/running/prefix.py), so nothing but time depends on who was first, on how many
workers there are, or on what was killed.

Checked by: tests/scenarios/test_sweep_warm.py, tests/scenarios/test_sweep_killed.py
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cosim.errors import DataError
from scenarios.running import prefix
from scenarios.running.checkpoint import Checkpoint
from scenarios.sweep.records import COLD, WARM, Asked, Record, Status, hash_of
from scenarios.sweep.study import Study

FOLDER = "beginnings"
SUFFIX = ".checkpoint"

WORTH = 100_000
"""Instructions of a beginning that is worth keeping. Measured: LeNet-5's 150,000 take 70 ms, to go
on behind them takes 30 ms, and to leave the checkpoint 60 ms, once."""


class Start(NamedTuple):
    """How a point begins, in words; the checkpoint that it goes on from; whether it leaves one."""

    told: str
    checkpoint: bytes = b""
    leaves: bool = False


class Ended(NamedTuple):
    """A point's record, the checkpoint that it left, and why it left none."""

    record: Record
    left: bytes = b""
    why: str = ""


def unfit(study: Study, held: Checkpoint) -> str:
    """Return why a checkpoint is not worth going on from; "" if it is."""
    taken = int(held.machine["modules"]["soc.core"]["more"]["taken"])
    if held.run["accesses"]:
        return "the co-processor was busy when the first access came"
    if study.warm == "auto" and taken < WORTH:
        return f"a beginning of {taken:,} instructions is run again as soon as it is read"
    return ""


def beginning_of(asked: Asked) -> tuple[str, str]:
    """Return a name for all that a point does before its first access, and why it has none."""
    study, config = asked.study, asked.config
    if study.warm == "never":
        return "", "the study wants it so"
    if not study.story.resumes:
        return "", f"{study.scenario} leaves no checkpoints"
    if not config.soc.imac.enabled:
        return "", "it has no co-processor"
    if config.soc.faults.is_active:
        return "", "faults strike from time 0 on"
    before = [(path, value) for path, value in asked.values if not prefix.is_aside(path)]
    return hash_of([*asked.circumstances, before]), ""


class Beginnings:
    """The beginnings of a sweep's points, and the checkpoints below its folder."""

    def __init__(self, study: Study, folder: Path) -> None:
        self._is_one = all(map(prefix.is_aside, study.parameters))
        self._study = study
        self._folder = folder / FOLDER
        self._kept = {_beginning(file): file for file in self._folder.glob(f"*{SUFFIX}")}
        self._under_way: dict[str, str] = {}
        self._why: dict[str, str] = {}
        self._named: dict[str, tuple[str, str]] = {}
        self._alike: Counter[str] = Counter()

    def expect(self, key: str, asked: Asked) -> None:
        """Learn of a point that may be run."""
        self._named[key] = beginning_of(asked)

    def begin(self, keys: Iterable[str]) -> None:
        """Learn which points are to be run side by side."""
        self._alike = Counter(self._named[key][0] for key in keys)

    def start(self, key: str) -> Start | None:
        """Return how a point begins; None while another one is on the way to their checkpoint."""
        name, why = self._named[key]
        if not name:
            return Start(COLD + why)
        if name in self._kept:
            return self._warm(self._kept[name])
        if name in self._why:
            return Start(COLD + self._why[name])
        if self._alike[name] == 1 and not self._is_one:
            return Start(COLD + "no other point begins like it")
        if name in self._under_way:
            return None
        self._under_way[name] = key
        return Start(COLD + "the first of those that begin like it", leaves=True)

    def end(self, key: str, ended: Ended | None) -> None:
        """Learn how a point ended; None if it was lost. Keeps its checkpoint.

        Raises DataError if that cannot be written.
        """
        name, _ = self._named[key]
        if self._under_way.get(name) != key:
            return
        del self._under_way[name]
        if ended is None or ended.record.status is not Status.DONE:
            return  # the next one tries
        if ended.left:
            self._kept[name] = self._write(f"{name}-{key}{SUFFIX}", ended.left)
        else:
            self._why[name] = ended.why

    def clear(self) -> None:
        """Drop all checkpoints: every point has its record."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _warm(self, file: Path) -> Start:
        key = file.stem.partition("-")[2]
        try:
            return Start(WARM + key, file.read_bytes())
        except OSError as error:
            return Start(f"{COLD}{file.name} cannot be read: {error.strerror}")

    def _write(self, name: str, content: bytes) -> Path:
        file = self._folder / name
        part = file.with_suffix(".part")
        try:
            self._folder.mkdir(exist_ok=True)
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise DataError(
                f"{file} cannot be written: {error.strerror}; what was finished before is kept; "
                "make room and give the same command again"
            ) from None
        return file


def _beginning(file: Path) -> str:
    return file.stem.partition("-")[0]
