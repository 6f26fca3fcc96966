"""The commands that look at finished runs: view, report, diff, why.

Checked by: tests/scenarios/test_cli.py, tests/scenarios/test_why.py,
            tests/scenarios/test_comparing.py
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cosim.errors import ConfigError
from scenarios.measures import activities
from scenarios.measures.metrics import read_metrics
from scenarios.measures.transactions import read_transactions
from scenarios.running import arguments
from scenarios.running.progress import Progress
from scenarios.running.run_folder import check_writable, locate
from scenarios.showing import tables
from scenarios.showing.aligning import without_transactions
from scenarios.showing.comparing import differences, story
from scenarios.showing.viewing import SAVE_FILE, show
from scenarios.showing.why import SLOWEST, Why
from scenarios.showing.why_told import reached, slowest, table_of, title
from scenarios.sweep.command import report_sweep, sweep_folder
from waveforms.report import write_page

PAIR = 2
"""Runs of which fewer cannot be compared."""

DIFFERENT = 1
"""Exit code of a comparison that finds something."""


def view(
    run: Annotated[str, typer.Argument(help="a run, one below it, or a scenario")],
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Open the waves of a run in GTKWave, or in Surfer."""
    alone = Path(run)
    show(alone if (alone / SAVE_FILE).is_file() else locate(run, out))


def report(
    runs: Annotated[list[str], typer.Argument(help="runs or scenarios")],
    page: Annotated[
        Path | None, typer.Option(help="keep several runs side by side as one HTML file")
    ] = None,
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Show what a run found, several runs side by side, or what a sweep found."""
    sweeps = {run: folder for run in runs if (folder := sweep_folder(run, out)) is not None}
    for folder in sweeps.values():
        report_sweep(folder)
    runs = [run for run in runs if run not in sweeps]
    folders = {run: locate(run, out) for run in runs}
    found = {run: read_metrics(folder / "metrics.json") for run, folder in folders.items()}
    console = Console()
    if page is not None:
        if len(found) < PAIR:
            raise ConfigError("--page compares runs: name two or more; each has its report.html")
        from scenarios.showing import side_by_side

        check_writable(page.parent)
        named = {Path(run).name: metrics for run, metrics in found.items()}
        write_page(page, side_by_side.page(named if len(named) == len(found) else found))
        console.print(f"kept in {page}", soft_wrap=True)
        return
    if len(found) > 1:
        console.print(tables.compared(found))
        if all((folder / activities.FILE).exists() for folder in folders.values()):
            from scenarios.measures import error_bars

            console.print("", error_bars.against(folders), sep="\n")
        return
    for metrics in found.values():
        for table in (tables.summary(metrics), *tables.chapters(metrics)):
            console.print(table, "")


def diff(
    first: Annotated[str, typer.Argument(help="a run or a scenario")],
    second: Annotated[str, typer.Argument(help="another")],
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Tell in what two runs differ, by layer and transaction; leaves with 1 if they do."""
    folders = locate(first, out), locate(second, out)
    with closing(Progress()) as progress:
        found, told = differences(*folders), story(*folders, progress)
    if found or told:
        console = Console()
        for sentence in (*told, *without_transactions(*folders)):
            console.print(sentence, soft_wrap=True)
        console.print("", tables.listed(("what", "first", "second", "change"), found), sep="\n")
        raise typer.Exit(DIFFERENT)


def why(
    run: Annotated[str, typer.Argument(help="a run or a scenario")],
    transaction: Annotated[
        str, typer.Argument(help=f"its number, an address as 0x1f40, or {SLOWEST}; none lists them")
    ] = "",
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Tell where the time of one access went, from the part that was asked down to the cause."""
    folder = locate(run, out)
    causes = Why(read_transactions(folder))
    metrics = read_metrics(folder / "metrics.json")
    console = Console()
    if not transaction:
        causes.check()
        with closing(Progress()) as progress:
            far = reached(causes, progress)
        console.print(far, "", slowest(causes, metrics), sep="\n")
        return
    number = causes.find(transaction)
    console.print(title(causes, number, metrics), "", table_of(causes, number), sep="\n")
