"""The command `cosim conv-fc`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from scenarios.running import arguments

Workers = Annotated[int, typer.Option(min=1, help="processes of this machine")]
Data = Annotated[
    Path | None,
    typer.Option(help="MNIST, an .npz in Keras' layout: shapes are trained, which takes minutes"),
]

STUDY = Path(__file__).parent / "study.toml"


def conv_fc(workers: Workers = 2, data: Data = None, out: arguments.Out = arguments.RUNS) -> None:
    """Explore how much of LeNet-5 should be convolution: speedup, energy, power, accuracy."""
    from scenarios.showing.tables import listed
    from scenarios.studies.conv_fc.exploring import explore, write
    from scenarios.studies.conv_fc.telling import BRIEF, sentences, table
    from scenarios.sweep import telling
    from scenarios.sweep.study import read_study

    study, folder = read_study(STUDY), out / "sweep-conv_fc"
    with telling.Watch(study, Console(stderr=True)) as watch:
        explored = explore(study, folder, workers, data, watch)
    write(folder, explored)
    console, told = Console(), table(explored, BRIEF)
    console.print(listed(told.columns, told.rows))
    console.print(listed(("", "found"), list(sentences(explored))))
    console.print(f"kept in {folder}, with conv_fc.png and conv_fc.html", soft_wrap=True)
