"""Sign features of many images by TensorFlow: the reference's arithmetic, many times as fast.

Models:     the spatial layers of a network in float32, or in bfloat16, whose features differ in
            sign from float32's where they are nearly 0: enough to train on.
Leaves out: everything that is reported: accuracies come from the reference.
Checked by: tests/scenarios/test_tensor_features.py
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from scenarios.networks import reference
from scenarios.networks.images import Pixels
from scenarios.networks.layers import (
    INPUT,
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Pool,
    Spatial,
    sources,
)
from scenarios.networks.weights import Weights
from scenarios.scenario import Advance, untold

BATCH = 250
"""Images computed together; measured: as fast as 500, in half of the memory."""


def tensor_features(
    weights: Weights, pixels: Pixels, *, coarse: bool = False, advance: Advance = untold
) -> npt.NDArray[np.float32]:
    """Return (images, features); `coarse` computes in bfloat16."""
    compute = spatial_part(weights, coarse=coarse)
    parts = []
    for first in range(0, len(pixels), BATCH):
        advance(first, len(pixels), "features")
        values = reference.scale(weights.network, pixels[first : first + BATCH])
        parts.append(np.asarray(compute(values)))
    return np.concatenate(parts).reshape(len(pixels), -1)


def tensor_signs(
    weights: Weights, pixels: Pixels, *, coarse: bool, advance: Advance = untold
) -> npt.NDArray[np.int8]:
    """Return (images, features) of -1, 0, +1."""
    return reference.signs(tensor_features(weights, pixels, coarse=coarse, advance=advance))


def spatial_part(weights: Weights, *, coarse: bool) -> Callable[[npt.NDArray[np.float32]], Any]:
    """Return the spatial layers as a compiled function of scaled images."""
    import tensorflow as tf

    kind = tf.bfloat16 if coarse else tf.float32
    held = {
        layer.name: [tf.cast(tf.constant(one), kind) for one in weights.affine[layer.name]]
        for layer in weights.network.weighted[: -len(weights.network.dense)]
    }

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # tensorflow is untyped
    def run(images: Any) -> Any:
        found, last = {INPUT: tf.cast(images, kind)}, INPUT
        for layer in weights.network.spatial:
            inputs = [found[source] for source in sources(layer, last)]
            found[layer.name], last = (
                _layer(tf, layer, inputs, held.get(layer.name, [])),
                layer.name,
            )
        return tf.cast(found[last], tf.float32)

    return run  # type: ignore[no-any-return]  # tensorflow is untyped


def _layer(tf: Any, layer: Spatial, inputs: list[Any], affine: list[Any]) -> Any:
    values = inputs[0]
    if isinstance(layer, Conv2D):
        padding = "SAME" if layer.same else "VALID"
        sums = tf.nn.conv2d(values, affine[0], layer.stride, padding) + affine[1]
        return tf.nn.relu(sums) if layer.relu else sums
    if isinstance(layer, Pool):
        pool = tf.nn.avg_pool2d if isinstance(layer, AveragePool) else tf.nn.max_pool2d
        return pool(values, layer.size, layer.stride, "VALID")
    if isinstance(layer, BatchNorm):
        values = values * affine[0] + affine[1]
    elif isinstance(layer, Add):
        values = values + inputs[1]
    function = getattr(layer, "function", "linear")
    if function == "step":
        return tf.cast(values > 0, values.dtype)
    known = {"relu": tf.nn.relu, "sigmoid": tf.nn.sigmoid, "tanh": tf.nn.tanh}
    return known[function](values) if function in known else values
