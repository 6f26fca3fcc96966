"""Whole data sets from files: one in Keras' layout, or a folder of parts; known ones by hash.

Models:     an .npz with x_train, y_train, x_test, y_test; a folder with `*train*.npz` and
            `*test*.npz`, each with `images` and `labels`, or with residuals `res` and `y`.
            A network that comes with the package knows its data by their hash.
Leaves out: downloads.
Source:     hashes: computed from MNIST and CIFAR-10 as published (md5 of their files checked).
Checked by: tests/scenarios/test_data_sets.py
"""

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cosim.errors import DataError
from scenarios.networks.files import NpzFile
from scenarios.networks.images import Dataset, Images, Pixels, labels_of, load_images, pixels_of
from scenarios.networks.layers import Network
from scenarios.networks.residuals import restored

KNOWN: dict[str, dict[str, str]] = {
    "mnist": {
        "train": "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b",
        "test": "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b",
    },
    "cifar10": {
        "train": "f912919bdea371136f1aa4feed6beeca728015a5f08b1899a29c932a7e30be2b",
        "test": "8193b3fbce55bec361cd1b8fd4880cb1649832dc4d6de6da1e7a21847a4843aa",
    },
}
"""sha256 of pixels and labels, a byte each, of the sets that networks are known for."""

PARTS = {"train": "training images", "test": "test images"}


def load_dataset(network: Network, path: Path, *, known: bool = True) -> Dataset:
    """Read training and test images of `network` from a file or a folder of parts.

    Raises DataError if something is missing, truncated or does not fit the network, and with
    `known` if they are not those that it is known for.
    """
    train, test = (_part(network, path, part) for part in PARTS)
    if known:
        check_known(network, "train", *train, path)
        check_known(network, "test", *test, path)
    return Dataset(*train, *test)


def load_test_images(network: Network, path: Path, *, known: bool = True) -> Images:
    """Read the test images alone, or the file of a sample."""
    if not path.is_dir() and "x_test" not in NpzFile(path):
        return load_images(network, path)
    pixels, labels = _part(network, path, "test")
    if known:
        check_known(network, "test", pixels, labels, path)
    return Images(pixels, labels, np.arange(len(labels)))


def digest(pixels: Pixels, labels: npt.NDArray[np.int64]) -> str:
    """Return the sha256 of images and labels."""
    total = hashlib.sha256(np.ascontiguousarray(pixels).tobytes())
    total.update(labels.astype(np.uint8).tobytes())
    return total.hexdigest()


def check_known(
    network: Network, part: str, pixels: Pixels, labels: npt.NDArray[np.int64], path: Path
) -> None:
    """Raise DataError unless these are the images that the network is known for, if it is."""
    name = network.samples.partition("_")[0]
    wanted = KNOWN.get(name, {}).get(part)
    found = digest(pixels, labels)
    if wanted is not None and found != wanted:
        raise DataError(
            f"{path}: {PARTS[part]} of {network.name} must be those of {name}, sha256"
            f" {wanted[:12]}..., not {found[:12]}...; take them anyway with --other-data"
        )


def _part(network: Network, path: Path, part: str) -> tuple[Pixels, npt.NDArray[np.int64]]:
    if not path.is_dir():
        return _keras(network, NpzFile(path), part)
    files = sorted(path.glob(f"{network.samples.partition('_')[0]}_*{part}*.npz"))
    if not files:
        return _keras(network, NpzFile(path / f"{network.samples.partition('_')[0]}.npz"), part)
    pieces = [_piece(network, NpzFile(file)) for file in files]
    pixels, labels = zip(*pieces, strict=True)
    return np.concatenate(pixels), np.concatenate(labels)


def _keras(network: Network, file: NpzFile, part: str) -> tuple[Pixels, npt.NDArray[np.int64]]:
    pixels = pixels_of(file, f"x_{part}", network.inputs)
    return pixels, labels_of(file, f"y_{part}", len(pixels), network.classes)


def _piece(network: Network, file: NpzFile) -> tuple[Pixels, npt.NDArray[np.int64]]:
    if "res" not in file:
        pixels = pixels_of(file, "images", network.inputs)
        return pixels, labels_of(file, "labels", len(pixels), network.classes)
    height, width, channels = network.inputs
    pixels = restored(file.take_bytes("res", (channels, None, height, width)))
    return pixels, labels_of(file, "y", len(pixels), network.classes)
