"""The options of `cosim accuracy`, as the command line declares them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from components.imac import Encoding

AnalogLevel = Literal["ideal", "virtual_ground", "netlist", "mesh", "merged", "one_correction"]

Network = Annotated[
    str,
    typer.Argument(help="lenet5, lenet5_tanh, mlp, vgg16, vgg16_slim, or an .npz of `cosim train`"),
]
Images = Annotated[str, typer.Option("--images", help="how many of the test set: N or all")]
Level = Annotated[AnalogLevel, typer.Option("--analog", help="how exactly arrays are computed")]
Variation = Annotated[
    float | None, typer.Option(help="sigma of the junctions' conductance, as 0.1")
]
Seeds = Annotated[int, typer.Option(min=1, help="how many chips are drawn")]
AdcBits = Annotated[int | None, typer.Option("--adc-bits", help="resolution of the converters")]
IrDrop = Annotated[bool, typer.Option("--ir-drop", help="wires have resistance")]
Code = Annotated[
    Encoding | None, typer.Option(help="code at the hand-off; the shortest one without it")
]
Data = Annotated[
    Path | None, typer.Option(help="data set, an .npz in Keras' layout or a folder of its parts")
]
Other = Annotated[
    bool, typer.Option("--other-data", help="take data other than what the network is known for")
]
Weights = Annotated[Path | None, typer.Option(help="weights other than those of the package")]
Json = Annotated[Path | None, typer.Option("--json", help="keep the figures here")]
Report = Annotated[Path | None, typer.Option(help="folder for a page with plots and wrong images")]
