"""The commands `cosim sweep`, `cosim best` and `cosim export`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cosim.errors import DataError
from scenarios.running import arguments
from scenarios.running.run_folder import check_writable, replaced
from scenarios.scenario import Writer
from scenarios.sweep.sweeping import STUDY, Sweep, read_sweep
from scenarios.sweep.sweeping import sweep as run_sweep

File = Annotated[Path, typer.Argument(help="the study, a TOML file")]
Workers = Annotated[int, typer.Option(min=1, help="processes of this machine")]
Scheduler = Annotated[
    str, typer.Option(help="address of a running Dask scheduler, as tcp://host:8786")
]
Retry = Annotated[bool, typer.Option("--retry", help="run failed points again")]
Which = Annotated[str, typer.Argument(help="a sweep's folder, or the name of its study")]
Objective = Annotated[str, typer.Option(help="which of the study's; its first without one")]
Table = Annotated[Path, typer.Argument(help="where the points go: .csv or .parquet")]

NOTHING = 1
"""Exit code of a sweep without any result."""


def sweep(
    file: File,
    workers: Workers = 2,
    scheduler: Scheduler = "",
    retry: Retry = False,
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Run a scenario over its parameters; the same command goes on where another one ended."""
    from scenarios.sweep import telling
    from scenarios.sweep.study import read_study

    study = read_study(file)
    folder = out / f"sweep-{file.stem}"
    console = Console()
    with telling.Watch(study, Console(stderr=True)) as watch:
        found = run_sweep(
            study, folder, workers=workers, scheduler=scheduler, retry=retry, tell=watch
        )
    _show(folder, found, console)
    console.print(f"kept in {folder}, with report.html", soft_wrap=True)
    if not found.done:
        raise typer.Exit(NOTHING)


def best(which: Which, objective: Objective = "", out: arguments.Out = arguments.RUNS) -> None:
    """Tell the best point of a sweep, as `--set` takes it."""
    from scenarios.sweep.telling import command, shown

    found = _found(which, out)
    chosen = found.best(objective)
    console = Console()
    study = found.study
    console.print(command(study, chosen), soft_wrap=True)
    for name in found.study.objectives:
        console.print(f"{name}: {shown(name, chosen.measures[name])}")


def export(which: Which, table: Table, out: arguments.Out = arguments.RUNS) -> None:
    """Write every point of a sweep as a table: settings, how it ended, every measure."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    found = _found(which, out)
    names = sorted({name for one in found.records for name in one.measures})
    columns = {
        "key": [one.key for one in found.records],
        **{path: [one.settings[path] for one in found.records] for path in found.study.parameters},
        "status": [str(one.status) for one in found.records],
        "error": [one.error for one in found.records],
        "start": [one.start for one in found.records],
        "seconds": [one.seconds for one in found.records],
        "memory_bytes": [one.memory_bytes for one in found.records],
        **{name: [one.measures.get(name) for one in found.records] for name in names},
    }
    writers: dict[str, Writer] = {
        ".csv": lambda path: csv.write_csv(pa.table(columns), path),
        ".parquet": lambda path: parquet.write_table(pa.table(columns), path),
    }
    if table.suffix not in writers:
        raise DataError(f"{table} must end in .csv or .parquet")
    check_writable(table.parent)
    with replaced(table) as part:
        writers[table.suffix](part)
    Console().print(f"{len(found.records)} points in {table}", soft_wrap=True)


def report_sweep(folder: Path) -> None:
    """Write the page of a sweep again and show its best points."""
    console = Console()
    _show(folder, read_sweep(folder), console)
    console.print(f"drawn in {folder / 'report.html'}", soft_wrap=True)


def sweep_folder(which: str, out: Path) -> Path | None:
    """Return the folder of a sweep, given it or the name of its study; None if it is none."""
    for folder in (Path(which), out / which, out / f"sweep-{which}"):
        if (folder / STUDY).is_file():
            return folder
    return None


def _found(which: str, out: Path) -> Sweep:
    folder = sweep_folder(which, out)
    if folder is None:
        raise DataError(
            f"{which} must be the folder of a sweep, or the name of a study below {out}"
        )
    return read_sweep(folder)


def _show(folder: Path, found: Sweep, console: Console) -> None:
    """Write the page and the logs of a sweep, and print how it ended."""
    from scenarios.sweep.telling import end
    from scenarios.sweep.written import write

    write(folder, found)
    for told in end(found):
        console.print(told)
