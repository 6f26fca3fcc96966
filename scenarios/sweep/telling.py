"""What the terminal shows of a sweep: how far it is, the best so far, and the end."""

import shlex
import time
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cosim.units import show_time
from scenarios.running.progress import Progress
from scenarios.showing.tables import listed, show_energy
from scenarios.sweep.records import Record, Status
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import Sweep

SHOWN = 10
"""Points of a table in the terminal; the page and the exports have all."""


def shown(name: str, value: float) -> str:
    """Return a measure for people; the end of its name tells the unit."""
    if name.endswith("_ps") or name == "time_ps":
        return show_time(round(value))
    if "energy_pj" in name or name.endswith("_pj"):
        return show_energy(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.5g}"


def heads(study: Study) -> list[str]:
    """Return the heads of a table of points: parameters by their last names, then objectives."""
    return [*(short(path, study.parameters) for path in study.parameters), *study.objectives]


def short(path: str, others: Iterable[str]) -> str:
    """Return an end of a path, of two names or more, that no other path has."""
    parts = path.split(".")
    ends = [".".join(parts[-length:]) for length in range(2, len(parts))]
    rest = [other for other in others if other != path]
    alone = (end for end in ends if not any(other.endswith(f".{end}") for other in rest))
    return next(alone, path)


def cells(study: Study, record: Record) -> list[str]:
    """Return the line of one measured point."""
    chosen = [record.settings[path] for path in study.parameters]
    return chosen + [shown(name, record.measures[name]) for name in study.objectives]


def command(study: Study, record: Record) -> str:
    """Return the command that runs a point by itself, with the same results."""
    words = ["cosim", "run", study.scenario, "--mode", study.mode, "--images", str(study.images)]
    words += ["--seed", str(study.seed)] if study.seed else []
    for path, text in (*study.fixed.items(), *record.settings.items()):
        words += ["--set", f"{path}={text}"]
    return shlex.join(words)


def log_of(record: Record) -> str:
    """Return where a point's log is, below the folder of its sweep."""
    return f"logs/{record.key}.txt"


def failures(found: Sweep) -> list[list[str]]:
    """Return the points without a result: settings, how they ended and why."""
    return [
        [*(one.settings[path] for path in found.study.parameters), one.status, one.error]
        for one in found.failed
    ]


def end(found: Sweep) -> Iterable[object]:
    """Yield what is printed about a finished sweep: the best points, failures, one sentence."""
    if found.done:
        yield best(found)
    if found.failed:
        yield listed(failure_heads(found.study), failures(found)[:SHOWN])
    yield summary(found)


def failure_heads(study: Study) -> list[str]:
    """Return the heads of a table of points without a result."""
    return [*(short(path, study.parameters) for path in study.parameters), "ended", "why"]


def best(found: Sweep) -> Table:
    """Return the points that nothing beats, or with one objective the best ones."""
    if len(found.study.objectives) > 1:
        chosen: Sequence[Record] = sorted(found.front, key=found.costs)
    else:
        chosen = sorted(found.feasible, key=found.costs)
    return listed(heads(found.study), [cells(found.study, one) for one in chosen[:SHOWN]])


def summary(found: Sweep) -> str:
    """Return in one sentence how the points ended."""
    counts = {status: sum(one.status is status for one in found.records) for status in Status}
    ended = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    warm = sum(one.is_warm for one in found.records)
    ended += f"; {warm} warm" if warm else ""
    feasible = f"; {len(found.feasible)} hold every constraint" if found.study.constraints else ""
    count = len(found.records)
    return f"{count} point{'s' if count != 1 else ''}: {ended or 'none'}{feasible}"


BEGINNING = "workers start, and compile once on a fresh machine"
"""What happens before the first point ends."""


class Watch:
    """Tells how far a sweep is: a table of the best so far on a terminal, else a line at times."""

    def __init__(
        self, study: Study, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._study = study
        self._records: list[Record] = []
        self._kept = 0
        self._progress = Progress(clock=clock)
        self._console = console
        self._live = Live(console=console, refresh_per_second=2) if console.is_terminal else None

    def __enter__(self) -> "Watch":
        told = Text(f"0 of {self._study.total} points; {BEGINNING}")
        if self._live is None:
            self._console.print(told)
        else:
            self._live.update(told)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
        self._progress.close()

    def __call__(self, record: Record, was_there: bool, total: int) -> None:
        """Take note of a point.

        What was there before does not count for the time that is left, nor what came before the
        end of the first point: workers that start and compile.
        """
        self._records.append(record)
        self._kept += was_there
        if not was_there and len(self._records) == self._kept + 1:
            self._progress.restart()
        ran, left = len(self._records) - self._kept - 1, total - self._kept - 1
        if self._live is None:
            warm = sum(one.is_warm for one in self._records)
            told = f"{len(self._records)} of {total} points" + (f", {warm} warm" if warm else "")
            self._progress(ran, left, told)
            return
        found = Sweep(self._study, self._records)
        elapsed_s = self._progress.elapsed_s
        ends = f"about {elapsed_s * (left - ran) / ran:.0f} s left" if ran > 0 else "end not known"
        line = f"{len(self._records)} of {total} points, {elapsed_s:.0f} s since the first, {ends}"
        self._live.update(Group(Text(f"{line}; {summary(found)}; best so far:"), best(found)))
