"""Trained weights of a network and the file they are kept in.

Models:     full-precision convolutions and dense layers; the binarised dense layers of the
            co-processor, o = sigmoid(-gain * (x W + B)) with W and B in {-1, +1}.
Leaves out: how they came about (training.py).
Source:     arXiv 2105.13904, equation 3 and table III.
Checked by: tests/scenarios/test_networks_weights.py

The file is an .npz: `fp_<layer>_w` and `fp_<layer>_b` float16 (HWIO or in, out); `W0`, `B0`, `W1`
... int8; `gains` float32, one a binarised layer; `record`, the training record as JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cosim.errors import DataError
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.layers import BatchNorm, Network, Weighted

FOLDER = Path(__file__).parent / "weights"
"""Where the trained networks and digits that come with the package lie."""


class Affine(NamedTuple):
    """Weights and biases of one full-precision layer, float32."""

    weights: npt.NDArray[np.float32]
    biases: npt.NDArray[np.float32]


class Binarised(NamedTuple):
    """One layer of the co-processor: signs (in, out), signs (out,), and the neuron's gain."""

    weights: npt.NDArray[np.int8]
    biases: npt.NDArray[np.int8]
    gain: float


@dataclass(frozen=True)
class Weights:
    """All weights of `network`: `affine` by layer name, `binarised` for each dense layer."""

    network: Network
    affine: Mapping[str, Affine]
    binarised: tuple[Binarised, ...]
    record: Mapping[str, Any] = field(default_factory=dict)
    is_trained: bool = True


def load(network: Network, path: Path | None = None) -> Weights:
    """Read the weights of `network` from `path`, by default those that come with the package.

    Raises DataError if the file is missing, truncated or does not fit the network.
    """
    file = NpzFile(path or FOLDER / f"{network.name}.npz")
    affine = {layer.name: _affine(file, layer) for layer in network.weighted}
    gains = file.take_numbers("gains", (len(network.dense),))
    if (gains <= 0).any():
        raise DataError(f"{file.path}: gains must be positive, not {gains.tolist()}")
    binarised = tuple(
        Binarised(
            file.take_signs(f"W{at}", layer.weight_shape),
            file.take_signs(f"B{at}", (layer.outputs,)),
            float(gains[at]),
        )
        for at, layer in enumerate(network.dense)
    )
    return Weights(network, affine, binarised, _record(file))


def shipped(network: Network) -> bool:
    """Return whether trained weights of `network` come with the package."""
    return (FOLDER / f"{network.name}.npz").exists()


def untrained(network: Network, seed: int) -> Weights:
    """Return random weights: right in shape and size, so times mean something and classes nothing.

    Numbers as He et al., 2015, begin training; signs by coin; gain one over the root of the inputs,
    so that neurons do not saturate.
    """
    random = np.random.default_rng(seed)
    affine = {}
    for layer in network.weighted:
        deviation = np.sqrt(2 / np.prod(layer.weight_shape[:-1]))
        kernel = random.standard_normal(layer.weight_shape, np.float32) * np.float32(deviation)
        if isinstance(layer, BatchNorm):
            kernel = np.ones(layer.weight_shape, np.float32)
        affine[layer.name] = Affine(kernel, np.zeros(layer.weight_shape[-1], np.float32))
    binarised = tuple(
        Binarised(
            _coins(random, layer.weight_shape),
            _coins(random, (layer.outputs,)),
            1 / float(np.sqrt(layer.inputs)),
        )
        for layer in network.dense
    )
    return Weights(network, affine, binarised, is_trained=False)


def _coins(random: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    return (2 * random.integers(0, 2, shape) - 1).astype(np.int8)


def save(path: Path, weights: Weights) -> None:
    """Write `weights` to `path` at once; raises DataError if the folder cannot be written."""
    arrays: dict[str, Any] = {}
    for name, (kernel, biases) in weights.affine.items():
        arrays[f"fp_{name}_w"] = kernel.astype(np.float16)
        arrays[f"fp_{name}_b"] = biases.astype(np.float16)
    for at, layer in enumerate(weights.binarised):
        arrays[f"W{at}"] = layer.weights
        arrays[f"B{at}"] = layer.biases
    arrays["gains"] = np.array([layer.gain for layer in weights.binarised], np.float32)
    arrays["record"] = np.array(json.dumps(weights.record))
    write_npz(path, arrays)


def _affine(file: NpzFile, layer: Weighted) -> Affine:
    kernel = file.take_numbers(f"fp_{layer.name}_w", layer.weight_shape)
    return Affine(kernel, file.take_numbers(f"fp_{layer.name}_b", layer.weight_shape[-1:]))


def _record(file: NpzFile) -> dict[str, Any]:
    try:
        record = json.loads(file.text("record", "{}"))
    except json.JSONDecodeError:
        record = None
    if not isinstance(record, dict):
        raise DataError(f"{file.path}: record must be a JSON object; train the network again")
    return record
