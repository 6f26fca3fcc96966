"""What a single hand-off is about: the signs of one image, and the class that should come out.

Checked by: tests/scenarios/test_misuse.py
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.analog import DenseLayer
from cosim import ConfigError
from scenarios.networks import lenet5, reference
from scenarios.networks.images import Images, load_images
from scenarios.networks.weights import Weights, load


@dataclass(frozen=True)
class Task:
    """`features` (images, elements) as they leave the last spatial layer; the layers to offload."""

    features: reference.Floats
    weights: Weights
    images: Images

    @property
    def layers(self) -> tuple[DenseLayer, ...]:
        """What the co-processor holds."""
        return self.weights.programmed

    @property
    def classes(self) -> int:
        """Codes that come back."""
        return self.weights.network.classes

    def inputs(self, image: int = 0) -> list[float]:
        """Return the features of one image, to be stored one by one."""
        return [float(value) for value in self.features[image]]


def lenet5_task(first: int = 0) -> Task:
    """Return LeNet-5 on the digit `first` of the package, and the next one of another class.

    Raises ConfigError if there are no such digits.
    """
    labels = load_images(lenet5.NETWORK).labels
    others = np.flatnonzero(labels[first:] != labels[min(first, len(labels) - 1)])
    if not len(others):
        raise ConfigError(
            f"first must be a digit of the package with one of another class behind it, 0 to"
            f" {len(labels) - 2}, not {first}"
        )
    return _lenet5([first, first + int(others[0])])


def lenet5_digits(first: int, count: int) -> Task:
    """Return LeNet-5 on `count` digits of the package; raises ConfigError if there are fewer."""
    present = len(load_images(lenet5.NETWORK).labels)
    if first + count > present:
        raise ConfigError(
            f"digits {first} to {first + count - 1} must be in the package, which has {present};"
            " ask for fewer"
        )
    return _lenet5(list(range(first, first + count)))


def _lenet5(places: list[int]) -> Task:
    weights = load(lenet5.NETWORK)
    images = load_images(lenet5.NETWORK)
    chosen = Images(images.pixels[places], images.labels[places], images.indices[places])
    return Task(reference.features(weights, chosen.pixels), weights, chosen)


def class_of(codes: Sequence[int]) -> int:
    """Return the class that software takes codes for: the first largest."""
    return int(reference.classes(np.array([codes]))[0])
