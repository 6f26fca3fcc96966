"""A network's layers as text, kept beside its weights, so that a file of one's own is enough.

Checked by: tests/scenarios/test_networks_written.py
"""

import json
from dataclasses import asdict
from typing import Any

from cosim.errors import DataError
from scenarios.networks.layers import (
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Elementwise,
    Layer,
    MaxPool,
    Network,
    Shape,
)

KINDS: dict[str, type[Layer]] = {
    kind.__name__: kind
    for kind in (Conv2D, MaxPool, AveragePool, BatchNorm, Add, Elementwise, Dense)
}


def to_text(network: Network) -> str:
    """Return the network as JSON."""
    layers = [
        {"kind": type(layer).__name__, **asdict(layer)}
        for layer in (*network.spatial, *network.dense)
    ]
    return json.dumps(
        {
            "name": network.name, "inputs": network.inputs, "layers": layers,
            "mean": network.mean, "deviation": network.deviation, "samples": network.samples,
            "planes": network.planes,
        }
    )  # fmt: skip


def from_text(text: str, where: str) -> Network:
    """Return the network of some JSON; raises DataError, naming `where`, for another text."""
    try:
        told = json.loads(text)
        layers = [_layer(dict(layer)) for layer in told["layers"]]
        return Network(
            str(told["name"]),
            Shape(*told["inputs"]),
            tuple(layer for layer in layers if not isinstance(layer, Dense)),
            tuple(layer for layer in layers if isinstance(layer, Dense)),
            tuple(told["mean"]),
            tuple(told["deviation"]),
            str(told["samples"]),
            int(told.get("planes", 0)),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{where} must hold a network as `cosim train` writes it; its layers cannot be read"
            f" ({type(error).__name__}: {error})"
        ) from None


def _layer(told: dict[str, Any]) -> Layer:
    kind = KINDS[told.pop("kind")]
    if kind is not Dense:
        told["inputs"] = Shape(*told["inputs"])
    return kind(**told)
