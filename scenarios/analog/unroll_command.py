"""The command `cosim unroll`: a network's convolutions as matrices in shared subarrays."""

from pathlib import Path
from typing import Annotated

import typer


def unroll(
    network: Annotated[str, typer.Argument(help="a network of the package, as vgg16")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="PATH=VALUE, as geometry.subarrays=8")
    ] = None,
    dense: Annotated[bool, typer.Option("--dense", help="its dense layers too")] = False,
    rewritten: Annotated[
        bool, typer.Option("--rewritten", help="write weights again where there are too few")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="folder of the picture")] = None,
) -> None:
    """Show where a network's convolutions lie in shared subarrays, and how many shots they take."""
    from rich.console import Console

    from scenarios.analog import unrolling
    from scenarios.analog.asked import configured
    from scenarios.networks.catalogue import known
    from scenarios.running.run_folder import check_writable
    from scenarios.showing.tables import listed

    chosen, config = known(network), configured(settings or ())
    found = unrolling.packing(chosen, config, with_dense=dense, rewritten=rewritten)
    folder = out or Path("maps") / chosen.name
    check_writable(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    unrolling.draw(folder / "unrolled.png", found, f"{chosen.name} unrolled")
    console = Console()
    table = unrolling.layers_table(chosen, config, found)
    wanted = unrolling.matrices(chosen, with_dense=dense)
    console.print(table.title, listed(table.columns, table.rows), sep="\n")
    console.print("", listed(("", "found"), unrolling.summary(config, found, wanted)), sep="\n")
    console.print(f"kept in {folder}", soft_wrap=True)
