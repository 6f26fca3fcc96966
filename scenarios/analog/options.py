"""The options of the commands on the analog part, as the command line declares them."""

from pathlib import Path
from typing import Annotated

import typer

Subject = Annotated[
    str,
    typer.Argument(help="lenet5, mlp, vgg16_slim, an .npz with W0, B0, ..., gains; or subarray"),
]
Data = Annotated[
    Path | None, typer.Option(help="data set whose test images drive an .npz's layers")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="PATH=VALUE, as wires.preset=pessimistic")
]
Tiles = Annotated[
    list[str] | None, typer.Option("--tile", help="LAYER or LAYER:COLUMN,ROW, as fc1:2,0")
]
Inputs = Annotated[int, typer.Option(min=1, help="how many inputs are tested")]
Columns = Annotated[int, typer.Option(min=2, help="of subarray, the bias column too")]
Rows = Annotated[int, typer.Option(min=1, help="of subarray")]
Whole = Annotated[bool, typer.Option("--whole", help="the whole network too, however large")]
Run = Annotated[bool, typer.Option("--run/--no-run", help="let ngspice run the decks")]
Images = Annotated[int, typer.Option(min=1, help="how many images at most")]
Ohms = Annotated[str, typer.Option("--ohms", help="wire resistance per cell, as 0,2,10")]
TileSizes = Annotated[str, typer.Option("--tiles", help="columns and rows of a tile, as 16,32,64")]
Spreads = Annotated[str, typer.Option("--spreads", help="sigma of conductance, as 0,0.05,0.1")]
Folder = Annotated[Path | None, typer.Option("--out", help="folder for what is written")]
