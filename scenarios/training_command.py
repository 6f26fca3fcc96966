"""The command `cosim train`, as the command line declares it."""

from pathlib import Path
from typing import Annotated

import typer

Network = Annotated[
    str,
    typer.Argument(
        help="mlp, lenet5, lenet5_tanh, lenet5_arrays, lenet5_serial, vgg16, vgg16_slim, a .keras"
        " file or FILE.py:FUNCTION"
    ),
]
Data = Annotated[
    Path | None, typer.Option(help="data set: an .npz in Keras' layout, or a folder of its parts")
]
Other = Annotated[
    bool, typer.Option("--other-data", help="take data other than what the network is known for")
]
Epochs = Annotated[
    int | None, typer.Option(min=0, help="of every step at most; 0: no full-precision step")
]
Seed = Annotated[int, typer.Option(min=0, help="of initial weights and order")]
Start = Annotated[
    Path | None, typer.Option("--from", help="full-precision weights, in place of the first step")
]
Device = Annotated[str, typer.Option(help="CPU:0, GPU:0; TensorFlow's choice without one")]
Gains = Annotated[str, typer.Option(help="slope of the neurons: one, or one a layer, as 0.25,1")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="PATH=VALUE of the recipe, as variation=0.1")
]
Restart = Annotated[bool, typer.Option("--restart", help="forget an interrupted training")]
Quantised = Annotated[
    str, typer.Option(metavar="I:W", help="bits of activations and weights, as 4:1")
]
Out = Annotated[Path | None, typer.Option(help="where the weights go, an .npz")]


def train(
    network: Network,
    data: Data = None,
    other_data: Other = False,
    epochs: Epochs = None,
    seed: Seed = 0,
    start: Start = None,
    device: Device = "",
    gains: Gains = "",
    settings: Settings = None,
    restart: Restart = False,
    quantised: Quantised = "",
    out: Out = None,
) -> None:
    """Train a network and its binarised dense part, or all of it with few bits.

    The same command goes on where it was left.
    """
    from scenarios.networks.asked_training import Asked, run

    run(
        Asked(
            network, data, other_data, epochs, seed, start, device, gains, tuple(settings or ()),
            restart, quantised, out,
        )
    )  # fmt: skip
