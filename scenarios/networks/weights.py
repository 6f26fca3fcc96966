"""Trained weights of a network and the file they are kept in.

Models:     full-precision convolutions and dense layers; the binarised dense layers of the
            co-processor, o = sigmoid(-gain * (x W + B)) with W and B in {-1, +1}.
Leaves out: how they came about (training.py).
Source:     arXiv 2105.13904, equation 3 and table III.
Checked by: tests/scenarios/test_networks_weights.py

The file is an .npz: `fp_<layer>_w` and `fp_<layer>_b` float16 (HWIO or in, out), or `q_<layer>_w`
int8 and `q_<layer>_s` float32, a scale for each filter, with `fp_<layer>_b` float32; `W0`, `B0`,
`W1` ... int8; `gains` float32, one a binarised layer; `C0`, `CB0`, `C1` ... int8 (K, filters) and
`conv_gains` float32, if the convolutions are on the arrays; `T0`, `TB0`, `T1` ... float16, the
teacher's weights, if they were kept; `network`, its layers, and `record`, the training record, as
JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from components.analog import DenseLayer
from components.imac.convolver import ConvolvedLayer
from cosim.errors import DataError
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.layers import BatchNorm, Network, Weighted
from scenarios.networks.written import from_text, to_text

FOLDER = Path(__file__).parent / "weights"
"""Where the trained networks and digits that come with the package lie."""

Storage = Literal["float16", "int8"]
"""How full-precision weights are kept: half precision, or a byte and a scale for each filter."""

LARGEST_STEP = np.float32(127)
"""Of int8, on both sides of 0."""

SCALE_BITS = 12
"""Bits of a scale's fraction; float32 has 24, and 127 takes 7."""

MEASURED = {
    "full_precision": "full precision", "ideal": "ideal", "analog": "analog",
    "adc": "behind 3 bits", "adc3": "behind 3 bits",
}  # fmt: skip
"""How the keys of a record's accuracies are read out; older files have them in the open."""


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
    """All weights of `network`: `affine` by layer name, `binarised` for each dense layer.

    `convolved` are the convolutions as matrices, (kernel x kernel x channels, filters), of a
    network that has them on the arrays. `teacher` has the real weights that the signs were taught
    by, none if they were not kept; `origin` tells people where all this is from.
    """

    network: Network
    affine: Mapping[str, Affine]
    binarised: tuple[Binarised, ...]
    record: Mapping[str, Any] = field(default_factory=dict)
    is_trained: bool = True
    teacher: tuple[Affine, ...] = ()
    origin: str = ""
    convolved: tuple[Binarised, ...] = ()

    @property
    def programmed(self) -> tuple[DenseLayer, ...]:
        """The dense layers as the co-processor holds them."""
        return tuple(
            DenseLayer(layer.name, signs.weights, signs.biases, signs.gain)
            for layer, signs in zip(self.network.dense, self.binarised, strict=True)
        )

    @property
    def unrolled(self) -> tuple[ConvolvedLayer, ...]:
        """The convolutions as the arrays hold them; none of a network that has them on the core."""
        return tuple(
            ConvolvedLayer(
                DenseLayer(layer.name, signs.weights, signs.biases, signs.gain),
                layer.stride * layer.kernel * layer.inputs.channels,
            )
            for layer, signs in zip(self.network.convolutions, self.convolved, strict=False)
        )

    @property
    def described(self) -> str:
        """Where the weights are from, and how good they were measured to be."""
        measured = self.record.get("test") or {
            key: self.record[key] for key in MEASURED if key in self.record
        }
        told = ", ".join(
            f"{MEASURED.get(key, key)} {100 * share:.2f} %" for key, share in measured.items()
        )
        images = self.record.get("test_images")
        over = f" of {images:,} test images" if images else ""
        start = f", full precision from {self.record['start']}" if "start" in self.record else ""
        return self.origin + start + (f": {told}{over}" if told else ": accuracy not recorded")


def load(network: Network, path: Path | None = None) -> Weights:
    """Read the weights of `network` from `path`, by default those that come with the package.

    Raises DataError if the file is missing, truncated or does not fit the network.
    """
    file = NpzFile(path or FOLDER / f"{network.name}.npz")
    _check_network(file, network)
    origin = str(path) if path else f"{file.path.name} of the package"
    affine = {layer.name: affine_in(file, layer) for layer in network.weighted}
    gains = _gains(file, "gains", len(network.dense))
    binarised = tuple(
        Binarised(
            file.take_signs(f"W{at}", layer.weight_shape),
            file.take_signs(f"B{at}", (layer.outputs,)),
            float(gains[at]),
        )
        for at, layer in enumerate(network.dense)
    )
    record, teacher = _record(file), _teacher(file, network)
    convolved = _convolved(file, network) if network.planes else ()
    return Weights(network, affine, binarised, record, True, teacher, origin, convolved)


def _gains(file: NpzFile, name: str, count: int) -> npt.NDArray[np.float32]:
    gains = file.take_numbers(name, (count,))
    if (gains <= 0).any():
        raise DataError(f"{file.path}: {name} must be positive, not {gains.tolist()}")
    return gains


