"""What a sweep keeps: one Parquet file for each finished point, which appears whole or not at all.

Its name is the hash of all that decides the result: scenario, resolved configuration, images, seed,
the code of this package, and the content of files that the configuration names and of what a
scenario or plug-in of a user's own imports (sources.py).

Checked by: tests/scenarios/test_sweep_records.py, tests/scenarios/test_sweep_killed.py
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cosim.config import rows
from cosim.errors import DataError
from cosim.registry import SUFFIX
from scenarios.running.manifest import sha256, versions
from scenarios.sweep.sources import OURS, Source, renew, sources
from scenarios.sweep.study import Settings, Study

CODE = (".py", ".csv", ".npz", ".toml")
"""Ends of the names of files that decide a result."""

PART = ".part"

WARM, COLD = "warm from ", "cold: "
"""How `Record.start` begins: a key follows, or a reason."""


class Status(StrEnum):
    """How a point ended: with measures, with an error of its own, or by killing its workers."""

    DONE = "done"
    FAILED = "failed"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Record:
    """One finished point.

    `seconds` is what it took; `log` is where it ran and what was said; `start` is where it went on
    from, or why it began at time 0; `memory_bytes` is the most that its worker had held by its end.
    """

    key: str
    settings: Settings
    status: Status
    measures: Mapping[str, float] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0
    log: str = ""
    start: str = ""
    memory_bytes: int = 0

    @property
    def is_warm(self) -> bool:
        """Whether it went on from another point's checkpoint."""
        return self.start.startswith(WARM)


class Asked:
    """A point that is to be run: its configuration, and a name for all that decides its result.

    Raises ConfigError if the settings make no configuration.
    """

    def __init__(self, study: Study, settings: Settings) -> None:
        self.study = study
        self._configure(settings)
        if renew(self._sources):
            self._configure(settings)  # with the classes that the files have now

    def _configure(self, settings: Settings) -> None:
        self.config: Any = self.study.configured(settings)
        told = [(row.path, row.value) for row in rows(self.config)]
        self.values = [(path, str(value)) for path, value in told]
        self._texts = [value for _, value in told if isinstance(value, str) and value]

    @property
    def key(self) -> str:
        """The name of its record."""
        return hash_of([*self.circumstances, self.values])

    @cached_property
    def circumstances(self) -> list[object]:
        """All that decides its result beside its configuration."""
        study = self.study
        inputs = {name: sha256(Path(name)) for name in self._texts if Path(name).is_file()}
        own = sorted((one.name, one.sha256) for one in self._sources)
        asked = [study.scenario, study.images, study.seed, study.mode]
        return [*asked, inputs, own, code(), libraries()]

    @cached_property
    def _sources(self) -> set[Source]:
        """The Python files of a user's own behind it: scenario, plug-ins, and what they import."""
        told = [self.study.scenario, *(one for text in self._texts for one in text.split(";"))]
        files = {Path(one.strip().partition(":")[0]) for one in told}
        return set().union(
            *(sources(one) for one in files if one.suffix == SUFFIX and one.is_file())
        )


def hash_of(told: object) -> str:
    """Return a name for anything that JSON can tell."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


@cache
def libraries() -> list[str | None]:
    """Return the versions of the libraries that compute."""
    known = versions()
    return [known.get(name) for name in ("numpy", "numba", "scipy", "simpy")]


@cache
def code() -> str:
    """Return the hash of this package's own files."""
    root = Path(__file__).parents[2]
    total = hashlib.sha256()
    for package in OURS:
        for file in sorted((root / package).rglob("*")):
            if file.suffix in CODE and "__pycache__" not in file.parts:
                total.update(f"{file.relative_to(root)} {sha256(file)}\n".encode())
    return total.hexdigest()


class Store:
    """The records below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "records"
        self.damaged = 0
        """Files that were found to be no records."""

    def keep(self, record: Record) -> None:
        """Write a record; a reader sees none of it or all. Raises DataError if that fails."""
        import pyarrow as pa
        from pyarrow import parquet

        told = {name: json.dumps(dict(getattr(record, name))) for name in ("settings", "measures")}
        row = vars(record) | told
        table = pa.table({name: [value] for name, value in row.items()})
        path = self.folder / f"{record.key}.parquet"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=PART, delete=False) as file:
                part = Path(file.name)
                try:
                    parquet.write_table(table, file)
                    file.flush()
                    os.fsync(file.fileno())
                    part.replace(path)
                except BaseException:
                    part.unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise DataError(
                f"{path} cannot be written: {error.strerror}; what was finished before is kept; "
                "make room and give the same command again"
            ) from None

    def clean(self) -> None:
        """Drop what a write that was killed has left; only for who alone writes here."""
        for part in self.folder.glob(f"*{PART}"):
            part.unlink(missing_ok=True)
        for file in self.folder.glob("*.parquet"):
            if not _is_record(file):
                file.replace(file.with_suffix(".damaged"))

    def read(self) -> dict[str, Record]:
        """Return all records by key; a file that is none is left out, and counted."""
        files = sorted(self.folder.glob("*.parquet"))
        if not files:
            return {}
        import duckdb

        try:
            found = _read(files)
        except duckdb.Error:  # some file is no record
            found = [record for file in files for record in self._read_alone(file)]
        return {record.key: record for record in found}

    def _read_alone(self, file: Path) -> list[Record]:
        if _is_record(file):
            return _read([file])
        self.damaged += 1
        return []


def _is_record(file: Path) -> bool:
    import duckdb

    try:
        return bool(_read([file]))
    except duckdb.Error:
        return False


def _read(files: Iterable[Path]) -> list[Record]:
    import duckdb

    names = list(Record.__dataclass_fields__)
    asked = f"SELECT {', '.join(names)} FROM read_parquet(?) ORDER BY key"
    with duckdb.connect() as base:
        told = base.execute(asked, [[str(file) for file in files]]).fetchall()
    return [_record(dict(zip(names, row, strict=True))) for row in told]


def _record(row: dict[str, Any]) -> Record:
    for name in ("settings", "measures"):
        row[name] = json.loads(row[name])
    row["status"] = Status(row["status"])
    return Record(**row)
