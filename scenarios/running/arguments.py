"""The options of `cosim run`, each with the sentence that `--help` shows."""

from pathlib import Path
from typing import Annotated

import typer

from scenarios.scenario import Mode, OnHang, Trace, WaveFormat

RUNS = Path("runs")
"""Folder of all runs, unless told otherwise."""

Story = Annotated[str, typer.Argument(help="a name of `cosim list`, or a .py file")]
File = Annotated[
    Path | None, typer.Option("--config", help="parameters, a TOML file such as a run keeps")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="PATH=VALUE, as soc.core.clock=1.8GHz")
]
Shell = Annotated[
    Mode | None, typer.Option(help="same results; one image is detailed unless told otherwise")
]
Shown = Annotated[
    Trace | None,
    typer.Option(
        help="what the waves show; full for one image, protocol for several, none for a long"
        " scenario, unless one of the next four chooses among its waves"
    ),
]
Window = Annotated[str, typer.Option(help="START:END of the waves, as 10us:20us; detailed there")]
Signals = Annotated[
    list[str] | None, typer.Option(help="only these in the waves, as 'soc.imac.**'")
]
Format = Annotated[
    WaveFormat | None, typer.Option(help="how waves are kept; vcd, or fst, which is small")
]
Trigger = Annotated[
    str, typer.Option("--from", help="waves begin when this holds, as soc.imac.ready==1")
]
Images = Annotated[int, typer.Option(min=1, help="how many images")]
Seed = Annotated[int, typer.Option(min=0, help="of all random numbers")]
Hangs = Annotated[
    OnHang,
    typer.Option(help="about processes that wait in vain; draw keeps the run with a picture"),
]
Patience = Annotated[
    str, typer.Option(help="a run in which nothing progresses for so long hangs, as 10us")
]
Saved = Annotated[Path | None, typer.Option(help="keep the whole machine in this file")]
SavedAt = Annotated[str, typer.Option(help="from when on to look for a moment to do so, as 1ms")]
Restored = Annotated[Path | None, typer.Option(help="go on from such a file")]
Recorded = Annotated[
    Path | None, typer.Option(help="keep the program as a ChampSim trace: plain, .xz or .gz")
]
Against = Annotated[
    str,
    typer.Option(
        help="a run that speedup and energy are told against, or none; a short network"
        " with the co-processor runs the core alone beside it"
    ),
]
Out = Annotated[Path, typer.Option("--out", help="folder that holds all runs")]
