"""The command `cosim claims`, as the command line declares it."""

from pathlib import Path
from typing import Annotated

import typer

from scenarios.running import arguments

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="these, or all that begin with a word, as table6"),
]
Listed = Annotated[bool, typer.Option("--list", help="show the claims and run nothing")]
Quick = Annotated[bool, typer.Option("--quick", help="leave out what takes minutes: VGG-16")]
Images = Annotated[int, typer.Option(min=1, help="digits that the simulated machines see")]
Json = Annotated[Path | None, typer.Option("--json", help="keep everything here")]
Markdown = Annotated[Path | None, typer.Option(help="keep the table here, as Markdown")]
Page = Annotated[Path | None, typer.Option("--report", help="folder for a page")]


def claims(
    names: Names = None,
    listed: Listed = False,
    quick: Quick = False,
    images: Images = 10,
    seed: arguments.Seed = 0,
    json: Json = None,
    markdown: Markdown = None,
    report: Page = None,
) -> None:
    """Measure what the papers claim, and say of each number whether it agrees."""
    from scenarios.claims.examining import Wanted, examine

    examine(Wanted(tuple(names or ()), listed, quick, images, seed, json, markdown, report))
