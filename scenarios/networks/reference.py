"""What a network computes, in numpy: the values that travel and the classes that come out.

Models:     float32 convolutions, pooling and dense layers; signs, binarised dense layers and
            the converter's codes without any device error.
Leaves out: time, devices, wires; the order in which a core adds.
Source:     o = sigmoid(-gain * (x W + B)): arXiv 2105.13904, equation 3; code = floor(8 o), at
            most 7: a 3-bit converter over the neuron's full range.
Checked by: tests/scenarios/test_networks_reference.py
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from scenarios.networks.images import Pixels
from scenarios.networks.layers import (
    INPUT,
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Network,
    Pool,
    Spatial,
    sources,
)
from scenarios.networks.weights import Affine, Weights
from scenarios.scenario import Advance, untold

Floats = npt.NDArray[np.float32]

Number = TypeVar("Number", bound=np.generic)

BATCH = 64
"""Images computed together; measured: what LeNet-5 makes of them stays in the cache."""

WINDOWS = 4_000_000
"""Numbers of unfolded windows at once, 16 MB; measured: more leave the cache."""

CODES = 8
"""Codes of the 3-bit converter."""


STEEP = np.float32(80)
"""Exponent beyond which a neuron gives 0; exp of more than 88 overflows float32."""


def scale(network: Network, pixels: Pixels) -> Floats:
    """Return pixels 0 to 255 as the float32 values that enter `network`."""
    mean = np.array(network.mean, np.float32)
    deviation = np.array(network.deviation, np.float32)
    return (pixels.astype(np.float32) / np.float32(255) - mean) / deviation


def features(weights: Weights, pixels: Pixels, advance: Advance = untold) -> Floats:
    """Return (images, features) after the last spatial layer, flattened as H, W, C."""
    parts = []
    for first in range(0, len(pixels), BATCH):
        advance(first, len(pixels), "full precision")
        parts.append(list(activations(weights, pixels[first : first + BATCH]).values())[-1])
    return np.concatenate(parts).reshape(len(pixels), -1)


def logits(weights: Weights, inputs: Floats) -> Floats:
    """Return (images, classes) of the full-precision dense layers for (images, features)."""
    values = inputs
    for layer in weights.network.dense:
        values = dense(layer, weights.affine[layer.name], values)
    return values


def signs(inputs: Floats) -> npt.NDArray[np.int8]:
    """Return the sign of every feature: -1, 0 or +1; after ReLU never -1."""
    return np.sign(inputs).astype(np.int8)


def analog_outputs(
    weights: Weights, bits: npt.NDArray[np.int8], layers: int | None = None
) -> Floats:
    """Return (images, neurons) of the co-processor's last layer, 0 to 1, for sign features.

    With `layers`, the last one is an earlier one.
    """
    values = bits.astype(np.float32)
    for layer in weights.binarised[:layers]:
        sums = values @ layer.weights.astype(np.float32) + layer.biases.astype(np.float32)
        values = neuron(layer.gain, sums)
    return values


def teacher_outputs(weights: Weights, bits: npt.NDArray[np.int8]) -> Floats:
    """Return the same of the teacher, whose weights are real."""
    values = bits.astype(np.float32)
    for real, layer in zip(weights.teacher, weights.binarised, strict=True):
        values = neuron(layer.gain, values @ real.weights + real.biases)
    return values


def neuron(gain: float, sums: Floats) -> Floats:
    """Return sigmoid(-gain * sums)."""
    return np.asarray(1 / (1 + np.exp(np.minimum(np.float32(gain) * sums, STEEP))), np.float32)


def codes(outputs: Floats) -> npt.NDArray[np.int64]:
    """Return the 3-bit codes of outputs from 0 to 1."""
    return np.minimum(np.floor(CODES * outputs), CODES - 1).astype(np.int64)


def classes(scores: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Return the first largest column of each row: ties go to the lowest class."""
    return np.asarray(np.argmax(scores, axis=1), np.int64)


