"""Full-precision weights from a file that another training wrote.

Models:     our own files; and exports with `conv{i}_w` (HWIO), `conv{i}_gamma`, `_beta`, `_mean`,
            `_var` or `conv{i}_b`, and `fc{i}_w`, `fc{i}_b`, numbered from 0 in the order of the
            layers. Batch norm is folded in. A file of a narrower network of ours is widened.
Checked by: tests/scenarios/test_exported.py
"""

from pathlib import Path

import numpy as np

from scenarios.networks.files import NpzFile
from scenarios.networks.layers import Conv2D, Network, Weighted
from scenarios.networks.weights import Affine, affine_in, fold
from scenarios.networks.widening import widened
from scenarios.networks.written import from_text

EPSILON = 1e-3
"""Added to the variance; Keras' default, and what the exports were trained with."""


def read(network: Network, path: Path) -> dict[str, Affine]:
    """Return weights and biases by layer; those of a narrower network of ours are widened.

    Raises DataError if the file does not fit.
    """
    file = NpzFile(path)
    if "network" in file:
        held = from_text(file.text("network", ""), str(path))
        affine = {layer.name: affine_in(file, layer) for layer in held.weighted}
        return affine if held.spatial == network.spatial else widened(network, held, affine)
    if "conv0_w" not in file:
        return {layer.name: affine_in(file, layer) for layer in network.weighted}
    counts = {"conv": 0, "fc": 0}
    found = {}
    for layer in network.weighted:
        kind = "conv" if isinstance(layer, Conv2D) else "fc"
        found[layer.name] = _affine(file, f"{kind}{counts[kind]}", layer)
        counts[kind] += 1
    return found


def describe(network: Network, path: Path) -> str:
    """Return in words where full-precision weights are from."""
    file = NpzFile(path)
    if "network" not in file:
        return path.name
    held = from_text(file.text("network", ""), str(path))
    same = held.spatial == network.spatial
    return f"{path.name} ({held.name})" if same else f"{held.name}, widened (Net2Net)"


def _affine(file: NpzFile, name: str, layer: Weighted) -> Affine:
    kernel = file.take_numbers(f"{name}_w", layer.weight_shape)
    channels = layer.weight_shape[-1:]
    if f"{name}_b" in file:
        return Affine(kernel, file.take_numbers(f"{name}_b", channels))
    norm = [
        file.take_numbers(f"{name}_{one}", channels) for one in ("gamma", "beta", "mean", "var")
    ]
    return fold(Affine(kernel, np.zeros(channels, np.float32)), norm, EPSILON)