def _convolved(file: NpzFile, network: Network) -> tuple[Binarised, ...]:
    """Return the convolutions that a file holds for the arrays."""
    gains = _gains(file, "conv_gains", len(network.convolutions))
    return tuple(
        Binarised(
            file.take_signs(f"C{at}", (layer.fan_in, layer.filters)),
            file.take_signs(f"CB{at}", (layer.filters,)),
            float(gains[at]),
        )
        for at, layer in enumerate(network.convolutions)
    )


def _check_network(file: NpzFile, network: Network) -> None:
    """Refuse the weights of another network by its name; older files do not tell it."""
    if "network" not in file:
        return
    held = from_text(file.text("network", ""), str(file.path))
    ours = network.spatial, network.dense, network.planes
    if (held.spatial, held.dense, held.planes) != ours:
        raise DataError(
            f"{file.path} must hold weights of {network.name}; it holds those of {held.name}, a"
            " network of other layers"
        )


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
    convolved = tuple(
        Binarised(
            _coins(random, (layer.fan_in, layer.filters)),
            _coins(random, (layer.filters,)),
            1 / float(np.sqrt(layer.fan_in)),
        )
        for layer in (network.convolutions if network.planes else ())
    )
    return Weights(
        network, affine, binarised, is_trained=False, origin="random numbers", convolved=convolved
    )


def _coins(random: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    return (2 * random.integers(0, 2, shape) - 1).astype(np.int8)


def save(path: Path, weights: Weights, storage: Storage = "float16") -> None:
    """Write `weights` to `path` at once; raises DataError if the folder cannot be written."""
    arrays: dict[str, Any] = {}
    for name, affine in weights.affine.items():
        arrays |= _written(name, affine, storage)
    for at, layer in enumerate(weights.binarised):
        arrays[f"W{at}"] = layer.weights
        arrays[f"B{at}"] = layer.biases
    for at, layer in enumerate(weights.convolved):
        arrays[f"C{at}"], arrays[f"CB{at}"] = layer.weights, layer.biases
    if weights.convolved:
        arrays["conv_gains"] = np.array([one.gain for one in weights.convolved], np.float32)
    for at, real in enumerate(weights.teacher):
        arrays[f"T{at}"], arrays[f"TB{at}"] = (array.astype(np.float16) for array in real)
    arrays["gains"] = np.array([layer.gain for layer in weights.binarised], np.float32)
    arrays["network"] = np.array(to_text(weights.network))
    arrays["record"] = np.array(json.dumps(weights.record))
    write_npz(path, arrays)


def affine_in(file: NpzFile, layer: Weighted) -> Affine:
    """Return the full-precision weights of a layer that a file holds."""
    name, filters = layer.name, layer.weight_shape[-1:]
    if f"q_{name}_w" in file:
        steps = file.take_numbers(f"q_{name}_w", layer.weight_shape)
        kernel = steps * file.take_numbers(f"q_{name}_s", filters)
    else:
        kernel = file.take_numbers(f"fp_{name}_w", layer.weight_shape)
    return Affine(kernel, file.take_numbers(f"fp_{name}_b", filters))


def stored(affine: Affine, storage: Storage) -> Affine:
    """Round to what a file can hold, so that all that follows sees the stored weights."""
    if storage == "float16":
        return Affine(*(array.astype(np.float16).astype(np.float32) for array in affine))
    steps, scale = _quantised(affine.weights)
    return Affine(steps.astype(np.float32) * scale, affine.biases)


def fold(layer: Affine, norm: Sequence[npt.NDArray[Any]], epsilon: float) -> Affine:
    """Fold batch norm (gamma, beta, mean, variance) into the layer before it."""
    gamma, beta, mean, variance = (np.asarray(array, np.float32) for array in norm)
    factor = gamma / np.sqrt(variance + np.float32(epsilon))
    return Affine(layer.weights * factor, (layer.biases - mean) * factor + beta)


def _written(name: str, affine: Affine, storage: Storage) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of one layer."""
    if storage == "float16":
        kernel, biases = (array.astype(np.float16) for array in affine)
        return {f"fp_{name}_w": kernel, f"fp_{name}_b": biases}
    steps, scale = _quantised(affine.weights)
    return {f"q_{name}_w": steps, f"q_{name}_s": scale, f"fp_{name}_b": affine.biases}


def _quantised(
    kernel: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return steps of -127 to 127 and the scale of each filter, the last axis.

    A scale of SCALE_BITS times 127 is exact in float32: quantised again, nothing changes.
    """
    largest = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) / LARGEST_STEP
    fraction, exponent = np.frexp(np.where(largest, largest, 1))
    scale = np.ldexp(np.ceil(np.ldexp(fraction, SCALE_BITS)), exponent - SCALE_BITS)
    steps = np.rint(kernel / scale)
    return steps.astype(np.int8), scale.astype(np.float32)


def _teacher(file: NpzFile, network: Network) -> tuple[Affine, ...]:
    if "T0" not in file:
        return ()
    return tuple(
        Affine(
            file.take_numbers(f"T{at}", layer.weight_shape),
            file.take_numbers(f"TB{at}", (layer.outputs,)),
        )
        for at, layer in enumerate(network.dense)
    )


def _record(file: NpzFile) -> dict[str, Any]:
    try:
        record = json.loads(file.text("record", "{}"))
    except json.JSONDecodeError:
        record = None
    if not isinstance(record, dict):
        raise DataError(f"{file.path}: record must be a JSON object; train the network again")
    return record
