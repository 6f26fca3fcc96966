"""What an analog study looks at: dense layers, and the inputs they get.

Models:     a trained network with the sign features of its images; any .npz file of layers (W0,
            B0, ..., gains) with pixels of a data set or random inputs; one random subarray.
Leaves out: the convolutions' time; see `cosim run`.
Source:     the weights' own pages.
Checked by: tests/scenarios/test_analog_subjects.py
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.analog import DenseLayer, Reals
from cosim import names
from cosim.errors import ConfigError, DataError
from scenarios.accuracy.examined import read
from scenarios.networks.catalogue import NETWORKS
from scenarios.networks.files import NpzFile
from scenarios.networks.layers import Network
from scenarios.networks.weights import load, shipped

SUBARRAY = "subarray"
RANDOM_INPUTS = 100
"""Inputs of a subject that brings none."""


@dataclass(frozen=True)
class Subject:
    """Layers; `drives` (images, inputs) as shares of VDD; labels, empty if none are known."""

    name: str
    layers: tuple[DenseLayer, ...]
    drives: Reals
    labels: npt.NDArray[np.int64]

    @property
    def shape(self) -> str:
        """Return the sizes of the layers: 400-120-84-10."""
        sizes = [self.layers[0].inputs, *(layer.outputs for layer in self.layers)]
        return "-".join(map(str, sizes))

    def first(self, images: int) -> "Subject":
        """Return the same layers with at most so many images."""
        return replace(self, drives=self.drives[:images], labels=self.labels[:images])


def subject(name: str, data: Path | None = None, seed: int = 0) -> Subject:
    """Return the subject called `name`, or the one in the .npz file `name`.

    `data` is a data set in Keras' layout whose grey test images, 0 to 1, drive a file's layers.
    Raises ConfigError with the nearest known name, DataError for a file that is none.
    """
    if name in NETWORKS and shipped(NETWORKS[name]):
        if data is not None:
            raise ConfigError(
                f"{name} must be without --data: it brings its own images; --data is for an .npz"
            )
        return _trained(NETWORKS[name])
    if not name.endswith(".npz"):
        known = [*filter(lambda one: shipped(NETWORKS[one]), NETWORKS), SUBARRAY]
        raise ConfigError(f"there is no network {name}{names.hint(name, known)}, or give an .npz")
    layers = _read(NpzFile(Path(name)))
    if data is None:
        return _random(Path(name).stem, layers, seed)
    drives, labels = _pixels(NpzFile(data), layers[0].inputs)
    return Subject(Path(name).stem, layers, drives, labels)


def random_subarray(columns: int, rows: int, seed: int) -> Subject:
    """Return one layer of random signs whose columns, the bias column too, are `columns`."""
    random = np.random.default_rng(seed)
    weights, biases = (
        random.choice(np.array([-1, 1], np.int8), shape) for shape in ((columns - 1, rows), rows)
    )
    return _random(SUBARRAY, (DenseLayer(SUBARRAY, weights, biases, 1.0),), seed)


def _trained(network: Network) -> Subject:
    weights = load(network)
    examined = read(weights, None, None)
    drives = examined.signs.astype(float)
    return Subject(network.name, weights.programmed, drives, examined.labels)


def _random(name: str, layers: tuple[DenseLayer, ...], seed: int) -> Subject:
    drives = np.random.default_rng(seed).integers(0, 2, (RANDOM_INPUTS, layers[0].inputs))
    return Subject(name, layers, drives.astype(float), np.zeros(0, np.int64))


def _read(file: NpzFile) -> tuple[DenseLayer, ...]:
    layers, inputs = [], None
    for number, gain in enumerate(file.take_numbers("gains", (None,))):
        weights = file.take_signs(f"W{number}", (inputs, None))
        inputs = weights.shape[1]
        biases = file.take_signs(f"B{number}", (inputs,))
        layers.append(DenseLayer(f"fc{number + 1}", weights, biases, float(gain)))
    if not layers:
        raise DataError(f"{file.path} must hold one layer at least: W0, B0 and gains")
    return tuple(layers)


def _pixels(file: NpzFile, inputs: int) -> tuple[Reals, npt.NDArray[Any]]:
    pixels = file.whole("x_test")
    flat = pixels.reshape(len(pixels), -1)
    if flat.shape[1] != inputs:
        raise DataError(
            f"{file.path}: x_test must have {inputs} pixels an image, not {flat.shape[1]}"
        )
    return flat / 255, file.take_bytes("y_test", (len(pixels),)).astype(np.int64)
