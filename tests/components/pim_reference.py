"""Random networks of few bits, and what integer NumPy makes of an image."""

from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.pim import Encoding, QuantisedLayer, QuantisedNetwork, Shape
from components.pim.network import Kind, Padding
from scenarios.networks.quantised.integers import layers

Integers = NDArray[np.int64]


def all_outputs(network: QuantisedNetwork, image: Integers) -> list[Integers]:
    """Return what every layer gives for an image; accumulators of the last one."""
    found = layers(network, image[None].astype(np.uint8))
    return [result.outputs[0] for result in found]


class Widths(NamedTuple):
    """Bits of inputs, weights and outputs, and how weights are encoded."""

    inputs: int = 4
    weights: int = 1
    outputs: int = 4
    encoding: Encoding = "dorefa"


def random_layer(
    rng: np.random.Generator,
    name: str,
    shape: tuple[int, ...],
    widths: Widths,
    *,
    is_last: bool = False,
    padding: Padding = "valid",
    stride: int = 1,
    pool: int = 1,
) -> QuantisedLayer:
    """Return a layer of random weights of `shape`, whose thresholds lie where its sums do."""
    kind: Kind = "conv" if len(shape) == 4 else "dense"
    weights = rng.integers(0, 2**widths.weights, shape)
    inputs, largest = prod(shape[:-1]), 2 ** (widths.inputs + widths.weights)
    middle = inputs * largest // 8 if widths.encoding == "unsigned" else 0
    drawn = rng.normal(middle, inputs**0.5 * largest / 3, (shape[-1], 2**widths.outputs - 1))
    return QuantisedLayer(
        name, kind, weights, widths.weights, widths.inputs, widths.encoding,
        padding=padding, stride=stride, pool=pool, output_bits=0 if is_last else widths.outputs,
        thresholds=None if is_last else np.sort(drawn.astype(np.int64), axis=1),
        flip=rng.random(shape[-1]) < 0.3,
    )  # fmt: skip


def lenet5(inputs: int = 4, weights: int = 1, encoding: Encoding = "dorefa") -> QuantisedNetwork:
    """Return a network of LeNet-5's shapes and random weights."""
    rng = np.random.default_rng(5)
    first = Widths(8, weights, inputs, encoding)
    later = Widths(inputs, weights, inputs, encoding)
    found = (
        random_layer(rng, "conv1", (5, 5, 1, 6), first, padding="same", pool=2),
        random_layer(rng, "conv2", (5, 5, 6, 16), later, pool=2),
        random_layer(rng, "fc1", (400, 120), later),
        random_layer(rng, "fc2", (120, 84), later),
        random_layer(rng, "fc3", (84, 10), later, is_last=True),
    )
    return QuantisedNetwork("lenet5", found, Shape(28, 28, 1))


FILTERS = ((64, 1), (64, 2), (128, 1), (128, 2), (256, 1), (256, 1), (256, 2), (512, 1),
           (512, 1), (512, 2), (512, 1), (512, 1), (512, 2))  # fmt: skip
"""Filters of VGG-16's convolutions, and how they are pooled."""


def vgg16(inputs: int = 4, weights: int = 1) -> QuantisedNetwork:
    """Return a network of VGG-16's shapes (32 x 32, 13 convolutions, 2 dense), random weights."""
    rng = np.random.default_rng(16)
    found, channels, widths = [], 3, Widths(8, weights, inputs)
    for number, (filters, pool) in enumerate(FILTERS, 1):
        shape = (3, 3, channels, filters)
        found.append(random_layer(rng, f"conv{number}", shape, widths, padding="same", pool=pool))
        channels, widths = filters, Widths(inputs, weights, inputs)
    found.append(random_layer(rng, "fc1", (512, 512), widths))
    found.append(random_layer(rng, "fc2", (512, 10), widths, is_last=True))
    return QuantisedNetwork("vgg16", tuple(found), Shape(32, 32, 3))


def random_image(network: QuantisedNetwork, seed: int = 1) -> Integers:
    """Return codes of the network's first layer."""
    most = 2 ** network.layers[0].input_bits
    return np.random.default_rng(seed).integers(0, most, tuple(network.input_shape))
