"""Labelled images: the samples that come with the package, and whole data sets.

Models:     uint8 pixels, one label an image.
Leaves out: augmentation; nothing here is generated.
Source:     MNIST: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
Checked by: tests/scenarios/test_networks_weights.py
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cosim.errors import DataError
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.layers import Network, Shape
from scenarios.networks.weights import FOLDER

Pixels = npt.NDArray[np.uint8]


class Images(NamedTuple):
    """`pixels` (images, height, width, channels), `labels` and the place in the full test set."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]

    def part(self, first: int, end: int) -> "Images":
        """Return the images from `first` until before `end`."""
        return Images(self.pixels[first:end], self.labels[first:end], self.indices[first:end])


class Dataset(NamedTuple):
    """A data set in Keras' split; pixels (images, height, width, channels)."""

    train_pixels: Pixels
    train_labels: npt.NDArray[np.int64]
    test_pixels: Pixels
    test_labels: npt.NDArray[np.int64]

    def digest(self) -> str:
        """Return the sha256 of all pixels and labels, for the training record."""
        total = hashlib.sha256()
        for array in self:
            total.update(np.ascontiguousarray(array, dtype=np.uint8).tobytes())
        return total.hexdigest()


class Features(NamedTuple):
    """Sign features of a test set: `bits` (images, features) of 0 and 1, labels, and `digital`.

    That is the class which the network finds in full precision.
    """

    bits: npt.NDArray[np.int8]
    labels: npt.NDArray[np.int64]
    digital: npt.NDArray[np.int64]


def load_features(network: Network, path: Path | None = None) -> Features:
    """Read the sign features of the whole test set, by default those that come with the package.

    Raises DataError if the file is missing, truncated or does not fit the network.
    """
    file = NpzFile(path or FOLDER / f"{network.name}_features.npz")
    packed = file.take_bytes("bits", (None, -(-network.features // 8)))
    bits = np.unpackbits(packed, axis=1, count=network.features).astype(np.int8)
    labels, digital = (
        labels_of(file, key, len(bits), network.classes) for key in ("labels", "digital")
    )
    return Features(bits, labels, digital)


def save_features(path: Path, features: Features) -> None:
    """Write `features` to `path` at once; raises DataError if the folder cannot be written."""
    packed = np.packbits(features.bits > 0, axis=1)
    classes = {key: getattr(features, key).astype(np.uint8) for key in ("labels", "digital")}
    write_npz(path, {"bits": packed, **classes})


def load_images(network: Network, path: Path | None = None) -> Images:
    """Read images for `network`, by default the samples that come with the package.

    A data set in Keras' layout gives its test images. Raises DataError if the file is missing,
    truncated or does not fit the network.
    """
    if path is None and not network.samples:
        raise DataError(f"{network.name} must be given a file of images; it brings none")
    file = NpzFile(path or FOLDER / f"{network.samples}.npz")
    if "x_test" in file:
        pixels = pixels_of(file, "x_test", network.inputs)
        labels = labels_of(file, "y_test", len(pixels), network.classes)
        return Images(pixels, labels, np.arange(len(pixels)))
    pixels = pixels_of(file, "images", network.inputs)
    labels = labels_of(file, "labels", len(pixels), network.classes)
    indices = file.take("indices", (len(pixels),)).astype(np.int64)
    return Images(pixels, labels, indices)


def draw_images(dataset: Dataset, per_class: int, seed: int) -> Images:
    """Draw `per_class` test images of every class, in an order that mixes the classes."""
    random = np.random.default_rng(seed)
    chosen = [
        random.choice(np.flatnonzero(dataset.test_labels == label), per_class, replace=False)
        for label in np.unique(dataset.test_labels)
    ]
    indices = random.permutation(np.concatenate(chosen))
    return Images(dataset.test_pixels[indices], dataset.test_labels[indices], indices)


def save_images(path: Path, images: Images) -> None:
    """Write `images` to `path` at once; raises DataError if the folder cannot be written."""
    pixels = images.pixels[..., 0] if images.pixels.shape[-1] == 1 else images.pixels
    labels = images.labels.astype(np.uint8)
    write_npz(path, {"images": pixels, "labels": labels, "indices": images.indices})


def pixels_of(file: NpzFile, key: str, shape: Shape) -> Pixels:
    """Take the images `key` of a file, with or without a channel axis, as Keras keeps grey ones."""
    lengths: tuple[int | None, ...] = (None, *shape)
    if shape.channels == 1 and key in file and file.rank(key) == 3:
        lengths = lengths[:3]
    pixels = file.take_bytes(key, lengths)
    if len(pixels) == 0:
        raise DataError(f"{file.path}: {key} must hold at least one image; it holds none")
    return pixels.reshape(-1, *shape)


def labels_of(file: NpzFile, key: str, images: int, classes: int) -> npt.NDArray[np.int64]:
    """Take the labels `key` of a file, one an image."""
    labels = file.take_bytes(key, (images,)).astype(np.int64)
    if labels.max() >= classes:
        raise DataError(
            f"{file.path}: {key} must hold classes 0 to {classes - 1}; it holds {labels.max()}"
        )
    return labels
