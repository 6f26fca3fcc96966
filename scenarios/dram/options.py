"""The options of `cosim dram`, as the command line declares them."""

from pathlib import Path
from typing import Annotated

import typer

Traces = Annotated[list[Path], typer.Argument(help="request traces, or command traces to check")]
Preset = Annotated[str, typer.Option("--preset", help="lpddr3_<1600|1866>_<x64|x32>[_2ch][_gem5]")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="parameters, a TOML file")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="PATH=VALUE, as scheduling.cap=4")
]
Plugins = Annotated[
    list[Path] | None, typer.Option("--plugin", help="a Python file that declares a @policy")
]
Outstanding = Annotated[
    int | None, typer.Option(min=0, help="reads under way at most; 0: as the queues allow")
]
Waves = Annotated[bool, typer.Option("--trace", help="keep waves of commands, data and banks")]
Window = Annotated[str, typer.Option(help="START:END of the waves, as 10us:20us")]
Report = Annotated[bool, typer.Option("--report", help="keep a report page")]
Check = Annotated[bool, typer.Option("--check", help="hold our commands against JEDEC's rules")]
Json = Annotated[Path | None, typer.Option(help="what was found goes here, as JSON")]
Commands = Annotated[Path | None, typer.Option(help="the issued commands go here")]
Form = Annotated[str, typer.Option("--format", help="of them: ramulator, ramulator2, dramsim3")]
Requests = Annotated[
    Path | None, typer.Option(help="every read, its latency in parts, goes here as CSV")
]
Golden = Annotated[Path | None, typer.Option(help="JSON with results of simulators to compare")]
Simulator = Annotated[str, typer.Option(help="which of them")]
Like = Annotated[bool, typer.Option("--like", help="let our controller do as that simulator's")]
