"""A sweep from its study to its records; the same call goes on where another one ended.

    found = sweep(read_study(Path("mine.toml")), Path("runs/mine"), workers=2)

In a script of one's own it belongs below `if __name__ == "__main__":`, since workers are processes
that import the script.

Checked by: tests/scenarios/test_sweep.py, tests/scenarios/test_sweep_killed.py
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cosim.errors import ConfigError, DataError
from cosim.names import hint
from scenarios.running.run_folder import check_writable, replace_text
from scenarios.sweep import search
from scenarios.sweep.beginnings import Beginnings
from scenarios.sweep.cluster import Engine, engine, greet
from scenarios.sweep.records import Asked, Record, Status, Store, hash_of
from scenarios.sweep.search import Found, Point
from scenarios.sweep.study import Study

LAYERS = "layers."
STUDY, POINTS, LOCK = "study.json", "points.json", ".lock"

Tell = Callable[[Record, bool, int], None]
"""Told each point's record once, whether it was there before this call, and how many points the
sweep has: fewer than its search asks for when that finds some twice."""


def silent(record: Record, was_there: bool, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Sweep:
    """A study and the records of its points, in the order in which the search chose them."""

    study: Study
    records: Sequence[Record]

    @property
    def done(self) -> list[Record]:
        """Points that ran to their end and measured every objective."""
        wanted = set(self.study.objectives)
        return [
            record
            for record in self.records
            if record.status is Status.DONE and wanted <= set(record.measures)
        ]

    @property
    def failed(self) -> list[Record]:
        """Points without a result."""
        return [record for record in self.records if record.status is not Status.DONE]

    @property
    def feasible(self) -> list[Record]:
        """Points that were measured and hold every constraint."""
        bounds = self.study.bounds
        return [one for one in self.done if all(bound.holds(one.measures) for bound in bounds)]

    @property
    def front(self) -> list[Record]:
        """The feasible points that no other one beats in one objective and equals in the rest."""
        costs = {record.key: self.costs(record) for record in self.feasible}
        return [
            record
            for record in self.feasible
            if not any(_beats(other, costs[record.key]) for other in costs.values())
        ]

    def best(self, objective: str = "") -> Record:
        """Return the best feasible point for an objective, the first if none is named.

        Raises ConfigError if there is no such objective, DataError if no point is feasible.
        """
        name = objective or next(iter(self.study.objectives))
        if name not in self.study.objectives:
            raise ConfigError(
                f"{name} must be an objective of the study: {', '.join(self.study.objectives)}"
            )
        place = list(self.study.objectives).index(name)
        if not self.feasible:
            raise DataError(
                f"none of {len(self.records)} points was measured and holds every constraint"
            )
        return min(self.feasible, key=lambda record: self.costs(record)[place])

    def costs(self, record: Record) -> tuple[float, ...]:
        """Return the objectives of a point as numbers to be made small."""
        return tuple(
            record.measures[name] if direction == "min" else -record.measures[name]
            for name, direction in self.study.objectives.items()
        )


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def sweep(
    study: Study,
    folder: Path,
    *,
    workers: int = 1,
    scheduler: str = "",
    retry: bool = False,
    tell: Tell = silent,
) -> Sweep:
    """Run every point of a study that has no record in `folder`; with `retry`, failed ones too.

    Raises DataError if the folder cannot be written or another sweep is at work in it, ConfigError
    if the scheduler does not answer, ClusterLost if it goes away.
    """
    if scheduler:
        greet(scheduler)
    check_writable(folder)
    with _alone(folder):
        replace_text(folder / STUDY, study.model_dump_json(indent=2) + "\n")
        store = Store(folder)
        store.clean()
        known = store.read()
        if retry:
            known = {key: one for key, one in known.items() if one.status is Status.DONE}
        beginnings = Beginnings(study, folder)
        with ExitStack() as stack:
            begin = cache(
                lambda: stack.enter_context(engine(study, beginnings, workers, scheduler))
            )
            work = _Work(study, folder, store, known, beginnings, begin, tell)
            found = Sweep(study, work.run())
        beginnings.clear()
        return found


def read_sweep(folder: Path) -> Sweep:
    """Return what a folder holds of a sweep; raises DataError if it is none."""
    try:
        study = Study.model_validate_json((folder / STUDY).read_bytes())
        order = TypeAdapter(list[str]).validate_json((folder / POINTS).read_bytes())
    except OSError as error:
        raise DataError(f"{folder} must be the folder of a sweep: {error.strerror}") from None
    except ValidationError:
        raise DataError(
            f"{folder} must be the folder of a sweep; {STUDY} or {POINTS} in it is damaged; "
            "`cosim sweep` writes them anew and keeps what was finished"
        ) from None
    known = Store(folder).read()
    return Sweep(study, [known[key] for key in order if key in known])


class _Work:
    """One call of `sweep`."""

    def __init__(
        self, study: Study, folder: Path, store: Store, known: dict[str, Record],
        beginnings: Beginnings, begin: Callable[[], Engine], tell: Tell,
    ) -> None:  # fmt: skip
        self.study = study
        self.folder = folder
        self.store = store
        self.known = known
        self.beginnings = beginnings
        self.begin = begin
        self.tell = tell
        self.total = study.total
        self.order: dict[str, Point] = {}
        self.refused: dict[str, Record] = {}

    def run(self) -> list[Record]:
        """Run what the search asks for until it asks for no more."""
        chosen = search.points(self.study)
        batch = next(chosen, None)
        while batch is not None:
            found = self._batch(batch)
            try:
                batch = chosen.send(found)
            except StopIteration:
                batch = None
        return [self.known[key] for key in self.order]

    def _batch(self, points: Sequence[Point]) -> Found:
        """Run the points that have no record; return what all of them measured."""
        keys = [self._key(point) for point in points]
        pairs = zip(keys, points, strict=True)
        new = {key: point for key, point in pairs if key not in self.order}
        self.total -= len(points) - len(new)
        self.order |= new
        replace_text(self.folder / POINTS, json.dumps([*self.order]))
        asked = {}
        for key, point in new.items():
            if key in self.known:
                self.tell(self.known[key], True, self.total)
            elif key in self.refused:
                self._keep(self.refused[key])
            else:
                asked[key] = point
        if asked:  # a cluster takes seconds to begin
            for record in self.begin().run(asked):
                self._keep(record)
        measured = (self.known[key] for key in keys)
        return [one.measures if one.status is Status.DONE else None for one in measured]

    def _key(self, point: Point) -> str:
        """Return a point's key; what makes no configuration is a failed point at once."""
        try:
            asked = Asked(self.study, point)
        except ConfigError as refusal:
            key = f"refused-{hash_of(point)}"
            self.refused[key] = Record(key, point, Status.FAILED, error=str(refusal))
            return key
        key = asked.key
        self.beginnings.expect(key, asked)
        return key

    def _keep(self, record: Record) -> None:
        self.store.keep(record)
        self.known[record.key] = record
        if record.status is Status.DONE:
            check_measured(self.study, record)
        self.tell(record, False, self.total)


def check_measured(study: Study, record: Record) -> None:
    """Raise ConfigError if a finished point lacks an objective or a bounded measure.

    Layers are another matter: a machine without co-processor has others.
    """
    for table, names in (("objectives", study.objectives), ("constraints", study.constraints)):
        for name in names:
            if name not in record.measures and not name.startswith(LAYERS):
                raise ConfigError(
                    f"{table}.{name} must be something that {study.scenario} measures"
                    f"{hint(name, record.measures)}; `cosim export` shows all names"
                )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which goes with its process; raises DataError if another has it."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{folder} must be used by one sweep at a time; wait for the other, or choose "
                "another folder with --out"
            ) from None
        yield
