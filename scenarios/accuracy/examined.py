"""What accuracy is measured on: signs at the hand-off, labels, and the digital network's classes.

Models:     test images put through the full-precision layers once; or, for a set that is too
            large to come with the package, features that were computed before.
Leaves out: training images.
Source:     the files' own pages.
Checked by: tests/scenarios/test_accuracy.py
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.analog import AnalogConfig
from cosim.errors import DataError
from scenarios.networks import reference, unrolled
from scenarios.networks.data_sets import load_test_images
from scenarios.networks.images import Images, load_features, load_images
from scenarios.networks.layers import Network
from scenarios.networks.weights import FOLDER, Weights
from scenarios.scenario import Advance, untold


@dataclass(frozen=True)
class Examined:
    """`signs` (images, features) of -1, 0, +1; `digital` classes; `images` if they are known.

    `origin` tells people where they are from, `sha256` is of signs and labels.
    """

    signs: npt.NDArray[np.int8]
    labels: npt.NDArray[np.int64]
    digital: npt.NDArray[np.int64]
    images: Images | None
    origin: str

    @property
    def sha256(self) -> str:
        """Hash of what is classified and of the truth about it."""
        total = hashlib.sha256(self.signs.tobytes())
        total.update(self.labels.astype(np.uint8).tobytes())
        return total.hexdigest()


def whole_set(network: Network) -> Path:
    """Return the file of the whole test set, which comes with the package for digits only."""
    return FOLDER / f"{network.samples.partition('_')[0]}_test.npz"


def read(
    weights: Weights,
    data: Path | None,
    count: int | None,
    advance: Advance = untold,
    *,
    known: bool = True,
    config: AnalogConfig | None = None,
) -> Examined:
    """Return the first `count` images of `data`, else of the package; all of them for None.

    Convolutions on the arrays are of the hardware `config`, one chip of it. Raises DataError if
    there are fewer images, if they do not fit the network, or, with `known`, if they are not those
    that it is known for.
    """
    network = weights.network
    stored = FOLDER / f"{network.name}_features.npz"
    if data is None and stored.exists() and not whole_set(network).exists():
        return _stored(network, count)
    images = _images(network, data, known)
    images = images.part(0, _checked(count, len(images.labels), data))
    values = reference.features(weights, images.pixels, advance)
    digital = reference.classes(reference.logits(weights, values))
    origin = str(data) if data else "images of the package"
    signs = unrolled.signs(weights, images.pixels, values, config or AnalogConfig(), advance)
    return Examined(signs, images.labels, digital, images, origin)


def _images(network: Network, data: Path | None, known: bool) -> Images:
    if data is not None:
        return load_test_images(network, data, known=known)
    whole = whole_set(network)
    return load_images(network, whole if whole.exists() else None)


def _stored(network: Network, count: int | None) -> Examined:
    """Return the features that come with the package."""
    found = load_features(network)
    end = _checked(count, len(found.labels), None)
    return Examined(
        found.bits[:end], found.labels[:end], found.digital[:end], None, "features of the package"
    )


def _checked(count: int | None, there: int, data: Path | None) -> int:
    if count is not None and count > there:
        where = data or "the package"
        raise DataError(f"--images must be at most the {there} images of {where}, not {count}")
    return there if count is None else count