def accuracy(weights: Weights, pixels: Pixels, labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return the shares classified rightly: in full precision, analog, behind 3-bit codes."""
    inputs = features(weights, pixels)
    full_precision = share(classes(logits(weights, inputs)), labels)
    return {
        "full_precision": full_precision,
        **binarised_accuracy(weights, signs(inputs), labels),
    }


def binarised_accuracy(
    weights: Weights, bits: npt.NDArray[np.int8], labels: npt.NDArray[np.int64]
) -> dict[str, float]:
    """Return the shares that the co-processor classifies rightly: analog, behind 3-bit codes."""
    outputs = analog_outputs(weights, bits)
    return {
        "analog": share(classes(outputs), labels),
        "adc3": share(classes(codes(outputs)), labels),
    }


def share(found: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> float:
    """Return the share of `found` classes that are the label."""
    return float(np.mean(found == labels))


def convolve(layer: Conv2D, affine: Affine, inputs: Floats) -> Floats:
    """Return one convolution of (images, height, width, channels): windows times kernels."""
    pad = layer.padding
    padded = np.pad(inputs, ((0, 0), (pad.top, pad.bottom), (pad.left, pad.right), (0, 0)))
    spots = layer.outputs.height * layer.outputs.width
    kernels = affine.weights.reshape(layer.fan_in, layer.filters)
    outputs = np.empty((len(inputs), *layer.outputs), np.float32)
    step = max(WINDOWS // (spots * layer.fan_in), 1)
    for first in range(0, len(inputs), step):
        part = slice(first, first + step)
        sums = windows(layer, padded[part]) @ kernels
        sums += affine.biases
        if layer.relu:
            np.maximum(sums, 0, out=sums)
        outputs[part] = sums.reshape(-1, *layer.outputs)
    return outputs


def windows(layer: Conv2D, padded: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return (images x height x width, kernel x kernel x channels): what each kernel sees."""
    every = (slice(None), slice(None, None, layer.stride), slice(None, None, layer.stride))
    sides = (layer.kernel, layer.kernel)
    seen = np.lib.stride_tricks.sliding_window_view(padded, sides, axis=(1, 2))[every]
    return seen.transpose(0, 1, 2, 4, 5, 3).reshape(-1, layer.fan_in)


def pool(layer: Pool, inputs: Floats) -> Floats:
    """Return the largest or the mean of each window of (images, height, width, channels)."""
    height, width, _ = layer.outputs
    taps = [
        inputs[
            :,
            row : row + (height - 1) * layer.stride + 1 : layer.stride,
            column : column + (width - 1) * layer.stride + 1 : layer.stride,
        ]
        for row in range(layer.size)
        for column in range(layer.size)
    ]
    if isinstance(layer, AveragePool):
        pooled: Floats = np.mean(taps, axis=0, dtype=np.float32)
    else:
        pooled = np.maximum.reduce(taps)
    return pooled


def dense(layer: Dense, affine: Affine, inputs: Floats) -> Floats:
    """Return one dense layer of (images, inputs)."""
    return apply(layer.function, inputs @ affine.weights + affine.biases)


def apply(function: str, values: Floats) -> Floats:
    """Return a function of every number; softmax is over the last axis."""
    if function == "relu":
        return np.maximum(values, 0)
    if function == "step":
        return (values > 0).astype(np.float32)
    if function == "sigmoid":
        return np.asarray(1 / (1 + np.exp(np.minimum(-values, STEEP))), np.float32)
    if function == "tanh":
        return np.tanh(values)
    if function == "softmax":
        shares = np.exp(values - values.max(axis=-1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=-1, keepdims=True), np.float32)
    return values


def activations(weights: Weights, pixels: Pixels) -> dict[str, Floats]:
    """Return what every spatial layer gives, by name, (images, height, width, channels)."""
    network = weights.network
    found, last = {INPUT: scale(network, pixels)}, INPUT
    for layer in network.spatial:
        inputs = [found[source] for source in sources(layer, last)]
        found[layer.name], last = _apply_layer(weights, layer, inputs), layer.name
    return found


def _apply_layer(weights: Weights, layer: Spatial, inputs: Sequence[Floats]) -> Floats:
    if isinstance(layer, Conv2D):
        return convolve(layer, weights.affine[layer.name], inputs[0])
    if isinstance(layer, Pool):
        return pool(layer, inputs[0])
    values = inputs[0]
    if isinstance(layer, BatchNorm):
        affine = weights.affine[layer.name]
        values = values * affine.weights + affine.biases
    elif isinstance(layer, Add):
        values = values + inputs[1]
    return apply(layer.function, values)
